package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
)

func TestMain(m *testing.M) {
	code := m.Run()
	testserver.Stop()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// house is the database that the tests of this process share.
func house(t testing.TB) string {
	t.Helper()
	return testserver.SharedPostgres(t).DSN("")
}

// schemaFor is a schema of a test's own. It is dropped when the test ends.
func schemaFor(t testing.TB, dsn, name string) string {
	t.Helper()
	h := fnv.New64a()
	fmt.Fprint(h, os.Getpid(), name)
	schema := fmt.Sprintf("test_%x", h.Sum64())
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

// withParameter adds a parameter to a DSN.
func withParameter(dsn, name, value string) string {
	at, err := url.Parse(dsn)
	if err != nil || at.Host == "" {
		return dsn + " " + name + "=" + value
	}
	values := at.Query()
	values.Set(name, value)
	at.RawQuery = values.Encode()
	return at.String()
}

// openNew opens a store in a schema of the test's own.
func openNew(t testing.TB) (s *Store, schema string) {
	t.Helper()
	dsn := house(t)
	schema = schemaFor(t, dsn, t.Name())
	return openStore(t, dsn, Options{Schema: schema, Migrate: true}), schema
}

// openStore opens a store and closes it when the test ends.
func openStore(t testing.TB, dsn string, o Options) *Store {
	t.Helper()
	s, err := OpenWith(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

var noon = time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)

func session(name string) behavior.Row {
	return behavior.Row{Session: &behavior.Session{SessionID: name, StartTime: noon}}
}

func view(session, path string) behavior.Row {
	return behavior.Row{PageView: &behavior.PageView{
		URL: "https://www.example.com" + path, Path: path, Timestamp: noon, Session: behavior.Session{SessionID: session},
	}}
}

func click(session string) behavior.Row {
	return behavior.Row{Interaction: &behavior.Interaction{
		Session: behavior.Session{SessionID: session}, EventType: behavior.Click, Timestamp: noon,
	}}
}

// keyed gives a page view a key.
func keyed(row behavior.Row, key string) behavior.Row {
	row.PageView.EventKey = key
	return row
}

// appendRows appends rows that must all be stored.
func appendRows(t testing.TB, s *Store, rows ...behavior.Row) {
	t.Helper()
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil {
			t.Fatalf("row %d: %v", i, row.Err)
		}
	}
}

// count returns how many page views there are.
func count(t testing.TB, s *Store) int {
	t.Helper()
	_, total, err := s.PageViews(t.Context(), behavior.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return total
}
