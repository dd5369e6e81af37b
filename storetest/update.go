package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

var updateCases = []testCase{
	{"a session is stored whole", updateSession},
	{"a page view is stored whole", updateView},
	{"an interaction is stored whole", updateInteraction},
	{"the id stays", updateID},
	{"record unknown", updateUnknown},
	{"an error of the change leaves the record alone", updateRefused},
	{"a panic of the change leaves the store usable", updatePanic},
	{"session_id of another session", updateConflict},
	{"a renamed session frees its name and keeps its events", updateRenamed},
	{"an event moves to another session", updateMoves},
	{"session unknown", updateNoSession},
	{"text that cannot be stored", updateUnstorable},
	{"updates of one record do not lose each other", updateAtomic},
}

func updateSession(t *testing.T, h *house) {
	s := bare("a")
	add(t, h, s)
	want := *newSession("a")
	want.ID = s.ID
	got, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error {
		want.StartTime = s.StartTime
		*s = want
		return nil
	})
	wantErrs(t, []error{err}, nil)
	same(t, "answer", want, got)
	same(t, "sessions", []behavior.Session{want}, sessions(t, h))

	_, err = h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.EndTime, s.UserID = nil, nil; return nil })
	wantErrs(t, []error{err}, nil)
	i := newInteraction("a", behavior.Click)
	add(t, h, i)
	if i.Session.EndTime != nil || i.Session.UserID != nil || i.Session.UserAgent != want.UserAgent {
		t.Errorf("a later event's session is %+v", i.Session)
	}
	h.reopen(t)
	if got := sessions(t, h)[0]; got.EndTime != nil || got.UserID != nil {
		t.Errorf("end_time is %v, user_id %v, want none", got.EndTime, got.UserID)
	}
}

func updateView(t *testing.T, h *house) {
	s, v, other := newSession("a"), newView("a", "/"), newView("a", "/other")
	add(t, h, s, other, v)
	want := behavior.PageView{ID: v.ID, URL: "https://new.example/", Timestamp: start.Add(time.Hour), Session: v.Session, Host: "new.example", Path: "/new", Title: "New", EventKey: "k"}
	got, err := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { *v = want; return nil })
	wantErrs(t, []error{err}, nil)
	same(t, "answer", want, got)
	h.reopen(t)
	same(t, "page views", []behavior.PageView{*other, want}, forgetFacts(views(t, h), other, &want))
}

func updateInteraction(t *testing.T, h *house) {
	i := newInteraction("a", behavior.Click)
	add(t, h, newSession("a"), i)
	want := behavior.Interaction{ID: i.ID, Session: i.Session, EventType: "custom", Element: "'", Metadata: []byte(`[ 1 ]`), Timestamp: start, X: -1, Y: 1 << 40}
	got, err := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error { *i = want; return nil })
	wantErrs(t, []error{err}, nil)
	same(t, "answer", want, got)
	h.reopen(t)
	same(t, "interactions", []behavior.Interaction{want}, interactions(t, h))
}

func updateID(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	s2, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.ID = 99; return nil })
	wantErrs(t, []error{err}, nil)
	v2, err := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.ID = 99; return nil })
	wantErrs(t, []error{err}, nil)
	i2, err := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error { i.ID = 99; return nil })
	wantErrs(t, []error{err}, nil)
	same(t, "ids", []int64{s.ID, v.ID, i.ID}, []int64{s2.ID, v2.ID, i2.ID})
	same(t, "stored ids", []int64{s.ID, v.ID, i.ID}, []int64{sessions(t, h)[0].ID, views(t, h)[0].ID, interactions(t, h)[0].ID})
}

func updateUnknown(t *testing.T, h *house) {
	_, err1 := h.UpdateSession(t.Context(), 1, func(*behavior.Session) error { t.Error("called"); return nil })
	_, err2 := h.UpdatePageView(t.Context(), 1, func(*behavior.PageView) error { t.Error("called"); return nil })
	_, err3 := h.UpdateInteraction(t.Context(), -1, func(*behavior.Interaction) error { t.Error("called"); return nil })
	wantErrs(t, []error{err1, err2, err3}, behavior.ErrNotFound, behavior.ErrNotFound, behavior.ErrNotFound)
}

