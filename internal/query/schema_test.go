package query

import (
	"regexp"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// TestSchemaIsBeforeEveryTable compiles questions that need all tables.
func TestSchemaIsBeforeEveryTable(t *testing.T) {
	t.Parallel()
	d := plain
	d.Schema = `"mine".`
	d.Micros = func(column string) string { return column }
	d.Div = func(a string, _ int64) string { return a }
	d.Float = func(number string) string { return number }
	d.Quantile = func(expression string, _ float64) string { return expression }
	ofSession := behavior.Query{Filters: []behavior.Filter{{Field: "session__browser", Values: []any{"x"}}}, Order: []behavior.Order{{Field: "session__id"}}}
	var texts []string
	note := func(st Statement, err error) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, st.SQL)
	}
	for _, kind := range []behavior.Kind{behavior.KindPageView, behavior.KindInteraction} {
		note(List(d, kind, ofSession))
		note(IDs(d, kind, ofSession))
		note(Count(d, kind, ofSession))
		note(Values(d, kind, "session__os", ofSession))
	}
	for _, dimension := range []behavior.Dimension{behavior.DimensionOS, behavior.DimensionPath, behavior.DimensionTime} {
		i := behavior.Insight{
			Metrics:    []behavior.Metric{behavior.MetricVisitors, behavior.MetricPageViews, behavior.MetricBounceRate},
			Dimensions: []behavior.Dimension{dimension},
			Conditions: []behavior.Condition{{Dimension: behavior.DimensionBrowser, Values: []string{"x"}}, {Dimension: behavior.DimensionEventType, Values: []string{"click"}}},
			Range:      behavior.Range{From: time.Unix(0, 0), To: time.Unix(1000, 0)},
		}
		if dimension == behavior.DimensionTime {
			i.Interval = behavior.Hour
		}
		in, err := NewInsight(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range in.parts {
			note(in.statement(d, p, nil, 0))
		}
	}
	bare := regexp.MustCompile(`(FROM|JOIN) (sessions|page_views|interactions)\b`)
	for _, text := range texts {
		if bare.MatchString(text) {
			t.Errorf("a table without its schema:\n%s", text)
		}
	}
}
