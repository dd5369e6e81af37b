package behavior

import "time"

// ReportRange is the span of a [Report]: whole days of a time zone.
type ReportRange struct {
	From, To time.Time // From is included, To is not
	Location *time.Location
}

// LastDays is the range of the last n whole days of a time zone, today
// included up to its end.
func LastDays(n int, now time.Time, zone *time.Location) ReportRange {
	y, m, d := now.In(zone).Date()
	return ReportRange{
		From:     time.Date(y, m, d-n+1, 0, 0, 0, 0, zone),
		To:       time.Date(y, m, d+1, 0, 0, 0, 0, zone),
		Location: zone,
	}
}

// Report answers the five questions of the report page. Days run from the
// newest to the oldest; days without records are left out. Equal counts are
// ordered by name.
type Report struct {
	Events    []EventCount   // interactions by type, most frequent first
	Days      []DayCount     // interactions by day
	PageViews []DayPages     // page views by day and URL
	Durations []DayDurations // ended sessions by the day of their start
	Browsers  []BrowserCount // sessions by browser family, most frequent first
}

// EventCount is the number of interactions of one type.
type EventCount struct {
	EventType EventType
	Count     int
}

// DayCount is the number of interactions of one day.
type DayCount struct {
	Day   time.Time // its first moment, in the range's time zone
	Count int
}

// DayPages is the number of page views of one day, and of each of its URLs,
// the most frequent first.
type DayPages struct {
	Day   time.Time
	Count int
	URLs  []URLCount
}

// URLCount is the number of views of one URL.
type URLCount struct {
	URL   string
	Count int
}

// DayDurations is the mean length of the sessions that began on a day and have
// ended, and how many they are. A negative mean is zero.
type DayDurations struct {
	Day   time.Time
	Mean  time.Duration // rounded to the microsecond, halves to the even one
	Count int
}

// BrowserCount is the number of sessions of one browser, see [BrowserFamily],
// and its share of all sessions in percent, rounded to two decimals, halves to
// the even one.
type BrowserCount struct {
	Browser    string
	Count      int
	Percentage float64
}
