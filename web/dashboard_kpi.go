package web

import (
	"context"
	"log/slog"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// kpiMetrics are the figures of the strip at the top, any of which the main
// chart can show.
var kpiMetrics = []behavior.Metric{
	behavior.MetricVisitors, behavior.MetricSessions, behavior.MetricPageViews, behavior.MetricInteractions,
	behavior.MetricViewsPerSession, behavior.MetricBounceRate, behavior.MetricSessionLength,
}

// kpis is the strip of figures at the top.
type kpis struct {
	Cells    []kpi
	Now      nowRegion
	Compared string // the time that they are compared with; empty for none
	Nothing  bool   // nothing at all is counted
	Note     ui.ChartNote
	Updated  string // "14:02"
	JSON     string // where the query API answers the same
}

type kpi struct {
	Metric, Label, Value, Definition, URL string
	Current                               bool
	Change                                changeWords
}

// nowRegion is how many visitors there are now.
type nowRegion struct {
	Visitors, Definition, URL string
	Refresh                   string // where it can be had alone
}

// fillKPIs asks for all figures at once, and what they are compared with.
func (d *dashboard) fillKPIs(ctx context.Context, into *region) error {
	i := d.base
	i.Metrics = kpiMetrics
	rows, err := d.h.tracker.Insight(ctx, i)
	if err != nil {
		return err
	}
	var before []float64
	if d.fair != nil {
		compared, err := d.h.tracker.Compare(ctx, i, rows, *d.fair)
		if err != nil {
			return err
		}
		before = compared[0]
	}
	k := &kpis{
		Compared: d.comparedText(), Updated: d.now.In(d.base.Range.Location).Format("15:04"), JSON: d.queryLink(i, d.fair, ""), Note: d.nothing(),
	}
	figures := rows[0].Metrics
	for n, m := range kpiMetrics {
		cell := kpi{
			Metric: string(m), Label: m.Label(), Value: figureText(m, figures[n]), Definition: m.Definition(),
			URL: d.link("metric", string(m)), Current: m == d.metric,
		}
		if before != nil {
			cell.Change = newChangeWords(m, figures[n], before[n])
		}
		k.Cells = append(k.Cells, cell)
	}
	k.Nothing = figures[0]+figures[1]+figures[2]+figures[3] == 0
	k.Now = d.now5(ctx)
	into.KPIs = k
	return nil
}

// nothing says why there is nothing to see, and what helps.
func (d *dashboard) nothing() ui.ChartNote {
	switch {
	case len(d.filters) > 0:
		return ui.ChartNote{Text: "No visits match.", Link: ui.Link{Text: "Clear filters", URL: d.filtered(nil)}}
	case d.value("date_range") == "all":
		return ui.ChartNote{Text: "Nothing has been recorded yet."}
	}
	return ui.ChartNote{Text: "Nothing was recorded in this time.", Link: ui.Link{Text: "Show all time", URL: d.link("date_range", "all")}}
}

func (d *dashboard) fillNow(ctx context.Context, into *region) error {
	now := d.now5(ctx)
	into.Now = &now
	return nil
}

// now5 counts the visitors of the last five minutes. The strip stands without them too.
func (d *dashboard) now5(ctx context.Context) nowRegion {
	r := nowRegion{Visitors: "–", Definition: behavior.LiveDefinition, URL: d.link("date_range", "realtime"), Refresh: d.panelLink("now")}
	found, err := d.h.tracker.Live(ctx)
	if err != nil {
		d.h.log(d.r, slog.LevelWarn, err)
		return r
	}
	r.Visitors = grouped(found.Visitors)
	return r
}
