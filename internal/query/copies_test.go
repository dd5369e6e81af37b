package query

import (
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// copying is a dialect of an engine whose events have copies.
func copying() Dialect {
	d := plain
	d.Micros = func(column string) string { return column }
	d.Div = func(a string, _ int64) string { return a }
	d.Float = func(number string) string { return number }
	d.Quantile = func(expression string, _ float64) string { return expression }
	d.Copies = []string{"visitor", "bot", "browser", "user_id"}
	d.WithCopies = func(table string, copies []string, within string) string {
		return "copies(" + table + " with " + strings.Join(copies, " ") + " where " + within + ")"
	}
	return d
}

func TestCopiesSpareSessions(t *testing.T) {
	t.Parallel()
	const within = ` where r."timestamp" >= $1 AND r."timestamp" < $2) r`
	firefox := []behavior.Condition{{Dimension: behavior.DimensionBrowser, Values: []string{"Firefox"}, Not: true}}
	for _, c := range []struct {
		name string
		ask  behavior.Insight
		want string
	}{
		{"events by what events have", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionPath}},
			`SELECT r."path", count(*) FROM copies(page_views with bot` + within + ` WHERE NOT r."session__bot" GROUP BY 1`},
		{"events by a session's field", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricInteractions}, Dimensions: []behavior.Dimension{behavior.DimensionUser}, Bots: behavior.OnlyBots},
			`SELECT coalesce(r."session__user_id", ''), count(*) FROM copies(interactions with user_id bot` + within + ` WHERE r."session__bot" GROUP BY 1`},
		{"a condition, with bots", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricPageViews}, Bots: behavior.WithBots, Conditions: firefox},
			`SELECT count(*) FROM copies(page_views with browser` + within + ` WHERE NOT ((r."session__browser" IN ($3)))`},
		{"visitors by page", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricVisitors}, Dimensions: []behavior.Dimension{behavior.DimensionPath}},
			`SELECT s.d0, count(DISTINCT s.visitor) FROM (SELECT r."path" AS d0, r."session__visitor" AS visitor FROM copies(page_views with visitor bot` + within +
				` WHERE NOT r."session__bot") s GROUP BY s.d0`},
		{"sessions by page", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricSessions}, Dimensions: []behavior.Dimension{behavior.DimensionPath}},
			`SELECT s.d0, count(*) FROM (SELECT DISTINCT r.session AS session, r."path" AS d0 FROM copies(page_views with bot` + within +
				` WHERE NOT r."session__bot") s GROUP BY s.d0`},
	} {
		c.ask.Range = behavior.Range{From: time.Unix(0, 0), To: time.Unix(1000, 0)}
		if got := compiled(t, copying(), c.ask); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestWithoutCopiesSessionsAreAsked asks for what events have no copies of, and
// an engine that has none at all.
func TestWithoutCopiesSessionsAreAsked(t *testing.T) {
	t.Parallel()
	bare := copying()
	bare.Copies, bare.WithCopies = nil, nil
	for name, c := range map[string]struct {
		d   Dialect
		ask behavior.Insight
	}{
		"a field of which there are none": {copying(), behavior.Insight{Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionSource}}},
		"the length of sessions":          {copying(), behavior.Insight{Metrics: []behavior.Metric{behavior.MetricVisitors, behavior.MetricSessionLength}, Dimensions: []behavior.Dimension{behavior.DimensionPath}}},
		"sessions themselves":             {copying(), behavior.Insight{Metrics: []behavior.Metric{behavior.MetricVisitors}, Dimensions: []behavior.Dimension{behavior.DimensionBrowser}}},
		"an engine without any":           {bare, behavior.Insight{Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionBrowser}}},
	} {
		c.ask.Range = behavior.Range{From: time.Unix(0, 0), To: time.Unix(1000, 0)}
		if got := compiled(t, c.d, c.ask); strings.Contains(got, "session__") || !strings.Contains(got, "sessions ") {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

// compiled is the only statement of an insight.
func compiled(t *testing.T, d Dialect, i behavior.Insight) string {
	t.Helper()
	in, err := NewInsight(i)
	if err != nil {
		t.Fatal(err)
	}
	st, err := in.statement(d, in.parts[0], nil, 0)
	if err != nil || len(in.parts) != 1 {
		t.Fatalf("%d parts, error %v", len(in.parts), err)
	}
	return st.SQL
}
