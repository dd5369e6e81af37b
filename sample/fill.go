package sample

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
)

const (
	longest = 25 * time.Minute // of a visit
	group   = 1000             // rows that are stored at once, about
)

// maker makes sessions up. The same seed makes the same ones, as long as they
// end at the same time.
type maker struct {
	*rand.Rand
	Options
	tracker *behavior.Tracker
	types   []behavior.EventType // that the tracker takes
	people  []person

	rows   []behavior.Row
	made   int // sessions
	counts behavior.Counts

	storing []behavior.Row // are being stored
	stored  chan error     // has how that went; nil while nothing is
}

// person is somebody who comes, perhaps several times.
type person struct {
	machine
	place
	ip   string
	user string
}

// makeUp makes and stores all visits. The first session goes alone: it claims
// the store.
func (m *maker) makeUp(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, m.settle()) }()
	for i := range max(1, m.Sessions*2/3) {
		m.people = append(m.people, m.person(i))
	}
	for n, start := range m.starts() {
		if err := m.visit(m.people[m.IntN(len(m.people))], start); err != nil {
			return err
		}
		if n == 0 {
			if err := m.claim(ctx); err != nil {
				return err
			}
		}
		if len(m.rows) >= group {
			if err := m.store(ctx); err != nil {
				return err
			}
		}
	}
	return m.store(ctx)
}

// store begins to store what is made so far: meanwhile more is made up.
func (m *maker) store(ctx context.Context) error {
	if err := m.settle(); err != nil {
		return err
	}
	rows, stored := m.rows, make(chan error, 1)
	m.rows = nil
	go func() { stored <- m.tracker.Record(ctx, rows) }()
	m.storing, m.stored = rows, stored
	return nil
}

// settle waits for what is being stored, and counts it.
func (m *maker) settle() error {
	if m.stored == nil {
		return nil
	}
	rows, err := m.storing, <-m.stored
	m.storing, m.stored = nil, nil
	if err != nil {
		return err
	}
	for _, row := range rows {
		switch {
		case row.Err != nil:
			return row.Err
		case row.Session != nil:
			m.counts.Sessions++
		case row.PageView != nil:
			m.counts.PageViews++
		default:
			m.counts.Interactions++
		}
	}
	return nil
}

// pick chooses by weight.
func pick[T any](m *maker, list []weighted[T]) T {
	total := 0
	for _, w := range list {
		total += w.weight
	}
	n := m.IntN(total)
	for _, w := range list {
		if n -= w.weight; n < 0 {
			return w.what
		}
	}
	return list[len(list)-1].what
}

// chance is true in so many of a hundred cases.
func (m *maker) chance(percent int) bool { return m.IntN(100) < percent }

// person makes somebody. The addresses belong to nobody, and are shortened as
// those of trackers are.
func (m *maker) person(number int) person {
	p := person{machine: pick(m, devices), place: pick(m, places), ip: fmt.Sprintf("198.%d.%d.0", 18+m.IntN(2), m.IntN(256))}
	if !p.bot && m.chance(22) {
		p.user = fmt.Sprintf("customer-%d", 1000+number)
	}
	return p
}

