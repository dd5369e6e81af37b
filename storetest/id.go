package storetest

import (
	"testing"

	"github.com/userbehavior/behavior"
)

var idCases = []testCase{
	{"ids rise from 1 within a kind, in the order of rows", idRise},
	{"ids go on rising after reopening", idReopened},
	{"ids of deleted records are not given again", idDeleted},
	{"a record keeps the id it comes with", idKept},
	{"an id that is taken is a conflict", idTaken},
	{"what is given out later lies above", idAbove},
	{"a whole store moves over with its ids", idMoved},
}

func idRise(t *testing.T, h *house) {
	a, b, c := newSession("a"), newSession("b"), newSession("c")
	v1, v2, v3 := newView("b", "/"), newView("a", "/"), newView("c", "/")
	i1, i2 := newInteraction("c", behavior.Click), newInteraction("a", behavior.Click)
	add(t, h, v1, a, i1, v2, b, c, i2)
	add(t, h, v3)
	same(t, "ids", []int64{1, 2, 3}, []int64{a.ID, b.ID, c.ID})
	if v1.ID < 1 || v1.ID >= v2.ID || v2.ID >= v3.ID || i1.ID < 1 || i1.ID >= i2.ID {
		t.Errorf("page views have ids %d, %d, %d, interactions %d, %d", v1.ID, v2.ID, v3.ID, i1.ID, i2.ID)
	}
}

func idReopened(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	h.reopen(t)
	s2, v2, i2 := newSession("b"), newView("a", "/"), newInteraction("b", behavior.Click)
	add(t, h, s2, v2, i2)
	if s2.ID <= s.ID || v2.ID <= v.ID || i2.ID <= i.ID {
		t.Errorf("ids %d, %d, %d follow %d, %d, %d", s2.ID, v2.ID, i2.ID, s.ID, v.ID, i.ID)
	}
}

func idDeleted(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	remove(t, h, behavior.KindSession, s.ID)
	h.reopen(t)
	s2, v2, i2 := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s2, v2, i2)
	if s2.ID <= s.ID || v2.ID <= v.ID || i2.ID <= i.ID {
		t.Errorf("ids %d, %d, %d are given again after %d, %d, %d", s2.ID, v2.ID, i2.ID, s.ID, v.ID, i.ID)
	}
}

func idKept(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("", behavior.Click)
	s.ID, v.ID, i.ID, i.Session.ID = 70, 7, 700, 70
	add(t, h, s, v, i)
	same(t, "ids", []int64{70, 7, 700, 70, 70}, []int64{s.ID, v.ID, i.ID, v.Session.ID, i.Session.ID})
	h.reopen(t)
	same(t, "sessions", []behavior.Session{v.Session}, sessions(t, h))
	same(t, "page views", []behavior.PageView{*v}, views(t, h))
	same(t, "interactions", []behavior.Interaction{*i}, interactions(t, h))
}

func idTaken(t *testing.T, h *house) {
	a := newSession("a")
	add(t, h, a, newView("a", "/"))
	same3 := newSession("b")
	same3.ID = a.ID
	five, again := newSession("c"), newSession("d")
	five.ID, again.ID = 5, 5
	view := newView("a", "/")
	view.ID = 1
	wantErrs(t, try(t, h, same3, five, again, view, newSession("e")),
		behavior.ErrConflict, nil, behavior.ErrConflict, behavior.ErrConflict, nil)
	h.reopen(t)
	five.SessionID = "f"
	wantErrs(t, try(t, h, five), behavior.ErrConflict)
}

func idAbove(t *testing.T, h *house) {
	first, given, last := newSession("a"), newSession("b"), newSession("c")
	given.ID = 2
	add(t, h, first, given, last)
	high := newSession("d")
	high.ID = 1000
	add(t, h, high)
	next := newSession("e")
	add(t, h, next)
	if next.ID <= 1000 || first.ID == 2 || last.ID == 2 || first.ID >= last.ID {
		t.Errorf("ids are %d, %d, %d and %d", first.ID, given.ID, last.ID, next.ID)
	}
}

func idMoved(t *testing.T, h *house) {
	add(t, h, newSession("a"), newSession("b"), newView("b", "/1"), newView("a", "/2"), newInteraction("b", behavior.Hover))
	remove(t, h, behavior.KindPageView, 1)
	other := &house{open: h.open, dir: t.TempDir()}
	other.Store = h.open(t, other.dir)
	defer func() { _ = other.Close() }()

	ss, vv, ii := sessions(t, h), views(t, h), interactions(t, h)
	var rows []behavior.Row
	for n := range ii {
		rows = append(rows, behavior.Row{Interaction: &ii[n]})
	}
	for n := range vv {
		rows = append(rows, behavior.Row{PageView: &vv[n]})
	}
	for n := range ss {
		rows = append(rows, behavior.Row{Session: &ss[n]})
	}
	if err := other.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	other.reopen(t)
	same(t, "count of sessions", len(ss), len(sessions(t, other)))
	same(t, "page views", views(t, h)[0].ID, views(t, other)[0].ID)
	same(t, "interactions", interactions(t, h), interactions(t, other))
}
