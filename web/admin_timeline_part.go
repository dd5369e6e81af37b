package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// Bounds of one part of a timeline.
const (
	timelineEvents = 500     // page views and interactions
	timelineBytes  = 1 << 20 // of JSON, about
)

// onlyViews is what the filter of a timeline has for its page views alone.
const onlyViews = "pageview"

// timelinePart is a part of what happened in a session, in the order of time.
type timelinePart struct {
	events []record
	views  timelineList
	steps  timelineList
	before *behavior.PageView // the page view in which the part begins; nil: none

	interactions int // of the session, of whatever type
	only         string
	types        []behavior.ValueCount
}

// timelineList is one of the two lists that make a timeline.
type timelineList struct {
	allowed bool // one may see it
	wanted  bool // the filter lets it through
	offset  int
	taken   int
	total   int
}

// readTimeline reads the part of a timeline that a query string asks for: by
// how many page views, "v", and interactions, "i", come before it.
func (h *handler) readTimeline(r *http.Request, user behavior.User, s *behavior.Session) (timelinePart, error) {
	query := r.URL.Query()
	p := timelinePart{only: query.Get("type")}
	p.views = timelineList{allowed: h.may(user, modelOf(behavior.KindPageView), behavior.CanView), wanted: true, offset: offsetOf(query, "v")}
	p.steps = timelineList{allowed: h.may(user, modelOf(behavior.KindInteraction), behavior.CanView), wanted: p.only != onlyViews, offset: offsetOf(query, "i")}
	ofSession := behavior.Filter{Field: "session", Values: []any{s.ID}}

	views, err := h.timelineList(r.Context(), behavior.KindPageView, &p.views, ofSession)
	if err != nil {
		return p, err
	}
	if err := h.countTypes(r.Context(), &p, ofSession); err != nil {
		return p, err
	}
	filters := []behavior.Filter{ofSession}
	if p.only != "" && p.only != onlyViews {
		filters = append(filters, behavior.Filter{Field: "event_type", Values: []any{p.only}})
	}
	steps, err := h.timelineList(r.Context(), behavior.KindInteraction, &p.steps, filters...)
	if err != nil {
		return p, err
	}
	p.merge(views, steps)
	return p, h.readBefore(r.Context(), &p, ofSession)
}

// offsetOf reads how many records come before a part.
func offsetOf(query url.Values, name string) int {
	n, ok := behavior.ParseInteger(query.Get(name))
	if !ok {
		return 0
	}
	return int(max(0, min(n, 1<<40)))
}

// timelineList reads one of the lists, from its offset on.
func (h *handler) timelineList(ctx context.Context, kind behavior.Kind, list *timelineList, filters ...behavior.Filter) ([]record, error) {
	if !list.allowed || !list.wanted {
		return nil, nil
	}
	found, total, err := h.records(ctx, modelOf(kind), behavior.Query{
		Filters: filters, Order: []behavior.Order{{Field: "timestamp"}}, Offset: list.offset, Limit: timelineEvents,
	})
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	list.total = total
	return found, nil
}

// countTypes counts the interactions of a session by their types.
func (h *handler) countTypes(ctx context.Context, p *timelinePart, ofSession behavior.Filter) (err error) {
	if !p.steps.allowed {
		return nil
	}
	p.types, err = h.tracker.Values(ctx, behavior.KindInteraction, "event_type", behavior.Query{Filters: []behavior.Filter{ofSession}})
	for _, t := range p.types {
		p.interactions += t.Count
	}
	return err
}

// readBefore finds the page view in which a later part begins.
func (h *handler) readBefore(ctx context.Context, p *timelinePart, ofSession behavior.Filter) error {
	if p.views.offset == 0 || !p.views.allowed {
		return nil
	}
	found, _, err := h.tracker.PageViews(ctx, behavior.Query{
		Filters: []behavior.Filter{ofSession}, Order: []behavior.Order{{Field: "timestamp"}}, Offset: p.views.offset - 1, Limit: 1, Uncounted: true,
	})
	if err != nil {
		return fmt.Errorf("read timeline: %w", err)
	}
	if len(found) > 0 {
		p.before = &found[0]
	}
	return nil
}

// merge takes the earliest events of both lists. A page is seen before
// something happens on it.
func (p *timelinePart) merge(views, steps []record) {
	for size := 0; len(views)+len(steps) > 0 && len(p.events) < timelineEvents && size < timelineBytes; {
		var next record
		if len(steps) == 0 || len(views) > 0 && !views[0].view.Timestamp.After(steps[0].interaction.Timestamp) {
			next, views = views[0], views[1:]
			p.views.taken++
			size += len(next.view.URL) + len(next.view.Title) + len(next.view.Referrer)
		} else {
			next, steps = steps[0], steps[1:]
			p.steps.taken++
			size += len(next.interaction.Element) + len(next.interaction.Metadata)
		}
		p.events = append(p.events, next)
	}
}

