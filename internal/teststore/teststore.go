// Package teststore lends stores to tests whose subject is not the engine. They
// are the real ones, on files of the test's own; but the tables, the people and
// the hashes of their passwords are made once for all tests of a process, and
// copied from there. Only tests import it.
package teststore

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/duckdb"
)

// Store is a store of the embedded engine, which knows whether anything was
// ever written to it.
type Store struct {
	*duckdb.Store
	dir  string // of the file
	used atomic.Bool
}

// Append marks the store as used, and appends.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	s.used.Store(true)
	return s.Store.Append(ctx, rows)
}

// Salt marks the store as used, and keeps or finds a secret.
func (s *Store) Salt(ctx context.Context, day time.Time, fresh []byte) ([]byte, error) {
	s.used.Store(true)
	return s.Store.Salt(ctx, day, fresh)
}

// Close marks the store as used, and closes it.
func (s *Store) Close() error {
	s.used.Store(true)
	return s.Store.Close()
}

// Open returns an empty store, which starts no threads of its own: what these
// tests ask is answered before one could help. It is closed at the test's end,
// if it is not before, or lent to another test, if nothing was written to it.
func Open(tb testing.TB) *Store {
	tb.Helper()
	s := idle.take()
	if s == nil {
		s = open(tb)
	}
	tb.Cleanup(func() {
		if !s.used.Load() && idle.give(s) {
			return
		}
		_ = s.Store.Close()
		_ = os.RemoveAll(s.dir)
	})
	return s
}

func open(tb testing.TB) *Store {
	tb.Helper()
	dir := idle.folder(tb)
	path := filepath.Join(dir, "behavior.duckdb")
	copyTo(tb, path, "duckdb", func(path string) error {
		store, err := duckdb.Open(context.Background(), path)
		if err != nil {
			return err
		}
		return store.Close()
	})
	store, err := duckdb.OpenWith(tb.Context(), path, duckdb.Options{Threads: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return &Store{Store: store, dir: dir}
}

// Person is somebody who can sign in.
type Person struct {
	behavior.Person
	Password string
}

// OpenPeople returns a store that knows these people, whose ids rise from 1. It
// is closed at the test's end.
func OpenPeople(tb testing.TB, people ...Person) *account.Store {
	tb.Helper()
	key, err := json.Marshal(people)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "account.db")
	copyTo(tb, path, "people "+string(key), func(path string) error {
		store, err := account.Open(context.Background(), path)
		if err != nil {
			return err
		}
		for _, p := range people {
			if _, err := store.AddPerson(context.Background(), p.Person, p.Password); err != nil {
				return err
			}
		}
		return store.Close()
	})
	store, err := account.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	return store
}

// Settle waits until the facts that page views give to their sessions are
// written, see [behavior.Store.Append]: what is asked twice then has the same
// answer.
func Settle(tb testing.TB, tracker *behavior.Tracker) {
	tb.Helper()
	views, _, err := tracker.PageViews(tb.Context(), behavior.Query{Order: []behavior.Order{{Field: "id"}}})
	if err != nil {
		tb.Fatal(err)
	}
	exit := map[int64]string{}
	for _, v := range views {
		if v.Path != "" {
			exit[v.Session.ID] = v.Path
		}
	}
	unsettled := func(s behavior.Session) bool { return exit[s.ID] != "" && s.ExitPath != exit[s.ID] }
	for {
		sessions, _, err := tracker.Sessions(tb.Context(), behavior.Query{})
		if err != nil {
			tb.Fatal(err)
		}
		if !slices.ContainsFunc(sessions, unsettled) {
			return
		}
	}
}

// template is the content of a file that tests begin with.
type template struct {
	once sync.Once
	text []byte
	err  error
}

// templates are those of this process by what is in them.
var templates sync.Map

// copyTo writes a file that is made at the first call for its key.
func copyTo(tb testing.TB, path, key string, fill func(path string) error) {
	tb.Helper()
	found, _ := templates.LoadOrStore(key, new(template))
	t := found.(*template)
	t.once.Do(func() { t.text, t.err = filled(fill) })
	if t.err != nil {
		tb.Fatal(t.err)
	}
	if err := os.WriteFile(path, t.text, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// filled is what a file has in it once it is filled and closed.
func filled(fill func(path string) error) ([]byte, error) {
	dir, err := os.MkdirTemp("", "teststore-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template")
	if err := fill(path); err != nil {
		return nil, fmt.Errorf("make a store for tests: %w", err)
	}
	return os.ReadFile(path)
}
