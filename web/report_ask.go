package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

const (
	// reportWithin is how long the figures of a report may take.
	reportWithin = 15 * time.Second
	// maxReportSpan bounds how many steps of time there can be.
	maxReportSpan = 3660 * 24 * time.Hour
	// reportPages is how many pages a list of them has.
	reportPages = 10
	// maxReportOffset bounds how far that list goes on.
	maxReportOffset = 10_000
	// maxReportTypes is how many event types are listed at most: names that are
	// no longer in the settings may be stored.
	maxReportTypes = 100
)

// reportQuery is what a report is asked for, by the parameters of its address.
type reportQuery struct {
	rangeName    string // "7d", or two dates
	custom       bool   // the form's two dates are meant
	from, to     string // of the form
	compareName  string
	withoutBots  bool
	url          string // whose views are shown; empty: of all
	offset       int    // of the list of pages
	span         behavior.Range
	compare      *behavior.Range
	interval     behavior.Interval
	bots         behavior.Bots
	now          time.Time
	problem      string // why the parameters cannot be used; empty: they can
	queryAddress string // of the query API
}

// readReport reads the parameters of a report. The range, and what it is
// compared with, are read as the query API reads them. An error is not the
// client's; what is wrong with the parameters is in the problem.
func (h *handler) readReport(r *http.Request) (reportQuery, error) {
	form := r.URL.Query()
	q := reportQuery{
		rangeName: form.Get("date_range"), from: form.Get("from"), to: form.Get("to"), compareName: form.Get("compare"),
		withoutBots: form.Get("bots") == "without", url: strings.TrimSpace(form.Get("url")), now: h.settings.Now(),
		bots: behavior.WithBots, queryAddress: h.settings.Prefix + "query/",
	}
	switch q.rangeName {
	case "custom":
		q.custom, q.rangeName = true, q.from+","+q.to
	case "":
		q.rangeName = "7d"
	default:
		if from, to, ok := strings.Cut(q.rangeName, ","); ok {
			q.custom, q.from, q.to = true, from, to
		}
	}
	if q.compareName == "" {
		q.compareName = "previous_period"
	}
	if q.withoutBots {
		q.bots = behavior.WithoutBots
	}
	err := h.spanOfReport(r.Context(), &q)
	if errors.As(err, &behavior.Invalid{}) {
		q.refuse(err)
		err = nil
	}
	if q.span.To.Sub(q.span.From) > maxReportSpan {
		q.problem = "At most 10 years can be shown."
	}
	if strings.ContainsRune(q.url, 0) {
		q.problem = "An address has no null character in it."
	}
	q.readList(form)
	return q, err
}

// spanOfReport reads the range and the comparison.
func (h *handler) spanOfReport(ctx context.Context, q *reportQuery) error {
	fields := queryFields{"metrics": jsonOf([]behavior.Metric{behavior.MetricSessions}), "date_range": jsonOf(q.rangeName)}
	if q.compareName != "none" {
		fields["include"] = jsonOf(map[string]any{"comparisons": comparisonOfText(q.compareName)})
	}
	read, err := h.readQuery(ctx, fields)
	if err != nil {
		return err
	}
	q.span, q.compare = read.insight.Range, read.compare
	if q.interval = q.span.BestInterval(); q.interval == behavior.Minute && q.span.To.Sub(q.span.From) > time.Hour {
		q.interval = behavior.Hour
	}
	return nil
}

// refuse notes what is wrong with the parameters, and shows the last seven days.
func (q *reportQuery) refuse(err error) {
	var wrong behavior.Invalid
	errors.As(err, &wrong)
	for _, part := range []string{"date_range", "include"} {
		for _, sentence := range wrong[part] {
			q.problem = sentence
		}
	}
	if q.custom && (q.from == "" || q.to == "") {
		q.problem = "A range of one’s own needs its first and its last day."
	}
	if q.problem == "" {
		q.problem = err.Error()
	}
}

