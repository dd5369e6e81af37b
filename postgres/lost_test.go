package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/storetest"
)

func portText(port uint16) string { return strconv.Itoa(int(port)) }

// throughProxy opens a store in a new schema by way of a proxy.
func throughProxy(t *testing.T) (*Store, *proxy) {
	t.Helper()
	dsn := house(t)
	schema := schemaFor(t, dsn, t.Name())
	p, through := newProxy(t, dsn)
	return openStore(t, through, Options{Schema: schema, Migrate: true}), p
}

func TestWithoutNetworkEveryMethodIsUnavailableAndRecovers(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	appendRows(t, s, session("a"), view("a", "/1"), click("a"))
	calls := storetest.Calls(s)
	p.cut(true)
	for name, call := range calls {
		began := time.Now()
		if err := call(t.Context()); !errors.Is(err, behavior.ErrUnavailable) {
			t.Errorf("%s: error is %v, want ErrUnavailable", name, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
	p.heal()
	for name, call := range calls {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, s); n != 2 {
		t.Errorf("%d page views, want 2", n)
	}
}

func TestDeadConnectionsAreReplaced(t *testing.T) {
	t.Parallel()
	s, p := throughProxy(t)
	appendRows(t, s, session("a"))
	for n := range 5 {
		p.cut(false)
		appendRows(t, s, view("a", "/"+strconv.Itoa(n)))
		p.cut(false)
		if got := count(t, s); got != n+1 {
			t.Errorf("%d page views, want %d", got, n+1)
		}
	}
}

// TestConnectionLostAtCommit cuts the connection when the last words of a
// transaction have been said: before the server hears them, and after.
func TestConnectionLostAtCommit(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]bool{"the server has not heard it": false, "the server has heard it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := throughProxy(t)
			appendRows(t, s, session("a"))
			loseCommit(t, s, p, heard, `SELECT count(*) = 2 FROM @page_views`, func() { p.cut(false) })
			rows := []behavior.Row{view("a", "/1"), view("a", "/2"), view("unknown", "/3")}
			if err := s.Append(t.Context(), rows); err != nil {
				t.Fatal(err)
			}
			if rows[0].Err != nil || rows[1].Err != nil || !errors.Is(rows[2].Err, behavior.ErrNoSession) || rows[1].PageView.ID == 0 {
				t.Errorf("rows are %+v", rows)
			}
			if n := count(t, s); n != 2 {
				t.Errorf("%d page views are stored, want 2", n)
			}
			if first := rows[0].PageView.ID == 1; heard != first {
				t.Errorf("the first attempt's ids: %v, want %v", first, heard)
			}

			// An update's function is not called twice for it.
			loseCommit(t, s, p, heard, `SELECT country = 'DE' FROM @sessions`, func() { p.cut(false) })
			calls := 0
			_, err := s.UpdateSession(t.Context(), 1, func(s *behavior.Session) error { calls++; s.Country = "DE"; return nil })
			found, _, _ := s.Sessions(t.Context(), behavior.Query{})
			if heard != (err == nil) || heard != (found[0].Country == "DE") || calls != 1 || err != nil && !errors.Is(err, behavior.ErrUnavailable) {
				t.Errorf("update: %v after %d calls; the country is %q", err, calls, found[0].Country)
			}
		})
	}
}

// TestCallerGivesUpAtCommit ends a caller's context in the middle of a commit. He
// is told that and nothing else: it is stored, or not.
func TestCallerGivesUpAtCommit(t *testing.T) {
	t.Parallel()
	for name, heard := range map[string]bool{"the server has not heard it": false, "the server has heard it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := throughProxy(t)
			appendRows(t, s, session("a"))
			giveUp := func(what, stored string, write func(ctx context.Context) error) {
				_ = count(t, s) // a connection knows what COMMIT is
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				returned, failed := make(chan struct{}), make(chan struct{})
				loseCommit(t, s, p, heard, stored, func() { cancel(); <-returned; p.cut(false); close(failed) })
				err := write(ctx)
				close(returned)
				<-failed
				if !errors.Is(err, context.Canceled) || errors.Is(err, behavior.ErrUnavailable) {
					t.Errorf("%s: error is %v, want that of the context", what, err)
				}
			}
			rows := []behavior.Row{view("a", "/1"), view("a", "/2")}
			giveUp("append", `SELECT count(*) = 2 FROM @page_views`, func(ctx context.Context) error { return s.Append(ctx, rows) })
			giveUp("update", `SELECT country = 'DE' FROM @sessions`, func(ctx context.Context) error {
				_, err := s.UpdateSession(ctx, 1, func(s *behavior.Session) error { s.Country = "DE"; return nil })
				return err
			})
			appendRows(t, s, view("a", "/3"))
			found, _, _ := s.Sessions(t.Context(), behavior.Query{})
			if n := count(t, s); heard != (n == 3) || heard != (found[0].Country == "DE") {
				t.Errorf("%d page views; the country is %q", n, found[0].Country)
			}
		})
	}
}

