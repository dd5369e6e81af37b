package storetest

import (
	"testing"

	"github.com/userbehavior/behavior"
)

var deleteCases = []testCase{
	{"a session goes with its page views and interactions", deleteSession},
	{"page views and interactions go alone", deleteEvents},
	{"ids that are not there count for nothing", deleteUnknown},
	{"many at once", deleteMany},
	{"a deleted session takes no more events, until it begins anew", deleteForgets},
	{"deleted records stay deleted", deleteReopened},
	{"no such kind", deleteKind},
}

// remove deletes records and returns how many went.
func remove(t *testing.T, h *house, kind behavior.Kind, ids ...int64) behavior.Counts {
	t.Helper()
	gone, err := h.Delete(t.Context(), kind, ids)
	if err != nil {
		t.Fatalf("delete: %v", err)
	}
	return gone
}

func deleteSession(t *testing.T, h *house) {
	a, b := newSession("a"), newSession("b")
	add(t, h, a, b, newView("a", "/1"), newView("b", "/2"), newView("a", "/3"), newInteraction("a", behavior.Click), newInteraction("b", behavior.Hover))
	same(t, "gone", behavior.Counts{Sessions: 1, PageViews: 2, Interactions: 1}, remove(t, h, behavior.KindSession, a.ID))
	same(t, "sessions left", "b", sessions(t, h)[0].SessionID)
	same(t, "page views left", "/2", views(t, h)[0].Path)
	same(t, "interactions left", behavior.Hover, interactions(t, h)[0].EventType)
	same(t, "records left", 3, len(sessions(t, h))+len(views(t, h))+len(interactions(t, h)))
}

func deleteEvents(t *testing.T, h *house) {
	v, i := newView("a", "/1"), newInteraction("a", behavior.Click)
	add(t, h, newSession("a"), v, newView("a", "/2"), i)
	same(t, "gone", behavior.Counts{PageViews: 1}, remove(t, h, behavior.KindPageView, v.ID))
	same(t, "gone", behavior.Counts{Interactions: 1}, remove(t, h, behavior.KindInteraction, i.ID))
	same(t, "records left", 2, len(sessions(t, h))+len(views(t, h))+len(interactions(t, h)))
}

func deleteUnknown(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s)
	same(t, "gone", behavior.Counts{}, remove(t, h, behavior.KindSession))
	same(t, "gone", behavior.Counts{}, remove(t, h, behavior.KindPageView, 1, 2, -3))
	same(t, "gone", behavior.Counts{Sessions: 1}, remove(t, h, behavior.KindSession, 77, s.ID, s.ID, 0))
	same(t, "gone", behavior.Counts{}, remove(t, h, behavior.KindSession, s.ID))
}

func deleteMany(t *testing.T, h *house) {
	const n = 3000
	var records []any
	var ids []int64
	for k := range n {
		records = append(records, newSession(numbered("s", k)), newView(numbered("s", k), "/"))
		ids = append(ids, int64(k+1))
	}
	add(t, h, records...)
	same(t, "gone", behavior.Counts{Sessions: n - 1, PageViews: n - 1}, remove(t, h, behavior.KindSession, ids[1:]...))
	same(t, "page views left", 1, len(views(t, h)))
}

func deleteForgets(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s, newView("a", "/"))
	remove(t, h, behavior.KindSession, s.ID)
	byID := newView("", "/")
	byID.Session.ID = s.ID
	wantErrs(t, try(t, h, newView("a", "/"), byID), behavior.ErrNoSession, behavior.ErrNoSession)
	again := bare("a")
	add(t, h, again)
	v := newView("a", "/new")
	add(t, h, v)
	same(t, "entry path", "/new", v.Session.EntryPath)
	if again.ID == s.ID {
		t.Errorf("the new session has the id of the old one, %d", s.ID)
	}
}

func deleteReopened(t *testing.T, h *house) {
	a, b := newSession("a"), newSession("b")
	add(t, h, a, b, newView("a", "/"), newInteraction("b", behavior.Click))
	remove(t, h, behavior.KindSession, a.ID)
	h.reopen(t)
	same(t, "sessions", []behavior.Session{*b}, sessions(t, h))
	same(t, "page views left", 0, len(views(t, h)))
	same(t, "interactions left", 1, len(interactions(t, h)))
}

func deleteKind(t *testing.T, h *house) {
	if _, err := h.Delete(t.Context(), "nonsense", []int64{1}); err == nil {
		t.Error("no error")
	}
}
