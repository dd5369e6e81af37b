package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// controls are what a view can be changed by, in the bar above the figures.
type controls struct {
	Action string      // of forms
	Hidden []formValue // of forms: the view as it is

	Span      string // "1–28 March 2025"
	Range     string // "Last 28 days"
	Ranges    [][]command
	Before    string // address of the range before
	After     string // the same behind; empty for one that has not begun
	From, To  string // days, for the form
	Compare   string // "Previous period"
	Compares  []command
	Compared  string // "1–28 February 2025, up to 12:00"; empty for nothing
	OtherFrom string // days, for the form
	OtherTo   string
	Bots      []command
	WithBots  string // "with bots"; empty without

	Chips      []chip
	ClearURL   string
	Dimensions []choice
	Operators  []choice
	Segments   *segmentMenu // nil: nobody can save any

	Funnel   string // address of the page of funnels; empty on it
	Live     string // address of the last half hour; empty where that is no view of its own
	Realtime bool
}

// command is something that a view can be changed to, by click or by key.
type command struct {
	Text, URL, Key string
	Current        bool
}

// formValue is a hidden input.
type formValue struct{ Name, Value string }

// rangeCommands are the ranges that have a name, in groups.
var rangeCommands = [][]struct{ text, name, key string }{
	{{"Live, last 30 minutes", "realtime", "R"}, {"Last 24 hours", "24h", "H"}, {"Today", "today", "D"}, {"Yesterday", "yesterday", "E"}},
	{{"Last 7 days", "7d", "W"}, {"Last 28 days", "28d", "F"}, {"Last 30 days", "30d", "T"}, {"Last 91 days", "91d", "N"}},
	{{"This month", "month", "M"}, {"Last month", "last_month", "P"}, {"This year", "year", "Y"}},
	{{"Last 6 months", "6mo", "S"}, {"Last 12 months", "12mo", "L"}, {"All time", "all", "A"}},
}

var compareCommands = []struct{ text, name, key string }{
	{"Previous period", "previous_period", ""}, {"Same period last year", "year_over_year", ""},
	{"Last year, same weekdays", "year_over_year_weekday", ""}, {"No comparison", noCompare, "X"},
}

func (d *dashboard) fillControls(ctx context.Context, into *region) error {
	r := d.base.Range
	c := &controls{
		Action: d.h.settings.Prefix + d.place, Hidden: d.hidden(), Span: spanText(r), Range: "Custom range",
		Chips: d.chips(), ClearURL: d.filtered(nil), Dimensions: filterDimensions(), Operators: filterOperators(),
	}
	if d.place != funnelPlace {
		c.Funnel, c.Live, c.Realtime = d.address(funnelPlace, d.filters, nil), d.link("date_range", "realtime"), d.realtime()
	}
	c.From, c.To = r.From.Format(time.DateOnly), r.To.Add(-1).In(r.Location).Format(time.DateOnly)
	for _, group := range rangeCommands {
		var commands []command
		for _, one := range group {
			current := one.name == d.value("date_range")
			if current {
				c.Range = one.text
			}
			commands = append(commands, command{one.text, d.link("date_range", one.name), one.key, current})
		}
		c.Ranges = append(c.Ranges, commands)
	}
	c.Before = d.link("date_range", rangeValue(r.Previous()))
	if after := nextRange(r); after.From.Before(d.now) {
		c.After = d.link("date_range", rangeValue(after))
	}
	d.fillCompare(c)
	d.fillBots(c)
	var err error
	c.Segments, err = d.segmentMenu(ctx)
	into.Controls = c
	return err
}

func (d *dashboard) fillCompare(c *controls) {
	now := d.value("compare")
	if d.compare == nil {
		now = noCompare
	}
	c.Compare = "Custom comparison"
	for _, one := range compareCommands {
		if one.name == now {
			c.Compare = one.text
		}
		c.Compares = append(c.Compares, command{one.text, d.link("compare", one.name), one.key, one.name == now})
	}
	if toggle := &c.Compares[len(c.Compares)-1]; d.compare == nil {
		// The key turns the comparison off, and on again.
		toggle.Key, c.Compares[0].Key = "", toggle.Key
	}
	if d.compare == nil {
		return
	}
	with := *d.compare
	c.OtherFrom, c.OtherTo = with.From.Format(time.DateOnly), with.To.Add(-1).In(with.Location).Format(time.DateOnly)
	c.Compared = d.comparedText()
}

