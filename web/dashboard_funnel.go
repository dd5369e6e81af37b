package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// funnelPlace is where the page of funnels is, below the prefix.
const funnelPlace = "dashboard/funnel/"

// funnelKeys are the parameters that the page shares with the dashboard.
var funnelKeys = []string{"date_range", "compare", "bots"}

// funnelPage is what the page "dashboard_funnel" shows: the figure, or what
// could be one, and the form that the steps are put together in.
type funnelPage struct {
	Back     string // the dashboard of the same range and filters
	Controls region
	Figure   region
	Unasked  string // why there is no figure; empty where it was asked for
	Form     *funnelForm
	FirstRun *firstRun
	Sample   *sampleNote
	WholeURL string
	Zone     string

	Definitions []definition
	Shortcuts   []shortcut
}

// funnelView is one view of the page. The steps stand in its address, in the
// same form as in that of the query API.
type funnelView struct {
	*dashboard
	shown []shortStep
}

// newFunnelView reads the address of a request of somebody who may see it.
func (h *handler) newFunnelView(w http.ResponseWriter, r *http.Request) (*funnelView, error) {
	d, err := h.newDashboard(w, r)
	if err != nil {
		return nil, err
	}
	d.place = funnelPlace
	for _, key := range dashboardKeys {
		if !slices.Contains(funnelKeys, key.name) {
			delete(d.values, key.name)
		}
	}
	v := &funnelView{dashboard: d}
	params := parametersOf(r)
	for _, text := range params["step"] {
		if text != "" {
			v.shown = append(v.shown, readShortStep(text))
		}
	}
	v.steps = funnelValues(v.shown, params.Get("within"), params.Get("count"))
	return v, nil
}

// funnelValues are the parameters of a funnel, but for those that say the default.
func funnelValues(steps []shortStep, within, count string) []formValue {
	var values []formValue
	for _, s := range steps {
		values = append(values, formValue{"step", s.String()})
	}
	for _, one := range []formValue{{"within", within}, {"count", count}} {
		if one.Value != "" && one.Value != countWords[0] {
			values = append(values, one)
		}
	}
	return values
}

// with is the address of the page with other steps.
func (v *funnelView) with(values []formValue) string {
	other := *v.dashboard
	other.steps = values
	return other.link()
}

// dashboardFunnel serves the page of funnels. What its form sends is answered
// by the address of the funnel, or by the form with what is wrong.
func (h *handler) dashboardFunnel(w http.ResponseWriter, r *http.Request) error {
	v, err := h.newFunnelView(w, r)
	if err != nil {
		return err
	}
	params := parametersOf(r)
	if target, ok := v.formTarget(params); ok {
		http.Redirect(w, r, target, http.StatusSeeOther)
		return nil
	}
	form, sent := readFunnelForm(params)
	if !sent {
		form = newFunnelForm(v.shown, params.Get("within"), params.Get("count"))
	}
	deed := params.Get("do")
	form.do(deed)
	if sent || deed != "" {
		v.shown = form.short()
		v.steps = funnelValues(v.shown, form.Within, form.Count)
	}
	p := funnelPage{Back: v.back(), Zone: h.settings.TimeZone.String(), Definitions: h.definitions(), Shortcuts: shortcuts, Form: form}
	status := http.StatusOK
	switch asked := len(v.shown) > 0 || sent; {
	case deed != "":
		p.Unasked = "Nothing is counted while the steps change. “Show the funnel” counts them."
	case asked && v.faults(r.Context(), form):
		status = http.StatusBadRequest
		p.Unasked = "Nothing is counted: something is wrong with the steps."
	case sent:
		http.Redirect(w, r, v.link(), http.StatusSeeOther)
		return nil
	}
	if err := v.fill(&p, isLazy(r)); err != nil {
		return err
	}
	return h.render(w, r, status, ui.Page{
		Name: "dashboard_funnel", Data: p, Charts: true, Controls: true,
		WithToken: p.FirstRun != nil && p.FirstRun.Sample != "" || p.Sample != nil && p.Sample.May,
	})
}

// back is the dashboard of the same range and filters.
func (d *dashboard) back() string { return d.address("dashboard/", d.filters, nil) }

