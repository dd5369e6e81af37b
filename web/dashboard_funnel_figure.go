package web

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// fillFigure makes the figure of the funnel, or proposes some where there is none.
func (v *funnelView) fillFigure(_ *dashboard, ctx context.Context, into *region) error {
	if len(v.shown) == 0 {
		return v.fillStart(ctx, into)
	}
	q, err := v.question(ctx)
	if err != nil {
		return addressFault(err)
	}
	counts, before, err := v.counts(ctx, q.funnel)
	if err != nil {
		return err
	}
	into.Chart = v.chart(q, counts, before)
	return nil
}

// counts asks for the numbers, and for those that they are compared with, at
// the same time; nil where that is nothing.
func (v *funnelView) counts(ctx context.Context, f behavior.Funnel) (counts, before []int, err error) {
	jobs := []func() error{func() (err error) { counts, err = v.h.tracker.Funnel(ctx, f); return err }}
	if v.fair != nil {
		other := f
		other.Range = *v.fair
		jobs = append(jobs, func() (err error) { before, err = v.h.tracker.Funnel(ctx, other); return err })
	}
	for _, err := range together(jobs...) {
		if err != nil {
			return nil, nil, err
		}
	}
	return counts, before, nil
}

// chart shows the steps of a funnel.
func (v *funnelView) chart(q *funnelQuery, counts, before []int) *ui.Chart {
	metric := behavior.MetricVisitors
	if q.funnel.BySession {
		metric = behavior.MetricSessions
	}
	c := &ui.Chart{
		ID: "funnel-chart", Kind: ui.ChartFunnel, Title: "Funnel of " + q.counted(), Note: q.definition(), Empty: v.nobody(q),
		Columns: []ui.ChartColumn{{Head: "Step"}, {Head: metric.Label(), Role: ui.RoleSeries}},
		Menu:    []ui.Link{{Text: "Save as CSV", URL: v.funnelLink("csv")}, {Text: "As JSON", URL: v.funnelLink("")}},
	}
	if before != nil {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: "Before", Role: ui.RolePrevious}, ui.ChartColumn{Head: "Change"})
	}
	c.Columns = append(c.Columns, ui.ChartColumn{Head: "Of the first"}, ui.ChartColumn{Head: "Of the step before"}, ui.ChartColumn{Head: "Lost"})
	if counts[0] == 0 {
		return c
	}
	steps := (&funnelAnswer{funnelQuery: *q, counts: counts}).steps()
	for n, s := range steps {
		row := ui.ChartRow{Name: v.shown[n].name(), Cells: []ui.ChartCell{ui.Count(s.Count)}}
		row.Step = ui.ChartStep{Value: grouped(s.Count), Share: portionText(s.Count, counts[0])}
		if row.Name != v.shown[n].words() {
			row.Step.Detail = v.shown[n].words()
		}
		if n+1 < len(steps) {
			row.Step.Lost = lostText(s.Count, steps[n+1].Count)
		}
		if before != nil {
			change := newChangeWords(metric, float64(s.Count), float64(before[n]))
			row.Step.Change, row.Step.ChangeWords = ui.ChartCell{Text: change.Text, Value: unknown, Tone: change.Tone}, change.Words
			row.Cells = append(row.Cells, ui.Count(before[n]), row.Step.Change)
		}
		lost := ui.Count(s.Lost)
		if n == 0 {
			lost = ui.Unknown() // nobody can be lost before the first step
		}
		row.Cells = append(row.Cells, shareCell(s.OfFirst), shareCell(s.OfPrevious), lost)
		c.Rows = append(c.Rows, row)
	}
	c.Summary = v.summary(c, q, counts, before)
	return c
}

// nobody says that there are no figures, and what helps.
func (v *funnelView) nobody(q *funnelQuery) ui.ChartNote {
	note := v.nothing()
	if len(v.filters) > 0 {
		note.Text = "No " + q.one() + " that matches the filters took the first step."
	} else {
		note.Text = "No " + q.one() + " took the first step in this time."
	}
	return note
}

// one is the word for one of what is counted.
func (q *funnelQuery) one() string { return q.counted()[:len(q.counted())-1] }

// summary says in a sentence how it went: "Of 420 visitors who began, 84 (20 %)
// came to the end; most were lost after Prices, 315."
func (v *funnelView) summary(c *ui.Chart, q *funnelQuery, counts, before []int) string {
	first, last := counts[0], counts[len(counts)-1]
	who := map[bool]string{true: " that began", false: " who began"}[q.funnel.BySession]
	began := grouped(first) + " " + q.counted() + who
	if first == 1 {
		began = "1 " + q.one() + who
	}
	text := fmt.Sprintf("Of %s, %s (%s) came to the end", began, grouped(last), portionText(last, first))
	switch last {
	case 0:
		text = "Of " + began + ", none came to the end"
	case first:
		text = "All of " + began + " came to the end"
		if first == 1 {
			text = "The one " + q.one() + who + " came to the end"
		}
	}
	most, where := 0, 0
	for n := 1; n < len(counts); n++ {
		if lost := counts[n-1] - counts[n]; lost > most {
			most, where = lost, n-1
		}
	}
	if most > 0 {
		text += fmt.Sprintf("; most were lost after %s, %s", isolated(shortened(c.Rows[where].Name, 80)), grouped(most))
	}
	text += "."
	if before == nil {
		return text
	}
	text += " Marks: " + v.comparedText()
	if before[0] > 0 {
		text += ", when it was " + portionText(before[len(before)-1], before[0])
	}
	return text + "."
}

// isolated keeps a stranger's text from turning the sentence around it.
func isolated(text string) string {
	return "\u2068" + strings.ReplaceAll(text, "\u2069", "") + "\u2069" // it must not end that itself
}

// lostText says what became of those who took a step until the next.
func lostText(count, next int) string {
	switch {
	case count == 0:
		return "Nobody was left"
	case next == count:
		return "All went on"
	case next == 0:
		return "All " + grouped(count) + " were lost"
	}
	return fmt.Sprintf("%s lost (%s), %s went on (%s)", grouped(count-next), portionText(count-next, count), grouped(next), portionText(next, count))
}

// portionText writes a share with one decimal where it is not whole. What is
// not all is never 100 %, what is not nothing never 0 %.
func portionText(n, of int) string {
	if of == 0 {
		return "–"
	}
	percent := math.Round(1000*float64(n)/float64(of)) / 10
	switch {
	case n > 0 && percent == 0:
		return "<" + nbsp + "0.1" + nbsp + "%"
	case n < of && percent == 100:
		percent = 99.9
	}
	return strconv.FormatFloat(percent, 'f', -1, 64) + nbsp + "%"
}

// shareCell is a share of the answer as a cell.
func shareCell(share numberJSON) ui.ChartCell {
	f := float64(share)
	if math.IsNaN(f) {
		return ui.Unknown()
	}
	return ui.ChartCell{Text: strconv.FormatFloat(f, 'f', 1, 64) + nbsp + "%", Value: f}
}
