package query

import (
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// Calendar cuts times into days of a time zone. The zone's own rules are used,
// not the engine's, which may be of another year: in the spans between two
// changes of the clocks a day is a matter of adding and dividing.
type Calendar struct {
	zone  *time.Location
	first time.Time // midnight of day 0, as if the zone were UTC
	spans []span
}

// span is a stretch of time with one offset from UTC.
type span struct {
	end    time.Time // zero: it does not end
	offset int       // seconds
}

// NewCalendar is the calendar for a range.
func NewCalendar(r behavior.ReportRange) Calendar {
	c := Calendar{zone: r.Location}
	if c.zone == nil {
		c.zone = time.UTC
	}
	// A day early: where clocks go back past midnight, some of the range may
	// belong to the day before its first.
	y, m, d := r.From.In(c.zone).Date()
	c.first = time.Date(y, m, d-1, 0, 0, 0, 0, time.UTC)
	for t := r.From; ; {
		_, offset := t.In(c.zone).Zone()
		_, end := t.In(c.zone).ZoneBounds()
		if end.IsZero() || !end.Before(r.To) {
			c.spans = append(c.spans, span{offset: offset})
			return c
		}
		c.spans = append(c.spans, span{end: end, offset: offset})
		t = end
	}
}

// Day is the number of the day of a moment in a column, counted from day 0.
func (c Calendar) Day(d Dialect, column string) string {
	micros := d.Micros(column)
	day := func(offset int) string {
		shift := int64(offset)*1_000_000 - c.first.UnixMicro()
		return d.Div(fmt.Sprintf("(%s + (%d))", micros, shift), 86_400_000_000)
	}
	text := ""
	for _, s := range c.spans[:len(c.spans)-1] {
		text += fmt.Sprintf(" WHEN %s < %d THEN %s", micros, s.end.UnixMicro(), day(s.offset))
	}
	last := day(c.spans[len(c.spans)-1].offset)
	if text == "" {
		return last
	}
	return "CASE" + text + " ELSE " + last + " END"
}

// Scan scans the number of a day, and more after it.
func (c Calendar) Scan(rows Cursor, day *time.Time, more ...any) error {
	var number int
	if err := rows.Scan(append([]any{&number}, more...)...); err != nil {
		return err
	}
	*day = c.start(number)
	return nil
}

// start is the first moment of a day. It is not always a midnight: clocks may
// jump over it, or strike it twice.
func (c Calendar) start(number int) time.Time {
	midnight := c.first.AddDate(0, 0, number)
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
