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
	from, to time.Time
	base     time.Time // midnight of a Monday before from, as if the zone were UTC
	spans    []stretch
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
	behavior.Minute: time.Minute, behavior.Hour: time.Hour, behavior.Day: 24 * time.Hour, behavior.Week: 7 * 24 * time.Hour,
}

func newSteps(r behavior.Range, interval behavior.Interval) steps {
	c := steps{interval: interval, zone: r.Location, from: r.From, to: r.To}
	if c.zone == nil {
		c.zone = time.UTC
	}
	y, m, d := r.From.In(c.zone).Date()
	c.base = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for c.base = c.base.AddDate(0, 0, -1); c.base.Weekday() != time.Monday; {
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

// byStretch is an expression that depends on the stretch of a moment, given in
// microseconds.
func (c *steps) byStretch(micros string, of func(s stretch) string) string {
	last := len(c.spans) - 1
	text := ""
	for _, s := range c.spans[:last] {
		text += fmt.Sprintf(" WHEN %s < %d THEN %s", micros, s.end.UnixMicro(), of(s))
	}
	if text == "" {
		return of(c.spans[last])
	}
	return "CASE" + text + " ELSE " + of(c.spans[last]) + " END"
}

// whole is how many whole times the local time since the base has a length.
func (c *steps) whole(d Dialect, micros string, length time.Duration) string {
	return c.byStretch(micros, func(s stretch) string {
		shift := s.offset.Microseconds() - c.base.UnixMicro()
		return d.Div(fmt.Sprintf("(%s + (%d))", micros, shift), length.Microseconds())
	})
}

// number is the number of a moment's step, from a moment in microseconds.
func (c *steps) number(d Dialect, micros string) string {
	switch {
	case c.fine():
		size := sizes[c.interval]
		return c.byStretch(micros, func(s stretch) string {
			shift := s.offset.Microseconds() - c.base.UnixMicro()
			return fmt.Sprintf("%s + (%d)", d.Div(fmt.Sprintf("(%s + (%d))", micros, shift), size.Microseconds()), s.first-c.raw(s, s.start))
		})
	case c.interval == behavior.Month:
		return d.Month(c.base, c.whole(d, micros, sizes[behavior.Day]))
	}
	return c.whole(d, micros, sizes[c.interval])
}

// weekday is the number of a moment's weekday, 1 for Monday.
func (c *steps) weekday(d Dialect, micros string) string {
	return "(" + c.whole(d, micros, sizes[behavior.Day]) + ") % 7 + 1"
}

// hour is the hour of the day of a moment.
func (c *steps) hour(d Dialect, micros string) string {
	return "(" + c.whole(d, micros, time.Hour) + ") % 24"
}

// start is the first moment of a step. Where clocks jump over midnight that is
// none of a day; a day that a zone leaves out begins with the one after it.
func (c *steps) start(number int64) time.Time {
	if !c.fine() {
		return c.first(c.date(number))
	}
	i := 0
	for i+1 < len(c.spans) && c.spans[i+1].first <= number {
		i++
	}
	s := c.spans[i]
	local := c.base.Add(time.Duration(number-s.first+c.raw(s, s.start)) * sizes[c.interval])
	start := local.Add(-s.offset)
	if i > 0 && start.Before(s.start) {
		start = s.start
	}
	return start.In(c.zone)
}

// date is the first day of a step, as if the zone were UTC.
func (c *steps) date(number int64) time.Time {
	switch c.interval {
	case behavior.Week:
		return c.base.AddDate(0, 0, 7*int(number))
	case behavior.Month:
		return time.Date(c.base.Year(), c.base.Month()+time.Month(number), 1, 0, 0, 0, 0, time.UTC)
	}
	return c.base.AddDate(0, 0, int(number))
}

// first is the first moment of a day, which is given as if the zone were UTC.
func (c *steps) first(midnight time.Time) time.Time {
	for t := midnight.Add(-36 * time.Hour); ; {
		_, offset := t.In(c.zone).Zone()
		_, end := t.In(c.zone).ZoneBounds()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if start.Before(t) {
			start = t
		}
		if end.IsZero() || start.Before(end) {
			return start.In(c.zone)
		}
		t = end
	}
}

// all lists the numbers of all steps of the range.
func (c *steps) all() []int64 {
	var numbers []int64
	for n := int64(0); ; n++ {
		start := c.start(n)
		if !start.Before(c.to) {
			return numbers
		}
		if next := c.start(n + 1); next.After(start) && next.After(c.from) {
			numbers = append(numbers, n)
		}
	}
}
