package behavior

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Insight is a question about what happened in a range of time: some metrics,
// in all or by dimensions, of what passes some conditions.
type Insight struct {
	// Metrics are the figures. At least one.
	Metrics []Metric

	// Dimensions group the figures: there is a row for each combination of
	// their values that occurs. None: one row. At most four.
	Dimensions []Dimension

	// Conditions must all hold. See [Condition] for what that means.
	Conditions []Condition

	// Range is the time of page views and interactions, and when sessions
	// began. It must not be empty.
	Range Range

	// Interval is the length of the steps of DimensionTime. Empty where that
	// is not among the dimensions.
	Interval Interval

	// Bots says what to do with sessions that are taken for those of bots.
	Bots Bots

	// Order sorts the rows, and after it the values of the dimensions do,
	// rising. Empty: the time first where it is a dimension, then the first
	// metric falling.
	Order []InsightOrder

	// Limit and Offset cut a page out of the rows. Zero Limit: no limit.
	Limit, Offset int
}

// InsightOrder sorts rows by a metric or a dimension of the insight: one of the
// two is set.
type InsightOrder struct {
	Metric    Metric
	Dimension Dimension
	Desc      bool
}

// Range is a span of time, in a zone that cuts it into days.
type Range struct {
	From, To time.Time      // From is in, To is out
	Location *time.Location // nil: UTC
}

// Interval is a step of time, in the zone of the range. Hours and minutes are
// those of the wall clock: one that the clock strikes twice is two steps.
// Weeks begin on Monday.
type Interval string

// The intervals.
const (
	Minute Interval = "minute"
	Hour   Interval = "hour"
	Day    Interval = "day"
	Week   Interval = "week"
	Month  Interval = "month"
)

// Bots is what an insight does with bots.
type Bots string

// The ways to deal with bots.
const (
	WithoutBots Bots = ""     // people alone
	WithBots    Bots = "with" // people and bots
	OnlyBots    Bots = "only"
)

// Condition is a condition on a dimension, or several of them.
//
// What is counted must meet it: a row where it has the dimension, directly or
// by its session. Where it has not, its session must: a condition on a path
// holds for a session that has a page view of it in the range, one on an event
// type for a page view whose session has such an interaction in the range.
// Under Not none may be there.
type Condition struct {
	Dimension Dimension // not one of time
	Op        Op        // Is, Contains, StartsWith, EndsWith or Matches
	// Values are compared one by one; one that fits is enough. The empty text
	// is the value that is not known. None: nothing fits.
	Values []string

	// Any, when not empty, wants one of these to hold; All, when not empty,
	// all of them. The other fields but Not are then unused.
	Any, All []Condition

	Not bool
}

// InsightRow is one row of an answer.
type InsightRow struct {
	// Dimensions are the values of the insight's dimensions. That of time is
	// the first moment of the step, as RFC 3339 in the range's zone.
	Dimensions []string
	// Metrics are the figures, in the order of the insight's. NaN stands for
	// a mean or share of nothing.
	Metrics []float64
}

// maxInsightDimensions is how many dimensions an insight may have.
const maxInsightDimensions = 4

