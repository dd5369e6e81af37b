-- +goose Up
CREATE TABLE segments (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT    NOT NULL,
    filters  TEXT    NOT NULL, -- a JSON array of texts, "is,country,DE"
    shared   INTEGER NOT NULL CHECK (shared IN (0, 1)),
    owner_id TEXT    NOT NULL,
    owner    TEXT    NOT NULL, -- the name at that time
    created  INTEGER NOT NULL, -- microseconds since 1970, UTC
    UNIQUE (owner_id, name)
) STRICT;

-- What somebody has shared stays for the others; the rest nobody could see.
-- +goose StatementBegin
CREATE TRIGGER segments_of_removed AFTER DELETE ON people
BEGIN
    DELETE FROM segments WHERE owner_id = CAST(OLD.id AS TEXT) AND shared = 0;
END;
-- +goose StatementEnd
