package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The reference reads moments with the parser of its language, which takes
// most of ISO 8601, and with a looser pattern after that. What it accepts and
// refuses is repeated here, so that clients meet no surprise.

// wallTime is a moment as it was written. Its date has been checked.
type wallTime struct {
	year, month, day           int
	hour, minute, second, nano int
	offset                     time.Duration // from UTC
}

// parseMoment reads a moment. Without an offset it is in UTC. The second
// result is false when the text is none; the third when the moment is outside
// the years 1 to 9999 in UTC.
func parseMoment(text string) (at time.Time, ok, inRange bool) {
	w, ok := parseISO(text)
	if !ok {
		w, ok = parseLoose(text)
	}
	if !ok {
		return time.Time{}, false, false
	}
	at = time.Date(w.year, time.Month(w.month), w.day, w.hour, w.minute, w.second, w.nano, time.UTC).Add(-w.offset)
	return at, true, inCalendar(at)
}

// inCalendar reports whether a moment can be shown: as years of four digits.
func inCalendar(at time.Time) bool { return at.Year() >= 1 && at.Year() <= 9999 }

// parseISO reads ISO 8601: dates as 2025-03-01, 20250301, 2025-W09-6 or
// 2025W09, then any one character, then a time with or without colons.
func parseISO(text string) (wallTime, bool) {
	date, clock, ok := splitISO(text)
	if !ok {
		return wallTime{}, false
	}
	var w wallTime
	if w.year, w.month, w.day, ok = isoDate(date); !ok {
		return wallTime{}, false
	}
	return w, clock == "" || w.isoTime(clock)
}

// splitISO splits a text into its date and its time, and drops the character
// between them.
func splitISO(text string) (date, clock string, ok bool) {
	if len(text) < 7 {
		return "", "", false
	}
	end := dateEnd(text)
	if end < 0 || end > len(text) {
		return "", "", false
	}
	date, rest := text[:end], text[end:]
	_, size := utf8.DecodeRuneInString(rest)
	return date, rest[size:], rest == "" || len(rest) > size
}

// dateEnd is where the date of an ISO text ends, negative if it has none.
func dateEnd(text string) int {
	switch {
	case len(text) == 7:
		return 7
	case text[4] == '-' && text[5] == 'W':
		return weekDateEnd(text)
	case text[4] == '-':
		return 10
	case text[4] != 'W':
		return 8
	}
	digits := 7 // 2025W09 or 2025W091, perhaps with the digits of a time behind
	for digits < len(text) && isDigit(text[digits]) {
		digits++
	}
	switch {
	case digits < 9:
		return digits
	case digits%2 == 0:
		return 7
	}
	return 8
}

// weekDateEnd is dateEnd for 2025-W09 and 2025-W09-6. In 2025-W09-12:00 the
// hyphen is taken for what stands before the time.
func weekDateEnd(text string) int {
	switch {
	case len(text) == 8 || text[8] != '-':
		return 8
	case len(text) == 9:
		return -1
	case len(text) > 10 && isDigit(text[10]):
		return 8
	}
	return 10
}

// isoDate reads a date of seven, eight or ten characters.
func isoDate(text string) (year, month, day int, ok bool) {
	d := digitReader{text: text}
	year = d.number(4)
	hyphens := d.skip('-')
	if d.skip('W') {
		week, weekday := d.number(2), 1
		if d.text != "" {
			d.failed = d.failed || d.skip('-') != hyphens
			weekday = d.number(1)
		}
		year, month, day, ok = weekDate(year, week, weekday)
		return year, month, day, ok && d.done()
	}
	month = d.number(2)
	d.failed = d.failed || d.skip('-') != hyphens
	day = d.number(2)
	return year, month, day, d.done() && isDate(year, month, day)
}

// isDate reports whether there is such a day.
func isDate(year, month, day int) bool {
	y, m, d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Date()
	return year >= 1 && y == year && int(m) == month && d == day
}

