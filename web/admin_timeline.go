package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// timelinePage is what the page "admin_timeline" shows.
type timelinePage struct {
	Title     string // "Session abc"
	ChangeURL string // of the session
	Facts     []timelineFact
	Previous  string // addresses of the sessions before and after
	Next      string

	Tabs    []listLink
	Filters []listLink // what to show
	Jumps   []ui.Link  // to the page views of this part
	Views   []timelineView
	Unseen  []string // what one may not see
	Shown   string   // "Events 1–500 of 1,203"
	MoreURL string   // the next part

	Raw string // the part as JSON, in place of the views
}

type timelineFact struct{ Label, Text string }

// timelineView is a page view with what happened until the next one.
type timelineView struct {
	ID, URL   string // empty for what happened before the first page view
	Title     string
	Address   string
	Clock     timelineClock
	Visible   string
	Continued bool // its beginning is in the part before
	Depth     *timelineDepth
	Steps     []timelineStep
}

// timelineDepth draws how much of a page was seen.
type timelineDepth struct {
	Percent int
	Height  int // of what was seen, in a page that is 40 high
}

type timelineStep struct {
	URL      string
	Label    string
	Element  string
	Brief    string // the metadata on one line; empty for none
	Metadata string
	Clock    timelineClock
}

// timelineClock is when something happened.
type timelineClock struct {
	Text    string // "11:01:09"
	Since   string // "+0:42", from the session's start
	Exact   string
	Machine string
}

// adminTimeline shows what happened in a session.
func (h *handler) adminTimeline(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	m := modelOf(behavior.KindSession)
	if !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	found, err := h.recordOfPath(r, m)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return h.tellUnknown(w, r, m)
	case err != nil:
		return err
	}
	part, err := h.readTimeline(r, user, found.session)
	if err != nil {
		return err
	}
	p := h.newTimelinePage(r, user, found.session, part)
	if err := h.neighbours(r, &p, found.session.ID); err != nil {
		return err
	}
	return h.adminPage(w, r, http.StatusOK, "admin_timeline", p, ui.Link{Text: m.plural, URL: h.adminPath("sessions/")},
		ui.Link{Text: shorten(found.text(), maxCrumb), URL: p.ChangeURL}, ui.Link{Text: "Timeline"})
}

// newTimelinePage puts a part of a timeline into words.
func (h *handler) newTimelinePage(r *http.Request, user behavior.User, s *behavior.Session, part timelinePart) timelinePage {
	p := timelinePage{
		Title: "Session " + shorten(s.SessionID, maxNamed), ChangeURL: h.adminPath("sessions/", strconv.FormatInt(s.ID, 10), "/change/"),
		Facts: h.timelineFacts(s, part), MoreURL: part.more(r), Unseen: part.unseen(),
	}
	if shown := len(part.events); shown > 0 {
		first := part.views.offset + part.steps.offset
		p.Shown = fmt.Sprintf("Events %s–%s of %s", grouped(first+1), grouped(first+shown), grouped(part.total()))
	}
	raw := r.URL.Query().Get("raw") == "1"
	p.Tabs = []listLink{
		{Text: "Timeline", URL: withParameter(r, "raw", ""), Current: !raw},
		{Text: "Raw JSON", URL: withParameter(r, "raw", "1"), Current: raw},
	}
	p.Filters = part.filters(r)
	if raw {
		p.Raw = part.json(s)
		return p
	}
	p.Views = h.timelineViews(user, s, part)
	for _, v := range p.Views {
		if v.ID != "" && !v.Continued {
			p.Jumps = append(p.Jumps, ui.Link{Text: v.Clock.Text + " " + cmp.Or(v.Title, v.Address), URL: "#view-" + v.ID})
		}
	}
	if len(p.Jumps) < 2 {
		p.Jumps = nil
	}
	return p
}

// timelineViews groups what happened under the page views.
func (h *handler) timelineViews(user behavior.User, s *behavior.Session, part timelinePart) []timelineView {
	var views []timelineView
	if part.before != nil && len(part.events) > 0 && part.events[0].view == nil {
		view := h.timelineView(user, s, part.before)
		view.Continued = true
		views = append(views, view)
	}
	for _, e := range part.events {
		switch {
		case e.view != nil:
			views = append(views, h.timelineView(user, s, e.view))
			continue
		case len(views) == 0:
			views = append(views, timelineView{Title: part.nameless()})
		}
		last := &views[len(views)-1]
		last.Steps = append(last.Steps, h.timelineStep(user, s, e.interaction))
	}
	return views
}

