package web

import (
	"fmt"
	"strconv"
	"time"
)

// monthNames are the months as the reference shortens them.
var monthNames = [...]string{"Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec."}

// adminMoment writes a moment as the reference's admin does, in a time zone:
// "Nov. 22, 2026, 11:01 p.m.".
func adminMoment(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	return adminDate(t) + ", " + adminClock(t)
}

// adminDate writes the day of a moment: "Nov. 22, 2026".
func adminDate(t time.Time) string {
	return fmt.Sprintf("%s %d, %d", monthNames[t.Month()-1], t.Day(), t.Year())
}

// adminClock writes the time of day: "11:01 p.m.", "11 p.m.", "noon".
func adminClock(t time.Time) string {
	hour, minute := t.Hour(), t.Minute()
	half := "a.m."
	if hour >= 12 {
		half = "p.m."
	}
	switch {
	case hour == 0 && minute == 0:
		return "midnight"
	case hour == 12 && minute == 0:
		return "noon"
	case minute == 0:
		return fmt.Sprintf("%d %s", (hour+11)%12+1, half)
	}
	return fmt.Sprintf("%d:%02d %s", (hour+11)%12+1, minute, half)
}

// adminTime is a moment for a page: a <time> element. The zero adminTime is
// none.
type adminTime struct {
	Text    string // "3 min ago" within a week, else Exact
	Exact   string // see [adminMoment]
	Machine string // for the attribute datetime
}

// newAdminTime writes a moment as it is seen from now.
func newAdminTime(t, now time.Time, zone *time.Location) adminTime {
	exact := adminMoment(t, zone)
	text, ok := ago(now.Sub(t))
	if !ok {
		text = exact
	}
	return adminTime{Text: text, Exact: exact, Machine: t.UTC().Format(time.RFC3339)}
}

// ago writes how long ago something was; false when that says less than its
// date does, or when it is yet to come.
func ago(d time.Duration) (text string, ok bool) {
	switch day := 24 * time.Hour; {
	case d < 0 || d >= 7*day:
		return "", false
	case d < time.Minute:
		return "just now", true
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min ago", true
	case d < day:
		return strconv.Itoa(int(d/time.Hour)) + " h ago", true
	case d < 2*day:
		return "1 day ago", true
	default:
		return strconv.Itoa(int(d/day)) + " days ago", true
	}
}
