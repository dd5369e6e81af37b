-- +goose Up

-- Times are microseconds since 1970 in UTC, booleans 0 and 1. An event names
-- its session by its id; that there is one is the writer's work, as are unique
-- event keys. Every index costs each append; these are what lists, the report
-- and deletions cannot do without.

CREATE TABLE sessions (
    id              INTEGER PRIMARY KEY,
    session_id      TEXT    NOT NULL,
    user_agent      TEXT    NOT NULL,
    ip_address      TEXT    NOT NULL,
    start_time      INTEGER NOT NULL,
    end_time        INTEGER,
    user_id         TEXT,
    visitor         TEXT    NOT NULL,
    browser         TEXT    NOT NULL,
    browser_version TEXT    NOT NULL,
    browser_family  TEXT    NOT NULL,
    os              TEXT    NOT NULL,
    device          TEXT    NOT NULL,
    bot             INTEGER NOT NULL,
    country         TEXT    NOT NULL,
    language        TEXT    NOT NULL,
    screen          TEXT    NOT NULL,
    referrer        TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    channel         TEXT    NOT NULL,
    utm_source      TEXT    NOT NULL,
    utm_medium      TEXT    NOT NULL,
    utm_campaign    TEXT    NOT NULL,
    utm_term        TEXT    NOT NULL,
    utm_content     TEXT    NOT NULL,
    entry_path      TEXT    NOT NULL,
    exit_path       TEXT    NOT NULL,
    bot_reason      TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX sessions_session_id ON sessions (session_id);
CREATE INDEX sessions_start_time ON sessions (start_time);

CREATE TABLE page_views (
    id           INTEGER PRIMARY KEY,
    session      INTEGER NOT NULL, -- sessions.id
    url          TEXT    NOT NULL,
    "timestamp"  INTEGER NOT NULL,
    host         TEXT    NOT NULL,
    path         TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    referrer     TEXT    NOT NULL,
    event_key    TEXT    NOT NULL, -- empty: none
    visible_ms   INTEGER NOT NULL,
    scroll_depth INTEGER NOT NULL
) STRICT;

CREATE INDEX page_views_session ON page_views (session);
CREATE INDEX page_views_timestamp ON page_views ("timestamp");

-- Metadata is text, so that it comes back byte for byte.
CREATE TABLE interactions (
    id          INTEGER PRIMARY KEY,
    session     INTEGER NOT NULL, -- sessions.id
    event_type  TEXT    NOT NULL,
    element     TEXT    NOT NULL,
    metadata    TEXT    NOT NULL,
    "timestamp" INTEGER NOT NULL,
    host        TEXT    NOT NULL,
    path        TEXT    NOT NULL,
    x           INTEGER NOT NULL,
    y           INTEGER NOT NULL,
    viewport    TEXT    NOT NULL,
    event_key   TEXT    NOT NULL
) STRICT;

CREATE INDEX interactions_session ON interactions (session);
CREATE INDEX interactions_timestamp ON interactions ("timestamp");

-- The writer's own numbers: the last id given out for each kind, as far as the
-- tables do not tell; "followed", the last page view whose facts are in its
-- session; and "advanced", the last interaction that the end of its session
-- includes.
CREATE TABLE progress (
    name  TEXT    PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;

INSERT INTO progress (name, value) VALUES ('session', 0), ('pageview', 0), ('interaction', 0), ('followed', 0), ('advanced', 0);

-- The secrets of the days, two at most.
CREATE TABLE salts (
    day  INTEGER PRIMARY KEY, -- its beginning, in UTC
    salt BLOB NOT NULL
) STRICT;
