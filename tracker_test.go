package behavior_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestTimesAreStampedAndCut(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 5*3600+1800)
	now := time.Date(2025, 3, 1, 12, 0, 0, 123456789, zone)
	tracker := newTracker(t, openStore(t), behavior.Settings{Now: func() time.Time { return now }})
	s, err := tracker.Start(t.Context(), sessionInput("a"))
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2025, 3, 1, 6, 30, 0, 123456000, time.UTC)
	if !s.StartTime.Equal(want) || s.StartTime.Location() != time.UTC {
		t.Errorf("start time is %v, want %v", s.StartTime, want)
	}
	v, err := tracker.View(t.Context(), behavior.ViewInput{SessionID: "a", URL: "https://example.com/x", Timestamp: now.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if !v.Timestamp.Equal(want.Add(-time.Hour)) {
		t.Errorf("a given timestamp became %v", v.Timestamp)
	}
}

func TestUnknownSessionIsInvalid(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	want := behavior.Invalid{"session_id": {"User with this session ID not found"}}
	_, viewErr := tracker.View(t.Context(), behavior.ViewInput{SessionID: "nobody", URL: "https://example.com/"})
	_, interactErr := tracker.Interact(t.Context(), behavior.InteractionInput{SessionID: "nobody", EventType: behavior.Click, Element: "a"})
	for _, err := range []error{viewErr, interactErr} {
		var invalid behavior.Invalid
		if !errors.As(err, &invalid) {
			t.Fatalf("got %v", err)
		}
		if diff := cmp.Diff(want, invalid); diff != "" {
			t.Error(diff)
		}
	}
}

func TestUpdateChecksAndDerives(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	a, err := tracker.Start(t.Context(), sessionInput("a"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := tracker.Start(t.Context(), sessionInput("b"))
	if err != nil {
		t.Fatal(err)
	}
	end := a.StartTime.Add(time.Hour)
	a, err = tracker.UpdateSession(t.Context(), a.ID, func(s *behavior.Session) error {
		s.EndTime, s.UserAgent = &end, "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.EndTime == nil || !a.EndTime.Equal(end) || a.Browser != "Firefox" {
		t.Errorf("updated to %+v", a)
	}

	var invalid behavior.Invalid
	_, err = tracker.UpdateSession(t.Context(), b.ID, func(s *behavior.Session) error { s.SessionID = "a"; return nil })
	if !errors.As(err, &invalid) || len(invalid["session_id"]) != 1 {
		t.Errorf("taking another's session_id: %v", err)
	}
	_, err = tracker.UpdateSession(t.Context(), b.ID, func(s *behavior.Session) error { s.IPAddress = "nowhere"; return nil })
	if !errors.As(err, &invalid) || len(invalid["ip_address"]) != 1 {
		t.Errorf("a bad address: %v", err)
	}
	_, err = tracker.UpdateSession(t.Context(), 999, func(*behavior.Session) error { return nil })
	if !errors.Is(err, behavior.ErrNotFound) {
		t.Errorf("no such session: %v", err)
	}

	v, err := tracker.View(t.Context(), behavior.ViewInput{SessionID: "a", URL: "https://example.com/x"})
	if err != nil {
		t.Fatal(err)
	}
	v, err = tracker.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error {
		v.URL, v.Session.SessionID = "https://example.org/y", "b"
		return nil
	})
	if err != nil || v.Path != "/y" || v.Host != "example.org" || v.Session.ID != b.ID {
		t.Errorf("updated to %+v, %v", v, err)
	}
	_, err = tracker.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.Session.SessionID = "nobody"; return nil })
	if !errors.As(err, &invalid) || len(invalid["session_id"]) != 1 {
		t.Errorf("moving to an unknown session: %v", err)
	}
}

func TestObserversHearOfEveryChange(t *testing.T) {
	t.Parallel()
	type heard struct {
		Change behavior.Change
		Kind   behavior.Kind
		ID     int64
		Along  behavior.Counts
	}
	var got []heard
	store := openStore(t)
	observe := func(ctx context.Context, e behavior.Event) {
		got = append(got, heard{e.Change, e.Kind, e.ID, e.Along})
		if e.Change == behavior.Created && e.Kind == behavior.KindSession && count(t, store) != 1 {
			t.Error("an observer heard of a session that is not stored")
		}
	}
	tracker := newTracker(t, store, behavior.Settings{Observers: []behavior.Observer{observe}})
	ctx := t.Context()
	s, _ := tracker.Start(ctx, sessionInput("a"))
	v, _ := tracker.View(ctx, behavior.ViewInput{SessionID: "a", URL: "https://example.com/"})
	i, _ := tracker.Interact(ctx, behavior.InteractionInput{SessionID: "a", EventType: behavior.Click, Element: "a"})
	_, _ = tracker.UpdateInteraction(ctx, i.ID, func(i *behavior.Interaction) error { i.Element = "b"; return nil })
	if err := tracker.DeletePageView(ctx, v.ID); err != nil {
		t.Fatal(err)
	}
	if err := tracker.DeletePageView(ctx, v.ID); !errors.Is(err, behavior.ErrNotFound) {
		t.Errorf("deleting twice: %v", err)
	}
	if err := tracker.DeleteSession(ctx, s.ID); err != nil {
		t.Fatal(err)
	}
	want := []heard{
		{behavior.Created, behavior.KindSession, s.ID, behavior.Counts{}},
		{behavior.Created, behavior.KindPageView, v.ID, behavior.Counts{}},
		{behavior.Created, behavior.KindInteraction, i.ID, behavior.Counts{}},
		{behavior.Updated, behavior.KindInteraction, i.ID, behavior.Counts{}},
		{behavior.Deleted, behavior.KindPageView, v.ID, behavior.Counts{}},
		{behavior.Deleted, behavior.KindSession, s.ID, behavior.Counts{Interactions: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEventKeyIsStoredOnce(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	tracker := newTracker(t, store, behavior.Settings{})
	if _, err := tracker.Start(t.Context(), sessionInput("a")); err != nil {
		t.Fatal(err)
	}
	view := behavior.ViewInput{SessionID: "a", URL: "https://example.com/", EventKey: "1"}
	if _, err := tracker.View(t.Context(), view); err != nil {
		t.Fatal(err)
	}
	if _, err := tracker.View(t.Context(), view); !errors.Is(err, behavior.ErrDuplicate) {
		t.Errorf("the same event again: %v", err)
	}
	_, total, err := store.PageViews(t.Context(), behavior.Query{})
	if err != nil || total != 1 {
		t.Errorf("%d page views are stored, %v", total, err)
	}
}

func TestLastDays(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	r := behavior.LastDays(7, time.Date(2025, 3, 31, 22, 30, 0, 0, time.UTC), berlin)
	from, to := "2025-03-26T00:00:00+01:00", "2025-04-02T00:00:00+02:00"
	if got := r.From.Format(time.RFC3339); got != from {
		t.Errorf("from %s, want %s", got, from)
	}
	if got := r.To.Format(time.RFC3339); got != to {
		t.Errorf("to %s, want %s", got, to)
	}
}

func TestPanicOfAnObserverStaysThere(t *testing.T) {
	t.Parallel()
	store, told := openStore(t), 0
	tracker := newTracker(t, store, behavior.Settings{Observers: []behavior.Observer{
		func(context.Context, behavior.Event) { panic("out of luck") },
		func(context.Context, behavior.Event) { told++ },
	}})
	if _, err := tracker.Start(t.Context(), sessionInput("a")); err != nil {
		t.Errorf("a session that is stored was answered with %v", err)
	}
	if told != 1 || count(t, store) != 1 {
		t.Errorf("%d other observers were told of %d sessions, want 1 of 1", told, count(t, store))
	}
}