// starts are the moments when visits begin, in their order: more by day than at
// night, fewer on Saturdays, and a few more each week.
func (m *maker) starts() []time.Time {
	most := slices.Max(hours[:]) * slices.Max(weekdays[:])
	var out []time.Time
	for len(out) < m.Sessions {
		back := time.Duration(m.Int64N(int64(time.Duration(m.Days) * 24 * time.Hour)))
		at := m.Now.UTC().Add(-longest - back)
		grown := max(40, 200-int(back.Hours()/24)) // half a percent of today's a day
		if m.IntN(most*200) < hours[at.Hour()]*weekdays[at.Weekday()]*grown {
			out = append(out, at)
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out
}

// trip is one visit while it is made.
type trip struct {
	*maker
	person
	session  string
	at, end  time.Time
	page     string
	referrer string
	left     bool
	err      error
}

// visit makes a visit: a session, and what is seen and done in it.
func (m *maker) visit(p person, start time.Time) error {
	session, err := m.tracker.NewSession(behavior.SessionInput{
		SessionID: fmt.Sprintf("%s%08d", Prefix, m.made+1), UserAgent: p.agent, IPAddress: p.ip, UserID: optional(p.user),
		StartTime: start, Language: p.language, Screen: p.screen, Country: p.country,
	})
	if err != nil {
		return err
	}
	m.made++
	m.rows = append(m.rows, behavior.Row{Session: &session})
	came := pick(m, arrivals)
	t := &trip{maker: m, person: p, session: session.SessionID, at: start, end: start.Add(longest), referrer: came.referrer}
	landing := pick(m, landings)
	t.see(landing, came.query)
	if !p.bot && !m.chance(38) {
		t.wander(landing)
	}
	end := t.at
	session.EndTime = &end
	return t.err
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// wander looks around, and buys something perhaps.
func (t *trip) wander(page string) {
	for steps := 0; steps < 7 && !t.left; steps++ {
		switch {
		case len(page) > len("product/"): // a product, see landings
			if t.chance(24) {
				t.buy()
				return
			}
			page = t.next([]weighted[string]{{30, ""}, {25, "lamps/"}, {20, "chairs/"}, {10, "tables/"}, {15, "product/desk/"}})
		default:
			page = t.next(landings)
		}
		if t.chance(22) {
			return
		}
	}
}

// next goes on to another page by a click.
func (t *trip) next(pages []weighted[string]) string {
	page := pick(t.maker, pages)
	t.click("body>main>ul.products>li>a.card")
	t.see(page, "")
	return page
}

// buy puts a product into the basket, and pays perhaps.
func (t *trip) buy() {
	t.click("button#add")
	t.act("add_to_cart", "window", map[string]any{"product": "made-up", "value": 30 + 10*t.IntN(60)})
	if !t.chance(62) {
		return
	}
	t.click("@to-checkout")
	t.see("checkout/", "")
	for i, field := range []string{"input#customer", "input#email", "select#country", "textarea#wish", "input#news"} {
		if !t.chance(90 - 8*i) {
			return // too many questions
		}
		t.fill(field)
	}
	if t.chance(25) {
		return
	}
	t.click("button#buy")
	t.act(behavior.FormSubmit, "form#order", map[string]any{"n": 7})
	t.act("purchase", "window", map[string]any{"items": 1 + t.IntN(3)})
	t.see("thanks/", "")
}

// fill fills a field of the form.
func (t *trip) fill(field string) {
	if field != "select#country" && field != "input#news" {
		t.act(behavior.Keypress, field, map[string]any{"n": 5 + t.IntN(20)})
	}
	t.act(behavior.InputChange, field, map[string]any{"t": "text", "f": true})
}

// see opens a page and stays there for a while.
func (t *trip) see(page, query string) {
	if t.err != nil || t.left {
		return
	}
	t.page = t.Shop + page
	v, err := t.tracker.NewPageView(behavior.ViewInput{SessionID: t.session, URL: t.page + query, Referrer: t.referrer, Timestamp: t.at})
	if err != nil {
		t.err = err
		return
	}
	v.Visible = min(time.Duration(4+t.ExpFloat64()*35), 400) * time.Second
	v.ScrollDepth = min(100, 20+t.IntN(100))
	if t.bot {
		v.Visible, v.ScrollDepth = 0, 0
	}
	t.rows = append(t.rows, behavior.Row{PageView: &v})
	t.referrer = t.page
	leave := t.at.Add(v.Visible)
	if !t.bot {
		t.look(v)
	}
	t.at = later(t.at, leave)
	t.left = t.at.After(t.end)
}

// look does what people do while they look at a page.
func (t *trip) look(v behavior.PageView) {
	for depth := 25; depth < v.ScrollDepth; depth += 35 {
		t.act(behavior.Scroll, "window", map[string]any{"y": depth * 12, "d": depth})
	}
	if !t.touch {
		t.act(behavior.MouseMove, "window", map[string]any{"p": t.trail()})
		if t.chance(40) {
			t.act(behavior.Hover, "body>main>ul.products>li>a.card", map[string]any{"ms": 500 + t.IntN(2500)})
		}
	}
	if t.chance(3) {
		t.act(behavior.PageResize, "window", map[string]any{"w": 700 + t.IntN(900), "h": 500 + t.IntN(400)})
	}
	if t.chance(2) { // somebody loses patience
		for n := range 4 {
			more := map[string]any{"dead": 1}
			if n >= 2 {
				more["rage"] = n + 1
			}
			t.clickOn("body>main>article.product>div.stage", more)
		}
	}
}

// trail is a way of the mouse, as the tracker writes it.
func (t *trip) trail() []int {
	points := []int{0, 100 + t.IntN(600), 100 + t.IntN(300)}
	for range 2 + t.IntN(6) {
		points = append(points, 250+t.IntN(500), 50+t.IntN(900), 50+t.IntN(600))
	}
	return points
}

// click clicks on an element.
func (t *trip) click(element string) { t.clickOn(element, nil) }

func (t *trip) clickOn(element string, more map[string]any) {
	m := map[string]any{"x": 40 + t.IntN(320), "y": 80 + t.IntN(900), "b": 0}
	for key, value := range more {
		m[key] = value
	}
	t.act(behavior.Click, element, m)
}

// act does something on the page, a moment after what was done before.
func (t *trip) act(kind behavior.EventType, element string, metadata map[string]any) {
	if t.err != nil || t.left || !slices.Contains(t.types, kind) {
		return
	}
	t.at = t.at.Add(time.Duration(400+t.IntN(2600)) * time.Millisecond)
	text, err := json.Marshal(metadata)
	if err != nil {
		t.err = err
		return
	}
	i, err := t.tracker.NewInteraction(behavior.InteractionInput{
		SessionID: t.session, EventType: kind, Element: element, Metadata: text, Timestamp: t.at, URL: t.page,
	})
	if err != nil {
		t.err = err
		return
	}
	i.Viewport = t.viewport
	if kind == behavior.Click {
		i.X, i.Y = metadata["x"].(int), metadata["y"].(int)
	}
	t.rows = append(t.rows, behavior.Row{Interaction: &i})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
