package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/storetest"
)

// exec runs statements as the store's user.
func exec(t *testing.T, s *Store, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if err := s.conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	const secret = "hush"
	for name, c := range map[string]struct {
		dsn   string
		wants error
		says  string
	}{
		"nobody listens":       {"clickhouse://u:" + secret + "@127.0.0.1:1/x", behavior.ErrUnavailable, "connection refused"},
		"nobody listens, HTTP": {"clickhouse+http://u:" + secret + "@127.0.0.1:1/x", behavior.ErrUnavailable, "connection refused"},
		"no host":              {"clickhouse://u:" + secret + "@no-such-host.invalid:9000/x", behavior.ErrUnavailable, "no-such-host.invalid"},
		"another scheme":       {"postgres://u:" + secret + "@h/x", nil, "clickhouse://USER"},
		"no address":           {"clickhouse://", nil, "clickhouse://USER"},
		"a bad port":           {"clickhouse://u:" + secret + "@h:port/x", nil, "percent-encoded"},
		"a slash in it":        {"clickhouse://u:12/" + secret + "@127.0.0.1:1/x", nil, "percent-encoded"},
		"two slashes in it":    {"clickhouse+http://u:12/" + secret + "/" + secret + "@127.0.0.1:1", nil, "percent-encoded"},
		"a question mark":      {"clickhouse://u:12?" + secret + "@127.0.0.1:1/x", nil, "percent-encoded"},
		"a hash":               {"clickhouse://u:12#" + secret + "@127.0.0.1:1/x", nil, "percent-encoded"},
		"a bad name":           {"clickhouse://u:" + secret + "@127.0.0.1:1/a-b", nil, "no name for a database"},
		"a bad quorum":         {"clickhouse://u:" + secret + "@127.0.0.1:1/x?quorum=many", nil, "quorum"},
		"a bad async":          {"clickhouse://u:" + secret + "@127.0.0.1:1/x?async=perhaps", nil, "async"},
	} {
		s, err := OpenWith(t.Context(), c.dsn, Options{WriteTimeout: 10 * time.Second})
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		text := err.Error()
		if c.wants != nil && !errors.Is(err, c.wants) || !strings.Contains(text, c.says) || strings.Contains(text, secret) || strings.Contains(text, "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A port of another protocol, or of another server, is the commonest slip.
func TestOpenOfAnotherPort(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	s := testserver.SharedClickHouse(t)
	for name, c := range map[string]struct{ dsn, says, advises string }{
		"HTTP at another server":  {"clickhouse+http" + strings.TrimPrefix(other.URL, "http"), "the server answers HTTP 404 Not Found, and not as ClickHouse does;", "8123"},
		"HTTP at the native port": {strings.Replace(s.NativeDSN("x"), "clickhouse:", "clickhouse+http:", 1), "the connection to ClickHouse was lost: net/http: ", "clickhouse:// on 9000"},
		"native at the HTTP port": {strings.Replace(s.DSN("x"), "clickhouse+http:", "clickhouse:", 1) + "?dial_timeout=1s", "no answer from ClickHouse at 127.0.0.1:", "clickhouse+http:// on 8123"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := Open(t.Context(), c.dsn)
			if err == nil {
				store.Close()
				t.Fatal("no error")
			}
			text := err.Error()
			if !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(text, ": store unavailable: "+c.says) || !strings.Contains(text, c.advises) || strings.Contains(text, "hello") {
				t.Error(err)
			}
		})
	}
}

func TestDSN(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]struct {
		describes string
		options   Options
	}{
		"clickhouse://u:p@a:9000,b:9001/events?cluster=main&quorum=auto": {"clickhouse://a:9000,b:9001/events", Options{Database: "events", Cluster: "main", Quorum: "auto"}},
		"clickhouse+https://u:p@a:8443/events?async=true":                {"clickhouse://a:8443/events", Options{Database: "events", Async: true}},
		"clickhouse+http://a:8123":                                       {"clickhouse://a:8123/behavior", Options{}},
		"CLICKHOUSE://a:9000/?quorum=2&max_threads=3":                    {"clickhouse://a:9000/behavior", Options{Quorum: "2"}},
	} {
		var o Options
		config, err := parse(dsn, &o)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		if diff := cmp.Diff(want.options, o, cmp.AllowUnexported(Options{})); diff != "" || Describe(dsn) != want.describes {
			t.Errorf("%s: %s\n%s", dsn, Describe(dsn), diff)
		}
		if strings.Contains(dsn, "max_threads") && config.Settings["max_threads"] != 3 {
			t.Errorf("%s: settings are %v", dsn, config.Settings)
		}
		if strings.Contains(dsn, "https") && config.TLS == nil {
			t.Errorf("%s: without TLS", dsn)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	byEach(t, func(t *testing.T, by protocol) {
		for _, who := range []string{"default:wrong@", "nobody@"} {
			dsn := strings.Replace(by(testserver.SharedClickHouse(t), "behavior"), "default@", who, 1)
			_, err := OpenWith(t.Context(), dsn, Options{Migrate: true})
			if !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "refuses the user or the password") {
				t.Errorf("%s: %v", who, err)
			}
		}
	})
}

func TestSchemaOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dsn := databaseFor(t, t.Name())
	_, err := OpenWith(t.Context(), dsn, Options{})
	if !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "run `behavior migrate`") {
		t.Errorf("no tables: %v", err)
	}
	s := openStore(t, dsn, Options{Migrate: true})
	versions := s.layout.whole("behavior_schema")
	exec(t, s, "INSERT INTO "+versions+" (version, applied) VALUES (999, 0)")
	for _, migrate := range []bool{false, true} {
		_, err := OpenWith(t.Context(), dsn, Options{Migrate: migrate})
		if !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "use the newer program") {
			t.Errorf("newer, migrate is %t: %v", migrate, err)
		}
	}
	exec(t, s, "TRUNCATE TABLE "+versions, "INSERT INTO "+versions+" (version, applied) VALUES (0, 0)")
	if _, err = OpenWith(t.Context(), dsn, Options{}); !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "run `behavior migrate`") {
		t.Errorf("older: %v", err)
	}
	exec(t, s, "DROP TABLE "+versions)
	if _, err = OpenWith(t.Context(), dsn, Options{Migrate: true}); !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "something else") {
		t.Errorf("tables of something else: %v", err)
	}
}