func updateRefused(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	refusal := errors.New("no")
	_, err1 := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error {
		s.SessionID, *s.UserID, *s.EndTime = "changed", "changed", start
		return refusal
	})
	_, err2 := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.URL = "changed"; return refusal })
	_, err3 := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error {
		i.Metadata[0] = '!'
		return behavior.Invalid{"element": {"No."}}
	})
	if err1 != refusal || err2 != refusal { //nolint:errorlint // as it is, not wrapped
		t.Errorf("errors are %v and %v, want %v itself", err1, err2, refusal)
	}
	var invalid behavior.Invalid
	if !errors.As(err3, &invalid) {
		t.Errorf("error is %v, want Invalid", err3)
	}
	same(t, "page views", []behavior.PageView{*v}, forgetFacts(views(t, h), v))
	same(t, "metadata", `{"x": 1}`, string(interactions(t, h)[0].Metadata))
	later := newInteraction("a", behavior.Click)
	add(t, h, later)
	same(t, "session of a later event", v.Session, later.Session)
}

func updatePanic(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s)
	func() {
		defer func() { _ = recover() }()
		_, _ = h.UpdateSession(t.Context(), s.ID, func(*behavior.Session) error { panic("change") })
	}()
	add(t, h, newSession("b"))
	same(t, "count of sessions", 2, len(sessions(t, h)))
}

func updateConflict(t *testing.T, h *house) {
	a, b := newSession("a"), newSession("b")
	add(t, h, a, b)
	for range 2 {
		_, err := h.UpdateSession(t.Context(), a.ID, func(s *behavior.Session) error { s.SessionID = "b"; return nil })
		wantErrs(t, []error{err}, behavior.ErrConflict)
		h.reopen(t)
	}
	same(t, "sessions", []behavior.Session{*a, *b}, sessions(t, h))
}

func updateRenamed(t *testing.T, h *house) {
	a, v := newSession("a"), keyed(newView("a", "/"), "k")
	add(t, h, a, v)
	_, err := h.UpdateSession(t.Context(), a.ID, func(s *behavior.Session) error { s.SessionID = "b"; return nil })
	wantErrs(t, []error{err}, nil)
	wantErrs(t, try(t, h, newView("a", "/"), newSession("b"), keyed(newView("b", "/"), "k"), newView("b", "/2")),
		behavior.ErrNoSession, behavior.ErrConflict, behavior.ErrDuplicate, nil)
	add(t, h, newSession("a"), keyed(newView("a", "/"), "k"))
	_, err = h.UpdateSession(t.Context(), a.ID, func(s *behavior.Session) error { s.SessionID = "a"; return nil })
	wantErrs(t, []error{err}, behavior.ErrConflict)
	var names []string
	for _, v := range views(t, h) {
		names = append(names, v.Session.SessionID)
	}
	same(t, "sessions of the page views", []string{"b", "b", "a"}, names)
}

func updateMoves(t *testing.T, h *house) {
	a, b, v, i := newSession("a"), newSession("b"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, a, b, v, i)
	moved, err := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.Session.SessionID = "b"; return nil })
	wantErrs(t, []error{err}, nil)
	same(t, "answer", *b, moved.Session)
	done, err := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error {
		i.Session = behavior.Session{ID: b.ID}
		return nil
	})
	wantErrs(t, []error{err}, nil)
	same(t, "answer", *b, done.Session)
	same(t, "sessions", []int64{b.ID, b.ID}, []int64{views(t, h)[0].Session.ID, interactions(t, h)[0].Session.ID})
}

func updateNoSession(t *testing.T, h *house) {
	v, i := newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, newSession("a"), v, i)
	_, err1 := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.Session.SessionID = "b"; return nil })
	_, err2 := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error {
		i.Session = behavior.Session{ID: 99}
		return nil
	})
	wantErrs(t, []error{err1, err2}, behavior.ErrNoSession, behavior.ErrNoSession)
	same(t, "sessions", []string{"a", "a"}, []string{views(t, h)[0].Session.SessionID, interactions(t, h)[0].Session.SessionID})
}

func updateUnstorable(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	_, err1 := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.UserAgent = "\xff"; return nil })
	_, err2 := h.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.URL = "\x00"; return nil })
	_, err3 := h.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error { i.Metadata = []byte("{"); return nil })
	for n, err := range []error{err1, err2, err3} {
		var invalid behavior.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("update %d: error is %v, want Invalid", n, err)
		}
	}
	same(t, "page views", []behavior.PageView{*v}, forgetFacts(views(t, h), v))
}

func updateAtomic(t *testing.T, h *house) {
	s := newSession("a")
	s.UserAgent = ""
	add(t, h, s)
	const writers, each = 8, 5
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				if _, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.UserAgent += "x"; return nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	same(t, "updates counted", writers*each, len(sessions(t, h)[0].UserAgent))
}
