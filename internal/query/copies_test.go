package query

import (
	"regexp"
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
	d.Marked = func(copies []string) string { return "(" + strings.Join(copies, " ") + ")" }
	d.Distinct = func(expression string) string { return "different(" + expression + ")" }
	d.CountDistinct = func(different string) string { return "number(" + different + ")" }
	return d
}

// TestCopiesSpareSessions asks for what events have copies of: in the first share
// of the rows it is asked of these, in the second of the sessions that are marked.
func TestCopiesSpareSessions(t *testing.T) {
	t.Parallel()
	byPath := []behavior.Dimension{behavior.DimensionPath}
	for _, c := range []struct {
		name                     string
		ask                      behavior.Insight
		whole, columns, table    string // in columns and condition <x> is a field of the session
		condition, marked, group string
	}{
		{"events by what events have", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: byPath},
			`e.d0, sum(e.c0)`, `r."path" AS d0, count(*) AS c0`, "page_views", `NOT <bot>`, "bot", "1"},
		{"events by a session's field", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricInteractions}, Dimensions: []behavior.Dimension{behavior.DimensionUser}, Bots: behavior.OnlyBots},
			`e.d0, sum(e.c0)`, `coalesce(<user_id>, '') AS d0, count(*) AS c0`, "interactions", `<bot>`, "user_id bot", "1"},
		{"a mean, a condition, with bots", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricScrollDepth}, Bots: behavior.WithBots,
			Conditions: []behavior.Condition{{Dimension: behavior.DimensionBrowser, Values: []string{"Firefox"}, Not: true}}},
			`sum(e.c0), sum(e.c1)`, `sum(r.scroll_depth) AS c0, sum(CASE WHEN r.scroll_depth > 0 THEN 1 ELSE 0 END) AS c1`, "page_views",
			`NOT ((<browser> IN ($?)))`, "browser", ""},
		{"visitors and sessions by page", behavior.Insight{Metrics: []behavior.Metric{behavior.MetricVisitors, behavior.MetricSessions}, Dimensions: byPath},
			`e.d0, number(e.c0), sum(e.c1)`, `r."path" AS d0, different(<visitor>) AS c0, count(DISTINCT r.session) AS c1`, "page_views",
			`NOT <bot>`, "visitor bot", "1"},
	} {
		c.ask.Range = behavior.Range{From: time.Unix(0, 0), To: time.Unix(1000, 0)}
		share := func(field, join, session string) string {
			text := "SELECT " + c.columns + " FROM " + c.table + " r" + join + ` WHERE r."timestamp" >= $? AND r."timestamp" < $? AND ` +
				c.condition + " AND " + session + " IN (" + c.marked + ")"
			if c.group != "" {
				text += " GROUP BY " + c.group
			}
			return ofSession.ReplaceAllString(text, field)
		}
		want := "SELECT " + c.whole + " FROM (" + share(`r."session__$1"`, "", "r.session NOT") + " UNION ALL " +
			share(`s."$1"`, " JOIN sessions s ON s.id = r.session", "s.id") + ") e"
		if c.group != "" {
			want += " GROUP BY e.d0"
		}
		if got := placeholder.ReplaceAllString(compiled(t, copying(), c.ask), "$$?"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
	}
}

var (
	placeholder = regexp.MustCompile(`\$\d+`)
	ofSession   = regexp.MustCompile(`<(\w+)>`)
)

// TestWithoutCopiesSessionsAreAsked asks for what events have no copies of, and
// an engine that has none at all.
func TestWithoutCopiesSessionsAreAsked(t *testing.T) {
	t.Parallel()
	bare := copying()
	bare.Copies, bare.Marked = nil, nil
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
