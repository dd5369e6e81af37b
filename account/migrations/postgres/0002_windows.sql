-- +goose Up
-- What servers count together, see behavior.Windows. It is gone after a crash
-- of the database, and each key then begins anew: no write waits for the disk.
-- An update finds room on its page.
CREATE UNLOGGED TABLE {schema}.windows (
    key  bytea     PRIMARY KEY, -- a hash
    at   bigint[]  NOT NULL,    -- when something was counted, in microseconds since 1970, the oldest first
    n    integer[] NOT NULL,    -- how much was counted then
    ends bigint    NOT NULL     -- from then on it does not matter any more
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

-- window_of returns the row of a key, locked, and makes it where there is none.
-- +goose StatementBegin
CREATE FUNCTION {schema}.window_of(wanted bytea) RETURNS {schema}.windows LANGUAGE plpgsql AS $$
DECLARE
    w {schema}.windows;
BEGIN
    LOOP
        SELECT * INTO w FROM {schema}.windows WHERE key = wanted FOR UPDATE;
        IF FOUND THEN
            RETURN w;
        END IF;
        INSERT INTO {schema}.windows (key, at, n, ends) VALUES (wanted, '{}', '{}', 0) ON CONFLICT DO NOTHING;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- window_now is the database's clock, in microseconds since 1970.
-- +goose StatementBegin
CREATE FUNCTION {schema}.window_now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;
-- +goose StatementEnd

-- window_take counts some requests of a key and returns 0, or how long to wait,
-- in microseconds, where more than are allowed would then be within the span.
-- +goose StatementBegin
CREATE FUNCTION {schema}.window_take(wanted bytea, more integer, allowed bigint, span bigint, moment bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    w     {schema}.windows := {schema}.window_of(wanted);
    now   bigint := coalesce(moment, {schema}.window_now()); -- once the row is ours
    first integer := 1;
    last  integer := cardinality(w.at);
    total bigint := more;
BEGIN
    WHILE first <= last AND w.at[first] <= now - span LOOP
        first := first + 1;
    END LOOP;
    FOR i IN first..last LOOP
        total := total + w.n[i];
    END LOOP;
    IF total > allowed THEN
        WHILE first < last AND total - w.n[first] > allowed LOOP
            total := total - w.n[first];
            first := first + 1;
        END LOOP;
        RETURN least(span, coalesce(w.at[first] + span - now, span));
    END IF;
    IF last > 0 THEN
        now := greatest(now, w.at[last]); -- a clock may go back
    END IF;
    UPDATE {schema}.windows SET at = w.at[first:] || now, n = w.n[first:] || more, ends = now + span WHERE key = wanted;
    RETURN 0;
END
$$;
-- +goose StatementEnd

-- window_note counts one of a key, whatever has passed, and remembers as many
-- as are allowed.
-- +goose StatementBegin
CREATE FUNCTION {schema}.window_note(wanted bytea, allowed bigint, span bigint, moment bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    w   {schema}.windows := {schema}.window_of(wanted);
    now bigint := coalesce(moment, {schema}.window_now());
BEGIN
    IF cardinality(w.at) > 0 THEN
        now := greatest(now, w.at[cardinality(w.at)]);
    END IF;
    w.at := w.at || now;
    w.n := w.n || 1;
    UPDATE {schema}.windows SET at = w.at[greatest(1, cardinality(w.at) - allowed + 1)::integer:],
        n = w.n[greatest(1, cardinality(w.n) - allowed + 1)::integer:], ends = now + span WHERE key = wanted;
END
$$;
-- +goose StatementEnd
