package clickhouse

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// nodes opens stores of several processes on one database.
func nodes(t *testing.T, n int) []*Store {
	t.Helper()
	return nodesBy(t, native, n)
}

func nodesBy(t *testing.T, by protocol, n int) []*Store {
	t.Helper()
	dsn := databaseBy(t, by, t.Name())
	all := []*Store{openStore(t, dsn, Options{Migrate: true})}
	for range n - 1 {
		all = append(all, openStore(t, dsn, Options{}))
	}
	return all
}

// TestNodesShareSessionsAndKeys has several processes store the same sessions
// and events at once.
func TestNodesShareSessionsAndKeys(t *testing.T) {
	t.Parallel()
	const rounds, names, callers = 4, 11, 6
	stores := nodes(t, 3)
	var won atomic.Int64
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for round := range rounds {
				var rows []behavior.Row
				for n := range names {
					name := strconv.Itoa((n*(2*caller+1) + caller) % names)
					rows = append(rows, session(name), keyed(view(name, "/"+strconv.Itoa(round)), "k"+strconv.Itoa(round)),
						behavior.Row{Progress: &behavior.Progress{SessionID: name, UserID: "ann"}})
				}
				if err := stores[caller%len(stores)].Append(t.Context(), rows); err != nil {
					t.Error(err)
					return
				}
				for i, row := range rows {
					switch {
					case row.Err == nil && row.Session != nil:
						won.Add(1)
					case row.Err != nil && !errors.Is(row.Err, behavior.ErrConflict) && !errors.Is(row.Err, behavior.ErrDuplicate):
						t.Errorf("row %d: %v", i, row.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	list, _, err := stores[0].Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	views, _, err := stores[1].PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	ids, keys := map[int64]bool{}, map[string]bool{}
	for _, v := range views {
		ids[v.ID], keys[v.Session.SessionID+v.EventKey] = true, true
	}
	if won.Load() != names || len(list) != names || len(views) != names*rounds || len(ids) != names*rounds || len(keys) != names*rounds {
		t.Errorf("%d sessions were told to be stored; there are %d, and %d page views with %d ids and %d keys", won.Load(), len(list), len(views), len(ids), len(keys))
	}
}

// TestNodesTakeDifferentIDs has several processes begin at once.
func TestNodesTakeDifferentIDs(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 4)
	appendRows(t, stores[0], session("a"))
	var mu sync.Mutex
	seen := map[int64]int{}
	var wg sync.WaitGroup
	for _, s := range stores {
		wg.Go(func() {
			for range 5 {
				row := view("a", "/")
				if err := s.Append(t.Context(), []behavior.Row{row}); err != nil || row.Err != nil {
					t.Error(err, row.Err)
				}
				mu.Lock()
				seen[row.PageView.ID]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if n := count(t, stores[0]); len(seen) != 20 || n != 20 {
		t.Errorf("%d ids were given, and %d page views are there", len(seen), n)
	}
}

// TestNodesSeeEachOthersChanges has one process change what another knows.
func TestNodesSeeEachOthersChanges(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0], stores[1]
	rows := []behavior.Row{session("s"), keyed(view("s", "/"), "k"), session("gone")}
	appendRows(t, a, rows...)
	appendRows(t, b, view("s", "/b"), view("gone", "/")) // b knows them now
	appendRows(t, a, behavior.Row{Progress: &behavior.Progress{SessionID: "s", UserID: "ann", At: noon.Add(time.Hour)}})
	appendRows(t, b, view("s", "/c"), behavior.Row{Progress: &behavior.Progress{SessionID: "s", ViewKey: "k", ScrollDepth: 70}})
	again := keyed(view("s", "/"), "k")
	if err := b.Append(t.Context(), []behavior.Row{again}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Delete(t.Context(), behavior.KindSession, []int64{rows[2].Session.ID}); err != nil {
		t.Fatal(err)
	}
	late := []behavior.Row{view("gone", "/late"), again}
	if err := b.Append(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(late[0].Err, behavior.ErrNoSession) || !errors.Is(late[1].Err, behavior.ErrDuplicate) {
		t.Errorf("a page view of a deleted session: %v; with a key that is known: %v", late[0].Err, late[1].Err)
	}
	list, _, err := a.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].UserID == nil || *list[0].UserID != "ann" || list[0].ExitPath != "/c" || !list[0].EndTime.Equal(noon.Add(time.Hour)) {
		t.Errorf("sessions are %+v", list)
	}
	views, _, err := a.PageViews(t.Context(), behavior.Query{})
	if err != nil || len(views) != 3 || views[0].ScrollDepth != 70 {
		t.Errorf("page views are %+v, error %v", views, err)
	}
}

// TestTwoSessionsOfOneName is what remains where two processes could not see
// each other: the first session takes what comes, and both can be changed and
// deleted.
func TestTwoSessionsOfOneName(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	a := &behavior.Session{ID: 1, SessionID: "a", StartTime: noon}
	b := &behavior.Session{ID: 2, SessionID: "a", StartTime: noon}
	twice := step{kind: behavior.KindSession, changes: []change{{after: behavior.Row{Session: a}}, {after: behavior.Row{Session: b}}}}
	if err := s.writer.storeAll(t.Context(), []step{twice}); err != nil {
		t.Fatal(err)
	}
	v := view("a", "/")
	appendRows(t, s, v)
	changed, err := s.UpdateSession(t.Context(), 2, func(s *behavior.Session) error { s.SessionID = "b"; return nil })
	if err != nil || changed.ID != 2 || v.PageView.Session.ID != 1 {
		t.Errorf("the page view is of session %d; the other is %+v, error %v", v.PageView.Session.ID, changed, err)
	}
	gone, err := s.Delete(t.Context(), behavior.KindSession, []int64{1, 2})
	if err != nil || gone != (behavior.Counts{Sessions: 2, PageViews: 1}) {
		t.Errorf("deleted: %+v, error %v", gone, err)
	}
}

// TestNodesLeaveIDsThatAreBrought has records bring ids that another process is
// about to give: it gives others, and all records stay.
func TestNodesLeaveIDsThatAreBrought(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0], stores[1]
	first := []behavior.Row{session("a"), view("a", "/")}
	appendRows(t, a, first...)
	s, v := session("brought"), view("brought", "/")
	s.Session.ID, v.PageView.ID = first[0].Session.ID+1, first[1].PageView.ID+1
	appendRows(t, b, s, v)
	taken := session("taken")
	taken.Session.ID = first[0].Session.ID
	again := []behavior.Row{taken}
	if err := b.Append(t.Context(), again); err != nil || !errors.Is(again[0].Err, behavior.ErrConflict) {
		t.Errorf("an id that is taken: error %v, %v, want ErrConflict", err, again[0].Err)
	}
	next := []behavior.Row{session("next"), view("next", "/")}
	appendRows(t, a, next...)
	list, _, err := a.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, b); len(list) != 3 || n != 3 || next[0].Session.ID == s.Session.ID || next[1].PageView.ID == v.PageView.ID {
		t.Errorf("%d page views, sessions %+v; the next ids are %d and %d", n, list, next[0].Session.ID, next[1].PageView.ID)
	}
}
