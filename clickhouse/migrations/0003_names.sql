-- +goose NO TRANSACTION
-- +goose Up

-- Who makes a session of which name: see names.go. Rows are only ever added,
-- and count as long as they are younger than two days.
CREATE TABLE IF NOT EXISTS {{table "session_names"}}{{onCluster}} (
    session_id String,
    id         Int64,  -- of the session that is to be made; below zero: one that is there is to be called so
    version    UInt64, -- the claim's: the smaller one goes first
    withdrawn  UInt8,  -- the claim has ended, whoever has said so
    made       DateTime DEFAULT now()
) ENGINE = {{sharing "session_names"}}
PARTITION BY toYYYYMMDD(made)
ORDER BY (session_id, id, version){{twoDays "made"}}{{settings}};
{{if sharded}}
-- All that is claimed of a name lies in one shard.
CREATE TABLE IF NOT EXISTS {{whole "session_names"}}{{onCluster}} AS {{table "session_names"}}
ENGINE = {{byName "session_names"}};
{{end}}
