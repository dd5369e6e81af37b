package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior/ui"
)

// reportPage is what the page "report" shows: finished words. Embedders whose
// own template shows it find its fields in docs/report.md.
type reportPage struct {
	Form     reportForm
	Problem  string // why the parameters cannot be used; empty: they can
	Span     string // "8 – 14 March 2025"
	Compared string // what it is compared with; empty: with nothing
	Zone     string
	Counts   string      // whether bots are among them
	FirstRun *firstRun   // nothing was ever recorded; nil: something was
	Nothing  *ui.Link    // there is nothing to show, but there; nil: there is
	Sample   *sampleNote // what is shown is made up; nil: it is not

	Figures        []reportFigure
	FiguresProblem *ui.ChartProblem // why there are none

	Interactions ui.Chart
	Types        ui.Chart
	Views        ui.Chart
	Pages        ui.Chart
	Browsers     ui.Chart
	Lengths      ui.Chart
	Panels       []ui.Chart // of the application
	Exports      []ui.Link
}

// reportForm is the form above the report.
type reportForm struct {
	Ranges, Compares []reportChoice
	Custom           bool
	From, To         string
	WithoutBots      bool
	URL              string
	URLs             []string  // that are offered
	Query            string    // address of the query API that offers more of them
	All              string    // address of the report of all pages
	Kept             []ui.Link // parameters of the one form that the other keeps: names and values
}

// reportChoice is an entry of a list to choose from.
type reportChoice struct {
	Value, Text string
	Chosen      bool
}

// reportFigure is a figure of the strip at the top.
type reportFigure struct {
	Name   string
	Means  string // what it counts
	Value  string
	Second string // a figure beside it; empty for none
	Change changeWords
	Spark  ui.Spark
}

// reportPage answers with the report as a page.
func (h *handler) reportPage(w http.ResponseWriter, r *http.Request) error {
	q, err := h.readReport(r)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	p := &reportPage{Form: q.form(), Problem: q.problem, Zone: h.settings.TimeZone.String()}
	if q.problem != "" {
		return h.renderReport(w, r, http.StatusBadRequest, p)
	}
	ctx, cancel := context.WithTimeout(r.Context(), reportWithin)
	defer cancel()
	answers := h.askReport(ctx, q)
	if err := answers.lost(); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	p.Span, p.Compared, p.Counts = spanText(q.span), q.comparedText(), q.countsText()
	if answers.empty() {
		if err := h.nought(r, p, q); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	} else {
		h.fillReport(r, p, q, answers)
		p.Panels = h.panels(r.WithContext(ctx), q)
	}
	return h.renderReport(w, r, http.StatusOK, p)
}

func (h *handler) renderReport(w http.ResponseWriter, r *http.Request, status int, p *reportPage) error {
	caller, err := h.caller(r)
	if err == nil {
		// The page stands without the note: what is wrong with the store shows in its parts.
		p.Sample, _ = h.sampleNote(r.Context(), caller.User)
	}
	return h.render(w, r, status, ui.Page{
		Name: "report", Charts: true, Data: p, Template: h.reportTemplate,
		WithToken: p.FirstRun != nil && p.FirstRun.Sample != "" || p.Sample != nil && p.Sample.May,
	})
}

// fillReport makes charts of the answers.
func (h *handler) fillReport(r *http.Request, p *reportPage, q reportQuery, a *reportAnswers) {
	if a.totals.err != nil {
		p.FiguresProblem = h.chartProblem(r, a.totals.err)
	} else {
		p.Figures = a.figures(q)
	}
	charts := []struct {
		into *ui.Chart
		of   asked
		fill func(*ui.Chart)
	}{
		{&p.Interactions, a.steps, func(c *ui.Chart) { a.interactions(c, q) }},
		{&p.Types, a.types, func(c *ui.Chart) { a.eventTypes(c) }},
		{&p.Views, a.views, func(c *ui.Chart) { a.pageViews(c, q) }},
		{&p.Pages, a.pages, func(c *ui.Chart) { a.topPages(c, q) }},
		{&p.Browsers, a.browsers, func(c *ui.Chart) { a.browserShares(c) }},
		{&p.Lengths, a.steps, func(c *ui.Chart) { a.lengths(c, q) }},
	}
	for i, one := range charts {
		*one.into = reportCharts[i]
		one.into.Title = strings.ReplaceAll(one.into.Title, "STEP", string(q.interval))
		if one.of.err != nil {
			one.into.Problem = h.chartProblem(r, one.of.err)
			continue
		}
		one.fill(one.into)
		link := q.csv(one.of.query)
		one.into.Menu = append(one.into.Menu, link)
		p.Exports = append(p.Exports, ui.Link{Text: one.into.Title, URL: link.URL})
	}
	if a.pages.err == nil {
		for _, row := range a.pages.rows {
			p.Form.URLs = append(p.Form.URLs, row.Dimensions[0])
		}
	}
	p.Form.Query = q.offers(a.pages.query)
}

// reportCharts are the charts as they are before their figures come. The
// aliases are the reference's names.
var reportCharts = []ui.Chart{
	{ID: "interactions", Kind: ui.ChartColumns, Title: "Interactions per STEP", Alias: "Daily Interaction Counts", Empty: ui.ChartNote{Text: "No interactions in this time."}},
	{ID: "types", Kind: ui.ChartRows, Title: "Interactions by type", Alias: "Event Type Counts"},
	{ID: "views", Kind: ui.ChartColumns, Title: "Page views per STEP", Alias: "Page Views with URL Breakdown", Empty: ui.ChartNote{Text: "No page views match."}},
	{ID: "pages", Kind: ui.ChartRows, Title: "Top pages", Alias: "Page Views with URL Breakdown", Empty: ui.ChartNote{Text: "No page was seen in this time."}},
	{ID: "browsers", Kind: ui.ChartDonut, Title: "Browsers", Alias: "Browser Usage", Empty: ui.ChartNote{Text: "No session began in this time."}},
	{ID: "lengths", Kind: ui.ChartLine, Title: "Average session length per STEP", Alias: "Session Durations", Empty: ui.ChartNote{Text: "No session of this time has ended."}},
}

