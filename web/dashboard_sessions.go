package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// sessionsTab is the tab of the panel "users" that lists sessions.
const sessionsTab = "sessions"

// sessionList is the latest sessions of a view.
type sessionList struct {
	Title string
	Tabs  []ui.Link
	Rows  []sessionRow
	Empty ui.ChartNote
	JSON  string
	Admin bool // single sessions can be looked at
}

type sessionRow struct {
	URL     string // where it can be looked at; empty: nowhere
	Start   adminTime
	User    string // empty: nobody was signed in
	Entry   string
	Exit    string // empty: it is the entry
	Place   string // "Germany · Firefox · Windows"
	Source  string
	Views   string
	Length  string
	Running bool // it has not ended
}

// fillSessions lists the sessions that began last.
func (d *dashboard) fillSessions(ctx context.Context, into *region, p panel) error {
	i, rows, err := d.latest(ctx)
	if err != nil {
		return err
	}
	list := &sessionList{Title: "Latest sessions", Tabs: d.tabs(p, d.tab(p)), Empty: d.nothing(), JSON: d.queryLink(i, nil, ""), Admin: d.h.maySeeSessions(d.user)}
	found, err := d.sessionsOf(ctx, rows)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if s, ok := found[r.Dimensions[1]]; ok {
			list.Rows = append(list.Rows, d.newSessionRow(s, r, list.Admin))
		}
	}
	slices.SortStableFunc(list.Rows, func(a, b sessionRow) int { return cmp.Compare(b.Start.Machine, a.Start.Machine) })
	into.Sessions = list
	return nil
}

// preciseTime is how far back sessions are told apart by the minute of their
// beginning, within the bounds of [behavior.Insight]. Those before are few, if
// they are shown at all.
const preciseTime = 6 * 24 * time.Hour

// latest asks which sessions began last. An insight orders by steps of time:
// by the minute at first, and by the hour or day where those are too few.
func (d *dashboard) latest(ctx context.Context) (behavior.Insight, []behavior.InsightRow, error) {
	i := d.base
	i.Metrics = []behavior.Metric{behavior.MetricViewsPerSession, behavior.MetricSessionLength}
	i.Dimensions = []behavior.Dimension{behavior.DimensionTime, behavior.DimensionSession}
	i.Order = []behavior.InsightOrder{{Dimension: behavior.DimensionTime, Desc: true}, {Dimension: behavior.DimensionSession}}
	i.Interval, i.Limit = behavior.Minute, panelRows
	whole := i.Range
	if end := d.now.Add(time.Hour); end.Before(whole.To) && end.After(whole.From) {
		i.Range.To = end
	}
	if begin := i.Range.To.Add(-preciseTime); begin.After(whole.From) {
		i.Range.From = begin
	}
	rows, err := d.h.tracker.Insight(ctx, i)
	if err != nil || len(rows) == panelRows || i.Range.From.Equal(whole.From) {
		return i, rows, err
	}
	i.Range, i.Interval = whole, behavior.Hour
	if whole.To.Sub(whole.From) > 400*24*time.Hour {
		i.Interval = behavior.Day
	}
	if whole.To.Sub(whole.From) > 20*365*24*time.Hour {
		i.Interval = behavior.Month
	}
	rows, err = d.h.tracker.Insight(ctx, i)
	return i, rows, err
}

// sessionsOf reads the sessions that rows name.
func (d *dashboard) sessionsOf(ctx context.Context, rows []behavior.InsightRow) (map[string]behavior.Session, error) {
	found := make(map[string]behavior.Session)
	if len(rows) == 0 {
		return found, nil
	}
	var names []any
	for _, r := range rows {
		names = append(names, r.Dimensions[1])
	}
	list, _, err := d.h.tracker.Sessions(ctx, behavior.Query{Filters: []behavior.Filter{{Field: "session_id", Values: names}}, Uncounted: true})
	for _, s := range list {
		found[s.SessionID] = s
	}
	return found, err
}

func (d *dashboard) newSessionRow(s behavior.Session, r behavior.InsightRow, admin bool) sessionRow {
	zone := d.base.Range.Location
	row := sessionRow{
		Start: newAdminTime(s.StartTime, d.now, zone), Entry: s.EntryPath, Source: s.Source,
		Views: counted(int(r.Metrics[0]), "page", "pages"), Running: s.EndTime == nil,
	}
	if s.ExitPath != s.EntryPath {
		row.Exit = s.ExitPath
	}
	if s.UserID != nil {
		row.User = *s.UserID
	}
	if s.EndTime != nil {
		row.Length = lengthText(s.EndTime.Sub(s.StartTime).Seconds())
	}
	var place []string
	for _, part := range []string{valueText(behavior.DimensionCountry, s.Country), s.Browser, s.OS} {
		if part != "" {
			place = append(place, part)
		}
	}
	row.Place = strings.Join(place, " · ")
	if admin {
		row.URL = d.h.adminPath("sessions/", strconv.FormatInt(s.ID, 10), "/timeline/")
	}
	return row
}

// counted writes a number of things.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1" + nbsp + one
	}
	return grouped(n) + nbsp + many
}
