-- +goose Up

-- Why a session is taken for that of a bot; empty when it is not, and for the
-- bots of before.
ALTER TABLE sessions ADD COLUMN bot_reason VARCHAR DEFAULT '';
