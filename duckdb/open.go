package duckdb

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/datafile"
	"github.com/userbehavior/behavior/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// format is how DuckDB's files are known.
var format = datafile.Format{
	Engine: "DuckDB", Log: ".wal", Magic: "DUCK", At: 8,
	Tables: `SELECT count(*) FILTER (table_name = ?), count(*) FROM information_schema.tables`,
}

// claim makes path absolute and this caller's own until it calls release. The
// driver takes a path for a URL.
func claim(path string) (absolute string, release func(), err error) {
	if absolute, err = datafile.Resolve(path); err != nil {
		return "", nil, err
	}
	if _, err := url.Parse(absolute); err != nil || strings.Contains(absolute, "?") {
		return "", nil, fmt.Errorf("%q does not name a file for a store: the name must not have a question mark or a lone percent sign", path)
	}
	release, err = datafile.Claim(absolute)
	return absolute, release, err
}

// open opens the file and readies it for use.
func (s *Store) open(ctx context.Context) error {
	if err := format.Inspect(s.path); err != nil {
		return err
	}
	db, err := connect(ctx, s.path)
	if err != nil {
		return err
	}
	writer, err := s.ready(ctx, db)
	if err != nil {
		// To close a database is to move its log into the file: not in one
		// that is refused.
		_, keep := db.ExecContext(ctx, "PRAGMA disable_checkpoint_on_shutdown")
		return errors.Join(translate(s.path, err), translate(s.path, keep), db.Close())
	}
	s.db, s.writer = db, writer
	s.bad.Store(false)
	return nil
}

// ready configures DuckDB, migrates the schema and makes the writer.
func (s *Store) ready(ctx context.Context, db *sql.DB) (*writer, error) {
	db.SetMaxIdleConns(s.options.Reads + 2) // one for the writer, one for Ping
	if err := format.RefuseForeign(ctx, db); err != nil {
		return nil, err
	}
	if err := s.configure(ctx, db); err != nil {
		return nil, err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := migrate.Up(ctx, db, migrate.DuckDB(), files); err != nil {
		return nil, err
	}
	return newWriter(ctx, db, s.options)
}

// lockWait is how long Open tries a file that is in use: a process that was
// just killed may hold its lock for a moment longer.
const lockWait = 2 * time.Second

// connect opens the file with DuckDB.
func connect(ctx context.Context, path string) (*sql.DB, error) {
	for deadline := time.Now().Add(lockWait); ; {
		connector, err := driver.NewConnector(path, nil)
		if err == nil {
			return sql.OpenDB(connector), nil
		}
		err = openError(path, err)
		if !errors.Is(err, behavior.ErrLocked) || time.Now().After(deadline) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// configure sets DuckDB's limits. Extensions are never fetched: what the
// engine needs is built in.
func (s *Store) configure(ctx context.Context, db *sql.DB) error {
	memory := s.options.Memory
	if memory <= 0 {
		var err error
		if memory, err = defaultMemory(ctx, db); err != nil {
			return err
		}
	}
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET checkpoint_threshold = '1 TB'", // see checkpoint
		fmt.Sprintf("SET memory_limit = '%d B'", memory),
	}
	if s.options.TempDir != "" {
		settings = append(settings, "SET temp_directory = '"+strings.ReplaceAll(s.options.TempDir, "'", "''")+"'")
	}
	if s.options.Threads > 0 {
		settings = append(settings, fmt.Sprintf("SET threads = %d", s.options.Threads))
	}
	for _, set := range settings {
		if _, err := db.ExecContext(ctx, set); err != nil {
			return fmt.Errorf("%s: %w", set, err)
		}
	}
	return nil
}

// defaultMemory is 1 GiB, or a quarter of the machine's memory where that is
// less. DuckDB's own limit, 80 percent, tells how much memory there is.
func defaultMemory(ctx context.Context, db *sql.DB) (int64, error) {
	var limit string
	if err := db.QueryRowContext(ctx, "SELECT current_setting('memory_limit')").Scan(&limit); err != nil {
		return 0, err
	}
	units := map[string]float64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
	var amount float64
	var unit string
	if _, err := fmt.Sscan(limit, &amount, &unit); err != nil || units[unit] == 0 {
		return 1 << 30, nil
	}
	return min(1<<30, int64(amount*units[unit]/0.8/4)), nil
}

// reopen closes the file, as far as it can be, and opens it anew. What was in
// memory only is made again from the file. If it fails, the store is
// unavailable until keep tries again.
func (s *Store) reopen(ctx context.Context) {
	defer s.inUse.Alone()()
	_ = s.abandon() // of a database that is broken anyway
	if err := s.open(ctx); err != nil {
		s.cause = fmt.Errorf("%w: %w", behavior.ErrUnavailable, err)
	}
}

// shut writes the facts that wait and closes the file.
func (s *Store) shut(ctx context.Context) error {
	if s.db == nil {
		return nil
	}
	err := s.writer.memory.WriteFacts(ctx)
	return translate("close store", errors.Join(err, s.abandon()))
}

// abandon closes the file without writing anything more.
func (s *Store) abandon() error {
	if s.db == nil {
		return nil
	}
	err := errors.Join(s.writer.close(), s.db.Close())
	s.db, s.writer = nil, nil
	return err
}
