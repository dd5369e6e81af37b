-- +goose Up

-- Text is compared by its bytes, whatever the database's language is. Ids come
-- from sequences, so that any number of servers may write.

CREATE SEQUENCE {schema}.session_ids AS bigint;
CREATE SEQUENCE {schema}.page_view_ids AS bigint;
CREATE SEQUENCE {schema}.interaction_ids AS bigint;

-- What changes while a session goes on has no index, and pages have room to
-- spare: an update then touches the table alone.
CREATE TABLE {schema}.sessions (
    id              bigint           PRIMARY KEY,
    session_id      text COLLATE "C" NOT NULL UNIQUE,
    user_agent      text COLLATE "C" NOT NULL,
    ip_address      text COLLATE "C" NOT NULL,
    start_time      timestamptz      NOT NULL,
    end_time        timestamptz,
    user_id         text COLLATE "C",
    visitor         text COLLATE "C" NOT NULL,
    browser         text COLLATE "C" NOT NULL,
    browser_version text COLLATE "C" NOT NULL,
    browser_family  text COLLATE "C" NOT NULL,
    os              text COLLATE "C" NOT NULL,
    device          text COLLATE "C" NOT NULL,
    bot             boolean          NOT NULL,
    country         text COLLATE "C" NOT NULL,
    language        text COLLATE "C" NOT NULL,
    screen          text COLLATE "C" NOT NULL,
    referrer        text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    channel         text COLLATE "C" NOT NULL,
    utm_source      text COLLATE "C" NOT NULL,
    utm_medium      text COLLATE "C" NOT NULL,
    utm_campaign    text COLLATE "C" NOT NULL,
    utm_term        text COLLATE "C" NOT NULL,
    utm_content     text COLLATE "C" NOT NULL,
    entry_path      text COLLATE "C" NOT NULL,
    exit_path       text COLLATE "C" NOT NULL,
    bot_reason      text COLLATE "C" NOT NULL,

    -- The months that its events lie in, the second one excluded: they say
    -- which partitions can have them. Null: it has none.
    events_from     timestamptz,
    events_to       timestamptz
) WITH (fillfactor = 85);

CREATE INDEX sessions_start_time ON {schema}.sessions (start_time);

