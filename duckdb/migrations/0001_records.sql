-- +goose Up

-- Times are TIMESTAMP: microseconds in UTC, no zone. Events have no key and no
-- index: ids rise with the rows, so zone maps find a row by its id, and every
-- index would cost each append more than it gives. The engine's writer keeps
-- ids and event keys unique.

CREATE TABLE sessions (
    id              BIGINT    NOT NULL,
    session_id      VARCHAR   NOT NULL,
    user_agent      VARCHAR   NOT NULL,
    ip_address      VARCHAR   NOT NULL,
    start_time      TIMESTAMP NOT NULL,
    end_time        TIMESTAMP,
    user_id         VARCHAR,
    visitor         VARCHAR   NOT NULL,
    browser         VARCHAR   NOT NULL,
    browser_version VARCHAR   NOT NULL,
    browser_family  VARCHAR   NOT NULL,
    os              VARCHAR   NOT NULL,
    device          VARCHAR   NOT NULL,
    bot             BOOLEAN   NOT NULL,
    country         VARCHAR   NOT NULL,
    language        VARCHAR   NOT NULL,
    screen          VARCHAR   NOT NULL,
    referrer        VARCHAR   NOT NULL,
    source          VARCHAR   NOT NULL,
    channel         VARCHAR   NOT NULL,
    utm_source      VARCHAR   NOT NULL,
    utm_medium      VARCHAR   NOT NULL,
    utm_campaign    VARCHAR   NOT NULL,
    utm_term        VARCHAR   NOT NULL,
    utm_content     VARCHAR   NOT NULL,
    entry_path      VARCHAR   NOT NULL,
    exit_path       VARCHAR   NOT NULL
);

CREATE UNIQUE INDEX sessions_session_id ON sessions (session_id);

CREATE TABLE page_views (
    id           BIGINT    NOT NULL,
    session      BIGINT    NOT NULL, -- sessions.id
    url          VARCHAR   NOT NULL,
    "timestamp"  TIMESTAMP NOT NULL,
    host         VARCHAR   NOT NULL,
    path         VARCHAR   NOT NULL,
    title        VARCHAR   NOT NULL,
    referrer     VARCHAR   NOT NULL,
    event_key    VARCHAR   NOT NULL, -- empty: none
    visible_ms   BIGINT    NOT NULL,
    scroll_depth BIGINT    NOT NULL
);

-- Metadata is text, so that it comes back byte for byte; the JSON functions
-- read text.
CREATE TABLE interactions (
    id          BIGINT    NOT NULL,
    session     BIGINT    NOT NULL, -- sessions.id
    event_type  VARCHAR   NOT NULL,
    element     VARCHAR   NOT NULL,
    metadata    VARCHAR   NOT NULL,
    "timestamp" TIMESTAMP NOT NULL,
    host        VARCHAR   NOT NULL,
    path        VARCHAR   NOT NULL,
    x           BIGINT    NOT NULL,
    y           BIGINT    NOT NULL,
    viewport    VARCHAR   NOT NULL,
    event_key   VARCHAR   NOT NULL
);

-- The writer's own numbers: the last id given out for each kind, as far as
-- the tables do not tell, and "followed", the last page view whose facts are
-- in its session.
CREATE TABLE progress (
    name  VARCHAR NOT NULL,
    value BIGINT  NOT NULL
);

INSERT INTO progress (name, value) VALUES ('session', 0), ('pageview', 0), ('interaction', 0), ('followed', 0);
