package query

import (
	"time"

	"github.com/userbehavior/behavior"
)

// Calendar cuts the times of a report into days of its time zone.
type Calendar struct{ steps steps }

// NewCalendar is the calendar for a range.
func NewCalendar(r behavior.ReportRange) Calendar {
	return Calendar{newSteps(behavior.Range(r), behavior.Day)}
}

// Day is the number of the day that the moment in a column is on.
func (c Calendar) Day(d Dialect, column string) string { return c.steps.day(d, column) }

// Key is what to group by for the days of a column: where the engine has days of
// its own, its numbers for them are dearer.
func (c Calendar) Key(d Dialect, column string) string {
	if d.Day != nil {
		return c.steps.dayKey(d, column)
	}
	return c.steps.day(d, column)
}

// Scan scans the number of a day, and more after it.
func (c Calendar) Scan(rows Cursor, day *time.Time, more ...any) error {
	var number int64
	if err := rows.Scan(append([]any{&number}, more...)...); err != nil {
		return err
	}
	*day = c.steps.start(number)
	return nil
}