-- Events are partitioned by month, see make_month. Nothing refers to sessions
-- by a foreign key: whoever writes events holds a lock on their sessions, and
-- whoever deletes a session deletes its events.
CREATE TABLE {schema}.page_views (
    id           bigint           NOT NULL,
    session      bigint           NOT NULL, -- sessions.id
    url          text COLLATE "C" NOT NULL,
    "timestamp"  timestamptz      NOT NULL,
    host         text COLLATE "C" NOT NULL,
    path         text COLLATE "C" NOT NULL,
    title        text COLLATE "C" NOT NULL,
    referrer     text COLLATE "C" NOT NULL,
    event_key    text COLLATE "C" NOT NULL, -- empty: none
    visible_ms   bigint           NOT NULL,
    scroll_depth bigint           NOT NULL,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");

CREATE INDEX page_views_timestamp ON {schema}.page_views ("timestamp");
CREATE INDEX page_views_session ON {schema}.page_views (session, event_key);

-- Metadata is text, so that it comes back byte for byte; see json_of.
CREATE TABLE {schema}.interactions (
    id          bigint           NOT NULL,
    session     bigint           NOT NULL, -- sessions.id
    event_type  text COLLATE "C" NOT NULL,
    element     text COLLATE "C" NOT NULL,
    metadata    text COLLATE "C" NOT NULL,
    "timestamp" timestamptz      NOT NULL,
    host        text COLLATE "C" NOT NULL,
    path        text COLLATE "C" NOT NULL,
    x           bigint           NOT NULL,
    y           bigint           NOT NULL,
    viewport    text COLLATE "C" NOT NULL,
    event_key   text COLLATE "C" NOT NULL,
    PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");

CREATE INDEX interactions_timestamp ON {schema}.interactions ("timestamp") INCLUDE (event_type);
CREATE INDEX interactions_session ON {schema}.interactions (session, event_key);

-- The secrets of the days, two at most.
CREATE TABLE {schema}.salts (
    day  date  PRIMARY KEY, -- in UTC
    salt bytea NOT NULL
);

-- make_month makes the partitions of the month in UTC that a moment lies in.
-- Before 2000 and from 2100 on one partition takes all. To attach a table
-- hinders neither readers nor writers, as to create a partition would. It runs
-- with the rights of the tables' owner: a server needs none to make tables.
-- +goose StatementBegin
CREATE FUNCTION {schema}.make_month(at timestamptz) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE
    month  timestamptz := date_trunc('month', at);
    suffix text := to_char(month, '"y"YYYY"m"MM');
    bounds text := format('FROM (%L) TO (%L)', month, month + interval '1 month');
    parent text;
BEGIN
    IF at < '2000-01-01' THEN
        suffix := 'before_2000';
        bounds := 'FROM (MINVALUE) TO (''2000-01-01'')';
    ELSIF at >= '2100-01-01' THEN
        suffix := 'from_2100';
        bounds := 'FROM (''2100-01-01'') TO (MAXVALUE)';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('behavior month {schema}', 0));
    FOREACH parent IN ARRAY ARRAY['page_views', 'interactions'] LOOP
        IF to_regclass('{schema}.' || parent || '_' || suffix) IS NULL THEN
            EXECUTE 'CREATE TABLE {schema}.' || parent || '_' || suffix || ' (LIKE {schema}.' || parent || ') WITH (fillfactor = 90)';
            EXECUTE 'ALTER TABLE {schema}.' || parent || ' ATTACH PARTITION {schema}.' || parent || '_' || suffix || ' FOR VALUES ' || bounds;
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- micros is a time in microseconds since 1970. Reckoned with floats it takes a
-- tenth of the time, and is exact for the times of our days.
-- +goose StatementBegin
CREATE FUNCTION {schema}.micros(at timestamptz) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN at >= timestamptz '1970-01-01 00:00:00+00' AND at < timestamptz '2100-01-01 00:00:00+00'
        THEN (date_part('epoch', at) * 1000000)::bigint
        ELSE (extract(epoch FROM at) * 1000000)::bigint
    END
$$;
-- +goose StatementEnd

-- json_of reads a document without ever failing: of the escapes that no text
-- can hold, NUL and half a surrogate pair, it reads nothing, and a document
-- that may be nested too deeply to be read is null.
-- +goose StatementBegin
CREATE FUNCTION {schema}.json_of(document text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN octet_length(document) > 8000 AND octet_length(document) - octet_length(translate(document, '[{', '')) > 4000 THEN NULL
        WHEN document ~ '\\u(0000|[dD][89a-fA-F])' THEN regexp_replace(document,
            '(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '\1', 'g')::json
        ELSE document::json
    END
$$;
-- +goose StatementEnd

-- json_float is a JSON number as a float, null when none is so large.
-- +goose StatementBegin
CREATE FUNCTION {schema}.json_float(number text) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN number ~ '^-?[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?$' THEN number::double precision
        WHEN number ~ '[eE]-0*[1-9][0-9]{3,}$' THEN 0
        WHEN length(number) > 1000 OR number ~ '[eE][+]?0*[1-9][0-9]{3,}$' THEN NULL
        WHEN abs(number::numeric) >= 1.797693134862315808e308 THEN NULL
        WHEN abs(number::numeric) < 1e-307 THEN 0
        ELSE number::double precision
    END
$$;
-- +goose StatementEnd

-- json_is_integer compares a JSON number with an integer: whole numbers as
-- such, others as floats.
-- +goose StatementBegin
CREATE FUNCTION {schema}.json_is_integer(number text, value bigint) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN number ~ '^-?[0-9]{1,18}$' THEN number::bigint = value
        WHEN number !~ '^-?[0-9]{19,20}$' THEN {schema}.json_float(number) = value::double precision
        WHEN number::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN number::numeric = value
        WHEN number::numeric BETWEEN 0 AND 18446744073709551615 THEN false
        ELSE {schema}.json_float(number) = value::double precision
    END
$$;
-- +goose StatementEnd
