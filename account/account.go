// Package account keeps the people of a server that has no host application
// around it: their names, roles, rights and passwords, their sign-ins, and the
// audit trail of what they did.
//
// It is a small SQLite file of its own, beside the store of events, so that
// people can be added and removed from the command line while the server runs.
// Its [Store] is what [behavior.Settings.People] asks for, and the audit trail
// along with it:
//
//	people, err := account.Open(ctx, "people.sqlite")
//	tracker, err := behavior.New(store, behavior.Settings{People: people})
//
// Passwords are kept as argon2id hashes, tokens as SHA-256 hashes: who reads the
// file can sign in as nobody. People who come from a Django site have the hashes
// that they had there until they first sign in, see [Store.Take]. The audit trail can only be added to; the file
// itself refuses everything else.
package account

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/userbehavior/behavior"
)

//go:embed migrations/*.sql
var migrations embed.FS

// cleanEvery is how often expired sessions are removed.
const cleanEvery = time.Hour

// Store keeps people, their sign-ins and what they did. It may be used by many goroutines,
// and by several processes on one machine.
type Store struct {
	db     *sql.DB
	hashes *hasher
	now    func() time.Time

	foreign burden // of people who came with another program's hashes

	stop    context.CancelFunc
	cleaned chan struct{} // closed when the cleaner has returned
	close   func() error
}

var (
	_ behavior.People = (*Store)(nil)
	_ behavior.Audit  = (*Store)(nil)
)

// Open opens the file at path, creating it for this user alone when it is not
// there, and brings its schema up to date. A schema from a newer program is
// [behavior.ErrSchema].
func Open(ctx context.Context, path string) (*Store, error) {
	if err := create(path); err != nil {
		return nil, fmt.Errorf("open people: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open people %s: %w", path, err)
	}
	// Reads take microseconds and writers wait for one another anyway.
	db.SetMaxOpenConns(4)
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open people %s: %w", path, err), db.Close())
	}
	s := &Store{db: db, hashes: newHasher(), now: time.Now, cleaned: make(chan struct{})}
	s.close = sync.OnceValue(s.shut)
	ctx, s.stop = context.WithCancel(context.Background())
	go s.keepClean(ctx)
	return s, nil
}

// Close waits for what is under way and closes the file. It may be called
// more than once.
func (s *Store) Close() error { return s.close() }

func (s *Store) shut() error {
	s.stop()
	<-s.cleaned
	s.hashes.close()
	return s.db.Close()
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

// dsn names the file and how every connection to it behaves. Transactions
// take the write lock at once, so that two writers wait instead of failing.
func dsn(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path)}
	file.RawQuery = url.Values{
		"_busy_timeout": {"5000"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"1"},
		"_txlock":       {"immediate"},
	}.Encode()
	return file.String()
}

// migrate brings the schema up to date, or refuses a newer one.
func migrate(ctx context.Context, db *sql.DB) error {
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
		return translate(err)
	case found > known:
		return fmt.Errorf("%w: the file has schema %d, this program knows %d; use the newer program that wrote it", behavior.ErrSchema, found, known)
	}
	if _, err = provider.Up(ctx); err != nil {
		// Another process may have migrated at the same moment: look again.
		_, err = provider.Up(ctx)
	}
	return translate(err)
}

// keepClean removes expired sessions now and then until ctx ends.
func (s *Store) keepClean(ctx context.Context) {
	defer close(s.cleaned)
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			// A failure is the next round's work: nobody waits for this one,
			// and an expired session is not found whether removed or not.
			_ = s.clean(ctx)
		}
	}
}

// translate puts an error of the driver into one of the domain.
func translate(err error) error {
	var e *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return behavior.ErrNotFound
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
