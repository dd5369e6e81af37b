package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

const (
	// regionTime is how long one part of the dashboard may take.
	regionTime = 20 * time.Second

	// regionsAtOnce is how many parts of one page ask the store at a time: a
	// page must not take it from all others.
	regionsAtOnce = 2
)

// dashboardRoutes are the addresses of the dashboard.
func (h *handler) dashboardRoutes() []route {
	read, post := []string{http.MethodGet, http.MethodHead}, []string{http.MethodPost}
	return []route{
		{path: "live/", methods: read, serve: h.live},
		{path: "dashboard/", methods: read, serve: h.dashboard},
		{path: "dashboard/panels/{name}/", methods: read, serve: h.dashboardPanel},
		{path: "dashboard/panels/{name}/all/", methods: read, serve: h.dashboardList},
		{path: funnelPlace, methods: read, serve: h.dashboardFunnel},
		{path: funnelPlace + "panels/{name}/", methods: read, serve: h.funnelPanel},
		{path: "dashboard/sample/", methods: post, serve: h.loadSample},
		{path: "dashboard/sample/remove/", methods: post, serve: h.removeSample},
		{path: "dashboard/segments/", methods: post, serve: h.addSegment},
		{path: "dashboard/segments/{id}/delete/", methods: post, serve: h.removeSegment},
	}
}

// viewer is who makes a request, if that user may see the report: who may see
// it may see the dashboard.
func (h *handler) viewer(r *http.Request) (behavior.User, error) {
	caller, err := h.caller(r)
	var refused httpError
	switch {
	case errors.Is(err, behavior.ErrCredentials), errors.As(err, &refused) && refused.status == http.StatusForbidden:
		caller.User = behavior.User{} // the page asks for a sign-in, other credentials count for nothing
	case err != nil:
		return behavior.User{}, err
	}
	if !h.settings.ReportPermission(r, caller.User) {
		return behavior.User{}, forbidden(caller.User)
	}
	return caller.User, nil
}

// maySeeSessions reports whether somebody may look at single sessions.
func (h *handler) maySeeSessions(user behavior.User) bool {
	return h.mayEnter(user) && h.may(user, modelOf(behavior.KindSession), behavior.CanView)
}

// dashboardPage is what the page "dashboard" shows.
type dashboardPage struct {
	Regions  []region
	FirstRun *firstRun   // nothing has been recorded yet; nil: something has
	Sample   *sampleNote // what is shown is made up; nil: it is not
	WholeURL string      // the page with all its parts at once; empty when they are there
	Zone     string
	Refresh  int // seconds after which the script asks again; zero: never

	Definitions []definition
	Shortcuts   []shortcut
}

// region is a part of the dashboard that is asked for, and fails, alone. What
// it shows is one of the pointers.
type region struct {
	Name    string
	Title   string
	URL     string // where it can be had alone
	Waiting bool   // it is still to be asked for
	Problem *ui.ChartProblem

	Controls *controls
	KPIs     *kpis
	Chart    *ui.Chart
	Sessions *sessionList
	Live     *liveRegion
	Now      *nowRegion
	Start    *funnelStart

	Below       *ui.Chart     // more of what Chart shows; nil for none
	MetadataKey *metadataForm // below both; nil for none
}

// lazyCookie says that the browser runs the script, which asks for the slower
// parts itself.
const lazyCookie = "dashboard"

// dashboard serves the page: whole, or without its slower parts where the
// browser asks for these itself.
func (h *handler) dashboard(w http.ResponseWriter, r *http.Request) error {
	d, err := h.newDashboard(w, r)
	if err != nil {
		return err
	}
	if target, ok := d.formTarget(parametersOf(r)); ok {
		http.Redirect(w, r, target, http.StatusSeeOther)
		return nil
	}
	lazy := isLazy(r)
	p := dashboardPage{Zone: h.settings.TimeZone.String(), Definitions: h.definitions(), Shortcuts: shortcuts, Refresh: d.refresh(), Regions: d.regions(lazy)}
	if lazy {
		p.WholeURL = alongWith(d.link(), "panels", "all")
	}
	if p.FirstRun, err = d.firstRun(r.Context(), p.Regions); err != nil {
		return err
	}
	// The page stands without the note: what is wrong with the store shows in its parts.
	p.Sample, _ = h.sampleNote(r.Context(), d.user)
	return h.render(w, r, http.StatusOK, ui.Page{
		Name: "dashboard", Data: p, Charts: true, Controls: true, WithToken: p.FirstRun != nil && p.FirstRun.Sample != "" || p.Sample != nil && p.Sample.May,
	})
}