// loseCommit lets the network fail at the next commit. If the server is to hear
// it, that is when a question shows what it has stored, and nobody its answer.
func loseCommit(t *testing.T, s *Store, p *proxy, heard bool, stored string, fail func()) {
	p.atCommit(func(forward func()) {
		defer fail()
		if !heard {
			return
		}
		p.mute()
		forward()
		conn, err := pgx.Connect(t.Context(), house(t))
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for done := false; !done && err == nil; {
			err = conn.QueryRow(t.Context(), s.in(stored)).Scan(&done)
		}
		if err != nil {
			t.Error(err)
		}
	})
}

// TestOutcomeUnknown never lets the server tell what became of a transaction.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	schema := schemaFor(t, dsn, t.Name())
	p, through := newProxy(t, dsn)
	s := openStore(t, through, Options{Schema: schema, Migrate: true})
	appendRows(t, s, session("a"))
	_ = count(t, s) // a connection knows what COMMIT is
	p.atCommit(func(func()) { p.cut(true) })
	_, err := s.UpdateSession(t.Context(), 1, func(found *behavior.Session) error {
		s.options.WriteTimeout = time.Second // from here on: it is how long the server has to come back
		found.Country = "DE"
		return nil
	})
	if !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "in time to tell whether it is done") {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, []behavior.Row{view("a", "/1")}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: %v", err)
	}
	p.heal()
	found, _, err := s.Sessions(t.Context(), behavior.Query{})
	if n := count(t, s); n != 0 || err != nil || found[0].Country != "" {
		t.Errorf("%d page views, want none; sessions are %+v, error %v", n, found, err)
	}
}

// TestSilentNetwork lets a write hang, whose client the server does not miss:
// it holds what others wait for until it is ended.
func TestSilentNetwork(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	schema := schemaFor(t, dsn, t.Name())
	p, through := newProxy(t, dsn)
	s := openStore(t, through, Options{Schema: schema, Migrate: true})
	appendRows(t, s, session("a"))
	hasty := openStore(t, through, Options{Schema: schema, WriteTimeout: 5 * time.Second})
	hold := make(chan struct{})
	p.atCommit(func(func()) { <-hold })
	rows := []behavior.Row{view("a", "/1")}
	err := hasty.Append(t.Context(), rows)
	close(hold)
	if !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	appendRows(t, s, view("a", "/2"))
	if n := count(t, s); n != 1 {
		t.Errorf("%d page views, want the second alone", n)
	}
}

// TestCrashUnderLoad has a server crash again and again while many write. What
// was acknowledged is there, once; what failed is not.
func TestCrashUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a server and has it crash")
	}
	server := testserver.PrivatePostgres(t)
	s := openStore(t, server.DSN("postgres"), Options{Migrate: true})
	const writers = 6
	for n := range writers {
		appendRows(t, s, session(strconv.Itoa(n)))
	}
	stop := make(chan struct{})
	var acknowledged, failed [writers]map[string]bool
	var total, failures atomic.Int64
	var wg sync.WaitGroup
	for n := range writers {
		acknowledged[n], failed[n] = map[string]bool{}, map[string]bool{}
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				path := fmt.Sprintf("/%d/%d", n, i)
				rows := []behavior.Row{view(strconv.Itoa(n), path), view(strconv.Itoa(n), path+"b")}
				switch err := s.Append(context.Background(), rows); {
				case err == nil && rows[0].Err == nil && rows[1].Err == nil:
					acknowledged[n][path] = true
					total.Add(1)
				case errors.Is(err, behavior.ErrUnavailable):
					failed[n][path] = true
					failures.Add(1)
				default:
					t.Errorf("append: %v, %v", err, rows[0].Err)
					return
				}
			}
		})
	}
	for round := range 4 {
		waitFor(t, &total, total.Load()+50)
		if round%2 == 0 {
			killBackend(t, s)
			continue
		}
		if err := server.Crash(); err != nil {
			t.Fatal(err)
		}
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, &total, total.Load()+50)
	close(stop)
	wg.Wait()

	stored := map[string]int{}
	views, _, err := s.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		stored[v.Path]++
	}
	want := map[string]int{}
	for n := range writers {
		for path := range acknowledged[n] {
			want[path], want[path+"b"] = 1, 1
		}
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("page views (-acknowledged +stored):\n%s", diff)
	}
	t.Logf("%d appends were acknowledged, %d failed", total.Load(), failures.Load())
}

// waitFor waits until a number has grown.
func waitFor(t *testing.T, n *atomic.Int64, want int64) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n.Load() < want {
		select {
		case <-deadline:
			t.Fatalf("stuck at %d", n.Load())
		case <-tick.C:
		}
	}
}

// killBackend kills one of the server's processes, upon which the server ends
// all others and recovers.
func killBackend(t *testing.T, s *Store) {
	t.Helper()
	var pid int
	err := s.pool.QueryRow(t.Context(), `SELECT pid FROM pg_stat_activity WHERE application_name = 'behavior' AND pid <> pg_backend_pid() LIMIT 1`).Scan(&pid)
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
}
