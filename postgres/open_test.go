package postgres

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/storetest"
)

// exec runs statements in a database.
func exec(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, statement := range statements {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "postgres://behavior@" + l.Addr().String() + "/postgres?sslmode=disable"
	l.Close()
	missing, foreign := schemaFor(t, dsn, t.Name()+"missing"), schemaFor(t, dsn, t.Name()+"foreign")
	exec(t, dsn, "CREATE SCHEMA "+foreign, "CREATE TABLE "+foreign+".sessions (id int)")
	for _, c := range []struct {
		name    string
		dsn     string
		options Options
		is      error
		says    string
	}{
		{"nobody listens", nobody, Options{}, behavior.ErrUnavailable, "connection refused"},
		{"no such host", "postgres://behavior@no-such-host.invalid/x", Options{}, behavior.ErrUnavailable, "no-such-host.invalid"},
		{"no such database", withPath(t, dsn, "/nothing_of_that_name"), Options{}, behavior.ErrUnavailable, `database "nothing_of_that_name" does not exist`},
		{"no DSN", "postgres://%zz", Options{}, nil, "parse"},
		{"no tables", dsn, Options{Schema: missing}, behavior.ErrSchema, "behavior migrate"},
		{"tables of something else", dsn, Options{Schema: foreign, Migrate: true}, behavior.ErrSchema, "choose another schema"},
		{"a schema's name that needs quotes", dsn, Options{Schema: `x"; DROP`}, nil, "no name for a schema"},
		{"a schema of the server's own", dsn, Options{Schema: "pg_catalog"}, nil, "no name for a schema"},
		{"too few connections", withParameter(dsn, "pool_max_conns", "1"), Options{}, nil, "two"},
	} {
		s, err := OpenWith(t.Context(), c.dsn, c.options)
		if err == nil {
			s.Close()
		}
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error is %v, want %v and %q", c.name, err, c.is, c.says)
		}
	}
}

// withPath is a DSN with another database.
func withPath(t *testing.T, dsn, path string) string {
	t.Helper()
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	at.Path = path
	return at.String()
}

func TestOnlyUnicodeDatabases(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	exec(t, dsn, "DROP DATABASE IF EXISTS behavior_latin", "CREATE DATABASE behavior_latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err == nil {
			_, _ = conn.Exec(context.Background(), "DROP DATABASE behavior_latin WITH (FORCE)")
			_ = conn.Close(context.Background())
		}
	})
	if _, err := OpenWith(t.Context(), withPath(t, dsn, "/behavior_latin"), Options{Migrate: true}); err == nil || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("error is %v", err)
	}
}

func TestSchemaOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	s, schema := openNew(t)
	appendRows(t, s, session("a"))
	exec(t, dsn, "INSERT INTO "+schema+".behavior_schema VALUES (999, now())")
	for _, migrate := range []bool{false, true} {
		_, err := OpenWith(t.Context(), dsn, Options{Schema: schema, Migrate: migrate})
		if !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "use the newer program") {
			t.Errorf("newer, migrate is %t: %v", migrate, err)
		}
	}
	exec(t, dsn, "DELETE FROM "+schema+".behavior_schema WHERE version > 0", "INSERT INTO "+schema+".behavior_schema VALUES (0, now()) ON CONFLICT DO NOTHING")
	_, err := OpenWith(t.Context(), dsn, Options{Schema: schema})
	if !errors.Is(err, behavior.ErrSchema) || !strings.Contains(err.Error(), "run `behavior migrate`") {
		t.Errorf("older: %v", err)
	}
}

