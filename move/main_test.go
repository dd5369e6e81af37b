package move

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

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
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// open opens a new store of an engine.
func open(t *testing.T, engine string) (s behavior.Store) {
	t.Helper()
	var err error
	switch engine {
	case "duckdb":
		s, err = duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "records.duckdb"))
	case "sqlite":
		s, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "records.sqlite"))
	case "clickhouse":
		name := "test_" + strings.ToLower(rand.Text())
		s, err = clickhouse.OpenWith(t.Context(), testserver.SharedClickHouse(t).DSN(name), clickhouse.Options{Migrate: true})
	default:
		s, err = postgres.OpenWith(t.Context(), testserver.SharedPostgres(t).Database(t), postgres.Options{Migrate: true})
	}
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

// begin is a moment for records to happen at.
var begin = time.Date(2025, 3, 14, 15, 9, 26, 535897000, time.UTC)

// add stores records that must all be welcome.
func add(t *testing.T, s behavior.Store, records ...any) {
	t.Helper()
	var rows []behavior.Row
	for _, r := range records {
		switch r := r.(type) {
		case *behavior.Session:
			rows = append(rows, behavior.Row{Session: r})
		case *behavior.PageView:
			rows = append(rows, behavior.Row{PageView: r})
		case *behavior.Interaction:
			rows = append(rows, behavior.Row{Interaction: r})
		case *behavior.Progress:
			rows = append(rows, behavior.Row{Progress: r})
		}
	}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil {
			t.Fatalf("row %d: %v", i, row.Err)
		}
	}
}

func newSession(name string) *behavior.Session {
	return &behavior.Session{SessionID: name, UserAgent: "Mozilla/5.0", IPAddress: "192.0.2.7", StartTime: begin}
}

func newView(session, path string) *behavior.PageView {
	return &behavior.PageView{URL: "https://www.example.com" + path, Timestamp: begin.Add(time.Minute), Session: behavior.Session{SessionID: session},
		Host: "www.example.com", Path: path, EventKey: "view" + path}
}

func newInteraction(session, element string) *behavior.Interaction {
	return &behavior.Interaction{Session: behavior.Session{SessionID: session}, EventType: behavior.Click, Element: element,
		Metadata: []byte(`{"x": 1}`), Timestamp: begin.Add(30 * time.Hour), X: 12, Y: -3}
}

// visits fills a store with some sessions and their events.
func visits(t *testing.T, s behavior.Store, name string, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprint(name, i)
		add(t, s, newSession(name), newView(name, "/in"), newInteraction(name, "#a"), newView(name, "/out"))
	}
}

// copied copies with a new copier and verifies.
func copied(t *testing.T, from, to behavior.Store, o Options) Result {
	t.Helper()
	c := New(from, to, o)
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	return verified(t, c)
}

// failer is a test, or one check of a property.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// verified verifies, and fails unless all days are equal.
func verified(t failer, c *Copier) Result {
	t.Helper()
	result, err := c.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if differ := result.Differ(); len(differ) > 0 {
		t.Fatalf("these days differ: %+v", differ)
	}
	return result
}

// same fails unless both stores have the same records, read as a whole.
func same(t failer, from, to behavior.Store) {
	t.Helper()
	for _, kind := range kinds {
		if diff := cmp.Diff(everything(t, from, kind), everything(t, to, kind)); diff != "" {
			t.Fatalf("%s (-source +destination):\n%s", plural[kind], diff)
		}
	}
}

func everything(t failer, s behavior.Store, kind behavior.Kind) []behavior.Row {
	t.Helper()
	found, err := list(t.Context(), s, kind, behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]behavior.Row, len(found))
	for i, r := range found {
		rows[i] = r.row
	}
	return rows
}