// total is how many events there are, as far as they are shown.
func (p timelinePart) total() int { return p.views.total + p.steps.total }

// more is the address of the part after this one; empty after the last.
func (p timelinePart) more(r *http.Request) string {
	views, steps := p.views.offset+p.views.taken, p.steps.offset+p.steps.taken
	if len(p.events) == 0 || views+steps >= p.total() {
		return ""
	}
	query := r.URL.Query()
	query.Set("v", strconv.Itoa(views))
	query.Set("i", strconv.Itoa(steps))
	return "?" + query.Encode()
}

// filters lead to the events of one type.
func (p timelinePart) filters(r *http.Request) []listLink {
	address := func(only string) string {
		query := url.Values{}
		if only != "" {
			query.Set("type", only)
		}
		if r.URL.Query().Get("raw") == "1" {
			query.Set("raw", "1")
		}
		return "?" + query.Encode()
	}
	links := []listLink{{Text: "Everything", URL: address(""), Current: p.only == ""}}
	if p.views.allowed && p.steps.allowed {
		links = append(links, listLink{Text: "Page views " + grouped(p.views.total), URL: address(onlyViews), Current: p.only == onlyViews})
	}
	for _, t := range p.types {
		name, _ := t.Value.(string)
		links = append(links, listLink{
			Text: shorten(behavior.EventType(name).Label(), maxNamed) + " " + grouped(t.Count), URL: address(name), Current: p.only == name,
		})
	}
	if len(links) < 3 && p.only == "" {
		return nil
	}
	return links
}

// unseen names what one may not see.
func (p timelinePart) unseen() []string {
	var names []string
	if !p.views.allowed {
		names = append(names, modelOf(behavior.KindPageView).plural)
	}
	if !p.steps.allowed {
		names = append(names, modelOf(behavior.KindInteraction).plural)
	}
	return names
}

// nameless heads what belongs to no page view.
func (p timelinePart) nameless() string {
	if !p.views.allowed {
		return "What happened"
	}
	return "Before the first page view"
}

// json is the part with all columns, with the marks that turn the direction of
// a text written as escapes. Metadata stays on one line: laid out, it could
// grow a thousandfold.
func (p timelinePart) json(s *behavior.Session) string {
	out := bytes.NewBufferString("{\n  \"session\": ")
	writeColumns(out, "  ", record{session: s})
	out.WriteString(",\n  \"events\": [")
	for i, e := range p.events {
		if i > 0 {
			out.WriteString(", ")
		}
		writeColumns(out, "  ", e)
	}
	out.WriteString("]\n}")
	return showTurns(out.String())
}

// writeColumns writes all columns of a record as a JSON object.
func writeColumns(out *bytes.Buffer, indent string, r record) {
	kind := r.model().kind
	fmt.Fprintf(out, "{\n%s  \"kind\": %q", indent, string(kind))
	for _, field := range kind.Fields() {
		value := r.value(field.Name)
		switch at, ok := value.(time.Time); {
		case ok:
			value = momentText(at)
		case field.Name == "metadata":
			value = r.interaction.Metadata
		}
		raw, err := marshal(value)
		if err != nil {
			raw = json.RawMessage("null")
		}
		fmt.Fprintf(out, ",\n%s  %q: %s", indent, field.Name, raw)
	}
	out.WriteString("\n" + indent + "}")
}

// neighbours finds the sessions before and after one, by their ids.
func (h *handler) neighbours(r *http.Request, page *timelinePage, id int64) error {
	for _, side := range []struct {
		op      behavior.Op
		desc    bool
		address *string
	}{{behavior.Less, true, &page.Previous}, {behavior.Greater, false, &page.Next}} {
		found, _, err := h.tracker.Sessions(r.Context(), behavior.Query{
			Filters: []behavior.Filter{{Field: "id", Op: side.op, Values: []any{id}}},
			Order:   []behavior.Order{{Field: "id", Desc: side.desc}}, Limit: 1, Uncounted: true,
		})
		if err != nil {
			return fmt.Errorf("find neighbour: %w", err)
		}
		if len(found) > 0 {
			*side.address = h.adminPath("sessions/", strconv.FormatInt(found[0].ID, 10), "/timeline/")
		}
	}
	return nil
}
