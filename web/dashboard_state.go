package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// What an address says when it does not.
const (
	defaultSpan    = "28d"
	defaultCompare = "previous_period"
	noCompare      = "none"
)

// dashboard is one view of the dashboard: the whole of it stands in its address.
type dashboard struct {
	h     *handler
	r     *http.Request
	user  behavior.User
	token string // for forms; empty where there are none
	now   time.Time
	place string // the address of the page, below the prefix

	values  map[string]string // of dashboardKeys, without those that say the default
	filters []string          // in their short form, see [queryFields.withShortFilters]
	steps   []formValue       // of a funnel, and how it is counted; none on other pages

	base     behavior.Insight // range, conditions and bots of every question
	metric   behavior.Metric  // of the main chart
	interval behavior.Interval
	compare  *behavior.Range // nil: with nothing
	fair     *behavior.Range // as much of it as has gone by of the range
}

// dashboardKeys are the parameters of the address besides "f", in their order,
// and their defaults. The first are those of the query API.
var dashboardKeys = []struct{ name, fallback string }{
	{"date_range", defaultSpan}, {"compare", defaultCompare}, {"interval", ""}, {"bots", "without"},
	{"metric", string(behavior.MetricVisitors)},
	{"pages", "top"}, {"sources", "channel"}, {"devices", "browser"}, {"places", "country"}, {"behaviour", "event_type"}, {"users", "sessions"},
}

// newDashboard reads the address of a request of somebody who may see it.
func (h *handler) newDashboard(w http.ResponseWriter, r *http.Request) (*dashboard, error) {
	user, err := h.viewer(r)
	if err != nil {
		return nil, err
	}
	d := &dashboard{h: h, r: r, user: user, now: h.settings.Now(), place: "dashboard/", values: map[string]string{}}
	params := parametersOf(r)
	for _, key := range dashboardKeys {
		if value := params.Get(key.name); value != "" && value != key.fallback {
			d.values[key.name] = value
		}
	}
	for _, p := range panels {
		if _, ok := p.tab(d.value(p.name)); !ok {
			delete(d.values, p.name) // it says the default then
		}
	}
	for _, f := range params["f"] {
		if f != "" && !slices.Contains(d.filters, f) {
			d.filters = append(d.filters, f)
		}
	}
	if err := d.read(r.Context()); err != nil {
		return nil, err
	}
	if h.settings.Segments != nil && !user.Anonymous() {
		d.token = h.formToken(w, r)
		if _, err := r.Cookie(tokenCookie); err != nil {
			r.AddCookie(&http.Cookie{Name: tokenCookie, Value: d.token}) // or else the page would be given another
		}
	}
	return d, nil
}

// value is what the address says of a key, or its default.
func (d *dashboard) value(name string) string {
	if value, ok := d.values[name]; ok {
		return value
	}
	for _, key := range dashboardKeys {
		if key.name == name {
			return key.fallback
		}
	}
	return ""
}

// realtime reports whether the view is of the last half hour.
func (d *dashboard) realtime() bool { return d.value("date_range") == "realtime" }

// read makes a question of the address, by the reader of the query API.
func (d *dashboard) read(ctx context.Context) error {
	d.metric = behavior.Metric(d.value("metric"))
	if !slices.Contains(kpiMetrics, d.metric) {
		d.metric = behavior.MetricVisitors
		delete(d.values, "metric")
	}
	q, err := d.question(ctx)
	if err != nil {
		return err
	}
	d.base = behavior.Insight{Range: q.insight.Range, Conditions: q.insight.Conditions, Bots: q.insight.Bots}
	d.interval = q.insight.Interval
	if asked := behavior.Interval(d.values["interval"]); slices.Contains(d.intervals(), asked) {
		d.interval = asked
	} else {
		delete(d.values, "interval") // another range had it
	}
	d.compare = q.compare
	if d.compare != nil {
		d.fair = d.fairRange(*d.compare)
	}
	return nil
}

// question reads those parameters that the query API has too. What is wrong
// with them is told in a sentence.
func (d *dashboard) question(ctx context.Context) (*insightQuery, error) {
	params := url.Values{
		"metrics": {string(d.metric)}, "dimensions": {"time"}, "date_range": {d.value("date_range")}, "bots": {d.value("bots")},
	}
	if len(d.filters) > 0 {
		params["f"] = d.filters
	}
	compare := d.value("compare")
	if _, chosen := d.values["compare"]; !chosen && d.value("date_range") == "all" {
		compare = noCompare // there is nothing before
	}
	if compare != noCompare {
		params.Set("compare", compare)
	}
	fields, err := fieldsOfParameters(params, queryFieldNames)
	if err != nil {
		return nil, addressFault(err)
	}
	q, err := d.h.readQuery(ctx, fields)
	return q, addressFault(err)
}

