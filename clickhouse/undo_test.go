package clickhouse

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// lostBatch is rows that a store has stored, or is about to, without ever hearing
// of it.
type lostBatch struct {
	s     *Store
	steps []step
}

// lose has a store decide about rows; they land when the batch does.
func lose(t *testing.T, s *Store, rows ...behavior.Row) *lostBatch {
	t.Helper()
	w := s.writer
	if err := w.prepareIDs(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	w.memory.Distrust()
	p, err := w.memory.Plan(t.Context(), rows, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := w.steps(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	w.number(steps)
	p.Abandon()
	if err := w.giveUp(t.Context(), steps, io.ErrUnexpectedEOF); !errors.Is(err, behavior.ErrUnavailable) {
		t.Fatalf("error is %v, want ErrUnavailable", err)
	}
	return &lostBatch{s, steps}
}

// land has the rows reach the server after all.
func (l *lostBatch) land(t *testing.T) {
	t.Helper()
	for _, s := range l.steps {
		if _, err := l.s.writer.insert(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// takeBack has the store take the rows back.
func (l *lostBatch) takeBack(t *testing.T) {
	t.Helper()
	if err := l.s.writer.takeBack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(l.s.writer.pending); n > 0 {
		t.Fatalf("%d steps are left", n)
	}
}

// onlySession is the one session that there is.
func onlySession(t *testing.T, s *Store) behavior.Session {
	t.Helper()
	list, _, err := s.Sessions(t.Context(), behavior.Query{})
	if err != nil || len(list) != 1 {
		t.Fatalf("sessions are %+v, error %v", list, err)
	}
	return list[0]
}

func click(session, key string) behavior.Row {
	return behavior.Row{Interaction: &behavior.Interaction{
		Session: behavior.Session{SessionID: session}, EventType: behavior.Click, Timestamp: noon, EventKey: key,
	}}
}

// TestTakenBackAfterSentAgain has a batch land whose process takes it back once
// the client has sent it to another one: what that one has said is stored, is.
func TestTakenBackAfterSentAgain(t *testing.T) {
	t.Parallel()
	batch := func() []behavior.Row {
		return []behavior.Row{
			keyed(view("s", "/next"), "k"), click("s", "c"),
			{Progress: &behavior.Progress{SessionID: "s", UserID: "ann", ViewKey: "k", ScrollDepth: 70, At: noon.Add(time.Hour)}},
		}
	}
	for name, first := range map[string]bool{"landed before": true, "landed after": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stores := nodes(t, 2)
			a, b := stores[0], stores[1]
			appendRows(t, a, session("s"))
			lost := lose(t, a, batch()...)
			if first {
				lost.land(t)
			}
			again := batch()
			if err := b.Append(t.Context(), again); err != nil {
				t.Fatal(err)
			}
			for i, row := range again[:2] {
				if first != errors.Is(row.Err, behavior.ErrDuplicate) {
					t.Errorf("row %d: %v", i, row.Err)
				}
			}
			if !first {
				lost.land(t)
			}
			lost.takeBack(t)
			views, _, err := a.PageViews(t.Context(), behavior.Query{})
			if err != nil || len(views) != 1 || views[0].EventKey != "k" || views[0].ScrollDepth != 70 {
				t.Errorf("page views are %+v, error %v", views, err)
			}
			clicks, _, err := a.Interactions(t.Context(), behavior.Query{})
			if err != nil || len(clicks) != 1 || clicks[0].EventKey != "c" {
				t.Errorf("interactions are %+v, error %v", clicks, err)
			}
			s := onlySession(t, b)
			if s.UserID == nil || *s.UserID != "ann" || s.ExitPath != "/next" || s.EndTime == nil || !s.EndTime.Equal(noon.Add(time.Hour)) {
				t.Errorf("the session is %+v", s)
			}
		})
	}
}

// TestTakenBackUnderAnothersChange has another process change what is to be
// taken back: its change stays, and what has no key goes.
func TestTakenBackUnderAnothersChange(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0], stores[1]
	appendRows(t, a, session("s"))
	lost := lose(t, a, view("s", "/lost"))
	lost.land(t)
	appendRows(t, b, keyed(view("s", "/b"), "k"), behavior.Row{Progress: &behavior.Progress{SessionID: "s", UserID: "ann"}})
	lost.takeBack(t)
	if s := onlySession(t, a); s.UserID == nil || *s.UserID != "ann" || s.ExitPath != "/b" {
		t.Errorf("the session is %+v", s)
	}
	if n := count(t, b); n != 1 {
		t.Errorf("%d page views, want 1", n)
	}
}

// TestTakenBackSessionInUse has another process store events of a session that
// is to be taken back: it stays. One that nobody uses goes, and no id of either
// is given again.
func TestTakenBackSessionInUse(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0], stores[1]
	lost := lose(t, a, session("used"), session("unused"))
	lost.land(t)
	appendRows(t, b, click("used", ""))
	lost.takeBack(t)
	if s := onlySession(t, a); s.SessionID != "used" {
		t.Errorf("the session is %+v", s)
	}
	clicks, _, err := a.Interactions(t.Context(), behavior.Query{})
	if err != nil || len(clicks) != 1 || clicks[0].Session.SessionID != "used" {
		t.Errorf("interactions are %+v, error %v", clicks, err)
	}
	next := session("next")
	appendRows(t, a, next)
	for _, c := range lost.steps[0].changes {
		if c.after.Session.ID == next.Session.ID {
			t.Errorf("session %d is there twice", next.Session.ID)
		}
	}
}

// TestDeletedAgainAfterStoredAnew has a deletion completed after another
// process has stored the same key anew.
func TestDeletedAgainAfterStoredAnew(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	a, b := stores[0], stores[1]
	row := keyed(view("s", "/old"), "k")
	appendRows(t, a, session("s"), row)
	gone := []step{{kind: behavior.KindPageView, changes: []change{{before: row}}}}
	if err := a.writer.storeAll(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	appendRows(t, b, keyed(view("s", "/new"), "k"))
	a.writer.pending = gone
	(&lostBatch{s: a}).takeBack(t)
	views, _, err := a.PageViews(t.Context(), behavior.Query{})
	if err != nil || len(views) != 1 || views[0].Path != "/new" {
		t.Errorf("page views are %+v, error %v", views, err)
	}
}
