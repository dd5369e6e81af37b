package storetest

import (
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// insightChanges has sessions change after their page views and interactions
// were stored: whatever an engine keeps of a session beside these, they are
// those of the session as it is now.
func insightChanges(t *testing.T, h *house) {
	zone, day := reportDay(t, insightZone, insightDay)
	traffic(t, h, day)
	check := func() {
		t.Helper()
		checkBySession(t, h, insightRange(zone, day))
	}
	before := sessions(t, h)

	var told []behavior.Progress
	for n := 0; n < len(before); n += 3 {
		told = append(told, behavior.Progress{SessionID: before[n].SessionID, UserID: "told", Country: "FR", Language: "fr", Screen: "1x1"})
	}
	advance(t, h, told...)
	check()

	for n, s := range before[:20] {
		_, err := h.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error {
			user := numbered("user", n%2)
			s.UserID, s.Visitor, s.Bot, s.Country, s.Language, s.Screen = &user, numbered("visitor", n%3), !s.Bot, "NZ", "mi", "2x2"
			s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device = "Other", "7", "Others", "Plan 9", "tablet"
			s.Source, s.Channel, s.EntryPath = "elsewhere", "Email", "/entry"
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check()

	// Events that come later, change, or go to another session have what their
	// session has.
	at := day.Add(time.Hour).UTC()
	late, click := keyed(newView(before[0].SessionID, "/late"), "late"), newInteraction(before[1].SessionID, "click")
	late.Timestamp, click.Timestamp = at, at
	add(t, h, late, click)
	advance(t, h, behavior.Progress{SessionID: before[0].SessionID, ViewKey: "late", Visible: time.Minute, UserID: "nobody else"})
	other := before[len(before)-1].SessionID
	if _, err := h.UpdatePageView(t.Context(), late.ID, func(v *behavior.PageView) error {
		v.Session = behavior.Session{SessionID: other}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.UpdateInteraction(t.Context(), click.ID, func(i *behavior.Interaction) error {
		i.Session = behavior.Session{SessionID: other}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h.reopen(t) // so that the facts of sessions are written
	check()
}

// checkBySession compares what is counted of events by each dimension of their
// sessions, and of sessions by events.
func checkBySession(t *testing.T, h *house, r behavior.Range) {
	t.Helper()
	w := newWorld(h)
	i := behavior.Insight{Range: r}
	for _, d := range behavior.Dimensions() {
		if d.Level() != behavior.SessionLevel {
			continue
		}
		i.Dimensions = []behavior.Dimension{d}
		i.Metrics = []behavior.Metric{behavior.MetricPageViews, behavior.MetricInteractions, behavior.MetricVisibleTime}
		checkInsight(t, h, w, i)
	}
	i.Metrics = []behavior.Metric{behavior.MetricVisitors, behavior.MetricPageViews, behavior.MetricSessions}
	for _, d := range []behavior.Dimension{behavior.DimensionUser, behavior.DimensionCountry, behavior.DimensionSource} {
		i.Dimensions = []behavior.Dimension{d, behavior.DimensionPath}
		checkInsight(t, h, w, i)
	}
	for d, m := range map[behavior.Dimension]behavior.Metric{
		behavior.DimensionPath: behavior.MetricPageViews, behavior.DimensionEventType: behavior.MetricInteractions,
	} {
		i.Dimensions, i.Metrics = []behavior.Dimension{d}, []behavior.Metric{behavior.MetricVisitors, behavior.MetricSessions, m}
		for _, i.Bots = range []behavior.Bots{behavior.WithoutBots, behavior.OnlyBots, behavior.WithBots} {
			i.Conditions = nil
			checkInsight(t, h, w, i)
			i.Conditions = []behavior.Condition{
				{Any: []behavior.Condition{
					{Dimension: behavior.DimensionCountry, Values: []string{"NZ", "FR"}}, {Dimension: behavior.DimensionUser, Values: []string{"told"}},
				}},
				{Dimension: behavior.DimensionSource, Op: behavior.Contains, Values: []string{"e"}},
				{Dimension: behavior.DimensionOS, Values: []string{"Linux"}, Not: true},
			}
			checkInsight(t, h, w, i)
		}
	}
}