// fill fills in what the page has to ask the store for; lazy leaves what takes
// long to the script.
func (v *funnelView) fill(p *funnelPage, lazy bool) (err error) {
	ctx := v.r.Context()
	p.Controls, _ = v.region("controls", (*dashboard).fillControls)
	p.Figure = v.newRegion("figure")
	switch {
	case p.Unasked != "":
	case lazy:
		p.Figure.Waiting = true
		p.WholeURL = alongWith(v.link(), "panels", "all")
	default:
		p.Figure, _ = v.region("figure", v.fillFigure)
	}
	if len(v.shown) == 0 && len(v.filters) == 0 {
		if p.FirstRun, err = v.firstRun(ctx, []region{p.Figure}); err != nil {
			return err
		}
	}
	// The page stands without these: what is wrong with the store shows in its figure.
	p.Sample, _ = v.h.sampleNote(ctx, v.user)
	p.Form.offer(v)
	if !lazy && p.FirstRun == nil {
		p.Form.Values = v.suggestions(ctx)
	}
	return nil
}

// funnelPanel serves one part of the page, as a piece of HTML.
func (h *handler) funnelPanel(w http.ResponseWriter, r *http.Request) error {
	v, err := h.newFunnelView(w, r)
	if err != nil {
		return err
	}
	fill, ok := map[string]regionFiller{"controls": (*dashboard).fillControls, "figure": v.fillFigure}[r.PathValue("name")]
	if !ok {
		return httpError{status: http.StatusNotFound}
	}
	return writeRegion(w, v.dashboard, "dashboard_funnel", r.PathValue("name"), fill)
}

// parameters are those by which the query API is asked for the same funnel.
func (v *funnelView) parameters() url.Values {
	params := url.Values{"date_range": {v.value("date_range")}}
	if bots := v.value("bots"); bots != "without" {
		params.Set("bots", bots)
	}
	if len(v.filters) > 0 {
		params["f"] = v.filters
	}
	for _, s := range v.steps {
		params.Add(s.Name, s.Value)
	}
	return params
}

// question reads the funnel by the reader of the query API.
func (v *funnelView) question(ctx context.Context) (*funnelQuery, error) {
	fields, err := fieldsOfParameters(v.parameters(), funnelFieldNames)
	if err != nil {
		return nil, err
	}
	return v.h.readFunnel(ctx, fields)
}

// funnelLink is the address of the query API for the same funnel, whose steps
// are called as here.
func (v *funnelView) funnelLink(format string) string {
	params := v.parameters()
	params.Del("step")
	for _, s := range v.shown {
		s.label = s.name()
		params.Add("step", s.String())
	}
	if format != "" {
		params.Set("format", format)
	}
	return v.h.settings.Prefix + "query/funnel/?" + readable.Replace(params.Encode())
}

// name is what a step is called: its label, or else what takes it.
func (s shortStep) name() string {
	if s.label != "" {
		return s.label
	}
	return s.words()
}

// words say what takes a step: "Page /pricing", "Click on #buy, Country is
// Germany". Its filters must be right.
func (s shortStep) words() string {
	head, element := "", ""
	var rest []string
	for _, f := range s.filters {
		c := newChip(f)
		one := c.Operator == "is" && len(c.Values) == 1
		switch dimension, _ := dimensionOf(strings.Split(f, ",")[1]); {
		case head == "" && s.of == "page_view" && dimension == behavior.DimensionPath:
			head = "Page " + c.Operator + " " + strings.Join(c.Values, " or ")
			if one {
				head = "Page " + c.Values[0]
			}
		case one && head == "" && s.of == "interaction" && dimension == behavior.DimensionEventType:
			head = c.Values[0]
		case one && element == "" && s.of == "interaction" && dimension == behavior.DimensionElement:
			element = " on " + c.Values[0]
		default:
			rest = append(rest, c.Dimension+" "+c.Operator+" "+strings.Join(c.Values, " or "))
		}
	}
	if head == "" {
		head = map[string]string{"page_view": "Page view", "interaction": "Interaction"}[s.of]
		if len(rest) == 0 && element == "" {
			head = "Any " + strings.ToLower(head)
		}
	}
	return strings.Join(append([]string{head + element}, rest...), ", ")
}
