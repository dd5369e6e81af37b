package storetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// world is all that a store has, to be counted by hand.
type world struct {
	i            behavior.Insight
	sessions     []behavior.Session
	views        []behavior.PageView
	interactions []behavior.Interaction
	steps        map[string]string // what step has found, by interval, zone and name
}

// row is one record in the eyes of an insight.
type row struct {
	session     *behavior.Session
	view        *behavior.PageView
	interaction *behavior.Interaction
	at          time.Time
}

// newWorld reads all records.
func newWorld(h *house) world {
	w := world{steps: map[string]string{}}
	w.sessions, _, _ = h.Sessions(context.Background(), behavior.Query{})
	w.views, _, _ = h.PageViews(context.Background(), behavior.Query{})
	w.interactions, _, _ = h.Interactions(context.Background(), behavior.Query{})
	return w
}

// recount answers an insight by going through all records.
func (w world) recount(i behavior.Insight) []behavior.InsightRow {
	w.i = i
	rows := map[string]*behavior.InsightRow{}
	group := func(values []string) *behavior.InsightRow {
		key := fmt.Sprintf("%q", values)
		if rows[key] == nil {
			rows[key] = &behavior.InsightRow{Dimensions: values}
			for _, m := range i.Metrics {
				rows[key].Metrics = append(rows[key].Metrics, w.metric(m, nil))
			}
		}
		return rows[key]
	}
	for n, m := range i.Metrics {
		records := map[*behavior.InsightRow][]row{}
		for _, r := range w.rows(m) {
			into := group(w.values(r))
			records[into] = append(records[into], r)
		}
		for into, of := range records {
			into.Metrics[n] = w.metric(m, of)
		}
	}
	if len(i.Dimensions) == 0 {
		group(nil)
	}
	if len(i.Dimensions) == 1 && i.Dimensions[0] == behavior.DimensionTime {
		for at := i.Range.From; at.Before(i.Range.To); at = at.Add(time.Minute) {
			group(w.values(row{at: at}))
		}
		group(w.values(row{at: i.Range.To.Add(-1)})) // its step may have begun since the last minute above
	}
	var list []behavior.InsightRow
	for _, r := range rows {
		list = append(list, *r)
	}
	return w.page(list)
}

// rows are the records that a metric counts and the conditions let pass: those
// of its kind; for figures of sessions by page or event, page views or
// interactions.
func (w world) rows(m behavior.Metric) []row {
	kind := m.Of()
	if kind == behavior.KindSession {
		for _, d := range w.i.Dimensions {
			switch {
			case d.Level() == behavior.InteractionLevel:
				kind = behavior.KindInteraction
			case kind == behavior.KindSession && (d.Level() == behavior.PageLevel || d.Level() == behavior.PageViewLevel):
				kind = behavior.KindPageView
			}
		}
	}
	var rows []row
	for _, r := range w.all(kind) {
		bot := r.session.Bot
		if w.within(r.at) && (w.i.Bots == behavior.WithBots || bot == (w.i.Bots == behavior.OnlyBots)) && w.meets(r, behavior.Condition{All: w.i.Conditions}) {
			rows = append(rows, r)
		}
	}
	return rows
}

func (w world) all(kind behavior.Kind) []row {
	var rows []row
	switch kind {
	case behavior.KindSession:
		for n := range w.sessions {
			rows = append(rows, row{session: &w.sessions[n], at: w.sessions[n].StartTime})
		}
	case behavior.KindPageView:
		for n := range w.views {
			rows = append(rows, row{session: &w.views[n].Session, view: &w.views[n], at: w.views[n].Timestamp})
		}
	default:
		for n := range w.interactions {
			rows = append(rows, row{session: &w.interactions[n].Session, interaction: &w.interactions[n], at: w.interactions[n].Timestamp})
		}
	}
	return rows
}

func (w world) within(t time.Time) bool { return !t.Before(w.i.Range.From) && t.Before(w.i.Range.To) }

// meets decides a condition on a row.
func (w world) meets(r row, c behavior.Condition) bool {
	met := false
	switch {
	case len(c.Any) > 0:
		met = slices.ContainsFunc(c.Any, func(one behavior.Condition) bool { return w.meets(r, one) })
	case len(c.All) > 0 || c.Dimension == "":
		met = !slices.ContainsFunc(c.All, func(one behavior.Condition) bool { return !w.meets(r, one) })
	default:
		met = w.fits(r, c)
	}
	return met != c.Not
}