// TestManyMigrateAtOnce has several processes find no database.
func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := databaseFor(t, t.Name())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := OpenWith(t.Context(), dsn, Options{Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestGatheredByTheServer lets the server gather inserts: each is there when it
// is acknowledged.
func TestGatheredByTheServer(t *testing.T) {
	t.Parallel()
	byEach(t, func(t *testing.T, by protocol) {
		dsn := databaseBy(t, by, t.Name())
		s := openStore(t, dsn+"?async=true", Options{Migrate: true})
		other := openStore(t, dsn, Options{})
		appendRows(t, s, session("a"))
		for n := range 3 {
			appendRows(t, s, view("a", "/"))
			if got := count(t, other); got != n+1 {
				t.Errorf("%d page views, want %d", got, n+1)
			}
		}
	})
}

// TestCompressed has what goes to the server compressed, and what comes.
func TestCompressed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"lz4", "zstd"} {
		s := openStore(t, databaseFor(t, t.Name()+method)+"?compress="+method, Options{Migrate: true})
		title := strings.Repeat("very much the same ", 1000)
		row := view("a", "/")
		row.PageView.Title = title
		appendRows(t, s, session("a"), row)
		if views, _, err := s.PageViews(t.Context(), behavior.Query{}); err != nil || len(views) != 1 || views[0].Title != title {
			t.Errorf("%s: page views are %+v, error %v", method, views, err)
		}
	}
}

