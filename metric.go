package behavior

import "slices"

// Metric is a figure that an [Insight] asks for.
type Metric string

// The metrics. What each means is its [Metric.Definition].
const (
	MetricVisitors            Metric = "visitors"
	MetricSessions            Metric = "sessions"
	MetricPageViews           Metric = "page_views"
	MetricInteractions        Metric = "interactions"
	MetricViewsPerSession     Metric = "views_per_session"
	MetricBounceRate          Metric = "bounce_rate"
	MetricSessionLength       Metric = "session_length"
	MetricSessionLengthMedian Metric = "session_length_median"
	MetricSessionLengthP90    Metric = "session_length_p90"
	MetricVisibleTime         Metric = "visible_time"
	MetricScrollDepth         Metric = "scroll_depth"
)

// metricFacts is what is known of a metric.
type metricFacts struct {
	metric     Metric
	of         Kind
	label      string
	unit       string
	definition string
}

// metricTable describes each metric, in the order of the documentation.
var metricTable = []metricFacts{
	{MetricVisitors, KindSession, "Visitors", "", "Different visitors. A visitor is the user where somebody was signed in; else, " +
		"as the setting USER_BEHAVIOR_VISITORS says, an address and browser on one day (daily) or on all days (stable)."},
	{MetricSessions, KindSession, "Sessions", "", "Sessions that began in the range; by page or event, the sessions with a page view or interaction of it in the range."},
	{MetricPageViews, KindPageView, "Page views", "", "Pages seen in the range."},
	{MetricInteractions, KindInteraction, "Interactions", "", "Clicks and all other events in the range that are not page views."},
	{MetricViewsPerSession, KindSession, "Views per session", "", "Page views in the range of the sessions counted, divided by their number."},
	{MetricBounceRate, KindSession, "Bounce rate", "%", "Share of the sessions with at most one page view in the range."},
	{MetricSessionLength, KindSession, "Session length", "s", "Mean time from beginning to end of the sessions that have ended."},
	{MetricSessionLengthMedian, KindSession, "Session length, median", "s", "Median time from beginning to end of the sessions that have ended."},
	{MetricSessionLengthP90, KindSession, "Session length, 90th percentile", "s", "Time that nine in ten of the ended sessions do not exceed, interpolated between neighbours."},
	{MetricVisibleTime, KindPageView, "Visible time", "s", "Mean time that a page was in view, of the page views where it was measured."},
	{MetricScrollDepth, KindPageView, "Scroll depth", "%", "Mean of the deepest point reached on a page, of the page views where it was measured."},
}

// Metrics lists all metrics.
func Metrics() []Metric {
	all := make([]Metric, len(metricTable))
	for i, m := range metricTable {
		all[i] = m.metric
	}
	return all
}

// facts is what is known of a metric; nothing, of one that there is not.
func (m Metric) facts() metricFacts {
	i := slices.IndexFunc(metricTable, func(f metricFacts) bool { return f.metric == m })
	if i < 0 {
		return metricFacts{}
	}
	return metricTable[i]
}

// Of is the kind of record that the metric is reckoned from; empty for no metric.
func (m Metric) Of() Kind { return m.facts().of }

// Label is the metric's name for people.
func (m Metric) Label() string { return m.facts().label }

// Unit is "%" for a share in percent, "s" for seconds and empty for a number.
func (m Metric) Unit() string { return m.facts().unit }

// Definition says in a sentence or two what the metric counts.
func (m Metric) Definition() string { return m.facts().definition }
