package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// listRows is how many rows a page of all values has.
const listRows = 100

// valuesPage is what the page "dashboard_list" shows: all values of a panel.
type valuesPage struct {
	Title    string
	Span     string
	Compared string
	Back     string
	Action   string
	Hidden   []formValue
	Search   string
	Chips    []chip
	Chart    *ui.Chart
	Orders   []ui.Link
	Previous string
	Next     string
	First    int
	Last     int
}

// listMetrics are the figures of a page of all values, by what has the dimension.
func listMetrics(d behavior.Dimension) []behavior.Metric {
	switch d.Level() {
	case behavior.InteractionLevel:
		return []behavior.Metric{behavior.MetricInteractions, behavior.MetricVisitors, behavior.MetricSessions}
	case behavior.PageLevel, behavior.PageViewLevel:
		return []behavior.Metric{behavior.MetricVisitors, behavior.MetricSessions, behavior.MetricPageViews, behavior.MetricVisibleTime, behavior.MetricScrollDepth}
	}
	return kpiMetrics
}

// dashboardList serves all values of a panel, a hundred at a time.
func (h *handler) dashboardList(w http.ResponseWriter, r *http.Request) error {
	d, err := h.newDashboard(w, r)
	if err != nil {
		return err
	}
	p, ok := panelOf(r.PathValue("name"))
	if !ok {
		return httpError{status: http.StatusNotFound}
	}
	t := d.tab(p)
	if t.name == sessionsTab {
		return httpError{status: http.StatusNotFound}
	}
	params := parametersOf(r)
	offset, err := strconv.Atoi(params.Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	i := d.panelInsight(t)
	i.Metrics = listMetrics(t.dimension)
	order := behavior.Metric(params.Get("order"))
	if !slices.Contains(i.Metrics, order) {
		order = t.metrics[0]
	}
	// The figure that orders the rows stands first, and behind each name.
	i.Metrics = append([]behavior.Metric{order}, slices.DeleteFunc(slices.Clone(i.Metrics), func(m behavior.Metric) bool { return m == order })...)
	i.Order = []behavior.InsightOrder{{Metric: order, Desc: true}, {Dimension: t.dimension}}
	i.Limit, i.Offset = listRows+1, offset
	search := strings.TrimSpace(params.Get("search"))
	if search != "" {
		i.Conditions = append(slices.Clone(i.Conditions), behavior.Condition{Dimension: t.dimension, Op: behavior.Contains, Values: []string{search}})
		d.filters = append(slices.Clone(d.filters), shortFilter("contains", t.dimension, search))
	}
	c, more, err := d.valueChart(r.Context(), t, i, listRows)
	if err != nil {
		return fmt.Errorf("dashboard: all %s: %w", p.name, addressFault(err))
	}
	if search != "" {
		d.filters = d.filters[:len(d.filters)-1]
	}
	c.ID, c.Title = "all", t.title
	page := valuesPage{
		Title: t.title, Span: spanText(d.base.Range), Compared: d.comparedText(), Back: d.link(), Action: r.URL.Path, Hidden: d.hidden(),
		Search: search, Chips: d.chips(), Chart: c, First: offset + 1, Last: offset + len(c.Rows),
	}
	page.link(d, p, t, search, order, more, offset)
	return h.render(w, r, http.StatusOK, ui.Page{Name: "dashboard_list", Data: page, Charts: true})
}

// link leads to the other parts and orders of a list.
func (page *valuesPage) link(d *dashboard, p panel, t panelTab, search string, order behavior.Metric, more bool, offset int) {
	address := func(order behavior.Metric, offset int) string {
		link := d.listLink(p, search)
		for _, part := range []struct {
			name, value string
			given       bool
		}{{"order", string(order), order != t.metrics[0]}, {"offset", strconv.Itoa(offset), offset > 0}} {
			if part.given {
				link = alongWith(link, part.name, url.QueryEscape(part.value))
			}
		}
		return link
	}
	for _, m := range listMetrics(t.dimension) {
		page.Orders = append(page.Orders, ui.Link{Text: m.Label(), URL: address(m, 0), Current: m == order})
	}
	if offset > 0 {
		page.Previous = address(order, max(0, offset-listRows))
	}
	if more {
		page.Next = address(order, offset+listRows)
	}
}
