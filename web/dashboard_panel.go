package web

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// panelRows is how many rows a panel shows.
const panelRows = 10

// metadataTab begins the tab of a key of the metadata.
const metadataTab = "metadata:"

// panel is a part of the dashboard that lists the values of a dimension; which
// one says its tab, whose name the address has under the panel's own.
type panel struct {
	name, title string
	tabs        []panelTab
}

type panelTab struct {
	name, label string
	title       string // "Top pages"
	dimension   behavior.Dimension
	kind        ui.ChartKind
	metrics     []behavior.Metric // the first one orders the rows
}

var (
	byPages        = []behavior.Metric{behavior.MetricVisitors, behavior.MetricPageViews}
	bySessions     = []behavior.Metric{behavior.MetricVisitors, behavior.MetricSessions}
	byBounces      = []behavior.Metric{behavior.MetricVisitors, behavior.MetricBounceRate}
	byInteractions = []behavior.Metric{behavior.MetricInteractions} // visitors of each would take longer than all else together
	byVisits       = []behavior.Metric{behavior.MetricPageViews, behavior.MetricSessions}
)

// panels are all panels but for the tab of sessions, which is a list of its own.
var panels = []panel{
	{"pages", "Pages", []panelTab{
		{"top", "Top", "Top pages", behavior.DimensionPath, ui.ChartRows, byPages},
		{"entry", "Entry", "Entry pages", behavior.DimensionEntryPage, ui.ChartRows, byBounces},
		{"exit", "Exit", "Exit pages", behavior.DimensionExitPage, ui.ChartRows, bySessions},
		{"title", "Titles", "Titles of pages", behavior.DimensionTitle, ui.ChartRows, byPages},
		{"host", "Hosts", "Hosts", behavior.DimensionHost, ui.ChartRows, byPages},
	}},
	{"sources", "Sources", []panelTab{
		{"channel", "Channel", "Channels", behavior.DimensionChannel, ui.ChartRows, byBounces},
		{"source", "Source", "Sources", behavior.DimensionSource, ui.ChartRows, byBounces},
		{"referrer", "Referrer", "Referrers", behavior.DimensionReferrer, ui.ChartRows, byBounces},
		{"utm_campaign", "Campaign", "UTM campaigns", behavior.DimensionUTMCampaign, ui.ChartRows, byBounces},
		{"utm_source", "UTM source", "UTM sources", behavior.DimensionUTMSource, ui.ChartRows, byBounces},
		{"utm_medium", "Medium", "UTM media", behavior.DimensionUTMMedium, ui.ChartRows, byBounces},
		{"utm_term", "Term", "UTM terms", behavior.DimensionUTMTerm, ui.ChartRows, byBounces},
		{"utm_content", "Content", "UTM contents", behavior.DimensionUTMContent, ui.ChartRows, byBounces},
	}},
	{"devices", "Devices", []panelTab{
		{"browser", "Browser", "Browsers", behavior.DimensionBrowser, ui.ChartDonut, bySessions},
		{"browser_version", "Version", "Versions of browsers", behavior.DimensionBrowserVersion, ui.ChartRows, bySessions},
		{"os", "System", "Operating systems", behavior.DimensionOS, ui.ChartDonut, bySessions},
		{"device", "Device", "Kinds of devices", behavior.DimensionDevice, ui.ChartDonut, bySessions},
		{"screen", "Screen", "Sizes of screens", behavior.DimensionScreen, ui.ChartRows, bySessions},
	}},
	{"places", "Places", []panelTab{
		{"country", "Country", "Countries", behavior.DimensionCountry, ui.ChartRows, bySessions},
		{"language", "Language", "Languages", behavior.DimensionLanguage, ui.ChartRows, bySessions},
	}},
	{"behaviour", "Behaviour", []panelTab{
		{"event_type", "Types", "Interactions by type", behavior.DimensionEventType, ui.ChartRows, byInteractions},
		{"element", "Elements", "Elements that were acted on", behavior.DimensionElement, ui.ChartRows, byInteractions},
		{"path", "Pages", "Pages that were acted on", behavior.DimensionPath, ui.ChartRows, byInteractions},
	}},
	{"users", "Users and sessions", []panelTab{
		{name: sessionsTab, label: "Sessions", title: "Latest sessions"},
		{"user_id", "Users", "Users", behavior.DimensionUser, ui.ChartRows, byVisits},
		{"visitor", "Visitors", "Visitors", behavior.DimensionVisitor, ui.ChartRows, byVisits},
	}},
}

// panelOf returns the panel of that name.
func panelOf(name string) (panel, bool) {
	i := slices.IndexFunc(panels, func(p panel) bool { return p.name == name })
	if i < 0 {
		return panel{}, false
	}
	return panels[i], true
}

// tab is the tab of a panel that the address names.
func (d *dashboard) tab(p panel) panelTab {
	t, ok := p.tab(d.value(p.name))
	if !ok {
		return p.tabs[0]
	}
	return t
}

// tab is the tab of that name.
func (p panel) tab(name string) (panelTab, bool) {
	if key, ok := strings.CutPrefix(name, metadataTab); ok && p.name == "behaviour" && filterable(behavior.Dimension(name)) {
		return panelTab{name, key, "Metadata: " + key, behavior.Dimension(name), ui.ChartRows, byInteractions}, true
	}
	for _, t := range p.tabs {
		if t.name == name {
			return t, true
		}
	}
	return panelTab{}, false
}

