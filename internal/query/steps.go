package query

import (
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// steps cut a range of time into the steps of an interval. The rules of the
// zone are those of Go, not the engine's, which may be of another year: between
// two changes of the clocks a step is a matter of adding and dividing.
type steps struct {
	interval behavior.Interval
	zone     *time.Location
	base     time.Time // midnight of a Monday, more than a day before the range, as if the zone were UTC
	spans    []stretch
	starts   map[int64]time.Time // of the steps, by their numbers
}

// stretch is a part of the range in which the zone has one offset from UTC.
type stretch struct {
	start, end time.Time
	offset     time.Duration
	// first is the number of the step in which it begins, for hours and
	// minutes: each stretch begins a new one.
	first int64
}

// sizes are the intervals that are always as long by the clock.
var sizes = map[behavior.Interval]time.Duration{
	behavior.Minute: time.Minute, behavior.Hour: time.Hour, behavior.Day: 24 * time.Hour,
}

func newSteps(r behavior.Range, interval behavior.Interval) steps {
	c := steps{interval: interval, zone: r.Location, starts: map[int64]time.Time{}}
	if c.zone == nil {
		c.zone = time.UTC
	}
	y, m, d := r.From.In(c.zone).Date()
	c.base = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for c.base = c.base.AddDate(0, 0, -2); c.base.Weekday() != time.Monday; {
		c.base = c.base.AddDate(0, 0, -1)
	}
	for t := r.From; t.Before(r.To); {
		_, offset := t.In(c.zone).Zone()
		_, end := t.In(c.zone).ZoneBounds()
		if end.IsZero() || end.After(r.To) {
			end = r.To
		}
		c.add(stretch{start: t, end: end, offset: time.Duration(offset) * time.Second})
		t = end
	}
	if !c.fine() {
		// Clocks can go back past midnight: to the day before the range.
		r.From = r.From.Add(-24 * time.Hour)
	}
	for place, start := range r.Steps(interval) {
		c.starts[c.numberOf(place, start)] = start
	}
	return c
}

// add appends a stretch, and numbers its steps after those before it.
func (c *steps) add(s stretch) {
	if n := len(c.spans); n > 0 && c.fine() {
		last := c.spans[n-1]
		s.first = last.first + c.raw(last, last.end.Add(-1)) - c.raw(last, last.start) + 1
	}
	c.spans = append(c.spans, s)
}

// fine reports whether a step is shorter than a day.
func (c *steps) fine() bool { return c.interval == behavior.Hour || c.interval == behavior.Minute }

// raw is the number of a moment's step, as if there were no other stretch.
func (c *steps) raw(s stretch, t time.Time) int64 {
	return int64(t.Add(s.offset).Sub(c.base) / sizes[c.interval])
}

// byStretch is an expression that depends on the stretch of the time in a
// column.
func (c *steps) byStretch(d Dialect, column string, of func(s stretch) string) string {
	last := len(c.spans) - 1
	text := ""
	for _, s := range c.spans[:last] {
		text += fmt.Sprintf(" WHEN %s < %d THEN %s", d.Micros(column), s.end.UnixMicro(), of(s))
	}
	if text == "" {
		return of(c.spans[last])
	}
	return "CASE" + text + " ELSE " + of(c.spans[last]) + " END"
}

// day is how many days after the base the time in a column is.
func (c *steps) day(d Dialect, column string) string {
	if d.Day != nil {
		return d.DayNumber(c.dayKey(d, column), c.base)
	}
	return c.byStretch(d, column, func(s stretch) string { return c.whole(d, column, s, sizes[behavior.Day]) })
}

// dayKey is the day of the time in a column, in the engine's own way.
func (c *steps) dayKey(d Dialect, column string) string {
	return c.byStretch(d, column, func(s stretch) string { return d.Day(column, s.offset) })
}

// whole is how many times the local time of a stretch, since the base, has a
// length.
func (c *steps) whole(d Dialect, column string, s stretch, length time.Duration) string {
	shift := s.offset.Microseconds() - c.base.UnixMicro()
	return d.Div(fmt.Sprintf("(%s + (%d))", d.Micros(column), shift), length.Microseconds())
}

// number is the number of the step that the time in a column is in.
func (c *steps) number(d Dialect, column string) string {
	switch c.interval {
	case behavior.Minute, behavior.Hour:
		return c.byStretch(d, column, func(s stretch) string {
			return fmt.Sprintf("%s + (%d)", c.whole(d, column, s, sizes[c.interval]), s.first-c.raw(s, s.start))
		})
	case behavior.Week:
		return d.Div("("+c.day(d, column)+")", 7)
	case behavior.Month:
		return d.Month(c.base, c.day(d, column))
	}
	return c.day(d, column)
}

// weekday is the number of the weekday of the time in a column, 1 for Monday.
func (c *steps) weekday(d Dialect, column string) string {
	return "(" + c.day(d, column) + ") % 7 + 1"
}

// hour is the hour of the day of the time in a column.
func (c *steps) hour(d Dialect, column string) string {
	return "(" + c.byStretch(d, column, func(s stretch) string { return c.whole(d, column, s, time.Hour) }) + ") % 24"
}

// start is the first moment of a step.
func (c *steps) start(number int64) time.Time { return c.starts[number] }

// numberOf is the number of the step that begins at a moment, as the engine
// reckons it.
func (c *steps) numberOf(place int, start time.Time) int64 {
	y, m, d := start.In(c.zone).Date()
	days := int64(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(c.base) / sizes[behavior.Day])
	switch c.interval {
	case behavior.Day:
		return days
	case behavior.Week:
		return days / 7
	case behavior.Month:
		return int64(12*(y-c.base.Year()) + int(m-c.base.Month()))
	}
	return int64(place)
}
