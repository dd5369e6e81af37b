package account

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/userbehavior/behavior/internal/testserver"
)

// The session manager starts a cleaner for the store that it does not use; the
// database server of the tests runs until they end.
func TestMain(m *testing.M) {
	code := m.Run()
	testserver.Stop()
	if err := goleak.Find(goleak.IgnoreTopFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup")); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// home is where stores are kept: all that is said of a store is true of both.
type home struct {
	name   string
	open   func(t *testing.T) *Store           // opens an empty store
	again  func(t *testing.T, s *Store) *Store // opens what s has, as another process would
	twice  func(t *testing.T) []*Store         // opens an empty store in two processes
	stored func(text string) string            // a text as it comes back
}

// inEachHome runs a test in both.
func inEachHome(t *testing.T, test func(t *testing.T, h home)) {
	for _, h := range []home{{
		name: "sqlite", open: open,
		again:  func(t *testing.T, s *Store) *Store { return openAt(t, fileOf(t, s)) },
		stored: func(text string) string { return text },
	}, {
		name: "postgres", open: func(t *testing.T) *Store { return openSchema(t, newSchema(t), true) },
		again:  func(t *testing.T, s *Store) *Store { return openSchema(t, schemaOf(s), false) },
		stored: func(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") },
	}} {
		h.twice = func(t *testing.T) []*Store {
			s := h.open(t)
			return []*Store{s, h.again(t, s)}
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			test(t, h)
		})
	}
}

// open opens a file of its own for a test.
func open(t *testing.T) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "people.sqlite"))
}

func openAt(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	return closing(t, s, err)
}

// closing closes a store when its test ends.
func closing(t *testing.T, s *Store, err error) *Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fileOf is the path of a store's file.
func fileOf(t *testing.T, s *Store) (path string) {
	t.Helper()
	if err := s.db.database.QueryRowContext(t.Context(), "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		t.Fatal(err)
	}
	return path
}

// postgresDSN leads to the database that the tests of this process share.
func postgresDSN(t testing.TB) string {
	t.Helper()
	return testserver.SharedPostgres(t).DSN("")
}

var schemas atomic.Int64

// newSchema names a schema of a test's own. It is dropped when the test ends.
func newSchema(t *testing.T) string {
	t.Helper()
	dsn, schema := postgresDSN(t), fmt.Sprintf("test_accounts_%d_%d", os.Getpid(), schemas.Add(1))
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err != nil {
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		_, _ = conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
	})
	return schema
}

func schemaOf(s *Store) string { return strings.Trim(s.db.database.prefix, `".`) }

// openSchema opens a store in a schema, with few connections: many tests run
// at once.
func openSchema(t *testing.T, schema string, migrate bool) *Store {
	t.Helper()
	s, err := OpenPostgres(t.Context(), withParameter(postgresDSN(t), "pool_max_conns", "3"), Options{Schema: schema, Migrate: migrate})
	return closing(t, s, err)
}

// withParameter adds a parameter to a DSN.
func withParameter(dsn, name, value string) string {
	switch {
	case !strings.Contains(dsn, "://"):
		return dsn + " " + name + "=" + value
	case strings.Contains(dsn, "?"):
		return dsn + "&" + name + "=" + value
	}
	return dsn + "?" + name + "=" + value
}
