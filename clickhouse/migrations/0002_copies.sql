-- +goose NO TRANSACTION
-- +goose Up

-- Each event has a copy of what is asked most often of its session. A copy
-- counts as long as the session is not marked, for that field, in the table
-- amended.

CREATE TABLE IF NOT EXISTS {{table "amended"}}{{onCluster}} (
    field   {{few}}, -- of sessions
    session Int64 -- sessions.id
) ENGINE = {{distinct "amended"}}
ORDER BY (field, session){{settings}};
{{if sharded}}
CREATE TABLE IF NOT EXISTS {{whole "amended"}}{{onCluster}} AS {{table "amended"}}
ENGINE = {{distributed "amended" "session"}};
{{end}}
{{range events}}
ALTER TABLE {{table .}}{{onCluster}}
    ADD COLUMN{{unless}} session__user_id         Nullable(String){{codec "ZSTD"}},
    ADD COLUMN{{unless}} session__visitor         String{{codec "ZSTD"}},
    ADD COLUMN{{unless}} session__browser         {{few}},
    ADD COLUMN{{unless}} session__browser_version {{few}},
    ADD COLUMN{{unless}} session__browser_family  {{few}},
    ADD COLUMN{{unless}} session__os              {{few}},
    ADD COLUMN{{unless}} session__device          {{few}},
    ADD COLUMN{{unless}} session__bot             UInt8,
    ADD COLUMN{{unless}} session__country         {{few}},
    ADD COLUMN{{unless}} session__language        {{few}},
    ADD COLUMN{{unless}} session__screen          {{few}};
{{if sharded}}
-- These hold nothing themselves. Old servers do not alter them in a cluster.
DROP TABLE IF EXISTS {{whole .}}{{onCluster}};
CREATE TABLE IF NOT EXISTS {{whole .}}{{onCluster}} AS {{table .}}
ENGINE = {{distributed . "session"}};
{{end}}{{end}}
{{if modern}}
-- Events that are there get theirs, as new versions.
{{range events}}
{{copying .}};
{{end}}{{end}}