-- +goose Up
CREATE TABLE users (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name         TEXT    NOT NULL UNIQUE,
    role         TEXT    NOT NULL CHECK (role IN ('superuser', 'staff', 'user')),
    active       INTEGER NOT NULL CHECK (active IN (0, 1)),
    password     TEXT    NOT NULL, -- argon2id with its parameters and salt
    created      INTEGER NOT NULL, -- microseconds since 1970, UTC
    last_sign_in INTEGER           -- the same; NULL: never
) STRICT;

CREATE TABLE sessions (
    token   BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of what the cookie holds
    user_id TEXT    NOT NULL,             -- '' while nobody is signed in
    data    BLOB,                         -- NULL: ended before its expiry
    expiry  INTEGER NOT NULL              -- microseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expiry);
