package web

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// Options are what an application changes of the pages. The zero Options
// change nothing.
type Options struct {
	Report ReportOptions
}

// ReportOptions are what an application changes of the report.
type ReportOptions struct {
	// Template stands in place of the report's own: it defines "content", and
	// "title" if it likes, and may use what the report's own uses, "chart" for
	// example. Its data is a [ui.Page], whose Data docs/report.md describes.
	// It must not have been executed. Nil: the report's own.
	Template *template.Template

	// Panels stand after the report's own charts, in this order.
	Panels []ReportPanel
}

// ReportPanel is a chart that an application adds to the report.
type ReportPanel struct {
	// ID names the panel in addresses, "report/#sales": a word of letters,
	// digits and dashes that no other panel or chart of the report has.
	ID string

	// Chart reckons the chart for what the report is asked for. Its ID is set
	// by the report. It is called at most once for each page, beside other
	// panels, and has to end with the request's context: then, and when it
	// fails, the panel says so and the rest of the page stays as it is.
	Chart func(r *http.Request, q ReportQuery) (ui.Chart, error)
}

// ReportQuery is what a report is asked for.
type ReportQuery struct {
	Range    behavior.Range
	Interval behavior.Interval // of the report's charts over time
	Compare  *behavior.Range   // nil: with nothing
	Bots     behavior.Bots
	Now      time.Time
}

// HandlerWith is [Handler] with pages as an application wants them. It fails
// when the options cannot be used.
func HandlerWith(t *behavior.Tracker, o Options) (http.Handler, error) {
	if err := o.Report.check(); err != nil {
		return nil, err
	}
	h := newHandler(t)
	h.reportPanels = o.Report.Panels
	if o.Report.Template != nil {
		page, err := ui.Replace("report", o.Report.Template)
		if err != nil {
			return nil, fmt.Errorf("report template: %w", err)
		}
		h.reportTemplate = page
	}
	return h, nil
}

var panelID = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)

// check tells what is wrong with the panels.
func (o ReportOptions) check() error {
	taken := []string{"main"}
	for _, c := range reportCharts {
		taken = append(taken, c.ID)
	}
	for _, p := range o.Panels {
		switch {
		case !panelID.MatchString(p.ID):
			return fmt.Errorf("report panel %q: an id begins with a letter and has letters, digits and dashes", p.ID)
		case slices.Contains(taken, p.ID):
			return fmt.Errorf("report panel %q: the id is taken", p.ID)
		case p.Chart == nil:
			return fmt.Errorf("report panel %q has no chart", p.ID)
		}
		taken = append(taken, p.ID)
	}
	return nil
}

// panels reckons the application's charts.
func (h *handler) panels(r *http.Request, q reportQuery) []ui.Chart {
	charts := make([]ui.Chart, len(h.reportPanels))
	asked := ReportQuery{Range: q.span, Interval: q.interval, Compare: q.compare, Bots: q.bots, Now: q.now}
	var jobs []func() error
	for i, p := range h.reportPanels {
		jobs = append(jobs, func() (err error) {
			charts[i], err = p.Chart(r, asked)
			return err
		})
	}
	for i, err := range together(jobs...) {
		charts[i].ID = h.reportPanels[i].ID
		if err != nil {
			charts[i].Problem = h.chartProblem(r, err)
		}
		if charts[i].Title == "" {
			charts[i].Title = charts[i].ID
		}
	}
	return charts
}