// addressFault puts what is wrong with an address into sentences for its reader.
func addressFault(err error) error {
	var wrong behavior.Invalid
	if !errors.As(err, &wrong) {
		return err
	}
	var sentences []string
	for _, name := range slices.Sorted(maps.Keys(wrong)) {
		sentences = append(sentences, wrong[name]...)
	}
	return detail(http.StatusBadRequest, strings.Join(sentences, " "))
}

// maxChartSteps is how many steps of time the main chart shows: more than that
// nobody can tell apart, and each is a row of its table.
const maxChartSteps = 800

// intervals are those that the main chart offers for the range.
func (d *dashboard) intervals() []behavior.Interval {
	length := d.base.Range.To.Sub(d.base.Range.From)
	return slices.DeleteFunc(d.base.Range.Intervals(), func(i behavior.Interval) bool {
		steps := map[behavior.Interval]time.Duration{behavior.Minute: time.Minute, behavior.Hour: time.Hour, behavior.Day: 24 * time.Hour}
		return steps[i] > 0 && length/steps[i] > maxChartSteps
	})
}

// fairRange is as much of a range that is compared with as has gone by of the
// one that is looked at: half a day is not compared with a whole one.
func (d *dashboard) fairRange(with behavior.Range) *behavior.Range {
	r := d.base.Range
	if gone := d.now.Sub(r.From); d.now.Before(r.To) && gone > 0 {
		if end := with.From.Add(gone.Truncate(time.Second)); end.Before(with.To) && end.After(with.From) {
			with.To = end
		}
	}
	return &with
}

// link is the address of this view with other values: pairs of a key and its
// value.
func (d *dashboard) link(changes ...string) string {
	return d.address(d.place, d.filters, changes)
}

// filtered is the address of this view with other filters.
func (d *dashboard) filtered(filters []string) string {
	return d.address(d.place, filters, nil)
}

// panelLink is the address of one part of this view.
func (d *dashboard) panelLink(name string) string {
	return d.address(d.place+"panels/"+name+"/", d.filters, nil)
}

// address is that of this view on any page of the dashboard. That of funnels
// has nothing to say of panels, and no other of steps.
func (d *dashboard) address(path string, filters, changes []string) string {
	var pairs []string
	funnel := strings.HasPrefix(path, funnelPlace)
	for _, key := range dashboardKeys {
		if funnel && !slices.Contains(funnelKeys, key.name) {
			continue
		}
		value := d.value(key.name)
		if i := slices.Index(changes, key.name); i >= 0 && i%2 == 0 {
			value = changes[i+1]
		}
		if value != key.fallback && value != "" {
			pairs = append(pairs, key.name+"="+parameter(value))
		}
	}
	for _, f := range filters {
		pairs = append(pairs, "f="+parameter(f))
	}
	for _, step := range d.steps {
		if funnel {
			pairs = append(pairs, step.Name+"="+parameter(step.Value))
		}
	}
	address := d.h.settings.Prefix + path
	if len(pairs) > 0 {
		address += "?" + strings.Join(pairs, "&")
	}
	return address
}

// parameter escapes a value and leaves what people can read in peace.
func parameter(value string) string {
	return readable.Replace(url.QueryEscape(value))
}

var readable = strings.NewReplacer("%2C", ",", "%2F", "/", "%3A", ":")

// queryLink is the address of the query API for a question about this view.
func (d *dashboard) queryLink(i behavior.Insight, with *behavior.Range, format string) string {
	params := url.Values{}
	add := func(name, value string) {
		if value != "" {
			params.Set(name, value)
		}
	}
	add("metrics", joined(i.Metrics))
	add("dimensions", joined(i.Dimensions))
	add("interval", string(i.Interval))
	add("date_range", d.value("date_range"))
	if d.value("bots") != "without" {
		add("bots", d.value("bots"))
	}
	if with != nil {
		add("compare", strings.Join(rangeText(*with), ","))
	}
	if len(i.Order) > 0 {
		add("order_by", orderText(i.Order))
	}
	if i.Limit > 0 {
		add("limit", fmt.Sprint(i.Limit))
	}
	if format != "" {
		add("format", format)
	}
	for _, f := range d.filters {
		params.Add("f", f)
	}
	return d.h.settings.Prefix + "query/?" + readable.Replace(params.Encode())
}

func joined[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ",")
}

func orderText(order []behavior.InsightOrder) string {
	var parts []string
	for _, o := range order {
		direction := ":asc"
		if o.Desc {
			direction = ":desc"
		}
		parts = append(parts, string(o.Metric)+string(o.Dimension)+direction)
	}
	return strings.Join(parts, ",")
}