// weekDate is the day of an ISO week.
func weekDate(year, week, weekday int) (y, m, d int, ok bool) {
	if year < 1 || week < 1 || week > 53 || weekday < 1 || weekday > 7 {
		return 0, 0, 0, false
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // is in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	at := monday.AddDate(0, 0, 7*(week-1)+weekday-1)
	if week == 53 {
		if isoYear, _ := monday.AddDate(0, 0, 7*52).ISOWeek(); isoYear != year {
			return 0, 0, 0, false
		}
	}
	return at.Year(), int(at.Month()), at.Day(), inCalendar(at)
}

// isoTime reads a time of day and, behind +, - or Z, the offset from UTC.
func (w *wallTime) isoTime(text string) bool {
	clock, offset := text, ""
	sign := zoneAt(text)
	if sign >= 0 {
		clock, offset = text[:sign], text[sign+1:]
	}
	h, m, s, n, ok := isoClock(clock)
	if !ok || h > 23 || m > 59 || s > 59 {
		return false
	}
	w.hour, w.minute, w.second, w.nano = h, m, s, n
	switch {
	case sign < 0:
		return true
	case text[sign] == 'Z':
		return offset == ""
	case len(offset) < 2 || len(offset) == 3:
		return false
	}
	h, m, s, n, ok = isoClock(offset)
	w.offset = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(n)
	if text[sign] == '-' {
		w.offset = -w.offset
	}
	return ok && w.offset.Abs() < 24*time.Hour
}

// zoneAt is where the offset of a time begins, negative if it has none.
func zoneAt(text string) int {
	for _, sign := range []byte("-+Z") {
		if i := strings.IndexByte(text, sign); i >= 0 {
			return i
		}
	}
	return -1
}

// isoClock reads HH, HHMM, HH:MM, HHMMSS or HH:MM:SS, the latter with a
// fraction of any length, of which six digits count.
func isoClock(text string) (hour, minute, second, nano int, ok bool) {
	var parts [3]int
	d := digitReader{text: text}
	colons := false
	for i := range parts {
		parts[i] = d.number(2)
		if i == 0 {
			colons = strings.HasPrefix(d.text, ":")
		}
		if d.text == "" || i == 2 {
			break
		}
		if colons && !d.skip(':') {
			return 0, 0, 0, 0, false
		}
	}
	if d.text != "" {
		if d.text[0] != '.' && d.text[0] != ',' {
			return 0, 0, 0, 0, false
		}
		var fine bool
		nano, fine = fraction(d.text[1:])
		d.failed, d.text = d.failed || !fine, ""
	}
	return parts[0], parts[1], parts[2], nano, d.done()
}

// fraction is the digits behind a decimal point in nanoseconds, cut off to
// microseconds.
func fraction(digits string) (int, bool) {
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, _ := strconv.Atoi((digits + "000000")[:6])
	return n * 1000, true
}

// digitReader reads numbers of a fixed length off the front of a text.
type digitReader struct {
	text   string
	failed bool
}

// number reads a number of n digits.
func (d *digitReader) number(n int) int {
	if len(d.text) < n || strings.Trim(d.text[:n], "0123456789") != "" {
		d.failed = true
		d.text = d.text[min(n, len(d.text)):]
		return 0
	}
	value, _ := strconv.Atoi(d.text[:n])
	d.text = d.text[n:]
	return value
}

// skip drops a character if it is the next one.
func (d *digitReader) skip(c byte) bool {
	if d.text == "" || d.text[0] != c {
		return false
	}
	d.text = d.text[1:]
	return true
}

// done reports whether all was read, and read well.
func (d *digitReader) done() bool { return !d.failed && d.text == "" }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// looseMoment is what is accepted besides ISO 8601: numbers of one digit, and
// blanks before the offset.
var looseMoment = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})` +
	`(?::(\d{1,2})(?:[.,](\d{1,6})\d{0,6})?)?[\s\v]*(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?\n?$`)

// parseLoose reads a moment by that pattern.
func parseLoose(text string) (wallTime, bool) {
	part := looseMoment.FindStringSubmatch(text)
	if part == nil {
		return wallTime{}, false
	}
	n := make([]int, len(part))
	for i, digits := range part {
		n[i], _ = strconv.Atoi(digits) // zero for what is not there
	}
	w := wallTime{year: n[1], month: n[2], day: n[3], hour: n[4], minute: n[5], second: n[6]}
	if part[7] != "" {
		w.nano, _ = fraction(part[7])
	}
	w.offset = time.Duration(n[10])*time.Hour + time.Duration(n[11])*time.Minute
	if part[9] == "-" {
		w.offset = -w.offset
	}
	ok := isDate(w.year, w.month, w.day) && w.hour < 24 && w.minute < 60 && w.second < 60
	return w, ok && w.offset.Abs() < 24*time.Hour
}

// Forms in which the reference's filters take dates and moments besides those
// of parseMoment.
var (
	dateLayouts = []string{
		"2006-1-2", "1/2/2006", "1/2/06", "Jan 2 2006", "Jan 2, 2006", "2 Jan 2006", "2 Jan, 2006",
		"January 2 2006", "January 2, 2006", "2 January 2006", "2 January, 2006",
	}
	momentLayouts = append([]string{
		"2006-1-2 15:4:5", "2006-1-2 15:4", "1/2/2006 15:4:5", "1/2/2006 15:4", "1/2/06 15:4:5", "1/2/06 15:4",
	}, dateLayouts...)
)

// parseFilterMoment reads the moment that a filter names.
func parseFilterMoment(text string) (time.Time, bool) {
	text = trim(text)
	if at, ok, inRange := parseMoment(text); ok {
		return at, inRange
	}
	if looseMoment.MatchString(text) { // looks right, but there is no such moment
		return time.Time{}, false
	}
	return parseLayouts(momentLayouts, text)
}

// parseFilterDate reads the date that a filter names: its midnight in UTC.
func parseFilterDate(text string) (time.Time, bool) {
	return parseLayouts(dateLayouts, trim(text))
}

// parseLayouts reads a text by the first layout that fits. Package time would
// take a sign for a digit of a year.
func parseLayouts(layouts []string, text string) (time.Time, bool) {
	if strings.Contains(text, "+") {
		return time.Time{}, false
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil && inCalendar(at) {
			return at.Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}
