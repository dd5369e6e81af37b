package behavior

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RangeNames are the names that [ParseRange] knows, besides a number followed
// by "h", "d" or "mo" and two dates with a comma between them.
func RangeNames() []string {
	return []string{"realtime", "24h", "today", "yesterday", "7d", "28d", "30d", "91d", "month", "last_month", "6mo", "12mo", "year", "all"}
}

// ParseRange reads a range of time by its name, in the zone and at the moment
// now:
//
//   - "realtime": the last 30 minutes, the one that runs included
//   - "today", "yesterday", "month", "last_month", "year": these
//   - "24h", "48h" and so on: the last hours of the clock, this one included
//   - "7d", "28d" and so on: the last whole days, today included
//   - "6mo", "12mo" and so on: the last whole months, this one included
//   - "all": from since on
//   - "2025-03-01,2025-03-31": the days from the first to the second, both
//     included; also moments as "2025-03-01T12:00:00+01:00", of which the
//     second is not included
//
// Ranges by name end with the day, month or year that runs, not with now.
func ParseRange(name string, now, since time.Time, zone *time.Location) (Range, error) {
	y, m, d := now.In(zone).Date()
	days := func(from, to int) Range {
		return Range{time.Date(y, m, d+from, 0, 0, 0, 0, zone), time.Date(y, m, d+to, 0, 0, 0, 0, zone), zone}
	}
	months := func(from, to int) Range {
		return Range{time.Date(y, m+time.Month(from), 1, 0, 0, 0, 0, zone), time.Date(y, m+time.Month(to), 1, 0, 0, 0, 0, zone), zone}
	}
	switch name {
	case "realtime":
		end := now.Truncate(time.Minute).Add(time.Minute)
		return Range{end.Add(-30 * time.Minute), end, zone}, nil
	case "today":
		return days(0, 1), nil
	case "yesterday":
		return days(-1, 0), nil
	case "month":
		return months(0, 1), nil
	case "last_month":
		return months(-1, 0), nil
	case "year":
		return Range{time.Date(y, 1, 1, 0, 0, 0, 0, zone), time.Date(y+1, 1, 1, 0, 0, 0, 0, zone), zone}, nil
	case "all":
		if since.IsZero() || since.After(now) {
			since = now
		}
		sy, sm, sd := since.In(zone).Date()
		return Range{time.Date(sy, sm, sd, 0, 0, 0, 0, zone), days(0, 1).To, zone}, nil
	}
	if n, ok := lastOf(name, "h", 240); ok {
		_, end := wallStep(now.In(zone), time.Hour)
		return Range{end.Add(-time.Duration(n) * time.Hour), end, zone}, nil
	}
	if n, ok := lastOf(name, "d", 3660); ok {
		return days(1-n, 1), nil
	}
	if n, ok := lastOf(name, "mo", 120); ok {
		return months(1-n, 1), nil
	}
	if from, to, ok := strings.Cut(name, ","); ok {
		return parseDates(strings.TrimSpace(from), strings.TrimSpace(to), zone)
	}
	return Range{}, fmt.Errorf("%q is no range: use one of %s, a number of days as in 14d, or two dates as in 2025-03-01,2025-03-31",
		name, strings.Join(RangeNames(), ", "))
}

// lastOf reads a number from 1 to most before a unit.
func lastOf(text, unit string, most int) (int, bool) {
	digits, ok := strings.CutSuffix(text, unit)
	n, err := strconv.Atoi(digits)
	return n, ok && err == nil && n >= 1 && n <= most && strconv.Itoa(n) == digits
}

func parseDates(from, to string, zone *time.Location) (Range, error) {
	first, dayOnly, err := parseDate(from, zone)
	if err != nil {
		return Range{}, err
	}
	last, lastDay, err := parseDate(to, zone)
	if err != nil {
		return Range{}, err
	}
	if dayOnly != lastDay {
		return Range{}, fmt.Errorf("%q and %q: give two days, or two moments", from, to)
	}
	if lastDay {
		y, m, d := last.Date()
		last = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	}
	if !first.Before(last) {
		return Range{}, fmt.Errorf("the range %s to %s ends before it begins", from, to)
	}
	return Range{first, last, zone}, nil
}

// parseDate reads a day or a moment.
func parseDate(text string, zone *time.Location) (at time.Time, day bool, err error) {
	if at, err := time.ParseInLocation(time.DateOnly, text, zone); err == nil {
		return at, true, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.In(zone), false, nil
	}
	return time.Time{}, false, fmt.Errorf("%q is neither a day as 2025-03-01 nor a moment as 2025-03-01T12:00:00Z", text)
}

// zone is the range's zone, UTC where none is given.
func (r Range) zone() *time.Location {
	if r.Location == nil {
		return time.UTC
	}
	return r.Location
}

// wholeDays is how many days the range has, if it begins and ends with one.
func (r Range) wholeDays() (n int, ok bool) {
	starts := func(t time.Time) bool {
		y, m, d := t.In(r.zone()).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, r.zone()).Equal(t)
	}
	if !starts(r.From) || !starts(r.To) {
		return 0, false
	}
	y, m, d := r.From.In(r.zone()).Date()
	u, v, w := r.To.In(r.zone()).Date()
	return int(time.Date(u, v, w, 0, 0, 0, 0, time.UTC).Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour)), true
}

// shift moves the range by days, months and years of the calendar.
func (r Range) shift(years, months, days int) Range {
	move := func(t time.Time) time.Time {
		t = t.In(r.zone())
		y, m, d := t.Date()
		return time.Date(y+years, m+time.Month(months), d+days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), r.zone())
	}
	return Range{move(r.From), move(r.To), r.Location}
}

// Previous is the range of the same length that ends where this one begins.
// Before whole months come as many months, before whole days as many days,
// whatever the clocks do in between.
func (r Range) Previous() Range {
	n, whole := r.wholeDays()
	from, to := r.From.In(r.zone()), r.To.In(r.zone())
	switch months := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month()); {
	case whole && from.Day() == 1 && to.Day() == 1 && months > 0:
		return r.shift(0, -months, 0)
	case whole:
		return r.shift(0, 0, -n)
	}
	return Range{r.From.Add(r.From.Sub(r.To)), r.From, r.Location}
}

// YearBefore is the same range of the calendar one year before. With weekdays
// matched it is 52 weeks before.
func (r Range) YearBefore(matchWeekdays bool) Range {
	if matchWeekdays {
		return r.shift(0, 0, -364)
	}
	return r.shift(-1, 0, 0)
}

// BestInterval is the interval that shows the range in a number of steps that
// people can take in.
func (r Range) BestInterval() Interval {
	switch length := r.To.Sub(r.From); {
	case length <= 3*time.Hour:
		return Minute
	case length <= 50*time.Hour:
		return Hour
	case length <= 100*24*time.Hour:
		return Day
	case length <= 370*24*time.Hour:
		return Week
	}
	return Month
}

// Intervals are those that make sense of the range, the finest first.
func (r Range) Intervals() []Interval {
	length := r.To.Sub(r.From)
	bounds := map[Interval][2]time.Duration{
		Minute: {0, 24 * time.Hour}, Hour: {time.Hour, 32 * 24 * time.Hour}, Day: {23 * time.Hour, 800 * 24 * time.Hour},
		Week: {7 * 23 * time.Hour, 4000 * 24 * time.Hour}, Month: {28 * 23 * time.Hour, 1 << 62},
	}
	return slices.DeleteFunc([]Interval{Minute, Hour, Day, Week, Month}, func(i Interval) bool {
		return length < bounds[i][0] || length > bounds[i][1]
	})
}
