package web

import (
	"context"
	"strconv"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// liveRegion is what happens now.
type liveRegion struct {
	Visitors   string
	Definition string
	Stream     string // where the script hears of what changes
	Sessions   string // address of a session without its id; empty where one may not see any
	FilterBy   string // address of the view, to which the filter by a page is added
	Filtered   bool   // the view has filters, which do not hold here
	Clock      string
	Zone       string // of the clock
	Minutes    *ui.Chart
	Pages      []livePageRow
	Events     []liveEventRow
}

type livePageRow struct{ Path, URL, Visitors, Views string }

type liveEventRow struct{ Time, Machine, Label, Path, Element, Place, URL string }

// fillLive makes the part that the script keeps up to date afterwards.
func (d *dashboard) fillLive(ctx context.Context, into *region) error {
	found, err := d.h.tracker.Live(ctx)
	if err != nil {
		return err
	}
	zone := d.base.Range.Location
	l := &liveRegion{
		Visitors: grouped(found.Visitors), Definition: behavior.LiveDefinition, Stream: d.h.settings.Prefix + "live/",
		FilterBy: d.link(), Filtered: len(d.filters) > 0, Clock: found.At.In(zone).Format("15:04:05"),
		Zone: zone.String(), Minutes: liveMinutes(found),
	}
	if d.h.maySeeSessions(d.user) {
		l.Sessions = d.h.adminPath("sessions/")
	}
	for _, p := range found.Pages {
		only, _, _ := d.filterLinks(behavior.DimensionPath, p.Path)
		l.Pages = append(l.Pages, livePageRow{Path: p.Path, URL: only, Visitors: grouped(p.Visitors), Views: grouped(p.Views)})
	}
	for _, e := range found.Events {
		row := liveEventRow{
			Time: e.Time.In(zone).Format("15:04:05"), Machine: e.Time.Format("2006-01-02T15:04:05Z07:00"), Label: liveLabel(e), Path: e.Path,
			Element: e.Element, Place: livePlace(e),
		}
		if l.Sessions != "" {
			row.URL = l.Sessions + strconv.FormatInt(e.SessionID, 10) + "/timeline/"
		}
		l.Events = append(l.Events, row)
	}
	into.Live = l
	return nil
}

func livePlace(e behavior.LiveEvent) string {
	place := countryName(e.Country)
	switch {
	case place == "":
		return e.Browser
	case e.Browser == "":
		return place
	}
	return place + " · " + e.Browser
}

// liveMinutes draws the last half hour.
func liveMinutes(found behavior.Live) *ui.Chart {
	c := &ui.Chart{
		ID: "live-minutes", Kind: ui.ChartStack, Title: "Last 30 minutes",
		Columns: []ui.ChartColumn{{Head: "Minute"}, {Head: "Page views", Role: ui.RoleSeries}, {Head: "Interactions", Role: ui.RoleSeries}},
	}
	for n, m := range found.Minutes {
		c.Rows = append(c.Rows, ui.ChartRow{
			Name: m.Start.Format("15:04"), Time: m.Start.Format("2006-01-02T15:04:05Z07:00"), Partial: n == len(found.Minutes)-1,
			Cells: []ui.ChartCell{
				cell(behavior.MetricPageViews, float64(m.PageViews)), cell(behavior.MetricInteractions, float64(m.Interactions)),
			},
		})
	}
	return c
}
