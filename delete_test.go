package behavior_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// heard keeps what an observer is told of deletions.
type heard []behavior.Event

func (h *heard) observe(_ context.Context, e behavior.Event) {
	if e.Change == behavior.Deleted {
		*h = append(*h, e)
	}
}

// observed is a tracker over a store, with observers.
func observed(t *testing.T, store behavior.Store, observers ...behavior.Observer) *behavior.Tracker {
	t.Helper()
	return newTracker(t, store, behavior.Settings{Observers: observers, Logger: slog.New(slog.DiscardHandler)})
}

// fillSessions stores n sessions with ids from 1 on; session k has k%3 page
// views and k%2 interactions.
func fillSessions(t *testing.T, tracker *behavior.Tracker, n int) {
	t.Helper()
	var rows []behavior.Row
	for k := 1; k <= n; k++ {
		name := behavior.Session{SessionID: fmt.Sprint("s", k)}
		s := name
		rows = append(rows, behavior.Row{Session: &s})
		for range k % 3 {
			rows = append(rows, behavior.Row{PageView: &behavior.PageView{URL: "https://example.com/", Session: name}})
		}
		for range k % 2 {
			rows = append(rows, behavior.Row{Interaction: &behavior.Interaction{EventType: behavior.Click, Session: name}})
		}
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil {
			t.Fatalf("row %d: %v", i, row.Err)
		}
	}
}

// total is how many records of a kind there are.
func total(t *testing.T, store behavior.Store) (c behavior.Counts) {
	t.Helper()
	one := behavior.Query{Limit: 1}
	var errs [3]error
	_, c.Sessions, errs[0] = store.Sessions(t.Context(), one)
	_, c.PageViews, errs[1] = store.PageViews(t.Context(), one)
	_, c.Interactions, errs[2] = store.Interactions(t.Context(), one)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDeleteTellsWhatWentAlong(t *testing.T) {
	t.Parallel()
	var first, second heard
	store := openStore(t)
	tracker := observed(t, store, first.observe, second.observe)
	fillSessions(t, tracker, 6)
	events, err := tracker.Delete(t.Context(), behavior.KindSession, []int64{5, 77, 2, 5, -1, 6})
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		id    int64
		name  string
		along behavior.Counts
	}
	want := []told{
		{2, "s2", behavior.Counts{PageViews: 2}}, {5, "s5", behavior.Counts{PageViews: 2, Interactions: 1}}, {6, "s6", behavior.Counts{}},
	}
	for name, list := range map[string][]behavior.Event{"returned": events, "first observer": first, "second observer": second} {
		var got []told
		for _, e := range list {
			if e.Change != behavior.Deleted || e.Kind != behavior.KindSession {
				t.Errorf("%s: %s of a %s", name, e.Change, e.Kind)
			}
			got = append(got, told{e.ID, e.Session.SessionID, e.Along})
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(behavior.Counts{Sessions: 3, PageViews: 2, Interactions: 2}, total(t, store)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestDeleteEvents(t *testing.T) {
	t.Parallel()
	var told heard
	store := openStore(t)
	tracker := observed(t, store, told.observe)
	fillSessions(t, tracker, 6) // six page views, three interactions
	views, err := tracker.Delete(t.Context(), behavior.KindPageView, []int64{6, 1, 99})
	if err != nil {
		t.Fatal(err)
	}
	clicks, err := tracker.Delete(t.Context(), behavior.KindInteraction, []int64{3})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Concat(views, clicks) {
		switch e.Kind {
		case behavior.KindPageView:
			got = append(got, fmt.Sprint("view ", e.ID, " of ", e.PageView.Session.SessionID))
		default:
			got = append(got, fmt.Sprint("click ", e.ID, " of ", e.Interaction.Session.SessionID))
		}
	}
	if diff := cmp.Diff([]string{"view 1 of s1", "view 6 of s5", "click 3 of s5"}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Concat(views, clicks), []behavior.Event(told)); diff != "" {
		t.Errorf("what the observer heard (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(behavior.Counts{Sessions: 6, PageViews: 4, Interactions: 2}, total(t, store)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestDeleteOfNothing(t *testing.T) {
	t.Parallel()
	var told heard
	store := openStore(t)
	tracker := observed(t, store, told.observe)
	fillSessions(t, tracker, 1)
	for _, kind := range behavior.Kinds() {
		for _, ids := range [][]int64{nil, {42}, {0, -7, 1 << 60}} {
			if events, err := tracker.Delete(t.Context(), kind, ids); err != nil || len(events) > 0 {
				t.Errorf("%s %v: %v, %v", kind, ids, events, err)
			}
		}
	}
	for name, err := range map[string]error{
		"session":     tracker.DeleteSession(t.Context(), 42),
		"page view":   tracker.DeletePageView(t.Context(), 42),
		"interaction": tracker.DeleteInteraction(t.Context(), 42),
	} {
		if !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("one %s: error is %v, want ErrNotFound", name, err)
		}
	}
	if len(told) > 0 {
		t.Errorf("the observer heard %v", told)
	}
	if diff := cmp.Diff(behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 1}, total(t, store)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestDeleteThousands(t *testing.T) {
	t.Parallel()
	var told heard
	store := openStore(t)
	tracker := observed(t, store, told.observe)
	const n = 3000
	fillSessions(t, tracker, n)
	var ids []int64
	for id := int64(2 * n); id > 1; id-- {
		ids = append(ids, id)
	}
	events, err := tracker.Delete(t.Context(), behavior.KindSession, ids)
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != n-1 || len(told) != n-1 {
		t.Fatalf("%d events, %d heard, want %d", len(events), len(told), n-1)
	}
	for i, e := range events {
		k := i + 2
		want := behavior.Counts{PageViews: k % 3, Interactions: k % 2}
		if e.ID != int64(k) || e.Along != want {
			t.Errorf("event %d: session %d with %+v, want %+v", i, e.ID, e.Along, want)
		}
	}
	if diff := cmp.Diff(behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 1}, total(t, store)); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}
