package query

import (
	"math"
	"slices"

	"github.com/userbehavior/behavior"
)

// metricColumns are the columns of each metric: of a session known as s, or of a
// row known as r, with n page views. A mean is a sum and a number; engines do not
// agree on how to divide.
var metricColumns = map[behavior.Metric]func(d Dialect, s, n string) []string{
	behavior.MetricVisitors: func(_ Dialect, s, _ string) []string {
		return []string{"count(DISTINCT " + s + ".visitor)"}
	},
	behavior.MetricSessions:     func(Dialect, string, string) []string { return []string{"count(*)"} },
	behavior.MetricPageViews:    func(Dialect, string, string) []string { return []string{"count(*)"} },
	behavior.MetricInteractions: func(Dialect, string, string) []string { return []string{"count(*)"} },
	behavior.MetricViewsPerSession: func(_ Dialect, _, n string) []string {
		return []string{"sum(" + n + ")", "count(*)"}
	},
	behavior.MetricBounceRate: func(_ Dialect, _, n string) []string {
		return []string{"sum(CASE WHEN " + n + " <= 1 THEN 100 ELSE 0 END)", "count(*)"}
	},
	behavior.MetricSessionLength: func(d Dialect, s, _ string) []string {
		length := lengthOf(d, s)
		return []string{"sum(" + length + ")", "count(" + length + ") * 1000000"}
	},
	behavior.MetricSessionLengthMedian: func(d Dialect, s, _ string) []string { return []string{d.Quantile(lengthOf(d, s), 0.5)} },
	behavior.MetricSessionLengthP90:    func(d Dialect, s, _ string) []string { return []string{d.Quantile(lengthOf(d, s), 0.9)} },
	behavior.MetricVisibleTime: func(Dialect, string, string) []string {
		return []string{"sum(r.visible_ms)", "sum(CASE WHEN r.visible_ms > 0 THEN 1000 ELSE 0 END)"}
	},
	behavior.MetricScrollDepth: func(Dialect, string, string) []string {
		return []string{"sum(r.scroll_depth)", "sum(CASE WHEN r.scroll_depth > 0 THEN 1 ELSE 0 END)"}
	},
}

// lengthOf is the length of a session in microseconds, null of one that is
// open. It is never negative, whatever clients say.
func lengthOf(d Dialect, s string) string {
	begin, end := d.Micros(quoted(s, "start_time")), d.Micros(quoted(s, "end_time"))
	return "CASE WHEN " + quoted(s, "end_time") + " IS NULL THEN NULL WHEN " + end + " < " + begin + " THEN 0 ELSE " + end + " - " + begin + " END"
}

// metrics lists the columns of a part's metrics. A session is known as s.
func (w *writer) metrics(p part, s string) []string {
	var columns []string
	for _, place := range p.metrics {
		for _, column := range metricColumns[w.insight.Metrics[place]](w.dialect, s, "coalesce(n.n, 0)") {
			columns = append(columns, w.dialect.Float(column))
		}
	}
	return columns
}

// countsViews reports whether a metric of a part needs to know how many page
// views each session has.
func (w *writer) countsViews(p part) bool {
	return slices.ContainsFunc(p.metrics, func(place int) bool {
		m := w.insight.Metrics[place]
		return m == behavior.MetricBounceRate || m == behavior.MetricViewsPerSession
	})
}

// viewCounts joins to a session how many page views it has in the range, as n.
func (w *writer) viewCounts(s string) string {
	return " LEFT JOIN (SELECT r.session AS session, count(*) AS n FROM " + w.dialect.Schema + "page_views r WHERE " + w.within(behavior.KindPageView) +
		" GROUP BY r.session) n ON n.session = " + s + ".id"
}

// figure makes a metric of its columns. What there is nothing to take a mean of
// is NaN.
func figure(m behavior.Metric, columns []*float64) float64 {
	first := math.NaN()
	if columns[0] != nil {
		first = *columns[0]
	}
	switch {
	case m == behavior.MetricSessionLengthMedian || m == behavior.MetricSessionLengthP90:
		return first / 1e6
	case len(columns) == 1:
		return first
	case columns[1] == nil || *columns[1] == 0:
		return math.NaN()
	}
	return first / *columns[1]
}

// none is a metric of nothing at all.
func none(m behavior.Metric) float64 {
	switch m {
	case behavior.MetricVisitors, behavior.MetricSessions, behavior.MetricPageViews, behavior.MetricInteractions:
		return 0
	}
	return math.NaN()
}
