package clickhouse

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/userbehavior/behavior"
)

// TestNodesContendForNames has several processes make one session after the
// other at the same moment, while others send events of it as soon as they see
// it, and all send one and the same: of each name one session stays, one process
// is told that it has made it, and no event is lost.
func TestNodesContendForNames(t *testing.T) {
	t.Parallel()
	for name, by := range map[string]protocol{"one server": native, "two shards": sharded} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			contendForNames(t, by)
		})
	}
}

func contendForNames(t *testing.T, by protocol) {
	const names, makers, callers = 25, 3, 5
	stores := nodesBy(t, by, callers)
	var won atomic.Int64
	for n := range names {
		name := fmt.Sprint("session ", n)
		var wg sync.WaitGroup
		for caller, s := range stores {
			wg.Go(func() {
				for !t.Failed() {
					rows := []behavior.Row{
						view(name, fmt.Sprint("/", caller)), keyed(view(name, "/same"), "key"), click(name, "click"),
						{Progress: &behavior.Progress{SessionID: name, UserID: "ann"}},
					}
					if caller < makers {
						rows = append(rows, session(name))
					}
					if err := s.Append(t.Context(), rows); err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					if caller < makers && rows[4].Err == nil {
						won.Add(1)
					}
					if !errors.Is(rows[0].Err, behavior.ErrNoSession) {
						if rows[0].Err != nil {
							t.Errorf("%s: %v", name, rows[0].Err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
	}
	list, _, err := stores[0].Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, s := range list {
		if seen[s.SessionID]++; seen[s.SessionID] == 2 {
			t.Errorf("two sessions are called %s", s.SessionID)
		}
	}
	clicks, _, err := stores[1].Interactions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, stores[2]); won.Load() != names || len(seen) != names || n != names*(callers+1) || len(clicks) != names {
		t.Errorf("%d sessions were told to be made, %d are there with %d page views and %d clicks", won.Load(), len(seen), n, len(clicks))
	}
}

// TestNodesContendByRenaming has one process make a session while others give
// its name to theirs.
func TestNodesContendByRenaming(t *testing.T) {
	t.Parallel()
	const names = 15
	stores := nodes(t, 3)
	for n := range names {
		name := fmt.Sprint("session ", n)
		rows := []behavior.Row{session("a" + name), session("b" + name)}
		appendRows(t, stores[0], rows...)
		var won atomic.Int64
		tell := func(err error) {
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, behavior.ErrConflict):
				t.Errorf("%s: %v", name, err)
			}
		}
		var wg sync.WaitGroup
		for i, row := range rows {
			wg.Go(func() {
				_, err := stores[i].UpdateSession(t.Context(), row.Session.ID, func(s *behavior.Session) error { s.SessionID = name; return nil })
				tell(err)
			})
		}
		wg.Go(func() {
			made := []behavior.Row{session(name)}
			err := stores[2].Append(t.Context(), made)
			tell(errors.Join(err, made[0].Err))
		})
		wg.Wait()
		if there := sessionsCalled(t, stores[0], name); won.Load() != 1 || len(there) != 1 {
			t.Errorf("%s: %d were told to have the name, %d have it", name, won.Load(), len(there))
		}
	}
}

// sessionsCalled are the sessions of a name.
func sessionsCalled(t *testing.T, s *Store, name string) []behavior.Session {
	t.Helper()
	found, err := s.writer.FindSessions(t.Context(), []string{name}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// claimed has a store claim a name for a session, and stop there.
func claimed(t *testing.T, s *Store, name string, id int64) []nameClaim {
	t.Helper()
	claims := []nameClaim{{name: name, id: id, version: s.writer.version()}}
	if err := s.writer.sendNames(t.Context(), claims, false); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestClaimOfTheDead has a process die that has claimed a name: another one takes
// it, and the dead one finds out if it was merely slow.
func TestClaimOfTheDead(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	claims := []nameClaim{{name: "s", id: 1, version: stores[0].writer.version()}}
	exec(t, stores[0], fmt.Sprintf("INSERT INTO %s SELECT 's', 1, %d, 0, now() - 60", stores[0].layout.whole("session_names"), claims[0].version))
	appendRows(t, stores[1], session("s"), view("s", "/"))
	if held, err := stores[0].writer.holdsNames(t.Context(), claims); held || err != nil {
		t.Errorf("the claim is still held: %v, error %v", held, err)
	}
	if how, err := stores[0].writer.takeNames(t.Context(), claims); how != taken || err != nil {
		t.Errorf("claimed again, the claim stands as %d, error %v", how, err)
	}
	again := []behavior.Row{session("s")}
	if err := stores[0].Append(t.Context(), again); err != nil || !errors.Is(again[0].Err, behavior.ErrConflict) {
		t.Errorf("error is %v, %v, want ErrConflict", err, again[0].Err)
	}
}

// TestClaimsAreLookedAt has a claim stand beside one of each kind.
func TestClaimsAreLookedAt(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0].writer, stores[1].writer
	older := claimed(t, stores[0], "s", 1)
	mine := claimed(t, stores[1], "s", 2)
	look := func(what string, w *writer, claims []nameClaim, want standing) {
		t.Helper()
		if how, err := w.look(t.Context(), claims); err != nil || how != want {
			t.Errorf("%s: the claim stands as %d, want %d, error %v", what, how, want, err)
		}
	}
	look("the older one", a, older, eldest)
	look("the younger one", b, mine, younger)
	a.leaving = older
	if err := a.takeBack(t.Context()); err != nil || a.left() {
		t.Errorf("something is left: %v, error %v", a.left(), err)
	}
	look("after the older one was withdrawn", b, mine, alone)
	s := &behavior.Session{ID: mine[0].id, SessionID: "s", StartTime: noon}
	if err := b.storeAll(t.Context(), []step{{kind: behavior.KindSession, changes: []change{{after: behavior.Row{Session: s}}}}}); err != nil {
		t.Fatal(err)
	}
	look("beside a session", a, older, taken)
	if _, err := stores[1].Delete(t.Context(), behavior.KindSession, []int64{s.ID}); err != nil {
		t.Fatal(err)
	}
	look("beside the claim of a deleted session", a, older, alone)
}
