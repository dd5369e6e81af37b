-- +goose NO TRANSACTION
-- +goose Up

-- Every statement may run twice: of several processes that migrate at once,
-- none waits for another.
--
-- Times are microseconds since 1970 in UTC: DateTime64 does not reach the years
-- 0 and 9999. A row is changed by another one with the same key and a higher
-- version, and removed by one that is "deleted". Both count as soon as they are
-- stored, because every question is asked with the setting "final".
--
-- Rows lie in the order of sessions, whose ids rise with time: those of one
-- session are together, and those of one hour nearly so, which the indexes on
-- times and ids make use of.

CREATE TABLE IF NOT EXISTS {{table "sessions"}}{{onCluster}} (
    id              Int64{{codec "Delta, ZSTD"}},
    session_id      String,
    user_agent      {{few}},
    ip_address      String,
    start_time      Int64{{codec "Delta, ZSTD"}},
    end_time        Nullable(Int64),
    user_id         Nullable(String),
    visitor         String,
    browser         {{few}},
    browser_version {{few}},
    browser_family  {{few}},
    os              {{few}},
    device          {{few}},
    bot             UInt8,
    country         {{few}},
    language        {{few}},
    screen          {{few}},
    referrer        String{{codec "ZSTD"}},
    source          {{few}},
    channel         {{few}},
    utm_source      {{few}},
    utm_medium      {{few}},
    utm_campaign    {{few}},
    utm_term        {{few}},
    utm_content     {{few}},
    entry_path      {{few}},
    exit_path       {{few}},
    bot_reason      {{few}},
    version         UInt64{{codec "Delta, ZSTD"}},
    deleted         UInt8{{index "by_name session_id TYPE bloom_filter(0.0001) GRANULARITY 1"}}{{index "by_time start_time TYPE minmax GRANULARITY 1"}}
) ENGINE = {{replacing "sessions"}}
PARTITION BY {{month "start_time"}}
ORDER BY id{{settings}}{{forgets}};

-- An event key is part of the key: two events of a session that have the same
-- one are one, even when two processes have stored them at the same moment.
-- Events without an event key are told apart by their ids.
CREATE TABLE IF NOT EXISTS {{table "page_views"}}{{onCluster}} (
    id           Int64{{codec "Delta, ZSTD"}},
    session      Int64{{codec "Delta, ZSTD"}}, -- sessions.id
    url          String{{codec "ZSTD"}},
    "timestamp"  Int64{{codec "Delta, ZSTD"}},
    host         {{few}},
    path         {{few}},
    title        String{{codec "ZSTD"}},
    referrer     String{{codec "ZSTD"}},
    event_key    String, -- empty: none
    visible_ms   Int64,
    scroll_depth Int64,
    version      UInt64{{codec "Delta, ZSTD"}},
    deleted      UInt8{{index "by_id id TYPE minmax GRANULARITY 1"}}{{index "by_time timestamp TYPE minmax GRANULARITY 1"}}
) ENGINE = {{replacing "page_views"}}
PARTITION BY {{month "timestamp"}}
ORDER BY (session, event_key, if(event_key = '', id, 0)){{settings}}{{forgets}};

-- Metadata is text, so that it comes back byte for byte.
CREATE TABLE IF NOT EXISTS {{table "interactions"}}{{onCluster}} (
    id          Int64{{codec "Delta, ZSTD"}},
    session     Int64{{codec "Delta, ZSTD"}}, -- sessions.id
    event_type  {{few}},
    element     {{few}},
    metadata    String{{codec "ZSTD"}},
    "timestamp" Int64{{codec "Delta, ZSTD"}},
    host        {{few}},
    path        {{few}},
    x           Int64,
    y           Int64,
    viewport    {{few}},
    event_key   String,
    version     UInt64{{codec "Delta, ZSTD"}},
    deleted     UInt8{{index "by_id id TYPE minmax GRANULARITY 1"}}{{index "by_time timestamp TYPE minmax GRANULARITY 1"}}
) ENGINE = {{replacing "interactions"}}
PARTITION BY {{month "timestamp"}}
ORDER BY (session, event_key, if(event_key = '', id, 0)){{settings}}{{forgets}};

-- Who gives out which ids: block n holds the ids from n * 65536 + 1 on. A
-- block that two have claimed is given out by nobody.
CREATE TABLE IF NOT EXISTS {{whole "id_blocks"}}{{onCluster}} (
    kind  String,
    block Int64,
    owner String -- a random name of an open store
) ENGINE = {{plain "id_blocks"}}
ORDER BY (kind, block, owner){{settings}};

-- The secrets of the days, two at most. They are dropped by partition, so that
-- nothing of them stays.
CREATE TABLE IF NOT EXISTS {{whole "salts"}}{{onCluster}} (
    day     Int64, -- since 1970, in UTC
    salt    String,
    version UInt64 -- the first counts
) ENGINE = {{plain "salts"}}
PARTITION BY day
ORDER BY version{{settings}};
{{if sharded}}
-- What is asked and stored goes through these: each session's rows lie in one
-- shard.
CREATE TABLE IF NOT EXISTS {{whole "sessions"}}{{onCluster}} AS {{table "sessions"}}
ENGINE = {{distributed "sessions" "id"}};

CREATE TABLE IF NOT EXISTS {{whole "page_views"}}{{onCluster}} AS {{table "page_views"}}
ENGINE = {{distributed "page_views" "session"}};

CREATE TABLE IF NOT EXISTS {{whole "interactions"}}{{onCluster}} AS {{table "interactions"}}
ENGINE = {{distributed "interactions" "session"}};
{{end}}
