// Package storetest is the contract of [behavior.Store] as tests. An engine
// passes when [Run] does:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
//			s, err := duckdb.Open(t.Context(), filepath.Join(dir, "store.duckdb"))
//			if err != nil {
//				t.Fatal(err)
//			}
//			return s
//		})
//	}
//
// Every case has an empty store of its own and runs in parallel.
package storetest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// Opener opens the store that lives in dir, a folder that exists. The same dir
// is the same store: it has what was there when it was closed. The suite
// closes what it opens. For a store on a server dir is nothing but a name.
type Opener func(t *testing.T, dir string) behavior.Store

// Run runs the suite against the stores of an engine, or those groups of it that
// are named.
func Run(t *testing.T, open Opener, groups ...string) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"append", appendCases}, {"event keys", keyCases}, {"ids", idCases}, {"facts of sessions", factCases},
		{"progress", progressCases}, {"salts", saltCases},
		{"lists", listCases}, {"values", valueCases}, {"update", updateCases}, {"delete", deleteCases}, {"report", reportCases}, {"insights", insightCases}, {"funnels", funnelCases},
		{"many at once", concurrencyCases}, {"close", closeCases},
	} {
		if len(groups) > 0 && !slices.Contains(groups, group.name) {
			continue
		}
		t.Run(group.name, func(t *testing.T) {
			for _, c := range group.cases {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, newHouse(t, open))
				})
			}
		})
	}
}

// testCase is one promise of the contract.
type testCase struct {
	name string
	run  func(t *testing.T, h *house)
}

// house is a store that a case can close and open again.
type house struct {
	behavior.Store
	open Opener
	dir  string
}

func newHouse(t *testing.T, open Opener) *house {
	h := &house{open: open, dir: t.TempDir()}
	h.Store = open(t, h.dir)
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// reopen closes the store and opens it again.
func (h *house) reopen(t *testing.T) {
	t.Helper()
	if err := h.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	h.Store = h.open(t, h.dir)
}

// start is a moment for records to happen at.
var start = time.Date(2025, 3, 14, 15, 9, 26, 535897000, time.UTC)

// newSession is a session with that name, and a value in each of its fields.
func newSession(name string) *behavior.Session {
	end, user := start.Add(30*time.Minute), "user-"+name
	return &behavior.Session{
		SessionID: name, UserAgent: "Mozilla/5.0 (X11; Linux)", IPAddress: "192.0.2.7",
		StartTime: start, EndTime: &end, UserID: &user, Visitor: "visitor-" + name,
		Browser: "Firefox", BrowserVersion: "125.0", BrowserFamily: "Firefox", OS: "Linux", Device: "desktop", Bot: true, BotReason: "search-engine",
		Country: "BR", Language: "pt-BR", Screen: "1920x1080", Referrer: "https://search.example/", Source: "search.example",
		Channel: "Organic Search", UTMSource: "a", UTMMedium: "b", UTMCampaign: "c", UTMTerm: "d", UTMContent: "e",
		EntryPath: "/in", ExitPath: "/out",
	}
}

// newView is a page view of the session of that name, and a value in each of its fields.
func newView(session, path string) *behavior.PageView {
	return &behavior.PageView{
		URL: "https://www.example.com" + path, Timestamp: start.Add(time.Minute), Session: behavior.Session{SessionID: session},
		Host: "www.example.com", Path: path, Title: "Title of " + path, Referrer: "https://elsewhere.example/",
		Visible: 1500 * time.Millisecond, ScrollDepth: 80,
	}
}

// newInteraction is an interaction of the session of that name, and a value in
// each of its fields.
func newInteraction(session string, typ behavior.EventType) *behavior.Interaction {
	return &behavior.Interaction{
		Session: behavior.Session{SessionID: session}, EventType: typ, Element: "#buy", Metadata: []byte(`{"x": 1}`),
		Timestamp: start.Add(2 * time.Minute), Host: "www.example.com", Path: "/", X: 12, Y: -3, Viewport: "1280x720",
	}
}

// keyed gives an event a key.
func keyed(v *behavior.PageView, key string) *behavior.PageView {
	v.EventKey = key
	return v
}

// rowsOf puts records into rows.
func rowsOf(records ...any) []behavior.Row {
	var rows []behavior.Row
	for _, r := range records {
		switch r := r.(type) {
		case *behavior.Session:
			rows = append(rows, behavior.Row{Session: r})
		case *behavior.PageView:
			rows = append(rows, behavior.Row{PageView: r})
		case *behavior.Interaction:
			rows = append(rows, behavior.Row{Interaction: r})
		}
	}
	return rows
}

// add appends records that must all be stored.
func add(t *testing.T, s behavior.Store, records ...any) {
	t.Helper()
	for i, err := range try(t, s, records...) {
		if err != nil {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

// try appends records and returns the fault of each.
func try(t *testing.T, s behavior.Store, records ...any) []error {
	t.Helper()
	rows := rowsOf(records...)
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatalf("append: %v", err)
	}
	errs := make([]error, len(rows))
	for i, row := range rows {
		errs[i] = row.Err
	}
	return errs
}

// put appends records and returns what went wrong, with any of them. Unlike add
// and try, other goroutines than the test's may call it.
func put(ctx context.Context, s behavior.Store, records ...any) error {
	rows := rowsOf(records...)
	err := s.Append(ctx, rows)
	for _, row := range rows {
		err = errors.Join(err, row.Err)
	}
	return err
}

// sessions, views and interactions are all records of a kind, by id.
func sessions(t *testing.T, s behavior.Store) []behavior.Session {
	t.Helper()
	return all(t, s.Sessions)
}

func views(t *testing.T, s behavior.Store) []behavior.PageView {
	t.Helper()
	return all(t, s.PageViews)
}

func interactions(t *testing.T, s behavior.Store) []behavior.Interaction {
	t.Helper()
	return all(t, s.Interactions)
}

func all[T any](t *testing.T, list func(context.Context, behavior.Query) ([]T, int, error)) []T {
	t.Helper()
	records, total, err := list(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	if total != len(records) {
		t.Fatalf("list: total is %d, got %d records", total, len(records))
	}
	return records
}

// same fails when got is not want. Nil and empty are the same here.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(sameTime)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sameTime compares moments, and that a store gives them back in UTC.
func sameTime(a, b time.Time) bool { return a.Equal(b) && a.Location() == b.Location() }

// numbered is a name with a number.
func numbered(name string, n int) string { return name + "-" + strconv.Itoa(n) }
