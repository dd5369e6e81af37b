package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// measure is how a chart shows one metric: in which unit, and how it is written.
type measure struct {
	metric behavior.Metric
	head   string
	unit   string  // of the axis, see [ui.Chart]
	scale  float64 // what a figure is divided by
	text   func(figure float64) string
}

// measureOf shows a metric as it is.
func measureOf(m behavior.Metric) measure {
	return measure{m, m.Label(), m.Unit(), 1, func(figure float64) string { return figureText(m, figure) }}
}

// cell is a figure of the metric as the chart shows it.
func (m measure) cell(figure float64) ui.ChartCell {
	if math.IsNaN(figure) {
		return ui.Unknown()
	}
	return ui.ChartCell{Text: m.text(figure / m.scale), Value: math.Round(figure/m.scale*1e4) / 1e4}
}

// timeChart fills a chart with a row for each step of time: a metric, what it
// was before where the answer is compared, and other metrics to read beside it.
func (a *queryAnswer) timeChart(c *ui.Chart, now time.Time, shown measure, beside ...measure) {
	i := a.query.insight
	steps := stepsOf(i.Range, i.Interval, now)
	place := a.place(shown.metric)
	c.Unit = shown.unit
	c.Columns = []ui.ChartColumn{{Head: stepHead(i.Interval)}, {Head: shown.head, Role: ui.RoleSeries}}
	if a.compared != nil {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: "Before", Role: ui.RolePrevious}, ui.ChartColumn{Head: "Change"})
	}
	for _, m := range beside {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: m.head})
	}
	for n, r := range a.rows {
		s := steps[n]
		row := ui.ChartRow{Name: s.name, Short: s.short, Time: r.Dimensions[0], Partial: s.partial}
		figure := r.Metrics[place]
		if s.future && figure == 0 {
			figure = math.NaN() // it is still to come
		}
		row.Cells = append(row.Cells, shown.cell(figure))
		if a.compared != nil {
			before := beforeOf(shown.metric, a.compared[n], place)
			row.Cells = append(row.Cells, shown.cell(before), changeCell(shown.metric, figure, before, s.partial))
		}
		for _, m := range beside {
			row.Cells = append(row.Cells, m.cell(r.Metrics[a.place(m.metric)]))
		}
		c.Rows = append(c.Rows, row)
	}
}

// changeCell tells a change. A time that is not over is not compared with a
// whole one.
func changeCell(m behavior.Metric, figure, before float64, partial bool) ui.ChartCell {
	d := newChangeWords(m, figure, before)
	if d.Text == "" || partial {
		return ui.Unknown()
	}
	return ui.ChartCell{Text: d.Text, Value: math.NaN(), Tone: d.Tone}
}

// place is where a metric stands among those of the answer.
func (a *queryAnswer) place(m behavior.Metric) int {
	for i, other := range a.query.insight.Metrics {
		if other == m {
			return i
		}
	}
	panic("the answer has no " + string(m))
}

// highest is the row with the largest value in the first column; -1 for none
// above zero.
func highest(rows []ui.ChartRow) int {
	best, most := -1, 0.0
	for i, r := range rows {
		if v := r.Cells[0].Value; v > most { // NaN is not
			best, most = i, v
		}
	}
	return best
}

// chartProblem tells an error where its figures would stand, and notes it in
// the log.
func (h *handler) chartProblem(r *http.Request, err error) *ui.ChartProblem {
	p := &ui.ChartProblem{RequestID: visitOf(r).id, Retry: r.URL.RequestURI()}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		p.Sentence = "This took too long. A shorter range is quicker."
	case errors.Is(err, behavior.ErrBusy), errors.Is(err, behavior.ErrUnavailable):
		p.Sentence = "The figures cannot be read at the moment."
	default:
		p.Sentence = "Something went wrong. The server’s log has the details."
	}
	h.log(r, slog.LevelError, err)
	return p
}

// together does several things, at most two at a time, and waits for all. A
// panic is an error like another.
func together(jobs ...func() error) []error {
	errs, turns := make([]error, len(jobs)), make(chan struct{}, 2)
	var all sync.WaitGroup
	for i, job := range jobs {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			errs[i] = contained(job)
		})
	}
	all.Wait()
	return errs
}

// contained turns any panic of do into an error: outside of the request's own
// goroutine it would end the program.
func contained(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}
