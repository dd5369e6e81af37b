package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/datafile"
	"github.com/userbehavior/behavior/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// format is how SQLite's files are known.
var format = datafile.Format{
	Engine: "SQLite", Log: "-wal", Magic: "SQLite format 3\x00",
	Tables: `SELECT count(*) FILTER (WHERE name = ?), count(*) FROM sqlite_schema WHERE type = 'table'`,
}

// claim makes path absolute and this caller's own until it calls release.
func claim(path string) (absolute string, release func(), err error) {
	if absolute, err = datafile.Resolve(path); err != nil {
		return "", nil, err
	}
	release, err = datafile.Claim(absolute)
	return absolute, release, err
}

// open opens the file and readies it for use.
func (s *Store) open(ctx context.Context) error {
	if err := format.Inspect(s.path); err != nil {
		return err
	}
	s.own = connect(s.path, "rwc", s.options.Memory)
	if err := s.ready(ctx); err != nil {
		return errors.Join(s.translate(s.path, err), s.own.Close())
	}
	s.readers = connect(s.path, "ro", s.options.Memory/int64(s.options.Reads))
	s.readers.SetMaxIdleConns(s.options.Reads + 1) // one for Ping
	return nil
}

// ready refuses a file that is not ours, takes it for this process, migrates
// the schema and makes the writer.
func (s *Store) ready(ctx context.Context) error {
	if err := format.RefuseForeign(ctx, s.own); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := migrate.RefuseNewer(ctx, s.own, migrate.SQLite(), files); err != nil {
		return err
	}
	if err := s.takeFile(ctx); err != nil {
		return err
	}
	var mode string
	if err := s.own.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("%s lies where SQLite cannot share memory between its readers and its writer, as on some network drives", s.path)
	}
	if err := migrate.Up(ctx, s.own, migrate.SQLite(), files); err != nil {
		return err
	}
	s.own.SetMaxOpenConns(1) // no other than the writer's from here on
	s.writer, err = newWriter(ctx, s.own, s.options)
	return err
}

// lockWait is how long Open tries a file that is in use: a process that was
// just killed may hold its lock for a moment longer. Later it is how long a
// write waits for another program that writes.
const lockWait = 2 * time.Second

// connector makes connections with our functions in them.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return engine.Open(c.dsn) }

func (c connector) Driver() driver.Driver { return engine }

// connect returns a pool of connections to a file, each with a page cache of
// so many bytes.
func connect(path, mode string, memory int64) *sql.DB {
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	file.RawQuery = url.Values{
		"mode":          {mode},
		"_busy_timeout": {fmt.Sprint(lockWait.Milliseconds())},
		"_synchronous":  {"FULL"}, // with the log, a commit is on disk then
		"_pragma":       {fmt.Sprintf("cache_size(%d)", -memory>>10)},
	}.Encode()
	return sql.OpenDB(connector{file.String()})
}

// takeFile takes the file for this process. SQLite itself would let several
// write, but the writer must know all ids and keys. So it holds a lock in a
// small database beside the file, which says whose it is.
func (s *Store) takeFile(ctx context.Context) error {
	db := connect(s.path+"-lock", "rwc", 1<<16)
	conn, err := db.Conn(ctx)
	if err == nil {
		err = holdLock(ctx, conn)
	}
	if isBusy(err) {
		by := ""
		var pid int
		if conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&pid) == nil && pid > 0 {
			by = fmt.Sprintf(": process %d has it", pid)
		}
		err = fmt.Errorf("%s is %w%s", s.path, behavior.ErrLocked, by)
	}
	if err != nil {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
		return errors.Join(err, db.Close())
	}
	unclaim := s.release
	s.release = func() {
		_ = errors.Join(conn.Close(), db.Close()) // ends the lock, whatever they say
		unclaim()
	}
	return nil
}

// holdLock notes this process in a lock's database, and begins a transaction that
// keeps others from doing so.
func holdLock(ctx context.Context, conn *sql.Conn) error {
	for _, statement := range []string{
		"PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY", // it need not outlive anything
		"BEGIN IMMEDIATE", fmt.Sprintf("PRAGMA user_version = %d", os.Getpid()), "COMMIT", "BEGIN IMMEDIATE",
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// shut writes the facts that wait and closes the file. The writer's connection
// is the last one: it moves the log into the file.
func (s *Store) shut(ctx context.Context) error {
	defer s.inUse.Alone()()
	err := s.writer.memory.WriteFacts(ctx)
	return s.translate("close store", errors.Join(err, s.readers.Close(), s.writer.close(), s.own.Close()))
}
