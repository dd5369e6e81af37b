package web

import (
	"testing"
	"time"
)

// shown is what parseMoment makes of a text: a moment in UTC, or a word.
func shown(text string) string {
	switch at, ok, inRange := parseMoment(text); {
	case !ok:
		return "none"
	case !inRange:
		return "out of range"
	default:
		return momentText(at)
	}
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2025-03-01T12:00:00Z":             "2025-03-01T12:00:00Z",
		"2025-03-01T12:00:00.5Z":           "2025-03-01T12:00:00.500000Z",
		"2025-03-01T12:00:00,123456789Z":   "2025-03-01T12:00:00.123456Z",
		"2025-03-01T12:00:00.0000001Z":     "2025-03-01T12:00:00Z",
		"2025-03-01T12:00:00+05:30":        "2025-03-01T06:30:00Z",
		"2025-03-01T12:00:00-0800":         "2025-03-01T20:00:00Z",
		"2025-03-01T12:00:00+01":           "2025-03-01T11:00:00Z",
		"2025-03-01T12:00:00+05:30:15.5":   "2025-03-01T06:29:44.500000Z",
		"2025-03-01 12:00":                 "2025-03-01T12:00:00Z",
		"2025-03-01T12":                    "2025-03-01T12:00:00Z",
		"2025-03-01é12:30":                 "2025-03-01T12:30:00Z",
		"2025-03-01":                       "2025-03-01T00:00:00Z",
		"20250301":                         "2025-03-01T00:00:00Z",
		"20250301T120000.25+0530":          "2025-03-01T06:30:00.250000Z",
		"2025-W09-6":                       "2025-03-01T00:00:00Z",
		"2025-W09":                         "2025-02-24T00:00:00Z",
		"2025W09":                          "2025-02-24T00:00:00Z",
		"2025W096T10":                      "2025-03-01T10:00:00Z",
		"2025-W09-12:00":                   "2025-02-24T12:00:00Z",
		"2020-W53-7":                       "2021-01-03T00:00:00Z",
		"2025-3-1 9:05:07.12 +01":          "2025-03-01T08:05:07.120000Z",
		"2025-03-01T12:00:00 ":             "2025-03-01T12:00:00Z",
		"2024-02-29T23:59:59Z":             "2024-02-29T23:59:59Z",
		"0001-01-01T00:00:00":              "0001-01-01T00:00:00Z",
		"0001-01-01T00:00:00+14:00":        "out of range",
		"9999-12-31T23:59:59-01:00":        "out of range",
		"":                                 "none",
		"yesterday":                        "none",
		"12:00":                            "none",
		" 2025-03-01T12:00:00Z":            "none",
		"2025-03-01T12:00:00Z ":            "none",
		"2025-03-01T":                      "none",
		"2025-13-01T00:00:00Z":             "none",
		"2025-02-29":                       "none",
		"2025-02-30T00:00:00Z":             "none",
		"2025-03-01T24:00":                 "none",
		"2025-03-01T12:60":                 "none",
		"2025-03-01T12:00:60Z":             "none",
		"2025-03-01T12:00:00+24:00":        "none",
		"2025-03-01T12:00:00+1":            "none",
		"2025-03-01T12Z00":                 "none",
		"2025-W53-1":                       "none",
		"2025-W00-1":                       "none",
		"2025-W09-8":                       "none",
		"2025-W09-":                        "none",
		"9999-W53-7":                       "none",
		"0000-01-01":                       "none",
		"03/01/2025":                       "none",
		"2025-03-01T12:00:00\u00a0":        "none",
		"2025-03-01T12:00:00.12345678901Z": "2025-03-01T12:00:00.123456Z",
	} {
		if got := shown(text); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}

func TestParseFilterMomentAndDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, moment, date string }{
		{"2025-03-01T10:00:00+01:00", "2025-03-01T09:00:00Z", "none"},
		{" 2025-03-01 ", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"2025-3-1", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"20250301", "2025-03-01T00:00:00Z", "none"},
		{"2025-03-01 10:30:11.25", "2025-03-01T10:30:11.250000Z", "none"},
		{"03/01/2025", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"3/1/25", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"3/1/69 9:05", "1969-03-01T09:05:00Z", "none"},
		{"03/01/2025 10:30:11.25", "2025-03-01T10:30:11.250000Z", "none"},
		{"Mar 1 2025", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"mar 1, 2025", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"1 March, 2025", "2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z"},
		{"2025-03-01 10:30+05:30", "2025-03-01T05:00:00Z", "none"},
		{"2025-03-01T10:30 05:30", "none", "none"}, // a plus that was not escaped
		{"0001-01-01T00:00:00+14:00", "none", "none"},
		{"02/30/2025", "none", "none"},
		{"2025-02-30 10:00", "none", "none"},
		{"3/1/+5", "none", "none"},
		{"13/13/2025", "none", "none"},
		{"garbage", "none", "none"},
		{" ", "none", "none"},
	} {
		if got := shownBy(parseFilterMoment, c.text); got != c.moment {
			t.Errorf("%q as a moment: %s, not %s", c.text, got, c.moment)
		}
		if got := shownBy(parseFilterDate, c.text); got != c.date {
			t.Errorf("%q as a date: %s, not %s", c.text, got, c.date)
		}
	}
}

// shownBy is what a filter makes of a text.
func shownBy(parse func(string) (time.Time, bool), text string) string {
	at, ok := parse(text)
	if !ok {
		return "none"
	}
	return momentText(at)
}

// Whatever is read is in the calendar, cut to the microsecond, and reads back
// from what is shown of it.
func FuzzMoment(f *testing.F) {
	for _, text := range []string{"2025-03-01T12:00:00.5+05:30", "2025W096T10", "2025-W53-7", "2025-3-1 9:05 Z", "03/01/25 1:2:3.4", "Mar 1, 2025", "0001-01-01T00:00:00+14:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, ok, inRange := parseMoment(text)
		if ok && inRange {
			if again, ok, _ := parseMoment(momentText(at)); !ok || !again.Equal(at) || at.Nanosecond()%1000 != 0 {
				t.Errorf("%q: %s, then %s", text, at, again)
			}
		}
		for _, parse := range []func(string) (time.Time, bool){parseFilterMoment, parseFilterDate} {
			if at, ok := parse(text); ok && (!inCalendar(at) || at.Nanosecond()%1000 != 0) {
				t.Errorf("%q: %s", text, at)
			}
		}
	})
}