// isLazy reports whether the browser asks for slower parts itself.
func isLazy(r *http.Request) bool {
	cookie, err := r.Cookie(lazyCookie)
	return err == nil && cookie.Value == "lazy" && r.URL.Query().Get("panels") != "all"
}

// firstRun looks whether anything has been recorded, if the figures leave that open.
func (d *dashboard) firstRun(ctx context.Context, regions []region) (*firstRun, error) {
	for _, r := range regions {
		if r.Problem != nil || r.KPIs != nil && (!r.KPIs.Nothing || len(d.filters) > 0) {
			return nil, nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, regionTime)
	defer cancel()
	since, err := d.h.tracker.Since(ctx)
	if err != nil || !since.IsZero() {
		return nil, err
	}
	return d.h.newFirstRun(d.r, d.user, d.link()), nil
}

// dashboardPanel serves one part of the dashboard, as a piece of HTML.
func (h *handler) dashboardPanel(w http.ResponseWriter, r *http.Request) error {
	d, err := h.newDashboard(w, r)
	if err != nil {
		return err
	}
	fill, ok := regionFillers[r.PathValue("name")]
	if !ok {
		return httpError{status: http.StatusNotFound}
	}
	return writeRegion(w, d, "dashboard", r.PathValue("name"), fill)
}

// writeRegion answers with one part of a page.
func writeRegion(w http.ResponseWriter, d *dashboard, page, name string, fill regionFiller) error {
	found, status := d.region(name, fill)
	var body bytes.Buffer
	if err := ui.RenderPart(&body, page, "region", found); err != nil {
		return err
	}
	w.Header().Set("X-Region", found.Name)
	writePage(w, status, body.Bytes())
	return nil
}

// regionFiller fills in what a part of the dashboard shows.
type regionFiller func(d *dashboard, ctx context.Context, into *region) error

var regionFillers = map[string]regionFiller{
	"controls": (*dashboard).fillControls,
	"kpis":     (*dashboard).fillKPIs,
	"now":      (*dashboard).fillNow,
	"main":     (*dashboard).fillMain,
	"live":     (*dashboard).fillLive,
	"hours":    (*dashboard).fillHours,
	"pages":    (*dashboard).fillPanel, "sources": (*dashboard).fillPanel, "devices": (*dashboard).fillPanel,
	"places": (*dashboard).fillPanel, "behaviour": (*dashboard).fillPanel, "users": (*dashboard).fillPanel,
}

// regions are all parts of the page in their order, two of them at work at a
// time. lazy leaves the slower ones for later.
func (d *dashboard) regions(lazy bool) []region {
	names := []string{"controls", "kpis", "main", "pages", "sources", "places", "behaviour", "devices", "users", "hours"}
	if d.realtime() {
		names[2] = "live"
	}
	all := make([]region, len(names))
	turn := make(chan struct{}, regionsAtOnce)
	var working sync.WaitGroup
	for i, name := range names {
		if lazy && i > 2 {
			all[i] = d.newRegion(name)
			all[i].Waiting = true
			continue
		}
		turn <- struct{}{}
		working.Go(func() {
			defer func() { <-turn }()
			all[i], _ = d.region(name, regionFillers[name])
		})
	}
	working.Wait()
	return all
}

// refresh is how often, in seconds, a view is asked for again that is left open.
func (d *dashboard) refresh() int {
	switch {
	case d.realtime():
		return 30
	case d.now.Before(d.base.Range.To):
		return 300
	}
	return 0
}

func (d *dashboard) newRegion(name string) region {
	r := region{Name: name, URL: d.panelLink(name)}
	if p, ok := panelOf(name); ok {
		r.Title = p.title
	}
	return r
}

// region makes one part. What goes wrong stays in it, and is told with the
// status that it has.
func (d *dashboard) region(name string, fill regionFiller) (made region, status int) {
	made = d.newRegion(name)
	ctx, cancel := context.WithTimeout(d.r.Context(), regionTime)
	defer cancel()
	err := rescue(func() error { return fill(d, ctx, &made) })
	if err == nil {
		return made, http.StatusOK
	}
	made = d.newRegion(name)
	a := d.h.reply(d.r, endpoint{}, fmt.Errorf("dashboard: %s: %w", name, err))
	sentence := a.sentence()
	switch {
	case ctx.Err() != nil && d.r.Context().Err() == nil:
		sentence = fmt.Sprintf("This took longer than %d seconds. Try again, or choose a shorter range.", regionTime/time.Second)
	case sentence == "":
		sentence = "This could not be made."
	}
	made.Problem = &ui.ChartProblem{Sentence: sentence, RequestID: visitOf(d.r).id, Retry: d.link()}
	return made, a.status
}
