package web

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// decimals writes a number with so many decimals, and a comma between each
// three digits before them.
func decimals(n float64, places int) string {
	whole, part := math.Modf(math.Abs(n))
	scale := math.Pow10(places)
	if part = math.Round(part * scale); part >= scale {
		whole, part = whole+1, part-scale
	}
	sign := ""
	if n < 0 && whole+part > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%s.%0*d", sign, grouped(int(whole)), places, int(part))
}

// shareText is what share one number is of another, as the reference rounds it.
func shareText(part, whole float64) string {
	if whole == 0 {
		return "–"
	}
	return strconv.FormatFloat(math.RoundToEven(part/whole*1e4)/100, 'f', 2, 64) + nbsp + "%"
}

// step is a step of time in words.
type step struct {
	start   time.Time
	name    string // "Friday 14 March"
	short   string // "Fri 14"
	partial bool   // it runs at the moment
	future  bool   // it has not begun
}

// stepsOf names the steps of a range.
func stepsOf(r behavior.Range, interval behavior.Interval, now time.Time) []step {
	starts := r.Steps(interval)
	days := r.To.Sub(r.From).Hours() / 24
	years := r.From.Year() != r.To.Add(-1).In(r.From.Location()).Year() || r.From.Year() != now.In(r.From.Location()).Year()
	steps := make([]step, len(starts))
	for i, start := range starts {
		end := r.To
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		s := step{start: start, partial: !start.After(now) && end.After(now), future: start.After(now)}
		s.name, s.short = stepWords(start, interval, days, years)
		if i > 0 && interval == behavior.Hour && starts[i-1].Format("15:04") == start.Format("15:04") {
			s.name += start.Format(" MST") // the clock strikes it twice
		}
		steps[i] = s
	}
	return steps
}

// stepWords is the name of a step in a range of so many days, in full and as
// short as an axis wants it. With years, the name has the year.
func stepWords(start time.Time, interval behavior.Interval, days float64, years bool) (name, short string) {
	year := ""
	if years {
		year = " 2006"
	}
	switch interval {
	case behavior.Minute, behavior.Hour:
		if days <= 1.1 {
			return start.Format("15:04"), start.Format("15:04")
		}
		return start.Format("Mon 2 January" + year + ", 15:04"), start.Format("Mon 15:04")
	case behavior.Week:
		return "Week of " + start.Format("2 January"+year), start.Format("2 Jan")
	case behavior.Month:
		if start.Month() == time.January {
			return start.Format("January 2006"), start.Format("2006")
		}
		return start.Format("January 2006"), start.Format("Jan")
	}
	if days <= 15 {
		return start.Format("Monday 2 January" + year), start.Format("Mon 2")
	}
	return start.Format("Mon 2 January" + year), start.Format("2 Jan")
}