// comparedText names the time that figures are compared with.
func (d *dashboard) comparedText() string {
	if d.compare == nil {
		return ""
	}
	text := spanText(*d.compare)
	if left := d.compare.To.Sub(d.fair.To); left > d.compare.To.Sub(d.compare.From)/20 {
		text += ", up to " + d.fair.To.In(d.fair.Location).Format("2 January, 15:04")
	}
	return text
}

func (d *dashboard) fillBots(c *controls) {
	words := map[string]string{"with": "With bots", "only": "Bots only"}
	for _, one := range []struct{ text, name string }{{"People only", "without"}, {words["with"], "with"}, {words["only"], "only"}} {
		c.Bots = append(c.Bots, command{Text: one.text, URL: d.link("bots", one.name), Current: one.name == d.value("bots")})
	}
	c.WithBots = words[d.value("bots")]
}

// hidden are the inputs that keep a view in a form.
func (d *dashboard) hidden() []formValue {
	var list []formValue
	for _, key := range dashboardKeys {
		if value, ok := d.values[key.name]; ok {
			list = append(list, formValue{key.name, value})
		}
	}
	for _, f := range d.filters {
		list = append(list, formValue{"f", f})
	}
	return append(list, d.steps...)
}

// rangeValue writes a range as an address has it: by its days where it has whole ones.
func rangeValue(r behavior.Range) string {
	from, to := r.From.In(r.Location), r.To.In(r.Location)
	if isMidnight(from) && isMidnight(to) {
		return from.Format(time.DateOnly) + "," + to.Add(-1).Format(time.DateOnly)
	}
	return strings.Join(rangeText(behavior.Range{From: from, To: to}), ",")
}

func isMidnight(t time.Time) bool {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location()).Equal(t)
}

// nextRange is the range that begins where another ends, and is as long.
func nextRange(r behavior.Range) behavior.Range {
	from, to := r.From.In(r.Location), r.To.In(r.Location)
	fy, fm, fd := from.Date()
	ty, tm, td := to.Date()
	next := behavior.Range{From: to, To: to.Add(to.Sub(from)), Location: r.Location}
	if !isMidnight(from) || !isMidnight(to) {
		return next
	}
	if fd == 1 && td == 1 {
		next.To = time.Date(ty, tm+time.Month(12*(ty-fy)+int(tm-fm)), 1, 0, 0, 0, 0, r.Location)
		return next
	}
	days := int(time.Date(ty, tm, td, 0, 0, 0, 0, time.UTC).Sub(time.Date(fy, fm, fd, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
	next.To = time.Date(ty, tm, td+days, 0, 0, 0, 0, r.Location)
	return next
}

// shortcut is a line of the help sheet.
type shortcut struct {
	Keys []string
	Text string
}

// shortcuts are the keys of the dashboard; its script knows them too.
var shortcuts = slices.Concat(rangeShortcuts(), []shortcut{
	{[]string{"C"}, "Custom range"}, {[]string{"←", "→"}, "The range before and after"}, {[]string{"I"}, "Next interval of the chart"},
	{[]string{"X"}, "Comparison on and off"}, {[]string{"/"}, "Add a filter"}, {[]string{"Esc"}, "Close, or clear the filters"},
	{[]string{"Ctrl K"}, "Find anything here; ⌘ K on a Mac"},
	{[]string{"g", "d"}, "Go to the dashboard"}, {[]string{"g", "f"}, "Go to the funnel"}, {[]string{"g", "r"}, "Go to the report"}, {[]string{"g", "a"}, "Go to the data"},
	{[]string{"?"}, "This sheet"},
})

func rangeShortcuts() []shortcut {
	var list []shortcut
	for _, group := range rangeCommands {
		for _, one := range group {
			list = append(list, shortcut{[]string{one.key}, one.text})
		}
	}
	return list
}

// definition says what a figure means.
type definition struct{ Label, Text string }

// definitions are those of all figures that the dashboard shows.
func (h *handler) definitions() []definition {
	list := []definition{{"Visitor", h.tracker.VisitorDefinition()}, {"Session", behavior.SessionDefinition("")}}
	for _, m := range behavior.Metrics() {
		list = append(list, definition{m.Label(), m.Definition()})
	}
	list = append(list,
		definition{"Live visitors", behavior.LiveDefinition},
		definition{"Days", fmt.Sprintf("From midnight to midnight in the time zone %s.", h.settings.TimeZone)},
		definition{"Comparison", "With as much of the other time as has gone by of this one: a day that still runs is compared with the other up to the same hour. The chart shows all of it."})
	return list
}