// readList reads where the list of pages goes on.
func (q *reportQuery) readList(form url.Values) {
	text := form.Get("pages")
	if text == "" {
		return
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxReportOffset/reportPages {
		q.problem = fmt.Sprintf("The list of pages goes from 1 to %s.", grouped(maxReportOffset/reportPages))
		return
	}
	q.offset = (n - 1) * reportPages
}

// address is the report's with other parameters: pairs of a name and a value.
func (q reportQuery) address(pairs ...string) string {
	params := url.Values{}
	set := func(name, value, usual string) {
		params.Del(name)
		if value != usual {
			params.Set(name, value)
		}
	}
	set("date_range", q.rangeName, "7d")
	set("compare", q.compareName, "previous_period")
	set("url", q.url, "")
	set("pages", strconv.Itoa(q.offset/reportPages+1), "1")
	if q.withoutBots {
		params.Set("bots", "without")
	}
	for i := 0; i < len(pairs); i += 2 {
		set(pairs[i], pairs[i+1], "")
	}
	if len(params) == 0 {
		return "?"
	}
	return "?" + params.Encode()
}

// insight is a question of the report.
func (q reportQuery) insight(metrics []behavior.Metric, dimensions ...behavior.Dimension) *insightQuery {
	i := behavior.Insight{Metrics: metrics, Dimensions: dimensions, Range: q.span, Bots: q.bots}
	if slices.Contains(dimensions, behavior.DimensionTime) {
		i.Interval = q.interval
	}
	return &insightQuery{insight: i, compare: q.compare}
}

// ofURL is the condition of the page that is asked for: a whole address, or a
// part of one.
func (q reportQuery) ofURL() []behavior.Condition {
	op := behavior.Contains
	if strings.Contains(q.url, "://") {
		op = behavior.Is
	}
	return []behavior.Condition{{Dimension: behavior.DimensionURL, Op: op, Values: []string{q.url}}}
}

// csv is the address of a question's answer as CSV.
func (q reportQuery) csv(of *insightQuery) ui.Link {
	i := of.insight
	params := url.Values{"metrics": {joined(i.Metrics)}, "date_range": {momentsText(i.Range)}, "format": {"csv"}}
	set := func(name, value string) {
		if value != "" {
			params.Set(name, value)
		}
	}
	set("dimensions", joined(i.Dimensions))
	set("interval", string(i.Interval))
	if i.Bots == behavior.WithBots {
		params.Set("bots", "with")
	}
	if of.compare != nil {
		params.Set("compare", momentsText(*of.compare))
	}
	for _, c := range i.Conditions {
		name := map[behavior.Op]string{behavior.Is: "is", behavior.Contains: "contains"}[c.Op]
		params.Set("filters", string(jsonOf([]any{[]any{name, c.Dimension, c.Values}})))
	}
	return ui.Link{Text: "Save as CSV", URL: q.queryAddress + "?" + params.Encode()}
}

// offers is the address that offers pages of the range: a script adds a filter.
func (q reportQuery) offers(pages *insightQuery) string {
	plain := insightQuery{insight: pages.insight}
	return strings.Replace(q.csv(&plain).URL, "format=csv", "limit=20", 1)
}

// momentsText is a range as an address names it.
func momentsText(r behavior.Range) string {
	return r.From.Format(time.RFC3339) + "," + r.To.Format(time.RFC3339)
}

// reportAnswers are the answers to the questions of a report. Where one could
// not be answered, its error says why.
type reportAnswers struct {
	totals, steps, views, types, pages, browsers asked
	open                                         int // sessions of the range that have not ended
	openErr                                      error
}

// asked is a question and what came of it.
type asked struct {
	*queryAnswer
	err error
}

// The figures of the strip at the top, of which each step has all but the last.
var reportMetrics = []behavior.Metric{
	behavior.MetricSessions, behavior.MetricPageViews, behavior.MetricInteractions, behavior.MetricSessionLength, behavior.MetricSessionLengthMedian,
}

// askReport asks all that a report wants to know, two questions at a time.
func (h *handler) askReport(ctx context.Context, q reportQuery) *reportAnswers {
	totals := q.insight(reportMetrics)
	steps := q.insight(reportMetrics[:4], behavior.DimensionTime)
	types := q.insight([]behavior.Metric{behavior.MetricInteractions}, behavior.DimensionEventType)
	types.insight.Limit = maxReportTypes
	pages := q.insight([]behavior.Metric{behavior.MetricPageViews}, behavior.DimensionURL)
	pages.insight.Limit, pages.insight.Offset = reportPages+1, q.offset
	browsers := q.insight([]behavior.Metric{behavior.MetricSessions}, behavior.DimensionBrowserFamily)
	views := q.insight([]behavior.Metric{behavior.MetricPageViews}, behavior.DimensionTime)

	a := &reportAnswers{}
	ask := func(into *asked, of *insightQuery) func() error {
		into.queryAnswer = &queryAnswer{query: of} // whatever comes of it
		return func() error {
			found, err := h.answer(ctx, of)
			if err == nil {
				into.queryAnswer = found
			}
			return err
		}
	}
	into := []*error{&a.totals.err, &a.steps.err, &a.pages.err, &a.browsers.err, &a.types.err, &a.openErr}
	jobs := []func() error{
		ask(&a.totals, totals), ask(&a.steps, steps), ask(&a.pages, pages), ask(&a.browsers, browsers),
		func() (err error) { a.types.queryAnswer, err = h.answerTypes(ctx, types); return err },
		func() (err error) { a.open, err = h.openSessions(ctx, q); return err },
	}
	if q.url != "" {
		views.insight.Conditions = q.ofURL()
		into, jobs = append(into, &a.views.err), append(jobs, ask(&a.views, views))
	}
	for i, err := range together(jobs...) {
		*into[i] = err
	}
	if q.url == "" {
		a.views = a.steps
	}
	return a
}

// answerTypes counts interactions by type. The eight types are always there.
func (h *handler) answerTypes(ctx context.Context, of *insightQuery) (*queryAnswer, error) {
	a := &queryAnswer{query: of}
	var err error
	if a.rows, err = h.tracker.Insight(ctx, of.insight); err != nil {
		return a, fmt.Errorf("interactions by type: %w", err)
	}
	for _, known := range behavior.EventTypes() {
		if !slices.ContainsFunc(a.rows, func(r behavior.InsightRow) bool { return r.Dimensions[0] == string(known) }) {
			a.rows = append(a.rows, behavior.InsightRow{Dimensions: []string{string(known)}, Metrics: []float64{0}})
		}
	}
	if of.compare != nil {
		if a.compared, err = h.tracker.Compare(ctx, of.insight, a.rows, *of.compare); err != nil {
			return a, fmt.Errorf("interactions by type: compare: %w", err)
		}
	}
	return a, nil
}

// openSessions counts the sessions that began in the range and have not ended.
func (h *handler) openSessions(ctx context.Context, q reportQuery) (int, error) {
	filters := []behavior.Filter{
		{Field: "end_time", Op: behavior.Is, Values: []any{nil}},
		{Field: "start_time", Op: behavior.AtLeast, Values: []any{q.span.From}},
		{Field: "start_time", Op: behavior.Less, Values: []any{q.span.To}},
	}
	if q.bots == behavior.WithoutBots {
		filters = append(filters, behavior.Filter{Field: "bot", Op: behavior.Is, Values: []any{false}})
	}
	_, n, err := h.tracker.Sessions(ctx, behavior.Query{Filters: filters, Limit: 1})
	return n, err
}
