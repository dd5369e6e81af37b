package sample_test

import (
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/sample"
	"github.com/userbehavior/behavior/sqlite"
)

// empty is a tracker that has nothing stored.
func empty(t *testing.T, types ...behavior.EventType) *behavior.Tracker {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	tracker, err := behavior.New(store, behavior.Settings{Logger: slog.New(slog.DiscardHandler), EventTypes: types})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	return tracker
}

// madeUp is a tracker with sessions that are made up.
func madeUp(t *testing.T, now time.Time, sessions int) (*behavior.Tracker, behavior.Counts) {
	t.Helper()
	tracker := empty(t, sample.EventTypes()...)
	counts, err := sample.Fill(t.Context(), tracker, sample.Options{Sessions: sessions, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return tracker, counts
}

func TestMadeUpSessionsAreBelievable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tracker, counts := madeUp(t, now, 2000)
	if counts.Sessions != 2000 || counts.PageViews < 2*2000 || counts.Interactions < 5*2000 {
		t.Errorf("made up %+v", counts)
	}
	sessions, _, err := tracker.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]int{"browser": {}, "channel": {}, "country": {}, "device": {}, "entry": {}, "day": {}, "visitor": {}}
	bots := 0
	for _, s := range sessions {
		if s.StartTime.Before(now.AddDate(0, 0, -60).Add(-25*time.Minute)) || s.EndTime == nil || s.EndTime.Before(s.StartTime) || s.EndTime.After(now) {
			t.Errorf("a session from %v to %v", s.StartTime, s.EndTime)
		}
		if s.Bot {
			bots++
		}
		for name, value := range map[string]string{
			"browser": s.Browser, "channel": s.Channel, "country": s.Country, "device": s.Device, "entry": s.EntryPath, "day": s.StartTime.Format(time.DateOnly), "visitor": s.Visitor,
		} {
			seen[name][value]++
		}
	}
	for name, least := range map[string]int{"browser": 5, "channel": 7, "country": 10, "device": 3, "entry": 8, "day": 60, "visitor": 900} {
		if len(seen[name]) < least {
			t.Errorf("only %d of %s: %v", len(seen[name]), name, slices.Sorted(maps.Keys(seen[name])))
		}
	}
	if share := bots * 100 / len(sessions); share < 1 || share > 10 {
		t.Errorf("%d %% are bots", share)
	}
}

func TestSomeOfTheMadeUpBuy(t *testing.T) {
	t.Parallel()
	tracker, _ := madeUp(t, time.Now(), 2000)
	kinds, err := tracker.Values(t.Context(), behavior.KindInteraction, "event_type", behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	n := map[any]int{}
	for _, v := range kinds {
		n[v.Value] = v.Count
	}
	for _, kind := range append(behavior.EventTypes(), sample.EventTypes()...) {
		if n[string(kind)] == 0 {
			t.Errorf("nobody has done %s", kind)
		}
	}
	if carts, bought := n["add_to_cart"], n["purchase"]; bought < 10 || bought >= carts {
		t.Errorf("%d were put into a basket, %d were bought", carts, bought)
	}
}

func TestTheSameIsMadeUpEachTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	one, _ := madeUp(t, now, 60)
	two, _ := madeUp(t, now, 60)
	all := func(tracker *behavior.Tracker) []behavior.Interaction {
		list, _, err := tracker.Interactions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if diff := cmp.Diff(all(one), all(two)); diff != "" {
		t.Error(diff)
	}
}

// counted is how many records a tracker has.
func counted(t *testing.T, tracker *behavior.Tracker) (c behavior.Counts) {
	t.Helper()
	var errs [3]error
	_, c.Sessions, errs[0] = tracker.Sessions(t.Context(), behavior.Query{Limit: 1})
	_, c.PageViews, errs[1] = tracker.PageViews(t.Context(), behavior.Query{Limit: 1})
	_, c.Interactions, errs[2] = tracker.Interactions(t.Context(), behavior.Query{Limit: 1})
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return c
}

func in(t *testing.T, tracker *behavior.Tracker) bool {
	t.Helper()
	found, err := sample.In(t.Context(), tracker)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What is made up goes again, and nothing else does.
func TestMadeUpSessionsAreRemoved(t *testing.T) {
	t.Parallel()
	tracker, counts := madeUp(t, time.Now(), 1100) // more than one group
	if got := counted(t, tracker); got != counts || !in(t, tracker) {
		t.Errorf("stored %+v, told of %+v", got, counts)
	}
	for _, name := range []string{"own", "SAMPLE-1"} {
		if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: name, UserAgent: "u", IPAddress: "::1"}); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := sample.Remove(t.Context(), tracker)
	if err != nil || gone != counts {
		t.Errorf("%+v went, of %+v: %v", gone, counts, err)
	}
	if got := counted(t, tracker); got != (behavior.Counts{Sessions: 2}) || in(t, tracker) {
		t.Errorf("%+v is left", got)
	}
	if gone, err := sample.Remove(t.Context(), tracker); err != nil || gone != (behavior.Counts{}) {
		t.Errorf("once more: %+v, %v", gone, err)
	}
}

func TestAStoreWithRecordsIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	tracker := empty(t)
	if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: "own", UserAgent: "u", IPAddress: "::1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := sample.Fill(t.Context(), tracker, sample.Options{Sessions: 10}); !errors.Is(err, behavior.ErrConflict) || in(t, tracker) {
		t.Errorf("filled: %v", err)
	}
	if got := counted(t, tracker); got != (behavior.Counts{Sessions: 1}) {
		t.Errorf("%+v", got)
	}
}

// Of many who fill at once one does.
func TestAStoreIsFilledOnce(t *testing.T) {
	t.Parallel()
	tracker := empty(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	var filled []behavior.Counts
	for range 4 {
		all.Go(func() {
			counts, err := sample.Fill(t.Context(), tracker, sample.Options{Sessions: 20})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				filled = append(filled, counts)
			case !errors.Is(err, behavior.ErrConflict):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := counted(t, tracker); len(filled) != 1 || got != filled[0] {
		t.Errorf("%+v is stored, by %+v", got, filled)
	}
}

// A tracker that does not know the shop's own events goes without.
func TestTypesThatAreNotListedAreLeftOut(t *testing.T) {
	t.Parallel()
	tracker := empty(t)
	if _, err := sample.Fill(t.Context(), tracker, sample.Options{Sessions: 300}); err != nil {
		t.Fatal(err)
	}
	list, _, err := tracker.Interactions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if !slices.Contains(behavior.EventTypes(), i.EventType) || !strings.HasPrefix(i.Session.SessionID, sample.Prefix) {
			t.Errorf("%s of %s", i.EventType, i.Session.SessionID)
		}
	}
}