// fits decides a condition on one dimension: by the row where it has it, else
// by what is in its session.
func (w world) fits(r row, c behavior.Condition) bool {
	if value, has := valueOf(r, c.Dimension); has {
		return fitsText(c, value)
	}
	kind := behavior.KindPageView
	if c.Dimension.Level() == behavior.InteractionLevel {
		kind = behavior.KindInteraction
	}
	for _, other := range w.all(kind) {
		if value, has := valueOf(other, c.Dimension); has && other.session.ID == r.session.ID && w.within(other.at) && fitsText(c, value) {
			return true
		}
	}
	return false
}

// valueOf is the value of a dimension that is not one of time.
func valueOf(r row, d behavior.Dimension) (value string, has bool) {
	switch d.Level() {
	case behavior.SessionLevel:
		text, _ := sessionRecord("", *r.session)[d.Field()].(string)
		return text, true
	case behavior.PageLevel, behavior.PageViewLevel:
		if r.view != nil {
			return viewRecord(*r.view)[d.Field()].(string), true
		}
		if r.interaction == nil || d.Level() == behavior.PageViewLevel {
			return "", false
		}
		return interactionRecord(*r.interaction)[d.Field()].(string), true
	}
	if r.interaction == nil {
		return "", false
	}
	if path := d.MetadataPath(); path != nil {
		return scalarAt(r.interaction.Metadata, path), true
	}
	return interactionRecord(*r.interaction)[d.Field()].(string), true
}

// scalarAt is the text of a string, number or boolean in a document.
func scalarAt(document []byte, path []string) string {
	for _, step := range path {
		var object map[string]json.RawMessage
		if json.Unmarshal(document, &object) != nil {
			return ""
		}
		document = object[step]
	}
	var value any
	if json.Unmarshal(document, &value) != nil {
		return ""
	}
	switch v := value.(type) {
	case string:
		return v
	case float64, bool:
		return string(document)
	}
	return ""
}

func fitsText(c behavior.Condition, text string) bool {
	fold := func(s string) string {
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r + 'a' - 'A'
			}
			return r
		}, s)
	}
	return slices.ContainsFunc(c.Values, func(value string) bool {
		switch c.Op {
		case behavior.Contains:
			return strings.Contains(fold(text), fold(value))
		case behavior.StartsWith:
			return strings.HasPrefix(fold(text), fold(value))
		case behavior.EndsWith:
			return strings.HasSuffix(fold(text), fold(value))
		case behavior.Matches:
			return matches(value, text)
		}
		return text == value
	})
}

// matches decides a pattern letter by letter.
func matches(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case strings.HasPrefix(pattern, "**"):
		return matches(pattern[2:], text) || text != "" && matches(pattern, text[1:])
	case pattern[0] == '*':
		return matches(pattern[1:], text) || text != "" && text[0] != '/' && matches(pattern, text[1:])
	}
	return text != "" && text[0] == pattern[0] && matches(pattern[1:], text[1:])
}

// values are the values of the insight's dimensions in a row.
func (w world) values(r row) []string {
	var values []string
	for _, d := range w.i.Dimensions {
		local := r.at.In(w.i.Range.Location)
		switch d {
		case behavior.DimensionTime:
			key := string(w.i.Interval) + local.Location().String() + w.stepName(r.at)
			if w.steps[key] == "" {
				w.steps[key] = w.step(r.at).Format(time.RFC3339)
			}
			values = append(values, w.steps[key])
		case behavior.DimensionWeekday:
			values = append(values, strconv.Itoa((int(local.Weekday())+6)%7+1))
		case behavior.DimensionHour:
			values = append(values, strconv.Itoa(local.Hour()))
		default:
			value, _ := valueOf(r, d)
			values = append(values, value)
		}
	}
	return values
}

// stepName is what the wall clock shows throughout the step that a moment is in,
// and in no other one. Hours and minutes that clocks strike twice are two steps.
func (w world) stepName(at time.Time) string {
	at = at.In(w.i.Range.Location)
	switch w.i.Interval {
	case behavior.Minute:
		return at.Format("2006-01-02 15:04 -0700")
	case behavior.Hour:
		return at.Format("2006-01-02 15 -0700")
	case behavior.Week:
		year, week := at.ISOWeek()
		return strconv.Itoa(year*100 + week)
	case behavior.Month:
		return at.Format("2006-01")
	}
	return at.Format("2006-01-02")
}