// Check returns what is wrong with an insight as [Invalid], by the names that
// the query API has for its parts.
func (i Insight) Check() error {
	wrong := Invalid{}
	add := func(part, format string, args ...any) {
		wrong[part] = append(wrong[part], fmt.Sprintf(format, args...))
	}
	i.checkMetrics(add)
	i.checkDimensions(add)
	for _, c := range i.Conditions {
		c.check(add, 1)
	}
	if !i.Range.From.Before(i.Range.To) {
		add("date_range", "The range ends before it begins.")
	}
	if i.Limit < 0 || i.Offset < 0 {
		add("pagination", "Limit and offset must not be negative.")
	}
	for _, o := range i.Order {
		i.checkOrder(o, add)
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// report notes what is wrong with a part of an insight.
type report func(part, format string, args ...any)

func (i Insight) checkMetrics(add report) {
	if len(i.Metrics) == 0 {
		add("metrics", "At least one metric is needed.")
	}
	seen := map[Metric]bool{}
	for _, m := range i.Metrics {
		switch {
		case m.Of() == "":
			add("metrics", "There is no metric %q.", m)
		case seen[m]:
			add("metrics", "The metric %q is asked for twice.", m)
		}
		seen[m] = true
	}
}

func (i Insight) checkDimensions(add report) {
	if len(i.Dimensions) > maxInsightDimensions {
		add("dimensions", "At most %d dimensions can be combined.", maxInsightDimensions)
	}
	seen, levels, timed := map[Dimension]bool{}, map[DimensionLevel]Dimension{}, false
	for _, d := range i.Dimensions {
		switch {
		case d.Level() == NoLevel:
			add("dimensions", "There is no dimension %q.", d)
		case seen[d]:
			add("dimensions", "The dimension %q is asked for twice.", d)
		}
		seen[d], levels[d.Level()] = true, d
		timed = timed || d == DimensionTime
	}
	view, ofView := levels[PageViewLevel]
	event, ofEvent := levels[InteractionLevel]
	if ofView && ofEvent {
		add("dimensions", "%q belongs to page views and %q to interactions: they cannot be combined.", view, event)
	}
	for _, m := range i.Metrics {
		switch {
		case m.Of() == KindPageView && ofEvent:
			add("metrics", "%q is a figure of page views: it has no %q.", m, event)
		case m.Of() == KindInteraction && ofView:
			add("metrics", "%q is a figure of interactions: it has no %q.", m, view)
		}
	}
	i.checkInterval(timed, add)
}

// maxSteps is how many steps of time an answer may have.
const maxSteps = 10_000

func (i Insight) checkInterval(timed bool, add report) {
	length, ok := map[Interval]time.Duration{
		Minute: time.Minute, Hour: time.Hour, Day: 23 * time.Hour, Week: 7 * 23 * time.Hour, Month: 28 * 23 * time.Hour,
	}[i.Interval]
	switch {
	case timed && !ok:
		add("interval", "An interval is minute, hour, day, week or month.")
	case timed && i.Range.To.Sub(i.Range.From)/length > maxSteps:
		add("interval", "The range has too many steps of a %s.", i.Interval)
	case !timed && i.Interval != "":
		add("interval", "An interval needs the dimension %q.", DimensionTime)
	}
}

func (i Insight) checkOrder(o InsightOrder, add report) {
	for _, m := range i.Metrics {
		if o.Metric == m && o.Dimension == "" {
			return
		}
	}
	for _, d := range i.Dimensions {
		if o.Dimension == d && o.Metric == "" {
			return
		}
	}
	add("order_by", "%q is neither a metric nor a dimension of the query.", strings.TrimSpace(string(o.Metric)+" "+string(o.Dimension)))
}

// What conditions may be: their depth, and how many values one may have.
const (
	maxConditionDepth  = 8
	maxConditionValues = 1000
)

func (c Condition) check(add report, depth int) {
	inner := append(append([]Condition{}, c.Any...), c.All...)
	switch {
	case depth > maxConditionDepth:
		add("filters", "Filters are nested too deeply.")
		return
	case len(inner) > 0:
		for _, one := range inner {
			one.check(add, depth+1)
		}
		return
	}
	switch c.Dimension.Level() {
	case NoLevel:
		add("filters", "There is no dimension %q.", c.Dimension)
	case TimeLevel:
		add("filters", "%q cannot be filtered by: that is what the range is for.", c.Dimension)
	}
	switch c.Op {
	case Is, Contains, StartsWith, EndsWith, Matches:
	default:
		add("filters", "%q cannot be compared like that.", c.Dimension)
	}
	if len(c.Values) > maxConditionValues {
		add("filters", "%q is compared with more than %d values.", c.Dimension, maxConditionValues)
	}
	for _, v := range c.Values {
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			add("filters", "A value for %q holds what is no text.", c.Dimension)
		}
	}
}