// TestInsertAgain sends an insert twice, as after an answer that was lost.
func TestInsertAgain(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	appendRows(t, s, session("a"))
	v := view("a", "/").PageView
	v.ID, v.Session.ID = 7, 1
	again := step{kind: behavior.KindPageView, changes: []change{{after: behavior.Row{PageView: v}}}, version: s.writer.last, token: "token"}
	for range 2 {
		if err := s.writer.send(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	var parts uint64
	err := s.db.QueryRowContext(t.Context(), "SELECT count() FROM system.parts WHERE active AND table = 'page_views' AND database = ?", s.options.Database).Scan(&parts)
	if err != nil || parts != 1 || count(t, s) != 1 {
		t.Errorf("%d parts, %d page views, error %v", parts, count(t, s), err)
	}
}

func TestReadsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	s := openStore(t, databaseFor(t, t.Name()), Options{Migrate: true, Reads: 2, ReadTimeout: time.Minute})
	storetest.Turns(t, s, s.reads.Long)
}

// TestQuestionsThatTakeLong gives up on questions that the server is still busy
// with, and goes on.
func TestQuestionsThatTakeLong(t *testing.T) {
	t.Parallel()
	byEach(t, func(t *testing.T, by protocol) {
		s := openStore(t, databaseBy(t, by, t.Name()), Options{Migrate: true, ReadTimeout: time.Second})
		for want, limit := range map[error]func(context.Context) (context.Context, context.CancelFunc){
			behavior.ErrBusy: context.WithCancel,
			context.DeadlineExceeded: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 200*time.Millisecond)
			},
			context.Canceled: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(200*time.Millisecond, cancel)
				return ctx, cancel
			},
		} {
			ctx, cancel := limit(t.Context())
			began := time.Now()
			err := s.read(ctx, "wait", func(ctx context.Context, r *reader) error {
				_, err := collect(ctx, r.db, query.Statement{SQL: "SELECT sleep(3)"}, func(rows *sql.Rows, n *uint8) error { return rows.Scan(n) })
				return err
			})
			if took := time.Since(began); !errors.Is(err, want) || took > 3*time.Second {
				t.Errorf("error is %v after %v, want %v", err, took, want)
			}
			cancel()
		}
		_, n, err := s.PageViews(t.Context(), behavior.Query{})
		for try := 0; errors.Is(err, behavior.ErrBusy) && try < 20; try++ { // a second is little on a busy machine
			_, n, err = s.PageViews(t.Context(), behavior.Query{})
		}
		if err != nil || n != 0 {
			t.Errorf("%d page views, error %v", n, err)
		}
	})
}

// TestMemoryIsBounded has the writer forget most sessions and keys, and be
// asked for them.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := openStore(t, databaseFor(t, t.Name()), Options{Migrate: true, CacheSessions: 5})
	var rows []behavior.Row
	for i := range 100 {
		rows = append(rows, session(string(rune('A'+i))), keyed(view(string(rune('A'+i)), "/"), "k"))
	}
	appendRows(t, s, rows...)
	if n := s.writer.memory.Size(); n > 5 {
		t.Errorf("%d sessions are kept in memory, want 5 at most", n)
	}
	var again []behavior.Row
	for i := range 100 {
		again = append(again, keyed(view(string(rune('A'+i)), "/"), "k"), session(string(rune('A'+i))))
	}
	if err := s.Append(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	for i, row := range again {
		if want := []error{behavior.ErrDuplicate, behavior.ErrConflict}[i%2]; !errors.Is(row.Err, want) {
			t.Errorf("row %d: %v, want %v", i, row.Err, want)
		}
	}
}

func TestDatabaseIsGone(t *testing.T) {
	t.Parallel()
	server := testserver.PrivateClickHouse(t)
	s := openStore(t, server.NativeDSN("behavior"), Options{Migrate: true})
	appendRows(t, s, session("a"))
	exec(t, s, "DROP DATABASE behavior SYNC")
	for name, call := range storetest.Calls(s) {
		if err := call(t.Context()); !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "behavior migrate") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesWithoutAPort(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"clickhouse://ann:secret@db.example/x":              "db.example:9000",
		"clickhouse://db.example:9001/x":                    "db.example:9001",
		"clickhouse://a.example,b.example:7/x":              "a.example:9000 b.example:7",
		"clickhouse://db.example/x?secure=true":             "db.example:9440",
		"clickhouse+http://db.example/x":                    "db.example:8123",
		"clickhouse+https://db.example/x":                   "db.example:8443",
		"clickhouse://[2001:db8::1]/x":                      "[2001:db8::1]:9000",
		"clickhouse+http://[2001:db8::1]:8124/x?async=true": "[2001:db8::1]:8124",
	} {
		config, err := parse(dsn, &Options{})
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		if got := strings.Join(config.Addr, " "); got != want {
			t.Errorf("%s: %s, want %s", dsn, got, want)
		}
	}
}
