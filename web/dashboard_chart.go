package web

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// unknown is the value of a cell that has none.
var unknown = math.NaN()

// cell is a figure of a metric.
func cell(m behavior.Metric, f float64) ui.ChartCell {
	return ui.ChartCell{Text: figureText(m, f), Value: f}
}

// beforeOf is the figure that one is compared with. What was not there at all
// was nothing, as far as it is a number of something.
func beforeOf(m behavior.Metric, before []float64, place int) float64 {
	switch {
	case before != nil:
		return before[place]
	case m.Unit() == "" && m != behavior.MetricViewsPerSession:
		return 0
	}
	return unknown
}

// fillMain makes the main chart.
func (d *dashboard) fillMain(ctx context.Context, into *region) error {
	i := d.base
	i.Metrics, i.Dimensions, i.Interval = []behavior.Metric{d.metric}, []behavior.Dimension{behavior.DimensionTime}, d.interval
	rows, err := d.h.tracker.Insight(ctx, i)
	if err != nil {
		return err
	}
	var compared [][]float64
	if d.compare != nil {
		if compared, err = d.h.tracker.Compare(ctx, i, rows, *d.compare); err != nil {
			return err
		}
	}
	c := &ui.Chart{
		ID: "main-chart", Kind: ui.ChartLine, Title: d.metric.Label(), Unit: d.metric.Unit(), Empty: d.nothing(),
		Columns: []ui.ChartColumn{{Head: stepHead(d.interval)}, {Head: d.metric.Label(), Role: ui.RoleSeries}},
		Menu:    []ui.Link{{Text: "Save as CSV", URL: d.queryLink(i, d.compare, "csv")}, {Text: "As JSON", URL: d.queryLink(i, d.compare, "")}},
	}
	if d.compare != nil {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: "Before", Role: ui.RolePrevious}, ui.ChartColumn{Head: "Change"})
	}
	for _, one := range d.intervals() {
		c.Tabs = append(c.Tabs, ui.Link{Text: intervalText(one), URL: d.link("interval", string(one)), Current: one == d.interval})
	}
	if len(c.Tabs) == 1 {
		c.Tabs = nil
	}
	d.addSteps(c, i, rows, compared)
	if nothingIn(c.Rows) {
		c.Rows = nil
	}
	c.Summary = d.stepSummary(c)
	into.Chart = c
	return nil
}

// nothingIn reports whether there is no figure above zero.
func nothingIn(rows []ui.ChartRow) bool {
	for _, r := range rows {
		for _, c := range r.Cells {
			if c.Value > 0 {
				return false
			}
		}
	}
	return true
}

// addSteps adds a row for each step of time that has begun.
func (d *dashboard) addSteps(c *ui.Chart, i behavior.Insight, rows []behavior.InsightRow, compared [][]float64) {
	for n, row := range d.stepRows() {
		if n >= len(rows) {
			return
		}
		r := rows[n]
		row.Cells = []ui.ChartCell{cell(d.metric, r.Metrics[0])}
		if compared != nil {
			before := beforeOf(d.metric, compared[n], 0)
			change := newChangeWords(d.metric, r.Metrics[0], before)
			if row.Partial {
				change = changeWords{} // a part and a whole
			}
			row.Cells = append(row.Cells, cell(d.metric, before), ui.ChartCell{Text: change.Text, Value: unknown, Tone: change.Tone})
		}
		c.Rows = append(c.Rows, row)
	}
}

// zoom leads to the view of one step of time; nowhere where that is as short as it gets.
func (d *dashboard) zoom(start, end time.Time) string {
	if d.interval == behavior.Minute {
		return ""
	}
	return d.link("date_range", rangeValue(behavior.Range{From: start, To: end, Location: d.base.Range.Location}))
}

func intervalText(i behavior.Interval) string {
	return map[behavior.Interval]string{
		behavior.Minute: "Minutes", behavior.Hour: "Hours", behavior.Day: "Days", behavior.Week: "Weeks", behavior.Month: "Months",
	}[i]
}

