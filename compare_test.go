package behavior_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// TestCompare puts a week beside the week before it, in which the clocks go
// forward, by day and by page.
func TestCompare(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: "s", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", IPAddress: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	for _, view := range []struct{ at, path string }{
		{"2025-03-24T00:00:00+01:00", "/a"}, {"2025-03-30T23:59:59+02:00", "/a"}, {"2025-03-30T12:00:00+02:00", "/gone"},
		{"2025-03-31T00:00:00+02:00", "/a"}, {"2025-03-31T10:00:00+02:00", "/new"}, {"2025-04-06T23:00:00+02:00", "/a"}, {"2025-04-02T23:00:00+02:00", "/a"},
	} {
		at, err := time.Parse(time.RFC3339, view.at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tracker.View(t.Context(), behavior.ViewInput{SessionID: "s", URL: "https://example.com" + view.path, Timestamp: at}); err != nil {
			t.Fatal(err)
		}
	}
	week, err := behavior.ParseRange("2025-03-31,2025-04-06", time.Now(), time.Time{}, berlin)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dimensions []behavior.Dimension
		interval   behavior.Interval
		want       [][2]any // figure and what it is compared with
	}{
		"all":     {nil, "", [][2]any{{4.0, 3.0}}},
		"by day":  {[]behavior.Dimension{behavior.DimensionTime}, behavior.Day, [][2]any{{2.0, 1.0}, {0.0, 0.0}, {1.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, {0.0, 0.0}, {1.0, 2.0}}},
		"by page": {[]behavior.Dimension{behavior.DimensionPath}, "", [][2]any{{3.0, 2.0}, {1.0, nil}}},
	} {
		i := behavior.Insight{
			Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: c.dimensions, Interval: c.interval, Range: week, Bots: behavior.WithBots,
		}
		rows, err := tracker.Insight(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		with, err := tracker.Compare(t.Context(), i, rows, week.Previous())
		if err != nil {
			t.Fatal(err)
		}
		var got [][2]any
		for n, r := range rows {
			pair := [2]any{r.Metrics[0], nil}
			if with[n] != nil {
				pair[1] = with[n][0]
			}
			got = append(got, pair)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
