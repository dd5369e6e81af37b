package conformance

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/clickhouse"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/postgres"
	"github.com/userbehavior/behavior/sqlite"
)

func TestMain(m *testing.M) {
	testserver.ServeClickHouse()
	code := m.Run()
	testserver.Stop()
	os.Exit(code)
}

// engine keeps the records of scenarios. open opens one more store of it.
type engine struct {
	name string
	open func(t *testing.T, name string) (behavior.Store, error)
}

var engines = []engine{
	{"duckdb", func(t *testing.T, name string) (behavior.Store, error) {
		return duckdb.OpenWith(t.Context(), filepath.Join(t.TempDir(), name), duckdb.Options{Threads: 1})
	}},
	{"sqlite", func(t *testing.T, name string) (behavior.Store, error) {
		return sqlite.Open(t.Context(), filepath.Join(t.TempDir(), name))
	}},
	{"postgres", func(t *testing.T, name string) (behavior.Store, error) {
		dsn := testserver.SharedPostgres(t).DSN("")
		return postgres.OpenWith(t.Context(), dsn, postgres.Options{Schema: name, Migrate: true})
	}},
	{"clickhouse", func(t *testing.T, name string) (behavior.Store, error) {
		dsn := testserver.SharedClickHouse(t).NativeDSN(name)
		return clickhouse.OpenWith(t.Context(), dsn, clickhouse.Options{Migrate: true})
	}},
}

// storesOfEngine is how many stores an engine's scenarios share: more than run
// at once on a small machine.
const storesOfEngine = 4

// stores are the stores of an engine that no scenario is using. Each is empty.
type stores struct{ idle chan behavior.Store }

// stores opens what the scenarios share. It is closed after the last of them.
func (e engine) stores(t *testing.T) *stores {
	t.Helper()
	s := &stores{idle: make(chan behavior.Store, storesOfEngine)}
	for i := range storesOfEngine {
		store, err := e.open(t, fmt.Sprintf("conformance_%d_%d", os.Getpid(), i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
		s.idle <- store
	}
	return s
}

// lend takes a store, to which give gives it back.
func (s *stores) lend() (store behavior.Store, give func() error) {
	store = <-s.idle
	return store, func() error {
		defer func() { s.idle <- store }()
		return empty(store)
	}
}

// empty deletes all records.
func empty(store behavior.Store) error {
	ctx := context.Background()
	sessions, _, err := store.Sessions(ctx, behavior.Query{})
	if err != nil || len(sessions) == 0 {
		return err
	}
	var ids []int64
	for _, s := range sessions {
		ids = append(ids, s.ID)
	}
	_, err = store.Delete(ctx, behavior.KindSession, ids)
	return err
}
