package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/storetest"
)

func TestWithoutServerEveryMethodIsUnavailableAndRecovers(t *testing.T) {
	t.Parallel()
	byEach(t, withoutServer)
}

func withoutServer(t *testing.T, by protocol) {
	server := testserver.PrivateClickHouse(t)
	s := openStore(t, by(server, "behavior"), Options{Migrate: true})
	appendRows(t, s, session("a"), view("a", "/1"), click("a", ""))
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	for name, call := range storetest.Calls(s) {
		began := time.Now()
		if err := call(t.Context()); !errors.Is(err, behavior.ErrUnavailable) {
			t.Errorf("%s: error is %v, want ErrUnavailable", name, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, call := range storetest.Calls(s) {
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := count(t, s); n != 2 {
		t.Errorf("%d page views, want 2", n)
	}
}

// TestCrashUnderLoad has a server crash again and again while many write. What
// was acknowledged is there, once; what failed is not.
func TestCrashUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts servers and has them crash")
	}
	byEach(t, crashUnderLoad)
}

func crashUnderLoad(t *testing.T, by protocol) {
	server := testserver.PrivateClickHouse(t)
	s := openStore(t, by(server, "behavior"), Options{Migrate: true})
	const writers, rounds, each = 6, 4, 40
	for n := range writers {
		appendRows(t, s, session(strconv.Itoa(n)))
	}
	stop := make(chan struct{})
	var acknowledged [writers]map[string]bool
	var total, failures atomic.Int64
	var wg sync.WaitGroup
	for n := range writers {
		acknowledged[n] = map[string]bool{}
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				path := fmt.Sprintf("/%d/%d", n, i)
				rows := []behavior.Row{view(strconv.Itoa(n), path), view(strconv.Itoa(n), path+"b"), session(path)}
				rows[1].PageView.Timestamp = noon.AddDate(0, 1, 0) // another partition
				switch err := s.Append(context.Background(), rows); {
				case err == nil && rows[0].Err == nil && rows[1].Err == nil && rows[2].Err == nil:
					acknowledged[n][path] = true
					total.Add(1)
				case errors.Is(err, behavior.ErrUnavailable):
					failures.Add(1)
				default:
					t.Errorf("append: %v, %v, %v", err, rows[0].Err, rows[2].Err)
					return
				}
			}
		})
	}
	for range rounds {
		waitFor(t, &total, total.Load()+each)
		if err := errors.Join(server.Crash(), server.Start(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, &total, total.Load()+each)
	close(stop)
	wg.Wait()

	want, stored := map[string]int{}, map[string]int{}
	for n := range writers {
		want[strconv.Itoa(n)] = 1
		for path := range acknowledged[n] {
			want[path], want["view "+path], want["view "+path+"b"] = 1, 1, 1
		}
	}
	views, _, err := s.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		stored["view "+v.Path]++
	}
	sessions, _, err := s.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, session := range sessions {
		stored[session.SessionID]++
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("records (-acknowledged +stored):\n%s", diff)
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

// TestWhatIsGivenUpIsTakenBack has the server refuse the second table of a
// batch: nothing of the batch stays.
func TestWhatIsGivenUpIsTakenBack(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	old := session("a")
	appendRows(t, s, old)
	rename(t, s, "interactions", "elsewhere")
	rows := []behavior.Row{session("b"), view("a", "/moves"), view("b", "/"), click("b", "")}
	if err := s.Append(t.Context(), rows); !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	rename(t, s, "elsewhere", "interactions")
	if err := s.alone(t.Context(), func(context.Context, *writer) error { return nil }); err != nil { // the rest is taken back
		t.Fatal(err)
	}
	check := func(what string, wantSessions, wantViews int) {
		t.Helper()
		list, _, err := s.Sessions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, s); len(list) != wantSessions || n != wantViews || list[0].ExitPath != "" && wantViews == 0 {
			t.Errorf("%s: %d page views, sessions %+v", what, n, list)
		}
	}
	check("after the failure", 1, 0)
	rows = []behavior.Row{session("b"), view("b", "/"), click("b", "")}
	appendRows(t, s, rows...)
	check("after another try", 2, 1)
}

func rename(t *testing.T, s *Store, from, to string) {
	t.Helper()
	exec(t, s, "RENAME TABLE "+s.layout.whole(from)+" TO "+s.layout.whole(to))
}

// TestWhatIsGivenUpAndKnownStays has the same happen to a page view with a key:
// it stays, with its session, and its id is not given again.
func TestWhatIsGivenUpAndKnownStays(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	appendRows(t, s, session("a"))
	batch := func() []behavior.Row {
		return []behavior.Row{session("b"), keyed(view("b", "/"), "k"), click("b", "c")}
	}
	rename(t, s, "interactions", "elsewhere")
	if err := s.Append(t.Context(), batch()); !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	rename(t, s, "elsewhere", "interactions")
	again := append(batch(), session("c"), view("a", "/2"))
	if err := s.Append(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(again[0].Err, behavior.ErrConflict) || !errors.Is(again[1].Err, behavior.ErrDuplicate) || again[2].Err != nil {
		t.Errorf("sent again: %v, %v, %v", again[0].Err, again[1].Err, again[2].Err)
	}
	ids := map[int64]bool{}
	views, _, err := s.PageViews(t.Context(), behavior.Query{})
	for _, v := range views {
		ids[v.ID] = true
	}
	if err != nil || len(views) != 2 || len(ids) != 2 {
		t.Errorf("page views are %+v, error %v", views, err)
	}
	list, _, err := s.Sessions(t.Context(), behavior.Query{})
	if err != nil || len(list) != 3 {
		t.Errorf("sessions are %+v, error %v", list, err)
	}
}
