package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// maxJSONURLs is how many URLs the figures list of one day at most, the most
// frequent ones. A site may have more than a client can hold.
const maxJSONURLs = 1000

// reportFigures answers with the figures as the reference's page holds them.
func (h *handler) reportFigures(r *http.Request) (answer, error) {
	report, err := h.tracker.Report(r.Context(), h.tracker.ReportRange())
	if err != nil {
		return answer{}, fmt.Errorf("report: %w", err)
	}
	return answer{body: newReportFigures(report)}, nil
}

// reportFigures is the report in the reference's form. Lists by day run from
// the newest day to the oldest; days without records are left out.
type reportFigures struct {
	Interactions []eventFigure    `json:"interaction_data"`
	Days         []dayFigure      `json:"timestamps_data"`
	PageViews    []pagesFigure    `json:"page_views"`
	Durations    []durationFigure `json:"start_end_times_data"`
	Browsers     []browserFigure  `json:"browser_data"`
}

type eventFigure struct {
	Interaction behavior.EventType `json:"interaction"`
	Count       int                `json:"count"`
}

type dayFigure struct {
	Day       string `json:"day"` // "Monday"
	Count     int    `json:"count"`
	Timestamp string `json:"timestamp"` // midnight, with the offset of the time zone
}

type pagesFigure struct {
	dayFigure
	URLs []urlFigure `json:"urls"`
	More int         `json:"more,omitempty"` // URLs that are not listed
}

type urlFigure struct {
	URL   string `json:"url"`
	Count int    `json:"count"`
}

type durationFigure struct {
	Day       string `json:"day"`
	Duration  string `json:"duration"` // the mean in whole minutes, cut off
	Count     int    `json:"count"`
	Timestamp string `json:"timestamp"`
}

type browserFigure struct {
	Browser    string  `json:"browser"`
	Count      int     `json:"count"`
	Percentage float64 `json:"percentage"`
}

// newReportFigures puts a report into the reference's form and order: types
// and URLs by name.
func newReportFigures(report behavior.Report) reportFigures {
	f := reportFigures{
		Interactions: []eventFigure{}, Days: []dayFigure{}, PageViews: []pagesFigure{}, Durations: []durationFigure{}, Browsers: []browserFigure{},
	}
	for _, e := range report.Events {
		f.Interactions = append(f.Interactions, eventFigure{e.EventType, e.Count})
	}
	slices.SortFunc(f.Interactions, func(a, b eventFigure) int { return cmp.Compare(a.Interaction, b.Interaction) })
	for _, d := range report.Days {
		f.Days = append(f.Days, newDayFigure(d.Day, d.Count))
	}
	for _, d := range report.PageViews {
		f.PageViews = append(f.PageViews, newPagesFigure(d))
	}
	for _, d := range report.Durations {
		f.Durations = append(f.Durations, durationFigure{d.Day.Weekday().String(), minutes(d.Mean), d.Count, midnight(d.Day)})
	}
	for _, b := range report.Browsers {
		f.Browsers = append(f.Browsers, browserFigure(b))
	}
	return f
}

func newDayFigure(day time.Time, count int) dayFigure {
	return dayFigure{Day: day.Weekday().String(), Count: count, Timestamp: midnight(day)}
}

func newPagesFigure(d behavior.DayPages) pagesFigure {
	f := pagesFigure{dayFigure: newDayFigure(d.Day, d.Count), URLs: []urlFigure{}}
	urls := d.URLs[:min(len(d.URLs), maxJSONURLs)]
	for _, u := range urls {
		f.URLs = append(f.URLs, urlFigure(u))
	}
	slices.SortFunc(f.URLs, func(a, b urlFigure) int { return strings.Compare(a.URL, b.URL) })
	f.More = len(d.URLs) - len(urls)
	return f
}

// minutes is a duration in whole minutes, cut off.
func minutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

// midnight is the beginning of a day in ISO 8601. Where clocks skip midnight,
// it is written all the same, with the offset that held until then.
func midnight(day time.Time) string {
	offset := day
	if day.Hour() != 0 || day.Minute() != 0 {
		offset = day.Add(-1)
	}
	return day.Format("2006-01-02T00:00:00") + offset.Format("-07:00")
}
