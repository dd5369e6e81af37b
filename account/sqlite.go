package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/userbehavior/behavior"
)

// Open opens the file at path, creating it for this user alone when it is not
// there, and brings its schema up to date. A schema from a newer program is
// [behavior.ErrSchema]. A file of something else is left as it is.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open people: %w", err)
	}
	if err := refuseForeignFile(ctx, path); err != nil {
		return nil, fmt.Errorf("open people %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open people %s: %w", path, err)
	}
	// Reads take microseconds and writers wait for one another anyway.
	db.SetMaxOpenConns(4)
	if err := migrateFile(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open people %s: %w", path, err), db.Close())
	}
	return newStore(&database{
		DB: db, reads: sql.TxOptions{ReadOnly: true}, contains: "instr(lower(%s), lower(%s)) > 0", timeout: 30 * time.Second,
		lastID:    "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'people'), 0)",
		setLastID: "UPDATE sqlite_sequence SET seq = max(seq, $1) WHERE name = 'people'",
		textOf:    func(text string) string { return text }, translate: translateSQLite,
	}, nil, db.Close), nil
}

// create makes an empty file, readable by this user alone: it is to hold
// password hashes. SQLite gives its side files the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// refuseForeignFile refuses a database that has tables but not ours. It is opened
// for reading only: everything else would change it.
func refuseForeignFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", fileURL(path, url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	var versions, people, tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE name = 'goose_db_version'), count(*) FILTER (WHERE name = 'people' OR
			name = 'users' AND (SELECT count(*) FROM pragma_table_info('users') WHERE name IN ('role', 'active', 'last_sign_in')) = 3), count(*)
		FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`).Scan(&versions, &people, &tables)
	switch {
	case err != nil:
		return translateSQLite(err)
	case tables == 0, versions == 1 && people == 1, // users in the first schema
		versions == 1 && tables == 1: // a process died while it made them
		return nil
	}
	return errors.New("it is a database of something else: it has tables, and none of people")
}

// dsn names the file and how every connection to it behaves. Transactions
// take the write lock at once, so that two writers wait instead of failing.
func dsn(path string) string {
	return fileURL(path, url.Values{
		"_busy_timeout": {"5000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_txlock":       {"immediate"},
	})
}

// fileURL is how the driver wants a file to be named.
func fileURL(path string, options url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: options.Encode()}
	return file.String()
}

// migrateFile brings the schema up to date, or refuses a newer one.
func migrateFile(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	found, known, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return translateSQLite(err)
	case found > known:
		return fmt.Errorf("%w: the file has schema %d, this program knows %d; use the newer program that wrote it", behavior.ErrSchema, found, known)
	}
	if _, err = provider.Up(ctx); err != nil {
		// Another process may have migrated at the same moment: look again.
		_, err = provider.Up(ctx)
	}
	return translateSQLite(err)
}

// translateSQLite puts an error of the driver into one of the domain.
func translateSQLite(err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &e):
		return fmt.Errorf("%w: %s", behavior.ErrUnavailable, err.Error())
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		return behavior.ErrConflict
	case sqlite3.SQLITE_INTERRUPT:
		return context.Canceled
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: the file is not a SQLite database", behavior.ErrUnavailable)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: the disk is full", behavior.ErrUnavailable)
	}
	return fmt.Errorf("%w: %s", behavior.ErrUnavailable, e.Error())
}
