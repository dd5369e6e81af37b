package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

var progressCases = []testCase{
	{"the end of a session moves forward only", progressEnd},
	{"a user becomes known once", progressUser},
	{"what is known of the device stays", progressDevice},
	{"a page view keeps the larger of what is measured", progressView},
	{"a page view of the same batch is measured too", progressSameBatch},
	{"a page view that is not there is no error", progressUnknownView},
	{"progress of a session that is not there", progressNoSession},
	{"progress finds page views after reopening", progressReopened},
	{"bad progress does not hurt the others", progressBad},
	{"an updated session keeps its progress", progressUpdated},
	{"progress from many at once", progressConcurrent},
}

// advance appends progress that must all be taken.
func advance(t *testing.T, s behavior.Store, all ...behavior.Progress) {
	t.Helper()
	for i, err := range tryProgress(t, s, all...) {
		if err != nil {
			t.Fatalf("progress %d: %v", i, err)
		}
	}
}

// tryProgress appends progress and returns the fault of each.
func tryProgress(t *testing.T, s behavior.Store, all ...behavior.Progress) []error {
	t.Helper()
	var rows []behavior.Row
	for i := range all {
		rows = append(rows, behavior.Row{Progress: &all[i]})
	}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatalf("append: %v", err)
	}
	errs := make([]error, len(rows))
	for i, row := range rows {
		errs[i] = row.Err
	}
	return errs
}

// ends are the ends of all sessions, relative to start; -1 for an open one.
func ends(t *testing.T, s behavior.Store) []time.Duration {
	t.Helper()
	var all []time.Duration
	for _, s := range sessions(t, s) {
		end := time.Duration(-1)
		if s.EndTime != nil {
			end = s.EndTime.Sub(start)
		}
		all = append(all, end)
	}
	return all
}

func progressEnd(t *testing.T, h *house) {
	ended := newSession("ended") // after half an hour
	add(t, h, bare("open"), ended, bare("untouched"))
	at := start.Add(time.Minute)
	advance(t, h, behavior.Progress{SessionID: "open", At: at}, behavior.Progress{SessionID: "ended", At: at}, behavior.Progress{SessionID: "untouched"})
	same(t, "ends", []time.Duration{time.Minute, 30 * time.Minute, -1}, ends(t, h))

	advance(t, h, behavior.Progress{SessionID: "ended", At: start.Add(time.Hour)}, behavior.Progress{SessionID: "open", At: start})
	h.reopen(t)
	same(t, "ends", []time.Duration{time.Minute, time.Hour, -1}, ends(t, h))
	got := sessions(t, h)[1]
	want := *ended
	want.EndTime = got.EndTime
	same(t, "all else", want, got)
}

func progressUser(t *testing.T, h *house) {
	add(t, h, bare("a"), newSession("b"))
	advance(t, h,
		behavior.Progress{SessionID: "a", UserID: "ann"}, behavior.Progress{SessionID: "a", UserID: "bob"}, behavior.Progress{SessionID: "b", UserID: "bob"})
	v := newView("a", "/")
	add(t, h, v)
	same(t, "user of a page view's session", "ann", *v.Session.UserID)
	h.reopen(t)
	var users, visitors []string
	for _, s := range sessions(t, h) {
		users, visitors = append(users, *s.UserID), append(visitors, s.Visitor)
	}
	same(t, "users", []string{"ann", "user-b"}, users)
	same(t, "visitors", []string{"ann", "visitor-b"}, visitors)
}

func progressDevice(t *testing.T, h *house) {
	known := newSession("known")
	known.Screen = ""
	add(t, h, bare("new"), known)
	told := behavior.Progress{Country: "DE", Language: "de", Screen: "800x600"}
	for _, name := range []string{"new", "known"} {
		p := told
		p.SessionID = name
		advance(t, h, p, behavior.Progress{SessionID: name, Country: "FR", Language: "fr", Screen: "1x1"})
	}
	h.reopen(t)
	var got []string
	for _, s := range sessions(t, h) {
		got = append(got, s.Country+" "+s.Language+" "+s.Screen)
		if s.SessionID == "new" && s.UserID != nil {
			t.Errorf("the session is %q's now", *s.UserID)
		}
	}
	same(t, "country, language and screen", []string{"DE de 800x600", "BR pt-BR 800x600"}, got)
}

// measured are how long page views were visible, and how far they were scrolled.
func measured(t *testing.T, s behavior.Store) (visible []time.Duration, depth []int) {
	t.Helper()
	for _, v := range views(t, s) {
		visible, depth = append(visible, v.Visible), append(depth, v.ScrollDepth)
	}
	return visible, depth
}

func progressView(t *testing.T, h *house) {
	// Each is 1.5 seconds in view and scrolled by 80 percent.
	add(t, h, newSession("a"), newSession("b"), keyed(newView("a", "/1"), "k"), keyed(newView("a", "/2"), "l"), keyed(newView("b", "/3"), "k"), click("a", "m"))
	advance(t, h,
		behavior.Progress{SessionID: "a", ViewKey: "k", Visible: 9 * time.Second, ScrollDepth: 10},
		behavior.Progress{SessionID: "a", ViewKey: "k", Visible: 4 * time.Second, ScrollDepth: 90},
		behavior.Progress{SessionID: "a", ViewKey: "l", Visible: time.Second},
		behavior.Progress{SessionID: "a", ViewKey: "m", Visible: time.Hour},
	)
	advance(t, h, behavior.Progress{SessionID: "b", ViewKey: "k", ScrollDepth: 100})
	h.reopen(t)
	visible, depth := measured(t, h)
	same(t, "visible", []time.Duration{9 * time.Second, 1500 * time.Millisecond, 1500 * time.Millisecond}, visible)
	same(t, "depth", []int{90, 80, 100}, depth)
}

