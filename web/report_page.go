package web

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// reportPage is what the page "report" shows: finished words.
type reportPage struct {
	First, Last reportDay // with the year
	Zone        string
	Empty       bool // nothing at all was recorded

	Interactions string // how many
	Types        []reportRow
	Days         []reportRow

	PageViews string
	Pages     []reportPages

	Sessions  string
	Open      string // sentence about the sessions without an end; empty for none
	Durations []reportRow
	Browsers  []reportRow
}

// reportDay is a day as people and as machines write it.
type reportDay struct{ Text, Date string }

// reportRow is a row of a table: a name or a day, and up to two figures.
type reportRow struct {
	Name   string
	Day    reportDay
	Count  string
	Second string // share or duration
}

// reportPages is what was seen on one day.
type reportPages struct {
	Day   reportDay
	Count string
	URLs  []reportRow
	More  string // sentence about what is not listed; empty for nothing
}

func newReportPage(span behavior.ReportRange, report behavior.Report) reportPage {
	days := daysOf(span)
	p := reportPage{
		First: withYear(days[len(days)-1]), Last: withYear(days[0]), Zone: span.Location.String(),
		Types: typeRows(report.Events), Days: dayRows(days, report.Days), Durations: durationRows(report.Durations),
	}
	var interactions, views, sessions, ended int
	for _, d := range report.Days {
		interactions += d.Count
	}
	for _, d := range report.PageViews {
		views += d.Count
		p.Pages = append(p.Pages, newReportPages(d))
	}
	for _, d := range report.Durations {
		ended += d.Count
	}
	for _, b := range report.Browsers {
		sessions += b.Count
		share := strconv.FormatFloat(b.Percentage, 'f', 2, 64) + " %"
		p.Browsers = append(p.Browsers, reportRow{Name: b.Browser, Count: grouped(b.Count), Second: share})
	}
	p.Interactions, p.PageViews, p.Sessions = grouped(interactions), grouped(views), grouped(sessions)
	p.Empty = interactions+views+sessions == 0
	p.Open = openSentence(sessions - ended)
	return p
}

// daysOf lists the days of a range, the newest first, each by its noon: noon
// exists on every day, midnight does not.
func daysOf(span behavior.ReportRange) []time.Time {
	var days []time.Time
	y, m, d := span.From.In(span.Location).Date()
	for noon := time.Date(y, m, d, 12, 0, 0, 0, span.Location); noon.Before(span.To); {
		days = append(days, noon)
		noon = time.Date(y, m, d+len(days), 12, 0, 0, 0, span.Location)
	}
	slices.Reverse(days)
	return days
}

func newReportDay(day time.Time) reportDay {
	return reportDay{Text: day.Format("Monday 2 January"), Date: day.Format(time.DateOnly)}
}

func withYear(day time.Time) reportDay {
	return reportDay{Text: day.Format("Monday 2 January 2006"), Date: day.Format(time.DateOnly)}
}

// typeRows lists the eight event types, also those that did not happen, and
// then the others that did.
func typeRows(events []behavior.EventCount) []reportRow {
	var rows []reportRow
	for _, known := range behavior.EventTypes() {
		count := 0
		for _, e := range events {
			if e.EventType == known {
				count = e.Count
			}
		}
		rows = append(rows, reportRow{Name: known.Label(), Count: grouped(count)})
	}
	for _, e := range events {
		if !slices.Contains(behavior.EventTypes(), e.EventType) {
			rows = append(rows, reportRow{Name: e.EventType.Label(), Count: grouped(e.Count)})
		}
	}
	return rows
}

// dayRows has a row for every day, also for those without interactions.
func dayRows(days []time.Time, counts []behavior.DayCount) []reportRow {
	var rows []reportRow
	for _, day := range days {
		row := reportRow{Day: newReportDay(day)}
		count := 0
		for _, c := range counts {
			if c.Day.Format(time.DateOnly) == row.Day.Date {
				count = c.Count
			}
		}
		row.Count = grouped(count)
		rows = append(rows, row)
	}
	return rows
}

func durationRows(durations []behavior.DayDurations) []reportRow {
	var rows []reportRow
	for _, d := range durations {
		rows = append(rows, reportRow{Day: newReportDay(d.Day), Count: grouped(d.Count), Second: minutes(d.Mean)})
	}
	return rows
}

func newReportPages(d behavior.DayPages) reportPages {
	p := reportPages{Day: newReportDay(d.Day), Count: grouped(d.Count)}
	for _, u := range d.URLs[:min(len(d.URLs), maxPageURLs)] {
		p.URLs = append(p.URLs, reportRow{Name: u.URL, Count: grouped(u.Count)})
	}
	if more := len(d.URLs) - len(p.URLs); more > 0 {
		p.More = fmt.Sprintf("and %s more", grouped(more))
	}
	return p
}

// openSentence says how many sessions the durations leave out.
func openSentence(open int) string {
	switch open {
	case 0:
		return ""
	case 1:
		return "One session has not ended and is not counted here."
	}
	return grouped(open) + " sessions have not ended and are not counted here."
}

// grouped writes a count with a comma between each three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}
