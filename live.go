package behavior

import (
	"context"
	"fmt"
	"time"
)

// What [Live] looks back on.
const (
	LiveVisitorTime = 5 * time.Minute  // for visitors and pages
	LiveTime        = 30 * time.Minute // for all else
)

// How much of it is told.
const (
	maxLivePages  = 10
	maxLiveEvents = 20
)

// Live is what people, not bots, do at this moment. It names neither users nor
// addresses.
type Live struct {
	At       time.Time    // when that was
	Visitors int          // who had a page view or interaction within [LiveVisitorTime]
	Pages    []LivePage   // seen within that time, the most visited first; ten at most
	Minutes  []LiveMinute // of [LiveTime], the oldest first; the last still runs
	Events   []LiveEvent  // the newest first; twenty at most
}

// LiveMinute is what happened in one minute.
type LiveMinute struct {
	Start                   time.Time // in the tracker's time zone
	PageViews, Interactions int
}

// LivePage is how much a page is seen.
type LivePage struct {
	Path            string
	Visitors, Views int
}

// LiveEvent is one page view or interaction. Movements of the mouse are none.
type LiveEvent struct {
	Kind      Kind // KindPageView or KindInteraction
	ID        int64
	Time      time.Time
	SessionID int64 // [Session.ID]
	Path      string
	EventType EventType // of an interaction
	Element   string    // of an interaction
	Country   string
	Browser   string
}

// LiveDefinition says in words what [Live.Visitors] counts.
const LiveDefinition = "Visitors with a page view or an interaction in the last five minutes, bots left out."

// Live tells what happens at this moment. The answer may be a second old, or as
// much older as the store is slow: all who ask within that time share one.
func (t *Tracker) Live(ctx context.Context) (Live, error) {
	found, err := t.live.now(ctx)
	return found.Live, err
}

// WatchLive tells what happens, at once and then whenever there is news, at
// most every second, until ctx ends. All watchers share the same queries; while
// nobody watches there are none. A watcher who is slow to take an answer misses
// it, and gets the next.
//
// The channel is closed when ctx ends and by [Tracker.EndLive]. With too many
// watchers the error is [ErrBusy], after EndLive it is [ErrUnavailable].
func (t *Tracker) WatchLive(ctx context.Context) (<-chan Live, error) { return t.live.watch(ctx) }

// EndLive ends all watches, for good. Requests that show them end with it: a
// server calls it when it begins to shut down, see [net/http.Server.RegisterOnShutdown].
// [Tracker.Close] calls it too.
func (t *Tracker) EndLive() { t.live.close() }

// lookLive asks the store what happens at this moment.
func (t *Tracker) lookLive(ctx context.Context) (Live, error) {
	now := t.now()
	l := Live{At: now}
	for _, look := range []func(context.Context, *Live) error{t.liveVisitors, t.livePages, t.liveMinutes, t.liveEvents} {
		if err := look(ctx, &l); err != nil {
			return Live{}, fmt.Errorf("live: %w", err)
		}
	}
	return l, nil
}

// liveVisitors counts those who did anything: there is no visitor without a row.
func (t *Tracker) liveVisitors(ctx context.Context, l *Live) error {
	rows, err := t.Insight(ctx, Insight{
		Metrics: []Metric{MetricPageViews, MetricInteractions}, Dimensions: []Dimension{DimensionVisitor}, Range: l.since(LiveVisitorTime),
	})
	l.Visitors = len(rows)
	return err
}

func (t *Tracker) livePages(ctx context.Context, l *Live) error {
	rows, err := t.Insight(ctx, Insight{
		Metrics: []Metric{MetricVisitors, MetricPageViews}, Dimensions: []Dimension{DimensionPath},
		Range: l.since(LiveVisitorTime), Limit: maxLivePages,
	})
	for _, r := range rows {
		l.Pages = append(l.Pages, LivePage{Path: r.Dimensions[0], Visitors: int(r.Metrics[0]), Views: int(r.Metrics[1])})
	}
	return err
}

func (t *Tracker) liveMinutes(ctx context.Context, l *Live) error {
	span, err := ParseRange("realtime", l.At, time.Time{}, t.settings.TimeZone)
	if err != nil {
		return err
	}
	rows, err := t.Insight(ctx, Insight{
		Metrics: []Metric{MetricPageViews, MetricInteractions}, Dimensions: []Dimension{DimensionTime}, Interval: Minute, Range: span,
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		start, err := time.Parse(time.RFC3339, r.Dimensions[0])
		if err != nil {
			return err
		}
		l.Minutes = append(l.Minutes, LiveMinute{Start: start.In(t.settings.TimeZone), PageViews: int(r.Metrics[0]), Interactions: int(r.Metrics[1])})
	}
	return nil
}

// liveEvents lists the newest page views and interactions together.
func (t *Tracker) liveEvents(ctx context.Context, l *Live) error {
	span := l.since(LiveTime)
	q := Query{
		Filters: []Filter{
			{Field: "timestamp", Op: AtLeast, Values: []any{span.From}},
			{Field: "timestamp", Op: Less, Values: []any{span.To}},
			{Field: SessionPrefix + "bot", Values: []any{false}},
		},
		Order: []Order{{Field: "timestamp", Desc: true}}, Limit: maxLiveEvents, Uncounted: true,
	}
	views, _, err := t.PageViews(ctx, q)
	if err != nil {
		return err
	}
	q.Filters = append(q.Filters, Filter{Field: "event_type", Values: []any{string(MouseMove), string(Hover)}, Not: true})
	interactions, _, err := t.Interactions(ctx, q)
	if err != nil {
		return err
	}
	for len(l.Events) < maxLiveEvents && len(views)+len(interactions) > 0 {
		if len(interactions) == 0 || len(views) > 0 && views[0].Timestamp.After(interactions[0].Timestamp) {
			l.Events, views = append(l.Events, liveView(views[0])), views[1:]
			continue
		}
		l.Events, interactions = append(l.Events, liveInteraction(interactions[0])), interactions[1:]
	}
	return nil
}

func liveView(v PageView) LiveEvent {
	return LiveEvent{
		Kind: KindPageView, ID: v.ID, Time: v.Timestamp, SessionID: v.Session.ID, Path: v.Path,
		Country: v.Session.Country, Browser: v.Session.Browser,
	}
}

func liveInteraction(i Interaction) LiveEvent {
	return LiveEvent{
		Kind: KindInteraction, ID: i.ID, Time: i.Timestamp, SessionID: i.Session.ID, Path: i.Path, EventType: i.EventType, Element: i.Element,
		Country: i.Session.Country, Browser: i.Session.Browser,
	}
}

// since is the time before the moment, which is the last of it.
func (l Live) since(length time.Duration) Range {
	end := l.At.Add(time.Microsecond)
	return Range{From: end.Add(-length), To: end}
}