func stepHead(i behavior.Interval) string {
	return map[behavior.Interval]string{
		behavior.Minute: "Minute", behavior.Hour: "Hour", behavior.Day: "Day", behavior.Week: "Week", behavior.Month: "Month",
	}[i]
}

// stepSummary says what the main chart shows.
func (d *dashboard) stepSummary(c *ui.Chart) string {
	highest := -1
	for i, row := range c.Rows {
		if v := row.Cells[0].Value; v > 0 && (highest < 0 || v > c.Rows[highest].Cells[0].Value) {
			highest = i
		}
	}
	if highest < 0 {
		return ""
	}
	top := c.Rows[highest]
	text := fmt.Sprintf("Highest: %s, %s.", top.Name, top.Cells[0].Text)
	if d.compare != nil {
		text += " Dashed: " + spanText(*d.compare) + "."
	}
	return text
}

// fillHours makes the grid of weekdays and hours, of a figure that can be counted.
func (d *dashboard) fillHours(ctx context.Context, into *region) error {
	m := d.metric
	if m.Unit() != "" || m == behavior.MetricViewsPerSession {
		m = behavior.MetricSessions
	}
	i := d.base
	i.Metrics, i.Dimensions = []behavior.Metric{m}, []behavior.Dimension{behavior.DimensionWeekday, behavior.DimensionHour}
	rows, err := d.h.tracker.Insight(ctx, i)
	if err != nil {
		return err
	}
	c := &ui.Chart{
		ID: "hours-chart", Kind: ui.ChartHeat, Title: m.Label() + " by weekday and hour", Columns: []ui.ChartColumn{{Head: "Weekday"}}, Empty: d.nothing(),
		Menu: []ui.Link{{Text: "Save as CSV", URL: d.queryLink(i, nil, "csv")}, {Text: "As JSON", URL: d.queryLink(i, nil, "")}},
	}
	for hour := range 24 {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: fmt.Sprintf("%02d", hour), Role: ui.RoleSeries})
	}
	c.Rows, c.Summary = hourRows(m, rows)
	into.Chart = c
	return nil
}

// hourRows has a row for each weekday, if anything was counted.
func hourRows(m behavior.Metric, found []behavior.InsightRow) (rows []ui.ChartRow, summary string) {
	if len(found) == 0 {
		return nil, ""
	}
	figures := map[[2]string]float64{}
	for _, r := range found {
		figures[[2]string(r.Dimensions)] = r.Metrics[0]
	}
	most, when := 0.0, ""
	for day := 1; day <= 7; day++ {
		name := time.Weekday(day % 7).String()
		row := ui.ChartRow{Name: name, Short: name[:3]}
		for hour := range 24 {
			f := figures[[2]string{fmt.Sprint(day), fmt.Sprint(hour)}]
			row.Cells = append(row.Cells, cell(m, f))
			if f > most {
				most, when = f, fmt.Sprintf("%s, %02d:00–%02d:00", name, hour, (hour+1)%25)
			}
		}
		rows = append(rows, row)
	}
	if most > 0 {
		summary = fmt.Sprintf("Most: %s, %s.", when, figureText(m, most))
	}
	return rows, summary
}

// stepRows has a row for each step of time that has begun, still without figures.
func (d *dashboard) stepRows() []ui.ChartRow {
	steps := stepsOf(d.base.Range, d.interval, d.now)
	var rows []ui.ChartRow
	for n, step := range steps {
		if step.future {
			break
		}
		end := d.base.Range.To
		if n+1 < len(steps) {
			end = steps[n+1].start
		}
		rows = append(rows, ui.ChartRow{
			Name: step.name, Short: step.short, Time: step.start.Format(time.RFC3339), Partial: step.partial, URL: d.zoom(step.start, end),
		})
	}
	return rows
}