func progressSameBatch(t *testing.T, h *house) {
	v := keyed(newView("a", "/1"), "k")
	rows := append([]behavior.Row{{Progress: &behavior.Progress{SessionID: "a", At: start.Add(time.Hour), UserID: "x", ViewKey: "k", Visible: time.Minute}}},
		rowsOf(v, bare("a"))...)
	if err := h.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil {
			t.Errorf("row %d: %v", i, row.Err)
		}
	}
	same(t, "what Append tells of the page view", time.Minute, v.Visible)
	h.reopen(t)
	visible, _ := measured(t, h)
	same(t, "visible", []time.Duration{time.Minute}, visible)
	same(t, "ends", []time.Duration{time.Hour}, ends(t, h))
	same(t, "user", "x", *sessions(t, h)[0].UserID)
}

func progressUnknownView(t *testing.T, h *house) {
	add(t, h, bare("a"), newView("a", "/")) // without a key
	advance(t, h, behavior.Progress{SessionID: "a", At: start, ViewKey: "nothing", Visible: time.Hour}, behavior.Progress{SessionID: "a", Visible: time.Hour})
	visible, _ := measured(t, h)
	same(t, "visible", []time.Duration{1500 * time.Millisecond}, visible)
	same(t, "ends", []time.Duration{0}, ends(t, h))
}

func progressNoSession(t *testing.T, h *house) {
	add(t, h, bare("a"), bare("gone"))
	remove(t, h, behavior.KindSession, sessions(t, h)[1].ID)
	errs := tryProgress(t, h, behavior.Progress{SessionID: "b", At: start}, behavior.Progress{SessionID: "a", At: start},
		behavior.Progress{SessionID: "gone", At: start}, behavior.Progress{At: start})
	wantErrs(t, errs, behavior.ErrNoSession, nil, behavior.ErrNoSession, behavior.ErrNoSession)
	same(t, "count of sessions", 1, len(sessions(t, h)))
}

func progressReopened(t *testing.T, h *house) {
	add(t, h, newSession("a"), keyed(newView("a", "/1"), "k"), click("a", "l"))
	h.reopen(t)
	advance(t, h, behavior.Progress{SessionID: "a", At: start.Add(2 * time.Hour), ViewKey: "k", Visible: time.Minute})
	wantErrs(t, try(t, h, keyed(newView("a", "/"), "k")), behavior.ErrDuplicate)
	h.reopen(t)
	visible, _ := measured(t, h)
	same(t, "visible", []time.Duration{time.Minute}, visible)
	same(t, "ends", []time.Duration{2 * time.Hour}, ends(t, h))
}

func progressBad(t *testing.T, h *house) {
	add(t, h, bare("a"))
	errs := tryProgress(t, h, behavior.Progress{SessionID: "a", UserID: "\xff"}, behavior.Progress{SessionID: "a", UserID: "nul\x00"},
		behavior.Progress{SessionID: "a", At: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}, behavior.Progress{SessionID: "a", UserID: "good", At: start})
	for i, err := range errs[:3] {
		if err == nil {
			t.Errorf("progress %d: no error", i)
		}
	}
	wantErrs(t, errs[3:], nil)
	h.reopen(t)
	same(t, "user", "good", *sessions(t, h)[0].UserID)
	same(t, "ends", []time.Duration{0}, ends(t, h))
}

func progressUpdated(t *testing.T, h *house) {
	s := bare("a")
	add(t, h, s)
	advance(t, h, behavior.Progress{SessionID: "a", At: start.Add(time.Minute), UserID: "ann"})
	updated, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.Country = "DE"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "user and end", "ann"+start.Add(time.Minute).String(), *updated.UserID+updated.EndTime.String())

	_, err = h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.EndTime, s.UserID = nil, nil; return nil })
	if err != nil {
		t.Fatal(err)
	}
	add(t, h, newView("a", "/")) // moves the session's facts, and leaves it open
	h.reopen(t)
	same(t, "ends", []time.Duration{-1}, ends(t, h))
	if user := sessions(t, h)[0].UserID; user != nil {
		t.Errorf("the user is %q again", *user)
	}
}

func progressConcurrent(t *testing.T, h *house) {
	const callers, each = 8, 20
	add(t, h, bare("a"), keyed(newView("a", "/"), "k"))
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			for i := range each {
				after := time.Duration(i*callers+n) * time.Second
				advance(t, h, behavior.Progress{SessionID: "a", At: start.Add(after), ViewKey: "k", Visible: after})
			}
		})
	}
	wg.Wait()
	h.reopen(t)
	last := (callers*each - 1) * time.Second
	visible, _ := measured(t, h)
	same(t, "visible", []time.Duration{last}, visible)
	same(t, "ends", []time.Duration{last}, ends(t, h))
}