func (h *handler) timelineView(user behavior.User, s *behavior.Session, v *behavior.PageView) timelineView {
	out := timelineView{
		ID: strconv.FormatInt(v.ID, 10), Title: shorten(v.Title, maxNamed), Address: shorten(v.URL, maxNamed),
		Clock: h.timelineClock(v.Timestamp, s.StartTime),
	}
	if h.may(user, modelOf(behavior.KindPageView), behavior.CanView) {
		out.URL = h.adminPath("pageviews/", out.ID, "/change/")
	}
	if v.Visible > 0 {
		out.Visible = stayText(v.Visible) + " in view"
	}
	if depth := min(v.ScrollDepth, 100); depth > 0 {
		out.Depth = &timelineDepth{Percent: depth, Height: max(1, depth*40/100)}
	}
	return out
}

// maxMetadata of a step that its timeline shows, in characters.
const maxStepMetadata = 2000

func (h *handler) timelineStep(user behavior.User, s *behavior.Session, i *behavior.Interaction) timelineStep {
	out := timelineStep{
		Label: i.EventType.Label(), Element: shorten(i.Element, maxNamed), Clock: h.timelineClock(i.Timestamp, s.StartTime),
		URL: h.adminPath("interactions/", strconv.FormatInt(i.ID, 10), "/change/"),
	}
	if string(i.Metadata) != "{}" {
		out.Brief, out.Metadata = shorten(string(i.Metadata), maxCrumb), clip(string(i.Metadata), maxStepMetadata)
		if len(i.Metadata) <= maxStepMetadata {
			out.Metadata = indented(i.Metadata)
		}
	}
	return out
}

func (h *handler) timelineClock(at, start time.Time) timelineClock {
	c := timelineClock{
		Text: at.In(h.settings.TimeZone).Format("15:04:05"), Exact: adminMoment(at, h.settings.TimeZone), Machine: momentText(at),
	}
	if since := at.Sub(start); since >= 0 {
		c.Since = "+" + clockText(since)
	}
	return c
}

// clockText is a length of time as clocks that count show it: "0:42", "1:02:03".
func clockText(d time.Duration) string {
	seconds := int(d / time.Second)
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}

// stayText is a length of time in words: "42 s", "5 min 3 s", "1 h 2 min".
func stayText(d time.Duration) string {
	switch seconds := int(d.Round(time.Second) / time.Second); {
	case seconds < 60:
		return fmt.Sprintf("%d s", max(seconds, 1))
	case seconds < 3600:
		return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%s h %d min", grouped(seconds/3600), seconds/60%60)
	}
}

// timelineFacts sum a session up.
func (h *handler) timelineFacts(s *behavior.Session, part timelinePart) []timelineFact {
	user := "Nobody signed in"
	if s.UserID != nil && *s.UserID != "" {
		user = *s.UserID
	}
	length := "Open"
	if s.EndTime != nil && !s.EndTime.Before(s.StartTime) {
		length = stayText(s.EndTime.Sub(s.StartTime))
	}
	facts := []timelineFact{
		{"User", user}, {"Device", knownOf(" · ", strings.TrimSpace(s.Browser+" "+s.BrowserVersion), s.OS, s.Device)},
		{"Country", s.Country}, {"Language", s.Language},
		{"Came from", knownOf(" · ", s.Channel, s.Source, s.UTMMedium, s.UTMCampaign)},
		{"Started", adminMoment(s.StartTime, h.settings.TimeZone)}, {"Length", length},
	}
	if part.views.allowed {
		facts = append(facts, timelineFact{"Page views", grouped(part.views.total)})
	}
	if part.steps.allowed {
		facts = append(facts, timelineFact{"Events", grouped(part.interactions)})
	}
	facts = append(facts, timelineFact{"Path", knownOf(" → ", s.EntryPath, s.ExitPath)})
	if s.Bot {
		facts = append(facts, timelineFact{"Bot", cmp.Or(s.BotReason, "yes")})
	}
	facts = slices.DeleteFunc(facts, func(f timelineFact) bool { return f.Text == "" })
	for i := range facts {
		facts[i].Text = shorten(facts[i].Text, maxCrumb)
	}
	return facts
}

// knownOf joins texts that are there, each once.
func knownOf(between string, texts ...string) string {
	texts = slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
	return strings.Join(texts, between)
}
