package web

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// stackSeries is how many colours there are that can be told apart.
const stackSeries = 8

// typesOverTime stacks the interactions of each type in each step of time.
func (d *dashboard) typesOverTime(ctx context.Context) (*ui.Chart, error) {
	i := d.base
	i.Metrics, i.Interval = []behavior.Metric{behavior.MetricInteractions}, d.interval
	i.Dimensions = []behavior.Dimension{behavior.DimensionTime, behavior.DimensionEventType}
	found, err := d.h.tracker.Insight(ctx, i)
	if err != nil {
		return nil, err
	}
	sums, counts := map[string]float64{}, map[[2]string]float64{}
	for _, r := range found {
		sums[r.Dimensions[1]] += r.Metrics[0]
		counts[[2]string(r.Dimensions)] = r.Metrics[0]
	}
	types := slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), strings.Compare(a, b))
	})
	c := &ui.Chart{
		ID: "types-chart", Kind: ui.ChartStack, Title: "Interactions over time", Columns: []ui.ChartColumn{{Head: stepHead(d.interval)}},
		Menu: []ui.Link{{Text: "Save as CSV", URL: d.queryLink(i, nil, "csv")}, {Text: "As JSON", URL: d.queryLink(i, nil, "")}},
	}
	shown, rest := types, []string(nil)
	if len(types) > stackSeries {
		shown, rest = types[:stackSeries-1], types[stackSeries-1:]
	}
	for _, t := range shown {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: behavior.EventType(t).Label(), Role: ui.RoleSeries})
	}
	if rest != nil {
		c.Columns = append(c.Columns, ui.ChartColumn{Head: "Others", Role: ui.RoleSeries})
	}
	for _, row := range d.stepRows() {
		for _, t := range shown {
			row.Cells = append(row.Cells, cell(behavior.MetricInteractions, counts[[2]string{row.Time, t}]))
		}
		if rest != nil {
			others := 0.0
			for _, t := range rest {
				others += counts[[2]string{row.Time, t}]
			}
			row.Cells = append(row.Cells, cell(behavior.MetricInteractions, others))
		}
		c.Rows = append(c.Rows, row)
	}
	return c, nil
}
