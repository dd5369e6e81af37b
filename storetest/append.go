package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

var appendCases = []testCase{
	{"records come back as they were", appendRoundTrip},
	{"any text comes back unchanged", appendText},
	{"metadata comes back byte for byte", appendMetadata},
	{"times come back to the microsecond", appendTimes},
	{"rows are told their session", appendFillsSession},
	{"events name sessions of the same batch, wherever they stand in it", appendSameBatch},
	{"session_id taken", appendConflict},
	{"session unknown", appendNoSession},
	{"session named by its id", appendSessionByID},
	{"one bad row does not hurt the others", appendBadRows},
	{"what no engine could keep is refused in its row", appendUnstorable},
	{"a row that is no record fails the batch", appendMalformed},
	{"nothing to append", appendNothing},
	{"a large batch", appendLarge},
	{"everything is there again after reopening", appendReopened},
}

func appendRoundTrip(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/page"), newInteraction("a", behavior.Click)
	open := &behavior.Session{SessionID: "open", StartTime: start}
	add(t, h, s, open, v, i)
	h.reopen(t)

	same(t, "sessions", []behavior.Session{*s, *open}, sessions(t, h))
	same(t, "page views", []behavior.PageView{*v}, views(t, h))
	same(t, "interactions", []behavior.Interaction{*i}, interactions(t, h))
	if s.EntryPath != "/in" || open.EndTime != nil || open.UserID != nil || v.Visible != 1500*time.Millisecond || v.ScrollDepth != 80 || i.Y != -3 {
		t.Errorf("Append has changed a record: %+v, %+v, %+v, %+v", s, open, v, i)
	}
}

