package behavior_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// TestInsightFaults has each mistake told by the part that it is in.
func TestInsightFaults(t *testing.T) {
	t.Parallel()
	from := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	deep := behavior.Condition{Dimension: behavior.DimensionPath, Values: []string{"/"}}
	for range 9 {
		deep = behavior.Condition{Any: []behavior.Condition{deep}}
	}
	for name, c := range map[string]struct {
		change func(*behavior.Insight)
		want   behavior.Invalid
	}{
		"nothing wrong": {func(*behavior.Insight) {}, nil},
		"all at once": {func(i *behavior.Insight) { *i = behavior.Insight{Limit: -1} }, behavior.Invalid{
			"metrics": {"At least one metric is needed."}, "date_range": {"The range ends before it begins."},
			"pagination": {"Limit and offset must not be negative."},
		}},
		"unknown names": {func(i *behavior.Insight) {
			i.Metrics, i.Dimensions = []behavior.Metric{"luck"}, []behavior.Dimension{"mood", "metadata:"}
			i.Conditions = []behavior.Condition{{Dimension: "mood"}}
		}, behavior.Invalid{
			"metrics": {`There is no metric "luck".`}, "dimensions": {`There is no dimension "mood".`, `There is no dimension "metadata:".`},
			"filters": {`There is no dimension "mood".`},
		}},
		"twice": {func(i *behavior.Insight) {
			i.Metrics = []behavior.Metric{behavior.MetricVisitors, behavior.MetricVisitors}
			i.Dimensions = []behavior.Dimension{behavior.DimensionPath, behavior.DimensionPath}
		}, behavior.Invalid{
			"metrics": {`The metric "visitors" is asked for twice.`}, "dimensions": {`The dimension "path" is asked for twice.`},
		}},
		"a page view has no element": {func(i *behavior.Insight) {
			i.Metrics, i.Dimensions = []behavior.Metric{behavior.MetricPageViews}, []behavior.Dimension{behavior.DimensionElement}
		}, behavior.Invalid{"metrics": {`"page_views" is a figure of page views: it has no "element".`}}},
		"an interaction has no title": {func(i *behavior.Insight) {
			i.Metrics, i.Dimensions = []behavior.Metric{behavior.MetricInteractions}, []behavior.Dimension{behavior.DimensionTitle}
		}, behavior.Invalid{"metrics": {`"interactions" is a figure of interactions: it has no "title".`}}},
		"both": {func(i *behavior.Insight) {
			i.Dimensions = []behavior.Dimension{behavior.DimensionTitle, "metadata:plan"}
		}, behavior.Invalid{"dimensions": {`"title" belongs to page views and "metadata:plan" to interactions: they cannot be combined.`}}},
		"steps without a length": {func(i *behavior.Insight) { i.Dimensions = []behavior.Dimension{behavior.DimensionTime} },
			behavior.Invalid{"interval": {"An interval is minute, hour, day, week or month."}}},
		"a length without steps": {func(i *behavior.Insight) { i.Interval = behavior.Day },
			behavior.Invalid{"interval": {`An interval needs the dimension "time".`}}},
		"too many steps": {func(i *behavior.Insight) {
			i.Dimensions, i.Interval = []behavior.Dimension{behavior.DimensionTime}, behavior.Minute
		}, behavior.Invalid{"interval": {"The range has too many steps of a minute."}}},
		"sorted by something else": {func(i *behavior.Insight) {
			i.Order = []behavior.InsightOrder{{Metric: behavior.MetricVisitors}, {Metric: behavior.MetricSessions}, {Dimension: behavior.DimensionPath}}
		}, behavior.Invalid{"order_by": {`"sessions" is neither a metric nor a dimension of the query.`, `"path" is neither a metric nor a dimension of the query.`}}},
		"filtered by time": {func(i *behavior.Insight) { i.Conditions = []behavior.Condition{{Dimension: behavior.DimensionHour}} },
			behavior.Invalid{"filters": {`"hour" cannot be filtered by: that is what the range is for.`}}},
		"an operator of numbers": {func(i *behavior.Insight) {
			i.Conditions = []behavior.Condition{{Dimension: behavior.DimensionPath, Op: behavior.AtLeast}}
		}, behavior.Invalid{"filters": {`"path" cannot be compared like that.`}}},
		"nested deeply": {func(i *behavior.Insight) { i.Conditions = []behavior.Condition{deep} },
			behavior.Invalid{"filters": {"Filters are nested too deeply."}}},
		"no text": {func(i *behavior.Insight) {
			i.Conditions = []behavior.Condition{{Dimension: behavior.DimensionPath, Values: []string{"a\x00", "a\xff"}}}
		}, behavior.Invalid{"filters": {`A value for "path" holds what is no text.`, `A value for "path" holds what is no text.`}}},
		"many values": {func(i *behavior.Insight) {
			i.Conditions = []behavior.Condition{{Dimension: behavior.DimensionPath, Values: slices.Repeat([]string{"/"}, 1001)}}
		}, behavior.Invalid{"filters": {`"path" is compared with more than 1000 values.`}}},
	} {
		i := behavior.Insight{
			Metrics: []behavior.Metric{behavior.MetricVisitors}, Range: behavior.Range{From: from, To: from.AddDate(0, 0, 30)},
		}
		c.change(&i)
		var got behavior.Invalid
		if err := i.Check(); err != nil && !errors.As(err, &got) {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestMetricsAndDimensionsAreDescribed wants words for everything that a page
// can show.
func TestMetricsAndDimensionsAreDescribed(t *testing.T) {
	t.Parallel()
	for _, m := range behavior.Metrics() {
		if m.Label() == "" || !strings.HasSuffix(m.Definition(), ".") || m.Of() == "" {
			t.Errorf("%s: %q, %q, of %q", m, m.Label(), m.Definition(), m.Of())
		}
	}
	kinds := map[behavior.DimensionLevel][]behavior.Kind{
		behavior.SessionLevel: {behavior.KindSession}, behavior.PageLevel: {behavior.KindPageView, behavior.KindInteraction},
		behavior.PageViewLevel: {behavior.KindPageView}, behavior.InteractionLevel: {behavior.KindInteraction},
	}
	for _, d := range append(behavior.Dimensions(), "metadata:a.b") {
		if d.Label() == "" {
			t.Errorf("%s has no label", d)
		}
		for _, kind := range kinds[d.Level()] {
			if _, ok := kind.Field(d.Field()); !ok {
				t.Errorf("%s is the field %q, which a %s has not", d, d.Field(), kind)
			}
		}
	}
	if d := behavior.Dimension("mood"); d.Level() != behavior.NoLevel || d.Label() != "" || behavior.Metric("luck").Of() != "" {
		t.Error("there are more names than there are")
	}
}
