package behavior_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

var liveNow = time.Date(2025, 3, 31, 12, 0, 30, 0, time.UTC)

// liveRows are a session of each name with one page view and one interaction
// that many minutes ago; that of "bot" is a bot's.
func liveRows(t *testing.T, tracker *behavior.Tracker, minutes map[string]int) {
	t.Helper()
	var rows []behavior.Row
	for name, ago := range minutes {
		at := liveNow.Add(-time.Duration(ago) * time.Minute)
		in := sessionInput(name)
		in.StartTime, in.IPAddress, in.Country = at.Add(-time.Hour), fmt.Sprintf("192.0.2.%d", ago+1), "DE"
		if in.UserAgent = firefoxAgent; name == "bot" {
			in.UserAgent = "Googlebot/2.1 (+http://www.google.com/bot.html)"
		}
		s, err := tracker.NewSession(in)
		if err != nil {
			t.Fatal(err)
		}
		v, err := tracker.NewPageView(behavior.ViewInput{SessionID: name, URL: "https://example.com/" + name, Timestamp: at})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, behavior.Row{Session: &s}, behavior.Row{PageView: &v})
		for n, kind := range []behavior.EventType{behavior.Click, behavior.Hover} {
			i, err := tracker.NewInteraction(behavior.InteractionInput{
				SessionID: name, EventType: kind, Element: "#buy", Timestamp: at.Add(time.Duration(n+1) * time.Second), URL: "https://example.com/" + name,
			})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, behavior.Row{Interaction: &i})
		}
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Err != nil {
			t.Fatal(row.Err)
		}
	}
}

const firefoxAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"

func TestLive(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{Now: func() time.Time { return liveNow }})
	liveRows(t, tracker, map[string]int{"now": 1, "before": 4, "past": 10, "long-past": 40, "bot": 2})
	got, err := tracker.Live(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Visitors != 2 || !got.At.Equal(liveNow) {
		t.Errorf("%d visitors at %v", got.Visitors, got.At)
	}
	if diff := cmp.Diff([]behavior.LivePage{{Path: "/before", Visitors: 1, Views: 1}, {Path: "/now", Visitors: 1, Views: 1}}, got.Pages); diff != "" {
		t.Error(diff)
	}
	views, interactions := 0, 0
	for _, m := range got.Minutes {
		views, interactions = views+m.PageViews, interactions+m.Interactions
	}
	if len(got.Minutes) != 30 || !got.Minutes[29].Start.Equal(liveNow.Truncate(time.Minute)) || views != 3 || interactions != 6 {
		t.Errorf("%d page views and %d interactions in %v", views, interactions, got.Minutes)
	}
	var events []string
	for _, e := range got.Events {
		events = append(events, fmt.Sprint(e.Kind, " ", e.Path, " ", e.EventType, " ", e.Element, " ", e.Country, " ", e.Browser))
	}
	want := []string{
		"interaction /now click #buy DE Firefox", "pageview /now   DE Firefox",
		"interaction /before click #buy DE Firefox", "pageview /before   DE Firefox",
		"interaction /past click #buy DE Firefox", "pageview /past   DE Firefox",
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
}

func TestWatchersHearOfWhatIsRecorded(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{Now: func() time.Time { return liveNow }})
	news, err := tracker.WatchLive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first := <-news; first.Visitors != 0 || len(first.Events) != 0 {
		t.Errorf("at first: %v", first)
	}
	liveRows(t, tracker, map[string]int{"now": 1})
	if next := <-news; next.Visitors != 1 {
		t.Errorf("then: %v", next)
	}
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	if _, open := <-news; open {
		t.Error("a watch goes on after Close")
	}
}