// step finds the first moment of a step by going back as long as the wall clock
// shows the same step.
func (w world) step(at time.Time) time.Time {
	name := w.stepName(at)
	at = at.Truncate(time.Minute)
	for _, stride := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		for w.stepName(at.Add(-stride)) == name {
			at = at.Add(-stride)
		}
	}
	// Clocks that go back past midnight strike parts of a day twice.
	for gap := 2 * time.Hour; gap > 0; gap -= time.Minute {
		if w.stepName(at.Add(-gap)) == name {
			return w.step(at.Add(-gap))
		}
	}
	return at.In(w.i.Range.Location)
}

// metric counts one metric over the rows of a group.
func (w world) metric(m behavior.Metric, rows []row) float64 {
	sessions := map[int64]*behavior.Session{}
	for _, r := range rows {
		sessions[r.session.ID] = r.session
	}
	var numbers []float64
	switch m {
	case behavior.MetricPageViews, behavior.MetricInteractions:
		return float64(len(rows))
	case behavior.MetricSessions:
		return float64(len(sessions))
	case behavior.MetricVisitors:
		visitors := map[string]bool{}
		for _, s := range sessions {
			visitors[s.Visitor] = true
		}
		return float64(len(visitors))
	case behavior.MetricVisibleTime, behavior.MetricScrollDepth:
		for _, r := range rows {
			if m == behavior.MetricVisibleTime && r.view.Visible > 0 {
				numbers = append(numbers, r.view.Visible.Seconds())
			}
			if m == behavior.MetricScrollDepth && r.view.ScrollDepth > 0 {
				numbers = append(numbers, float64(r.view.ScrollDepth))
			}
		}
		return average(numbers)
	}
	for _, s := range sessions {
		numbers = append(numbers, w.ofSession(m, s)...)
	}
	slices.Sort(numbers)
	switch m {
	case behavior.MetricSessionLengthMedian:
		return quantile(numbers, 0.5)
	case behavior.MetricSessionLengthP90:
		return quantile(numbers, 0.9)
	}
	return average(numbers)
}

// ofSession is what a session adds to a mean.
func (w world) ofSession(m behavior.Metric, s *behavior.Session) []float64 {
	views := 0
	for _, v := range w.views {
		if v.Session.ID == s.ID && w.within(v.Timestamp) {
			views++
		}
	}
	switch {
	case m == behavior.MetricViewsPerSession:
		return []float64{float64(views)}
	case m == behavior.MetricBounceRate && views <= 1:
		return []float64{100}
	case m == behavior.MetricBounceRate:
		return []float64{0}
	case s.EndTime == nil:
		return nil
	}
	return []float64{max(0, s.EndTime.Sub(s.StartTime).Seconds())}
}

func average(numbers []float64) float64 {
	sum := 0.0
	for _, n := range numbers {
		sum += n
	}
	return sum / float64(len(numbers))
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	place := q * float64(len(sorted)-1)
	below := int(place)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (place-float64(below))*(sorted[above]-sorted[below])
}

// page sorts rows and cuts the page out of them.
func (w world) page(rows []behavior.InsightRow) []behavior.InsightRow {
	order := w.i.Order
	if len(order) == 0 {
		order = []behavior.InsightOrder{{Metric: w.i.Metrics[0], Desc: true}}
		if slices.Contains(w.i.Dimensions, behavior.DimensionTime) {
			order = append([]behavior.InsightOrder{{Dimension: behavior.DimensionTime}}, order...)
		}
	}
	for _, d := range w.i.Dimensions {
		order = append(order[:len(order):len(order)], behavior.InsightOrder{Dimension: d})
	}
	slices.SortFunc(rows, func(a, b behavior.InsightRow) int {
		for _, o := range order {
			c := w.compare(o, a, b)
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
	rows = rows[min(w.i.Offset, len(rows)):]
	if w.i.Limit > 0 {
		rows = rows[:min(w.i.Limit, len(rows))]
	}
	return rows
}

func (w world) compare(o behavior.InsightOrder, a, b behavior.InsightRow) int {
	if o.Metric != "" {
		at := slices.Index(w.i.Metrics, o.Metric)
		return cmp.Compare(a.Metrics[at], b.Metrics[at])
	}
	at := slices.Index(w.i.Dimensions, o.Dimension)
	x, y := a.Dimensions[at], b.Dimensions[at]
	switch o.Dimension {
	case behavior.DimensionTime:
		s, _ := time.Parse(time.RFC3339, x)
		t, _ := time.Parse(time.RFC3339, y)
		return s.Compare(t)
	case behavior.DimensionWeekday, behavior.DimensionHour:
		s, _ := strconv.Atoi(x)
		t, _ := strconv.Atoi(y)
		return cmp.Compare(s, t)
	}
	return cmp.Compare(x, y)
}