// tabs lead to the figures of a panel.
func (d *dashboard) tabs(p panel, current panelTab) []ui.Link {
	var links []ui.Link
	known := false
	for _, t := range p.tabs {
		links = append(links, ui.Link{Text: t.label, URL: d.link(p.name, t.name), Current: t.name == current.name})
		known = known || t.name == current.name
	}
	if !known {
		links = append(links, ui.Link{Text: current.label, URL: d.link(p.name, current.name), Current: true})
	}
	return links
}

// fillPanel makes the panel that the region is named after.
func (d *dashboard) fillPanel(ctx context.Context, into *region) error {
	p, _ := panelOf(into.Name)
	t := d.tab(p)
	if t.name == sessionsTab {
		return d.fillSessions(ctx, into, p)
	}
	n := panelRows
	if t.dimension == behavior.DimensionCountry {
		n = mapRows
	}
	i := d.panelInsight(t)
	i.Limit = n + 1
	c, more, err := d.valueChart(ctx, t, i, n)
	if err != nil {
		return err
	}
	c.ID, c.Title, c.Tabs = p.name+"-chart", t.title, d.tabs(p, t)
	switch {
	case len(c.Rows) == 0:
	case t.dimension == behavior.DimensionEventType:
		if into.Below, err = d.typesOverTime(ctx); err != nil {
			return err
		}
	case t.dimension == behavior.DimensionCountry:
		into.Below = d.countryMap(*c)
	}
	if more || len(c.Rows) > panelRows {
		c.Rows = c.Rows[:panelRows]
		c.More = []ui.Link{{Text: "More", URL: d.listLink(p, "")}}
	}
	if p.name == "behaviour" {
		into.MetadataKey = &metadataForm{Action: d.h.settings.Prefix + "dashboard/", Hidden: d.hidden(), Key: strings.Join(t.dimension.MetadataPath(), ".")}
	}
	into.Chart = c
	return nil
}

// mapRows is how many countries a map shows: there are fewer.
const mapRows = 300

// countryMap draws the countries of a list on a map.
func (d *dashboard) countryMap(c ui.Chart) *ui.Chart {
	c.ID, c.Kind, c.Title, c.Tabs = "map-chart", ui.ChartMap, c.Columns[1].Head+" by country", nil
	c.Map = ui.Page{Prefix: d.h.settings.Prefix}.Asset("world.svg")
	return &c
}

// metadataForm asks for a key of the metadata.
type metadataForm struct {
	Action string
	Hidden []formValue
	Key    string
}

func (d *dashboard) panelInsight(t panelTab) behavior.Insight {
	i := d.base
	i.Metrics, i.Dimensions = t.metrics, []behavior.Dimension{t.dimension}
	return i
}

// valueChart lists values of a dimension with their figures, n of them at most.
func (d *dashboard) valueChart(ctx context.Context, t panelTab, i behavior.Insight, n int) (c *ui.Chart, more bool, err error) {
	rows, err := d.h.tracker.Insight(ctx, i)
	if err != nil {
		return nil, false, err
	}
	if more = len(rows) > n; more {
		rows = rows[:n]
	}
	var compared [][]float64
	if d.fair != nil && len(rows) > 0 {
		if compared, err = d.h.tracker.Compare(ctx, i, rows, *d.fair); err != nil {
			return nil, false, err
		}
	}
	all := i
	all.Limit, all.Offset = 0, 0
	c = &ui.Chart{
		Kind: t.kind, Title: t.title, Unit: i.Metrics[0].Unit(), Empty: d.nothing(), Columns: []ui.ChartColumn{{Head: t.dimension.Label()}},
		Menu: []ui.Link{{Text: "Save as CSV", URL: d.queryLink(all, d.fair, "csv")}, {Text: "As JSON", URL: d.queryLink(all, d.fair, "")}},
	}
	for place, m := range i.Metrics {
		role := ui.RoleRead
		if place == 0 {
			role = ui.RoleSeries
		}
		c.Columns = append(c.Columns, ui.ChartColumn{Head: m.Label(), Role: role})
		if place == 0 && compared != nil {
			c.Columns = append(c.Columns, ui.ChartColumn{Head: "Before", Role: ui.RolePrevious}, ui.ChartColumn{Head: "Change"})
		}
	}
	for k, r := range rows {
		row := d.valueRow(t.dimension, r.Dimensions[0])
		for place, m := range i.Metrics {
			row.Cells = append(row.Cells, cell(m, r.Metrics[place]))
			if place == 0 && compared != nil {
				before := beforeOf(m, compared[k], 0)
				change := newChangeWords(m, r.Metrics[0], before)
				row.Cells = append(row.Cells, cell(m, before), ui.ChartCell{Text: change.Text, Value: unknown, Tone: change.Tone})
			}
		}
		c.Rows = append(c.Rows, row)
	}
	return c, more, nil
}

// valueRow is the row of a value, still without its figures.
func (d *dashboard) valueRow(dimension behavior.Dimension, value string) ui.ChartRow {
	only, without, current := d.filterLinks(dimension, value)
	row := ui.ChartRow{Name: valueText(dimension, value), URL: only, Current: current}
	if row.Name == "" {
		row.Name = nameless(dimension)
	}
	if dimension == behavior.DimensionCountry {
		row.Key = value
	}
	if without != "" {
		row.Aside = ui.Link{Text: "Exclude", URL: without}
	}
	return row
}

// listLink leads to all rows of a panel, those that contain a text.
func (d *dashboard) listLink(p panel, search string) string {
	address := d.address("dashboard/panels/"+p.name+"/all/", d.filters, nil)
	if search == "" {
		return address
	}
	return alongWith(address, "search", search)
}

// alongWith adds a parameter to an address.
func alongWith(address, name, value string) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return fmt.Sprint(address, separator, name, "=", parameter(value))
}
