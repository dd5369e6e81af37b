package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// What a report shows of one day's URLs at most, the most frequent ones. A
// site may have more pages than a browser can show.
const (
	maxPageURLs = 20
	maxJSONURLs = 1000
)

// report serves the report of the last seven days: a page, or its figures as
// JSON when asked by ?format=json. The settings say who may see it; it is not
// throttled.
func (h *handler) report(w http.ResponseWriter, r *http.Request) error {
	if formatName(r) == "json" && method(r) == http.MethodGet {
		e := endpoint{permission: h.settings.ReportPermission, serve: map[string]func(*http.Request) (answer, error){http.MethodGet: h.reportFigures}}
		w.Header().Set("Vary", "Cookie")
		return writeJSON(w, h.outcome(e, r, nil), 0)
	}
	caller, err := h.caller(r)
	var refused httpError
	switch {
	case errors.Is(err, behavior.ErrCredentials), errors.As(err, &refused) && refused.status == http.StatusForbidden:
		caller.User = behavior.User{} // the page asks for a sign-in, other credentials count for nothing
	case err != nil:
		return err
	}
	if !h.settings.ReportPermission(r, caller.User) {
		return forbidden(caller.User)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		if r.Method != http.MethodOptions {
			return httpError{status: http.StatusMethodNotAllowed}
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
	span := h.tracker.ReportRange()
	report, err := h.tracker.Report(r.Context(), span)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return h.page(w, r, http.StatusOK, "report", newReportPage(span, report))
}

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