// lost is why nothing at all can be shown; nil where something can.
func (a *reportAnswers) lost() error {
	errs := []error{a.totals.err, a.steps.err, a.types.err, a.pages.err, a.browsers.err}
	for _, err := range errs {
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
	}
	return errors.Join(errs...)
}

// empty reports whether nothing was recorded in the range, as far as is known.
func (a *reportAnswers) empty() bool {
	return a.totals.err == nil && !slices.ContainsFunc(a.totals.rows[0].Metrics[:3], func(n float64) bool { return n > 0 })
}

// nought fills in what a page says that has nothing to show.
func (h *handler) nought(r *http.Request, p *reportPage, q reportQuery) error {
	since, err := h.tracker.Since(r.Context())
	if err != nil {
		return err
	}
	if since.IsZero() {
		caller, _ := h.caller(r) // who may see the page
		p.FirstRun = h.newFirstRun(r, caller.User, r.URL.RequestURI())
		return nil
	}
	p.Nothing = &ui.Link{Text: "Show all since " + since.In(h.settings.TimeZone).Format("2 January 2006"), URL: q.address("date_range", "all")}
	return nil
}

// form is the form with what was asked for.
func (q reportQuery) form() reportForm {
	f := reportForm{Custom: q.custom, From: q.from, To: q.to, WithoutBots: q.withoutBots, URL: q.url, All: q.address("url", "", "pages", "") + "#views"}
	known := false
	for _, c := range reportRanges {
		c.Chosen = c.Value == q.rangeName || c.Value == "custom" && q.custom
		known = known || c.Chosen
		f.Ranges = append(f.Ranges, c)
	}
	if !known {
		f.Ranges = append(f.Ranges, reportChoice{q.rangeName, q.rangeName, true})
	}
	known = false
	for _, c := range reportCompares {
		c.Chosen = c.Value == q.compareName
		known = known || c.Chosen
		f.Compares = append(f.Compares, c)
	}
	if !known {
		f.Compares = append(f.Compares, reportChoice{q.compareName, q.compareName, true})
	}
	if q.rangeName != "7d" {
		f.Kept = append(f.Kept, ui.Link{Text: "date_range", URL: q.rangeName})
	}
	if q.compareName != "previous_period" {
		f.Kept = append(f.Kept, ui.Link{Text: "compare", URL: q.compareName})
	}
	if q.withoutBots {
		f.Kept = append(f.Kept, ui.Link{Text: "bots", URL: "without"})
	}
	return f
}

var reportRanges = []reportChoice{
	{Value: "today", Text: "Today"}, {Value: "yesterday", Text: "Yesterday"},
	{Value: "7d", Text: "Last 7 days"}, {Value: "28d", Text: "Last 28 days"}, {Value: "30d", Text: "Last 30 days"}, {Value: "91d", Text: "Last 91 days"},
	{Value: "month", Text: "This month"}, {Value: "last_month", Text: "Last month"}, {Value: "12mo", Text: "Last 12 months"}, {Value: "year", Text: "This year"},
	{Value: "custom", Text: "From … to …"},
}

var reportCompares = []reportChoice{
	{Value: "previous_period", Text: "Previous period"}, {Value: "year_over_year", Text: "Same time last year"},
	{Value: "year_over_year_weekday", Text: "Last year, same weekdays"}, {Value: "none", Text: "Nothing"},
}

func (q reportQuery) comparedText() string {
	if q.compare == nil {
		return ""
	}
	return spanText(*q.compare)
}

func (q reportQuery) countsText() string {
	if q.withoutBots {
		return "Sessions that are taken for those of bots are left out, with all that is in them."
	}
	return "Everything that was recorded is counted, bots too."
}

// figures are those of the strip at the top.
func (a *reportAnswers) figures(q reportQuery) []reportFigure {
	var all []reportFigure
	row := a.totals.rows[0]
	names := []string{"Sessions", "Page views", "Interactions", "Average session length"}
	for i, m := range reportMetrics[:4] {
		f := reportFigure{Name: names[i], Means: m.Definition(), Value: figureText(m, row.Metrics[i])}
		if a.totals.compared != nil {
			f.Change = newChangeWords(m, row.Metrics[i], beforeOf(m, a.totals.compared[0], i))
		}
		if a.steps.err == nil {
			f.Spark = a.spark(i, f.Name, q)
		}
		all = append(all, f)
	}
	all[3].Second = "median " + figureText(reportMetrics[4], row.Metrics[4])
	return all
}

// spark draws a metric of the steps, as far as they have begun.
func (a *reportAnswers) spark(place int, name string, q reportQuery) ui.Spark {
	var values []float64
	partial := false
	for n, s := range stepsOf(q.span, q.interval, q.now) {
		if s.future {
			break
		}
		values, partial = append(values, a.steps.rows[n].Metrics[place]), s.partial
	}
	return ui.NewSpark(name+" per "+string(q.interval)+", "+strconv.Itoa(len(values))+" values", values, partial)
}
