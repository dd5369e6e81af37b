package storetest

import (
	"testing"

	"github.com/userbehavior/behavior"
)

var factCases = []testCase{
	{"the first page view tells what brought the session", factEntry},
	{"the latest page view is the exit", factExit},
	{"facts of many sessions", factMany},
	{"a refused page view moves nothing", factRefused},
	{"facts go with an updated session", factUpdated},
	{"page views with ids from elsewhere", factGivenIDs},
}

// followed is what [behavior.Session.Follow] makes of a session.
func followed(s behavior.Session, views ...*behavior.PageView) behavior.Session {
	for _, v := range views {
		s.Follow(*v)
	}
	return s
}

// bare is a session without facts.
func bare(name string) *behavior.Session {
	return &behavior.Session{SessionID: name, StartTime: start}
}

func factEntry(t *testing.T, h *house) {
	s, v, later := bare("a"), newView("a", "/landing?utm_source=letter"), newView("a", "/next")
	v.URL, v.Referrer = "https://www.example.com/landing?utm_source=letter&utm_medium=email", "https://www.google.com/"
	add(t, h, s)
	unseen := *s
	add(t, h, v)
	add(t, h, later)
	h.reopen(t)
	same(t, "session", []behavior.Session{followed(unseen, v, later)}, sessions(t, h))
}

func factExit(t *testing.T, h *house) {
	s, v1, v2 := newSession("a"), newView("a", "/1"), newView("a", "/2")
	add(t, h, s)
	seen := *s
	add(t, h, v1, v2)
	same(t, "session of the last page view", followed(seen, v1, v2), v2.Session)
	h.reopen(t)
	same(t, "sessions", []behavior.Session{followed(seen, v1, v2)}, sessions(t, h))
	same(t, "session of a page view", followed(seen, v1, v2), views(t, h)[0].Session)
}

func factMany(t *testing.T, h *house) {
	const n = 1500
	var want []behavior.Session
	var news, seen []any
	for k := range n {
		s, v := bare(numbered("session", k)), newView(numbered("session", k), numbered("/page", k))
		news, seen = append(news, s), append(seen, v)
	}
	add(t, h, news...)
	for k := range n {
		want = append(want, followed(*news[k].(*behavior.Session), seen[k].(*behavior.PageView)))
	}
	add(t, h, seen...)
	h.reopen(t)
	same(t, "sessions", want, sessions(t, h))
}

func factRefused(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s, keyed(newView("a", "/1"), "k"))
	bad := newView("a", "/bad")
	bad.Title = "\xff"
	wantErrs(t, try(t, h, keyed(newView("a", "/2"), "k")), behavior.ErrDuplicate)
	if try(t, h, bad)[0] == nil {
		t.Error("a title that is not UTF-8 is stored")
	}
	h.reopen(t)
	same(t, "exit path", "/1", sessions(t, h)[0].ExitPath)
}

func factUpdated(t *testing.T, h *house) {
	s := bare("a")
	add(t, h, s)
	add(t, h, newView("a", "/1"))
	updated, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error {
		s.SessionID = "b"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "entry and exit", []string{"/1", "/1"}, []string{updated.EntryPath, updated.ExitPath})
	add(t, h, newView("b", "/2"))
	h.reopen(t)
	got := sessions(t, h)[0]
	same(t, "entry and exit", []string{"/1", "/2"}, []string{got.EntryPath, got.ExitPath})
}

func factGivenIDs(t *testing.T, h *house) {
	add(t, h, bare("a"), bare("b"))
	high, low := newView("a", "/high"), newView("b", "/low")
	high.ID, low.ID = 100, 50
	add(t, h, high)
	add(t, h, low)
	h.reopen(t)
	got := sessions(t, h)
	same(t, "exit paths", []string{"/high", "/low"}, []string{got[0].ExitPath, got[1].ExitPath})
}
