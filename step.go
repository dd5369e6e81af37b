package behavior

import "time"

// Steps lists the first moments of the steps of an interval that the range
// touches, in its zone. The first may lie before the range. Where clocks jump
// over midnight a day begins later, and a day that the zone leaves out is none.
func (r Range) Steps(interval Interval) []time.Time {
	if interval == Minute || interval == Hour {
		return r.fineSteps(map[Interval]time.Duration{Minute: time.Minute, Hour: time.Hour}[interval])
	}
	y, m, d := r.From.In(r.zone()).Date()
	months, days := 0, 0
	switch interval {
	case Day:
		days = 1
	case Week:
		days = 7
		d -= (int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Weekday()) + 6) % 7
	case Month:
		months, d = 1, 1
	default:
		return nil
	}
	var steps []time.Time
	for n := 0; ; n++ {
		start := firstMoment(r.zone(), y, m+time.Month(n*months), d+n*days)
		if !start.Before(r.To) {
			return steps
		}
		if next := firstMoment(r.zone(), y, m+time.Month((n+1)*months), d+(n+1)*days); next.After(start) && next.After(r.From) {
			steps = append(steps, start)
		}
	}
}

// fineSteps are hours and minutes of the wall clock. Where it is set forward or
// back a new step begins.
func (r Range) fineSteps(size time.Duration) []time.Time {
	var steps []time.Time
	for t := r.From; t.Before(r.To); {
		start, end := wallStep(t.In(r.zone()), size)
		steps = append(steps, start)
		t = end
	}
	return steps
}

// wallStep is the step of a moment, by the wall clock of its zone.
func wallStep(t time.Time, size time.Duration) (start, end time.Time) {
	_, offset := t.Zone()
	ahead := time.Duration(offset) * time.Second
	start = t.Add(ahead).Truncate(size).Add(-ahead)
	end = start.Add(size)
	changed, changes := t.ZoneBounds()
	if !changed.IsZero() && start.Before(changed) {
		start = changed
	}
	if !changes.IsZero() && end.After(changes) {
		end = changes
	}
	return start, end
}

// firstMoment is the first moment of a day, or of the next one where the zone
// leaves that day out.
func firstMoment(zone *time.Location, y int, m time.Month, d int) time.Time {
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for t := midnight.Add(-36 * time.Hour); ; {
		_, offset := t.In(zone).Zone()
		_, changes := t.In(zone).ZoneBounds()
		start := midnight.Add(-time.Duration(offset) * time.Second)
		if start.Before(t) { // the clocks have jumped over it
			start = t
		}
		if changes.IsZero() || start.Before(changes) {
			return start.In(zone)
		}
		t = changes
	}
}
