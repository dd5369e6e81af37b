package clickhouse

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
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

// protocol leads to a database of a server by one of its protocols.
type protocol func(server *testserver.ClickHouse, database string) string

// native is the protocol by which stores are tested. What has to do with
// connections, and the contract, are tested by each, see byEach.
var native protocol = (*testserver.ClickHouse).NativeDSN

// sharded leads to a database that is spread over two shards of a server.
func sharded(server *testserver.ClickHouse, database string) string {
	return server.ShardedDSN(database, map[string]string{
		"sessions": "intHash64(id)", "page_views": "intHash64(session)", "interactions": "intHash64(session)",
		"amended": "intHash64(session)", "session_names": "cityHash64(session_id)",
	})
}

// byEach runs a test by each protocol.
func byEach(t *testing.T, test func(t *testing.T, by protocol)) {
	t.Helper()
	for name, by := range map[string]protocol{"native": native, "HTTP": (*testserver.ClickHouse).DSN} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, by)
		})
	}
}

// databaseFor is a database of a test's own, and the DSN that leads to it. It
// is dropped when the test ends.
func databaseFor(t testing.TB, name string) string {
	t.Helper()
	return databaseBy(t, native, name)
}

func databaseBy(t testing.TB, by protocol, name string) string {
	t.Helper()
	h := fnv.New64a()
	fmt.Fprint(h, os.Getpid(), name)
	database := fmt.Sprintf("test_%x", h.Sum64())
	dsn := by(testserver.SharedClickHouse(t), database)
	t.Cleanup(func() {
		config, err := parse(dsn, &Options{})
		if err != nil {
			return
		}
		s, err := newStore(config, Options{})
		if err != nil {
			return
		}
		_ = s.conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+database+" SYNC")
		_ = s.Close()
	})
	return dsn
}

// openNew opens a store in a database of the test's own.
func openNew(t testing.TB) (s *Store, dsn string) {
	t.Helper()
	dsn = databaseFor(t, t.Name())
	return openStore(t, dsn, Options{Migrate: true}), dsn
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
