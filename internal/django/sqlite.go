package django

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteColumns lists the columns of a table, none where it is not there.
const sqliteColumns = "SELECT name FROM pragma_table_info(?)"

// openSQLite opens a file for reading.
func openSQLite(ctx context.Context, path string, o Options) (*Source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	}
	db, err := openFile(path, url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(5000)"}})
	if err != nil {
		return nil, err
	}
	s := &Source{db: db, tables: o.tables(), end: func() error { return nil }}
	if s.tx, err = db.BeginTx(ctx, nil); err == nil {
		err = s.look(ctx, sqliteColumns)
	}
	if err != nil {
		_ = s.Close() // of no interest beside why it could not be read
		return nil, fmt.Errorf("%s: %w", path, s.plain(err))
	}
	return s, nil
}

// openFile opens a SQLite file by one connection.
func openFile(path string, options url.Values) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs), RawQuery: options.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// sqliteError puts an error of the driver into a sentence.
func sqliteError(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return errors.New("it is not a SQLite database")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return errors.New("somebody is writing to it; stop the site, or take over a copy of the file")
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged: %s", e.Error())
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
		return fmt.Errorf("it cannot be opened for reading alone; take over a copy of the file: %s", e.Error())
	}
	return err
}
