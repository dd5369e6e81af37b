package behavior

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"
)

// batch is a batch on its way into the store.
type batch struct {
	tracker *Tracker
	in      CollectInput
	now     time.Time
	ownsKey bool // the page load is the one that PageKey was made for

	// What the events of a batch have in common is worked out once.
	viewport string
	page     page      // of the event that is read
	last     time.Time // when the event before it happened

	visits  map[string]*visit // by session_id; one, as a rule
	order   []*visit
	refused map[Refusal]int
	rows    []Row // page views and interactions; record adds the others
}

// page is the address of a page, taken apart.
type page struct {
	url        string
	valid      bool
	host, path string
}

// visit is what a batch has of one session.
type visit struct {
	id          string
	first, last time.Time
	measured    []*Progress // of page views
	measures    int         // events in measured
}

// read decides about each event and makes rows of them.
func (b *batch) read(ctx context.Context) error {
	b.viewport = b.in.viewport()
	b.rows = make([]Row, 0, len(b.in.Events))
	url, view := "", int64(0)
	for _, e := range b.in.Events {
		if e.URL != "" {
			url = e.URL
		}
		if e.View != 0 {
			view = e.View
		}
		e.URL, e.View = url, view
		b.turn(url)
		if err := b.readEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// turn takes the address of the next event's page apart, if it is another one.
func (b *batch) turn(url string) {
	if url == b.page.url {
		return
	}
	b.page = page{url: url, valid: validPageURL(url)}
	b.page.host, b.page.path = splitURL(url)
}

// readEvent makes a row of one event, or refuses it.
func (b *batch) readEvent(ctx context.Context, e CollectEvent) error {
	row, why := b.row(e)
	if why != "" {
		b.refuse(why, 1)
		return nil
	}
	at := b.in.moment(e, b.now)
	if row.Progress == nil {
		at = b.after(at)
	}
	v, err := b.visit(ctx, at)
	if err != nil {
		return err
	}
	switch {
	case row.PageView != nil:
		row.PageView.Timestamp, row.PageView.Session.SessionID = at, v.id
	case row.Interaction != nil:
		row.Interaction.Timestamp, row.Interaction.Session.SessionID = at, v.id
	default:
		v.measure(row.Progress)
		return nil
	}
	b.rows = append(b.rows, row)
	return nil
}

// after is the moment of an event that comes after the last one. Browsers' clocks
// tell milliseconds: of two events in one, the second is a microsecond later, so
// that their order is kept.
func (b *batch) after(at time.Time) time.Time {
	if early := b.last.Sub(at); early >= 0 && early < time.Millisecond {
		at = b.last.Add(time.Microsecond)
	}
	b.last = at
	return at
}

func (b *batch) refuse(why Refusal, n int) {
	if b.refused == nil {
		b.refused = make(map[Refusal]int)
	}
	b.refused[why] += n
}

// row makes a row of an event, still without its time and session.
func (b *batch) row(e CollectEvent) (Row, Refusal) {
	if (e.URL != "" || e.Kind == kindView) && !b.page.valid {
		return Row{}, RefusedURL
	}
	switch e.Kind {
	case kindView:
		return Row{PageView: b.pageView(e)}, ""
	case kindEnd, kindPing:
		p, why := b.progress(e)
		return Row{Progress: p}, why
	}
	i, why := b.interaction(e)
	return Row{Interaction: i}, why
}

func (b *batch) pageView(e CollectEvent) *PageView {
	return &PageView{
		URL: e.URL, Host: b.page.host, Path: b.page.path, EventKey: b.viewKey(e.N),
		Title: cutText(e.Element, maxTitle), Referrer: cutText(e.Referrer, maxCollectURL),
	}
}

func (b *batch) interaction(e CollectEvent) (*Interaction, Refusal) {
	kind := EventType(e.Kind)
	if _, known := eventTypeLabels[kind]; !known && !slices.Contains(b.tracker.settings.EventTypes, kind) {
		return nil, RefusedType
	}
	wrong := Invalid{}
	metadata := wrong.metadata("m", e.Metadata)
	if len(wrong) > 0 || len(metadata) > maxMetadata && utf8.RuneCount(metadata) > maxMetadata {
		return nil, RefusedMetadata
	}
	i := &Interaction{
		EventType: kind, Element: cutText(e.Element, maxElement), Metadata: metadata,
		Host: b.page.host, Path: b.page.path, Viewport: b.viewport, EventKey: b.in.key(e.N),
	}
	if i.Element == "" {
		i.Element = wholePage
	}
	if kind == Click {
		i.X, i.Y = point(metadata)
	}
	return i, ""
}

// wholePage is the element of what is done to no element of the page.
const wholePage = "window"

// point is where on the page something was done; 0, 0 when that is not told.
func point(metadata json.RawMessage) (x, y int) {
	var at struct{ X, Y float64 }
	if err := json.Unmarshal(metadata, &at); err != nil || max(at.X, at.Y, -at.X, -at.Y) > maxPixels {
		return 0, 0
	}
	return int(at.X), int(at.Y)
}

// progress reads what an event tells of the page view that it belongs to.
func (b *batch) progress(e CollectEvent) (*Progress, Refusal) {
	var told struct {
		MS float64 // how long the page was visible
		D  float64 // how far it was scrolled, in percent
	}
	if len(e.Metadata) > 0 {
		if err := json.Unmarshal(e.Metadata, &told); err != nil {
			return nil, RefusedMetadata
		}
	}
	p := &Progress{
		Visible:     time.Duration(min(max(told.MS, 0), float64(maxCollectDelay.Milliseconds()))) * time.Millisecond,
		ScrollDepth: int(min(max(told.D, 0), 100)),
	}
	if e.View > 0 {
		p.ViewKey = b.viewKey(e.View)
	}
	return p, ""
}

// visit returns the session of a moment.
func (b *batch) visit(ctx context.Context, at time.Time) (*visit, error) {
	id := b.in.SessionID
	if id == "" {
		var err error
		if id, err = b.tracker.visitors.session(ctx, b.device(), at); err != nil {
			return nil, err
		}
	}
	v := b.visits[id]
	if v == nil {
		v = &visit{id: id, first: at, last: at}
		b.visits[id] = v
		b.order = append(b.order, v)
	}
	if at.Before(v.first) {
		v.first = at
	}
	if at.After(v.last) {
		v.last = at
	}
	return v, nil
}

// device is who has sent the batch, as far as the request tells. The site is
// that of the batch's first page.
func (b *batch) device() device {
	d := device{addr: b.in.Address, agent: b.in.UserAgent}
	for _, e := range b.in.Events {
		if d.host, _ = splitURL(e.URL); d.host != "" {
			break
		}
	}
	return d
}

// measure takes note of what an event tells of a page view.
func (v *visit) measure(p *Progress) {
	v.measures++
	for _, other := range v.measured {
		if other.ViewKey == p.ViewKey {
			other.Visible, other.ScrollDepth = max(other.Visible, p.Visible), max(other.ScrollDepth, p.ScrollDepth)
			return
		}
	}
	v.measured = append(v.measured, p)
}

// progress is what the batch tells of the session itself and of its page views.
func (v *visit) progress(told Progress) []Row {
	told.SessionID, told.At = v.id, v.last
	if len(v.measured) == 0 {
		return []Row{{Progress: &told}}
	}
	rows := make([]Row, len(v.measured))
	for i, p := range v.measured {
		told.ViewKey, told.Visible, told.ScrollDepth = p.ViewKey, p.Visible, p.ScrollDepth
		*p = told
		rows[i].Progress = p
	}
	return rows
}
