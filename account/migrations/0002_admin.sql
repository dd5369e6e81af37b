-- +goose Up
-- The role viewer is new, and a CHECK cannot be altered: the table is made anew.
CREATE TABLE people (
    id           INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name         TEXT    NOT NULL UNIQUE,
    role         TEXT    NOT NULL CHECK (role IN ('superuser', 'staff', 'viewer', 'user')),
    rights       TEXT    NOT NULL, -- "session.view session.add …"; they count for staff
    active       INTEGER NOT NULL CHECK (active IN (0, 1)),
    password     TEXT    NOT NULL, -- argon2id with its parameters and salt
    created      INTEGER NOT NULL, -- microseconds since 1970, UTC
    last_sign_in INTEGER           -- the same; NULL: never
) STRICT;

-- Staff could do everything, and still can.
INSERT INTO people (id, name, role, rights, active, password, created, last_sign_in)
SELECT id, name, role,
    CASE role WHEN 'staff' THEN
        'session.view session.add session.change session.delete '
        || 'pageview.view pageview.add pageview.change pageview.delete '
        || 'interaction.view interaction.add interaction.change interaction.delete'
    ELSE '' END,
    active, password, created, last_sign_in
FROM users;

-- The ids of people who were removed are not given again either.
DELETE FROM sqlite_sequence WHERE name = 'people';
INSERT INTO sqlite_sequence (name, seq) SELECT 'people', seq FROM sqlite_sequence WHERE name = 'users';
DROP TABLE users;

CREATE TABLE invitations (
    token  BLOB    NOT NULL PRIMARY KEY, -- SHA-256
    expiry INTEGER NOT NULL              -- microseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    time      INTEGER NOT NULL, -- microseconds since 1970, UTC
    user_id   TEXT    NOT NULL,
    user      TEXT    NOT NULL,
    addr      TEXT    NOT NULL,
    deed      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    object_id TEXT    NOT NULL,
    object    TEXT    NOT NULL,
    changes   TEXT    NOT NULL, -- a JSON array of {field, before, after}; '' for none
    note      TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_time ON audit (time);
CREATE INDEX audit_user ON audit (user_id, time);
CREATE INDEX audit_deed ON audit (deed, time);
CREATE INDEX audit_object ON audit (kind, object_id, time);

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd
-- REPLACE takes rows away without asking the trigger on DELETE.
-- +goose StatementBegin
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is only ever added to');
END;
-- +goose StatementEnd

-- The settings that the server started with last: one JSON object.
CREATE TABLE last_settings (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL
) STRICT;