// TestManyMigrateAtOnce has several servers find an empty database.
func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	schema := schemaFor(t, dsn, t.Name())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := OpenWith(t.Context(), dsn, Options{Schema: schema, Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	wg.Wait()
}

// TestHostsPool opens a store on the pool of somebody else, in each of the
// driver's ways to send a statement.
func TestHostsPool(t *testing.T) {
	t.Parallel()
	for _, mode := range []pgx.QueryExecMode{
		pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			config, err := pgxpool.ParseConfig(house(t))
			if err != nil {
				t.Fatal(err)
			}
			config.ConnConfig.DefaultQueryExecMode, config.MaxConns = mode, 4
			pool, err := pgxpool.NewWithConfig(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			s, err := New(t.Context(), pool, Options{Schema: schemaFor(t, house(t), t.Name()), Migrate: true})
			if err != nil {
				t.Fatal(err)
			}
			useAll(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := pool.Ping(t.Context()); err != nil {
				t.Errorf("the host's pool after the store is closed: %v", err)
			}
		})
	}
}

// useAll calls the methods of a store that send statements of all kinds.
func useAll(t *testing.T, s *Store) {
	t.Helper()
	user := "o'neil"
	rows := []behavior.Row{
		{Session: &behavior.Session{SessionID: `a\'"$1`, StartTime: noon, UserID: &user, Bot: true}}, session("b"), keyed(view("b", "/1"), "k"), view("b", "/2"),
		{Interaction: &behavior.Interaction{Session: behavior.Session{SessionID: "b"}, EventType: "click", Metadata: []byte(`{"a":1}`), Timestamp: noon}},
		{Progress: &behavior.Progress{SessionID: "b", At: noon, ViewKey: "k", ScrollDepth: 7}},
	}
	appendRows(t, s, rows...)
	byID := view("", "/3")
	byID.PageView.ID, byID.PageView.Session.ID, byID.PageView.EventKey = 50, rows[1].Session.ID, "l"
	appendRows(t, s, byID, behavior.Row{Progress: &behavior.Progress{SessionID: "b", ViewKey: "k", ScrollDepth: 9}})
	views, total, err := s.PageViews(t.Context(), behavior.Query{
		Limit: 10, Order: []behavior.Order{{Field: "timestamp", Desc: true}},
		Filters: []behavior.Filter{{Field: "path", Op: behavior.Contains, Values: []any{"/"}}, {Field: "timestamp", Values: []any{noon}}, {Field: "session__bot", Values: []any{false}}},
	})
	if err != nil || total != 3 || len(views) != 3 || views[0].ScrollDepth != 9 || !views[0].Timestamp.Equal(noon) {
		t.Errorf("list: %+v, %d, %v", views, total, err)
	}
	found, _, err := s.Interactions(t.Context(), behavior.Query{Filters: []behavior.Filter{{Field: "metadata", Path: []string{"a"}, Values: []any{int64(1)}}, {Field: "x", Values: []any{int64(0), int64(1)}}}})
	if err != nil || len(found) != 1 {
		t.Errorf("interactions: %v, %v", found, err)
	}
	if _, err := s.UpdateSession(t.Context(), 1, func(s *behavior.Session) error { s.UserID = nil; return nil }); err != nil {
		t.Error(err)
	}
	if _, err := s.UpdatePageView(t.Context(), 50, func(v *behavior.PageView) error { v.EventKey, v.Timestamp = "m", noon.AddDate(0, 1, 0); return nil }); err != nil {
		t.Error(err)
	}
	report, err := s.Report(t.Context(), behavior.LastDays(7, noon, noon.Location()))
	if err != nil || len(report.Durations) != 1 || report.PageViews[0].Count != 2 {
		t.Errorf("report: %+v, %v", report, err)
	}
	if salt, err := s.Salt(t.Context(), noon, []byte("salt\x00\xff")); err != nil || string(salt) != "salt\x00\xff" {
		t.Errorf("salt: %q, %v", salt, err)
	}
	gone, err := s.Delete(t.Context(), behavior.KindSession, []int64{2})
	if err != nil || gone != (behavior.Counts{Sessions: 1, PageViews: 3, Interactions: 1}) {
		t.Errorf("delete: %+v, %v", gone, err)
	}
}

// TestBehindPooler goes through PgBouncer, which gives each transaction another
// connection: with all kinds of statements, from many at once, and, where
// PgBouncer is required, with the whole suite.
func TestBehindPooler(t *testing.T) {
	direct := house(t)
	dsn := testserver.PgBouncer(t, direct)
	s := openStore(t, dsn, Options{Schema: schemaFor(t, direct, t.Name()), Migrate: true})
	useAll(t, s)
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			for range 10 {
				rows := []behavior.Row{view(`a\'"$1`, "/"+strconv.Itoa(n))}
				err := s.Append(t.Context(), rows)
				_, _, listed := s.PageViews(t.Context(), behavior.Query{Limit: 1})
				if err := errors.Join(err, rows[0].Err, listed); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := count(t, s); n != 160 {
		t.Errorf("%d page views, want 160", n)
	}
	if !testserver.Required("pgbouncer") {
		return
	}
	storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
		s, err := OpenWith(t.Context(), dsn, Options{Schema: schemaFor(t, direct, "pooled"+dir), Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// TestServerWithoutRights runs as a user who may read and write, but owns
// nothing and may make nothing.
func TestServerWithoutRights(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	_, schema := openNew(t)
	role := schema + "_app"
	exec(t, dsn, "CREATE ROLE "+role+" LOGIN", "GRANT USAGE ON SCHEMA "+schema+" TO "+role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+role, "GRANT ALL ON ALL SEQUENCES IN SCHEMA "+schema+" TO "+role)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.User(role)
	useAll(t, openStore(t, at.String(), Options{Schema: schema}))
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), dsn)
		if err == nil {
			_, _ = conn.Exec(context.Background(), "DROP OWNED BY "+role+"; DROP ROLE "+role)
			_ = conn.Close(context.Background())
		}
	})
}
