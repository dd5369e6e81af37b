package postgres

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// nodes opens stores of several servers in one schema.
func nodes(t *testing.T, n int) []*Store {
	t.Helper()
	first, schema := openNew(t)
	all := []*Store{first}
	for range n - 1 {
		all = append(all, openStore(t, house(t), Options{Schema: schema}))
	}
	return all
}

// TestNodesShareSessionsAndKeys has several servers store the same sessions
// and events at once.
func TestNodesShareSessionsAndKeys(t *testing.T) {
	t.Parallel()
	const rounds, names, callers = 6, 23, 8
	stores := nodes(t, 3)
	var sessions, events atomic.Int64
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for round := range rounds {
				var rows []behavior.Row
				for n := range names { // each in another order
					name := strconv.Itoa((n*(2*caller+1) + caller) % names)
					rows = append(rows, keyed(view(name, "/"+strconv.Itoa(round)), "k"+strconv.Itoa(round)), session(name),
						behavior.Row{Progress: &behavior.Progress{SessionID: name, At: noon.Add(time.Duration(round*callers+caller) * time.Second), ViewKey: "k0", Visible: time.Duration(caller) * time.Second}})
				}
				if err := stores[caller%len(stores)].Append(t.Context(), rows); err != nil {
					t.Error(err)
					return
				}
				for i, row := range rows {
					switch {
					case row.Err == nil && row.Session != nil:
						sessions.Add(1)
					case row.Err == nil && row.PageView != nil:
						events.Add(1)
					case row.Err != nil && !errors.Is(row.Err, behavior.ErrConflict) && !errors.Is(row.Err, behavior.ErrDuplicate):
						t.Errorf("row %d: %v", i, row.Err)
					}
				}
			}
		})
	}
	wg.Wait()
	if sessions.Load() != names || events.Load() != names*rounds {
		t.Errorf("%d sessions and %d events were told to be stored, want %d and %d", sessions.Load(), events.Load(), names, names*rounds)
	}
	list, _, err := stores[0].Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	last := noon.Add((rounds*callers - 1) * time.Second)
	for _, s := range list {
		if s.EntryPath != "/0" || s.EndTime == nil || !s.EndTime.Equal(last) {
			t.Errorf("session %s: entry %q, end %v, want /0 and %v", s.SessionID, s.EntryPath, s.EndTime, last)
		}
	}
	views, _, err := stores[1].PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	ids, keys := map[int64]bool{}, map[string]bool{}
	for _, v := range views {
		ids[v.ID], keys[v.Session.SessionID+v.EventKey] = true, true
		if v.EventKey == "k0" && v.Visible != (callers-1)*time.Second {
			t.Errorf("page view %d of %s was visible for %v", v.ID, v.Session.SessionID, v.Visible)
		}
	}
	if len(list) != names || len(ids) != names*rounds || len(keys) != names*rounds {
		t.Errorf("%d sessions, %d ids, %d keys are stored", len(list), len(ids), len(keys))
	}
}

// TestNodesShareIDs has one server bring ids along while others are given some.
func TestNodesShareIDs(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 3)
	appendRows(t, stores[0], session("a"))
	var given atomic.Int64
	var wg sync.WaitGroup
	for n, s := range stores {
		wg.Go(func() {
			for round := range 30 {
				rows := []behavior.Row{view("a", fmt.Sprintf("/%d/%d", n, round)), view("a", "/")}
				if n == 0 { // a little above what others have got
					rows[1].PageView.ID = given.Load() + int64(round)
				}
				if err := s.Append(t.Context(), rows); err != nil {
					t.Error(err)
					return
				}
				if rows[0].Err != nil || rows[1].Err != nil && (n > 0 || !errors.Is(rows[1].Err, behavior.ErrConflict)) {
					t.Errorf("server %d: %v, %v", n, rows[0].Err, rows[1].Err)
				}
				given.Store(max(given.Load(), rows[0].PageView.ID, rows[1].PageView.ID))
			}
		})
	}
	wg.Wait()
	views, _, err := stores[0].PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int64]bool{}
	for _, v := range views {
		if seen[v.ID] {
			t.Errorf("two page views have the id %d", v.ID)
		}
		seen[v.ID] = true
	}
}

// TestWritersInEachOthersWay has updates, deletions and appends wait for one
// another in all orders.
func TestWritersInEachOthersWay(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	var ids []int64
	rows := []behavior.Row{session("a"), session("b"), session("c")}
	for n := range 12 {
		rows = append(rows, keyed(view("a", "/"), strconv.Itoa(n)))
	}
	appendRows(t, stores[0], rows...)
	for _, row := range rows[3:] {
		ids = append(ids, row.PageView.ID)
	}
	var wg sync.WaitGroup
	do := func(work func(s *Store, n int) error) {
		for _, s := range stores {
			wg.Go(func() {
				for n := range 25 {
					if err := work(s, n); err != nil && !errors.Is(err, behavior.ErrDuplicate) && !errors.Is(err, behavior.ErrConflict) && !errors.Is(err, behavior.ErrNotFound) {
						t.Error(err)
					}
				}
			})
		}
	}
	do(func(s *Store, n int) error { // moves events between sessions
		_, err := s.UpdatePageView(t.Context(), ids[n%len(ids)], func(v *behavior.PageView) error {
			v.Session = behavior.Session{SessionID: string(rune('a' + n%3))}
			v.Timestamp = v.Timestamp.AddDate(0, n%3, 0)
			return nil
		})
		return err
	})
	do(func(s *Store, n int) error { // takes and frees names
		_, err := s.UpdateSession(t.Context(), 1+int64(n%3), func(s *behavior.Session) error {
			s.Country = strconv.Itoa(n)
			return nil
		})
		return err
	})
	do(func(s *Store, n int) error {
		rows := []behavior.Row{session("new" + strconv.Itoa(n)), view("c", "/"), view("b", "/"), view("a", "/"),
			{Progress: &behavior.Progress{SessionID: "a", ViewKey: strconv.Itoa(n % 12), Visible: time.Duration(n) * time.Second}}}
		return s.Append(t.Context(), rows)
	})
	do(func(s *Store, n int) error {
		_, err := s.Delete(t.Context(), behavior.KindPageView, []int64{ids[n%len(ids)], int64(100 + n)})
		if err == nil && n%5 == 0 {
			_, err = s.Delete(t.Context(), behavior.KindSession, []int64{int64(4 + n)})
		}
		return err
	})
	wg.Wait()
	_, views, err := stores[0].PageViews(t.Context(), behavior.Query{Limit: 1, Filters: []behavior.Filter{{Field: "session__session_id", Values: []any{"a", "b", "c"}}}})
	_, all, err2 := stores[0].PageViews(t.Context(), behavior.Query{Limit: 1})
	if diff := cmp.Diff([]any{all, nil, nil}, []any{views, err, err2}); diff != "" {
		t.Errorf("page views without a session: %s", diff)
	}
}