// hostileTexts are what strangers send.
var hostileTexts = []string{
	"", " ", "'", `"`, "''; DROP TABLE sessions; --", `\`, `\\`, `%`, `_`, `100%_off\`, "$1", "?", ":name", "@x", "{}", "\t\r\n",
	"Straße", "ÀÉÎ", "K\u212aelvin", "i\u0307İı", "日本語", "👩‍👩‍👧‍👦", "\u202egnp.exe", "e\u0301", "\ufeffbom", "\u2028", "\U0010ffff",
	"<script>alert(1)</script>", "=1+1", "null", "NULL", "\x01\x7f", strings.Repeat("long ", 2000), strings.Repeat("😀", 2500),
}

func appendText(t *testing.T, h *house) {
	var records []any
	var wantIDs, wantURLs, wantElements []string
	for n, text := range hostileTexts {
		s := newSession(text + numbered(" session", n))
		s.UserAgent, s.UserID, s.UTMTerm = text, &text, text
		v, i := newView(s.SessionID, "/"), newInteraction(s.SessionID, behavior.EventType(text))
		v.URL, v.Title = text, text
		i.Element, i.Viewport = text, text
		records = append(records, s, v, i)
		wantIDs, wantURLs, wantElements = append(wantIDs, s.SessionID), append(wantURLs, text), append(wantElements, text)
	}
	add(t, h, records...)
	h.reopen(t)

	var ids, users, urls, titles, elements, types []string
	for _, s := range sessions(t, h) {
		ids, users = append(ids, s.SessionID), append(users, *s.UserID)
	}
	for _, v := range views(t, h) {
		urls, titles = append(urls, v.URL), append(titles, v.Title)
	}
	for _, i := range interactions(t, h) {
		elements, types = append(elements, i.Element), append(types, string(i.EventType))
	}
	same(t, "session_id", wantIDs, ids)
	same(t, "user_id", hostileTexts, users)
	same(t, "url", wantURLs, urls)
	same(t, "title", wantURLs, titles)
	same(t, "element", wantElements, elements)
	same(t, "event_type", wantElements, types)
}

// hostileMetadata is JSON that a store might be tempted to tidy up.
var hostileMetadata = []string{
	`{}`, `{ "b" : 1 , "a":  2}`, `{"a":1,"a":2}`, `[1,2.0,3e2,-0,1E+2]`, `12345678901234567890123456789`, `1e400`, `0.1`, `"text"`, `null`, `true`,
	`{"":{"":[]}}`, `{"\u0061":"\u00e9 \ud83d\ude00 \\ \" \/"}`, `{"lone":"\ud800"}`, `{"nul":"\u0000"}`, `{"😀":"👩‍👩‍👧"}`, "[\n\t1 ]",
	strings.Repeat(`{"deep":[`, 200) + `1` + strings.Repeat(`]}`, 200), `"` + strings.Repeat("x", 10_000) + `"`,
}

func appendMetadata(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	for _, m := range hostileMetadata {
		i := newInteraction("a", behavior.Click)
		i.Metadata = []byte(m)
		add(t, h, i)
	}
	nothing := newInteraction("a", behavior.Click)
	nothing.Metadata = nil
	add(t, h, nothing)
	h.reopen(t)
	var got []string
	for _, i := range interactions(t, h) {
		got = append(got, string(i.Metadata))
	}
	same(t, "metadata", append(hostileMetadata[:len(hostileMetadata):len(hostileMetadata)], "{}"), got)
}

func appendTimes(t *testing.T, h *house) {
	moments := []time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC), time.Unix(0, 0).UTC(),
		start, time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC),
	}
	add(t, h, newSession("a"))
	for n, m := range moments {
		s := newSession(numbered("session", n))
		s.StartTime, s.EndTime = m, &m
		v, i := newView("a", "/"), newInteraction("a", behavior.Click)
		v.Timestamp, i.Timestamp = m, m
		add(t, h, s, v, i)
	}
	var starts, ends, viewed, done []time.Time
	for _, s := range sessions(t, h)[1:] {
		starts, ends = append(starts, s.StartTime), append(ends, *s.EndTime)
	}
	for _, v := range views(t, h) {
		viewed = append(viewed, v.Timestamp)
	}
	for _, i := range interactions(t, h) {
		done = append(done, i.Timestamp)
	}
	same(t, "start_time", moments, starts)
	same(t, "end_time", moments, ends)
	same(t, "timestamp of page views", moments, viewed)
	same(t, "timestamp of interactions", moments, done)
}

func appendFillsSession(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s)
	v, i := newView("a", "/one"), newInteraction("a", behavior.Click)
	add(t, h, i)
	same(t, "session of the interaction", *s, i.Session)
	add(t, h, v)
	want := *s
	want.Follow(*v)
	same(t, "session of the page view", want, v.Session)

	*v.Session.UserID, *v.Session.EndTime = "changed by the caller", start
	later := newInteraction("a", behavior.Click)
	add(t, h, later)
	same(t, "session of a later interaction", want.SessionID+*s.UserID, later.Session.SessionID+*later.Session.UserID)
	h.reopen(t)
	same(t, "sessions", []behavior.Session{want}, sessions(t, h))
}

func appendSameBatch(t *testing.T, h *house) {
	v, i, s := newView("a", "/"), newInteraction("a", behavior.Click), newSession("a")
	add(t, h, v, i, s)
	same(t, "session of the page view", s.ID, v.Session.ID)
	same(t, "page views", []behavior.PageView{*v}, views(t, h))
	same(t, "interactions", []behavior.Interaction{*i}, interactions(t, h))
}

func appendConflict(t *testing.T, h *house) {
	first := newSession("a")
	add(t, h, first)
	again := newSession("a")
	again.UserAgent = "another"
	errs := try(t, h, again, newSession("b"), newSession("b"), newSession("A"))
	wantErrs(t, errs, behavior.ErrConflict, nil, behavior.ErrConflict, nil)

	h.reopen(t)
	errs = try(t, h, newSession("c"), newSession("a"), newView("a", "/"), newSession("b"))
	wantErrs(t, errs, nil, behavior.ErrConflict, nil, behavior.ErrConflict)
	got := sessions(t, h)
	same(t, "names", []string{"a", "b", "A", "c"}, []string{got[0].SessionID, got[1].SessionID, got[2].SessionID, got[3].SessionID})
	same(t, "the first one's agent", first.UserAgent, got[0].UserAgent)
}

func appendNoSession(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	nameless := newView("", "/")
	byID := newInteraction("", behavior.Click)
	byID.Session.ID = 77
	records := []any{newView("b", "/"), newInteraction("b", behavior.Click), newView("a ", "/"), newView("a\xff", "/"), newView("a\x00", "/"), nameless, byID}
	for n, err := range try(t, h, append(records, newView("a", "/"))...) {
		if want := n < len(records); errors.Is(err, behavior.ErrNoSession) != want || !want && err != nil {
			t.Errorf("row %d: %v", n, err)
		}
	}
	same(t, "count of events", 1, len(views(t, h))+len(interactions(t, h)))
}

func appendSessionByID(t *testing.T, h *house) {
	s := newSession("a")
	add(t, h, s)
	h.reopen(t)
	v, i := newView("", "/"), newInteraction("", behavior.Click)
	v.Session.ID, i.Session.ID = s.ID, s.ID
	add(t, h, v, i)
	same(t, "session_ids", []string{"a", "a"}, []string{v.Session.SessionID, i.Session.SessionID})

	// The name counts, where there is one.
	add(t, h, newSession("b"))
	both := newView("b", "/")
	both.Session.ID = s.ID
	add(t, h, both)
	same(t, "session_id", "b", both.Session.SessionID)
}

func appendBadRows(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	first, last := newView("a", "/1"), newView("a", "/2")
	errs := try(t, h, first, newView("b", "/"), newSession("a"), newSession("c"), newInteraction("c", behavior.Hover), last)
	wantErrs(t, errs, nil, behavior.ErrNoSession, behavior.ErrConflict, nil, nil, nil)
	same(t, "page views", []behavior.PageView{*first, *last}, forgetFacts(views(t, h), first, last))
	same(t, "count of sessions", 2, len(sessions(t, h)))
	same(t, "count of interactions", 1, len(interactions(t, h)))
}

// forgetFacts gives views the sessions that wanted have: a list tells a
// session as it is now, Append as it was.
func forgetFacts(views []behavior.PageView, wanted ...*behavior.PageView) []behavior.PageView {
	for n := range min(len(views), len(wanted)) {
		views[n].Session.ExitPath = wanted[n].Session.ExitPath
	}
	return views
}

func appendUnstorable(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	bad, nul, far := newView("a", "/"), newView("a", "/"), newView("a", "/")
	bad.URL, nul.Title, far.Timestamp = "bad\xff", "nul\x00", time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	user := "\xc3\x28"
	session := newSession("b")
	session.UserID = &user
	metadata := newInteraction("a", behavior.Click)
	metadata.Metadata = []byte(`{"a":`)
	negative := newView("a", "/")
	negative.ID = -1
	good := newView("a", "/good")
	errs := try(t, h, bad, nul, far, session, metadata, negative, good)
	for n, err := range errs[:len(errs)-1] {
		var invalid behavior.Invalid
		if !errors.As(err, &invalid) {
			t.Errorf("row %d: error is %v, want Invalid", n, err)
		}
	}
	wantErrs(t, errs[len(errs)-1:], nil)
	same(t, "page views", []behavior.PageView{*good}, forgetFacts(views(t, h), good))
	same(t, "count of sessions", 1, len(sessions(t, h)))
}

func appendMalformed(t *testing.T, h *house) {
	s := newSession("a")
	for _, row := range []behavior.Row{{}, {Session: newSession("b"), PageView: newView("b", "/")}} {
		if err := h.Append(t.Context(), []behavior.Row{{Session: s}, row}); err == nil {
			t.Errorf("row %+v: no error", row)
		}
	}
	same(t, "count of sessions", 0, len(sessions(t, h)))
	same(t, "id given", int64(0), s.ID)
}

func appendNothing(t *testing.T, h *house) {
	if err := h.Append(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func appendLarge(t *testing.T, h *house) {
	const n = 5000
	records := []any{newSession("a")}
	for range n {
		records = append(records, newView("a", "/"), newInteraction("a", behavior.Scroll))
	}
	add(t, h, records...)
	h.reopen(t)
	same(t, "count of page views", n, len(views(t, h)))
	same(t, "count of interactions", n, len(interactions(t, h)))
}

func appendReopened(t *testing.T, h *house) {
	s, v, i := newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click)
	add(t, h, s, v, i)
	h.reopen(t)
	same(t, "sessions", []behavior.Session{v.Session}, sessions(t, h))
	same(t, "page views", []behavior.PageView{*v}, views(t, h))
	same(t, "count of interactions", 1, len(interactions(t, h)))
}

// wantErrs compares errors one by one.
func wantErrs(t *testing.T, got []error, want ...error) {
	t.Helper()
	for n := range want {
		if !errors.Is(got[n], want[n]) || want[n] == nil && got[n] != nil {
			t.Errorf("row %d: error is %v, want %v", n, got[n], want[n])
		}
	}
}
