package main

import (
	"html/template"
	"net/http"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
	"github.com/userbehavior/behavior/web"
)

// options changes the report: a template of the application's own, which keeps
// what it likes of the usual page, and a panel.
func options(tracker *behavior.Tracker) web.Options {
	return web.Options{Report: web.ReportOptions{
		Template: template.Must(template.New("report").Parse(reportText)),
		Panels:   []web.ReportPanel{{ID: "sold", Chart: soldChart(tracker)}},
	}}
}

// reportText takes the place of the usual page. The templates that it uses are
// those of the usual page.
const reportText = `
{{define "title"}}How the shop does{{end}}
{{define "content"}}
<h1>How the shop does</h1>
<p>{{.Data.Span}}</p>
{{if .Data.Nothing}}{{template "report-nothing" .Data.Nothing}}{{else}}
{{template "report-form" .Data}}
{{template "report-figures" .Data}}
{{range .Data.Panels}}{{template "chart" .}}{{end}}
{{template "chart" .Data.Interactions}}
{{end}}
{{end}}`

// soldChart is a panel: what was bought most often.
func soldChart(tracker *behavior.Tracker) func(*http.Request, web.ReportQuery) (ui.Chart, error) {
	return func(r *http.Request, q web.ReportQuery) (ui.Chart, error) {
		chart := ui.Chart{
			Kind: ui.ChartRows, Title: "Sold", Empty: ui.ChartNote{Text: "Nothing was sold in this time."},
			Columns: []ui.ChartColumn{{Head: "Thing"}, {Head: "Sold", Role: ui.RoleSeries}},
		}
		rows, err := tracker.Insight(r.Context(), behavior.Insight{
			Metrics:    []behavior.Metric{behavior.MetricInteractions},
			Dimensions: []behavior.Dimension{behavior.DimensionElement},
			Conditions: []behavior.Condition{{Dimension: behavior.DimensionEventType, Values: []string{"purchase"}}},
			Range:      q.Range, Bots: q.Bots, Limit: 10,
		})
		for _, row := range rows {
			chart.Rows = append(chart.Rows, ui.ChartRow{Name: row.Dimensions[0], Cells: []ui.ChartCell{ui.Count(int(row.Metrics[0]))}})
		}
		return chart, err
	}
}
