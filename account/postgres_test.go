package account

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
)

// Several servers start on an empty database at once: one schema is made, and of
// the links that they print one is good, once.
func TestManyServersStartOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	dsn := testserver.SharedPostgres(t).Database(t)
	tokens := make([]string, 4)
	stores := make([]*Store, len(tokens))
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			s, err := OpenPostgres(t.Context(), withParameter(dsn, "pool_max_conns", "3"), Options{Migrate: true})
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
			if tokens[i], err = s.Invite(t.Context(), time.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, s := range stores {
		if s == nil {
			t.FailNow()
		}
		defer s.Close()
	}
	good, accepted := 0, make([]error, len(tokens))
	for i, token := range tokens {
		if invited(t, stores[0], token) {
			good++
		}
		all.Go(func() {
			_, accepted[i] = stores[i].AcceptInvitation(t.Context(), token, fmt.Sprintf("owner%d", i), password)
		})
	}
	all.Wait()
	for _, err := range accepted {
		if err != nil && !errors.Is(err, behavior.ErrCredentials) {
			t.Error(err)
		}
	}
	people, err := stores[1].People(t.Context())
	if good != 1 || len(people) != 1 || err != nil {
		t.Errorf("%d links were good, people %v, %v", good, people, err)
	}
}

func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	dsn := testserver.SharedPostgres(t).Database(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	exec := func(statement string) {
		if _, err := pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE SCHEMA records; CREATE TABLE records.sessions (id int); CREATE TABLE records.behavior_schema (version bigint, applied timestamptz); INSERT INTO records.behavior_schema VALUES (2, now())")
	closing(t, must(NewPostgres(t.Context(), pool, Options{Schema: "newer", Migrate: true})), nil)
	exec("INSERT INTO newer.behavior_schema VALUES (9999, now())")
	nowhere := "postgres://ann:verysecret@127.0.0.1:1/x"
	cases := []struct {
		name, dsn string
		options   Options
		is        error
		says      string
	}{
		{"no schema", dsn, Options{Schema: "none"}, behavior.ErrSchema, "run `behavior migrate`"},
		{"a newer schema", dsn, Options{Schema: "newer", Migrate: true}, behavior.ErrSchema, "it has schema 9999"},
		{"a schema of something else", dsn, Options{Schema: "records", Migrate: true}, behavior.ErrSchema, "tables of something else"},
		{"a name that is none", dsn, Options{Schema: "a-b"}, nil, "is no name for a schema"},
		{"one connection", withParameter(dsn, "pool_max_conns", "1"), Options{}, nil, "two at least"},
		{"no server", nowhere, Options{}, behavior.ErrUnavailable, "connection refused"},
		{"no DSN", "postgres://ann:verysecret@host:nonsense/x", Options{}, nil, "invalid port"},
	}
	for _, c := range cases {
		s, err := OpenPostgres(t.Context(), c.dsn, c.options)
		if err == nil {
			t.Errorf("%s: opened", c.name)
			_ = s.Close()
			continue
		}
		if c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "verysecret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func must(s *Store, err error) *Store {
	if err != nil {
		panic(err)
	}
	return s
}

// The database goes away and comes back: what is asked meanwhile is told so, and
// afterwards everything is as it was.
func TestAStoreRecoversWithItsDatabase(t *testing.T) {
	t.Parallel()
	server := testserver.PrivatePostgres(t)
	s, err := OpenPostgres(t.Context(), server.DSN(""), Options{Migrate: true, Timeout: 5 * time.Second})
	closing(t, s, err)
	ann := add(t, s, "ann")
	signIn(t, s, "token", ann.ID, nil)
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Person(t.Context(), ann.ID); !errors.Is(err, behavior.ErrUnavailable) || strings.Contains(err.Error(), "\n") {
			t.Errorf("while it is away: %v", err)
		}
		if _, err := s.Windows().Take(t.Context(), behavior.WindowKey{Name: "a", Rate: behavior.Rate{Count: 1, Per: time.Minute}}, 1); !errors.Is(err, behavior.ErrUnavailable) {
			t.Errorf("while it is away: %v", err)
		}
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(t.Context(), "ann", password); err != nil {
		t.Errorf("when it is back: %v", err)
	}
	if !found(t, s, "token") {
		t.Error("the sign-in is lost")
	}
}

// A pooler gives each transaction another connection.
func TestAStoreWorksBehindAPooler(t *testing.T) {
	t.Parallel()
	direct := testserver.PrivatePostgres(t).DSN("")
	at, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	through := testserver.PgBouncer(t, at.String())
	stores := make([]*Store, 2)
	for i := range stores {
		s, err := OpenPostgres(t.Context(), through, Options{Migrate: true})
		stores[i] = closing(t, s, err)
	}
	people := addAll(t, stores[0], root("ann"), root("bob"), root("carl"))
	key := behavior.WindowKey{Name: "a", Rate: behavior.Rate{Count: 20, Per: time.Hour}}
	var mu sync.Mutex
	passed := 0
	var all sync.WaitGroup
	for i := range 12 {
		s, p := stores[i%2], people[i/2%2]
		all.Go(func() {
			for n := range 6 {
				token := fmt.Sprint(i, n)
				signIn(t, s, token, people[2].ID, nil)
				if !found(t, s, token) {
					t.Error("the sign-in is lost")
				}
				var invalid behavior.Invalid
				if err := active(t, s, p.ID, n%2 == 0); err != nil && !errors.As(err, &invalid) {
					t.Error(err)
				}
				if err := s.Note(t.Context(), behavior.AuditEntry{User: token}); err != nil {
					t.Error(err)
				}
				if _, _, err := s.Entries(t.Context(), behavior.AuditQuery{Limit: 3}); err != nil {
					t.Error(err)
				}
				wait, err := s.Windows().Take(t.Context(), key, 1)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if wait == 0 {
					passed++
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	list, err := stores[1].People(t.Context())
	if err != nil || len(list) != 3 || passed != 20 {
		t.Errorf("people %v, %v; %d passed", list, err, passed)
	}
}
