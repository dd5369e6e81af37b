package web

import (
	"context"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
)

const (
	// overviewDays is how many days the start of the admin looks back.
	overviewDays = 14
	// overviewFor is how long its counts are shown before they are made anew,
	// and overviewWithin how long that may take.
	overviewFor    = time.Minute
	overviewWithin = 3 * time.Second
)

// overview counts the records of each kind for the start of the admin. The
// counts are the same for everybody, and made once a minute at most.
type overview struct {
	tracker *behavior.Tracker
	now     func() time.Time
	zone    *time.Location

	turn   chan struct{} // holds one: whoever has it makes the counts
	mu     sync.Mutex
	counts overviewCounts
	made   time.Time // zero: never
}

// overviewCounts is what the start of the admin tells of the records. What
// could not be counted in time is not there.
type overviewCounts struct {
	kinds map[behavior.Kind]kindCounts
	bots  []behavior.ValueCount // sessions of the last days by why they are a bot's
}

// kindCounts is how many records of a kind there are, and on each of the last
// days how many began.
type kindCounts struct {
	Total int // beyond maxCounted: more than that
	Days  []dayCount
}

type dayCount struct {
	Day   time.Time // its noon
	Count int
}

func newOverview(t *behavior.Tracker) *overview {
	s := t.Settings()
	return &overview{tracker: t, now: s.Now, zone: s.TimeZone, turn: make(chan struct{}, 1)}
}

// read returns the counts of the last minute.
func (o *overview) read(ctx context.Context) overviewCounts {
	if counts, fresh := o.kept(); fresh {
		return counts
	}
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		counts, _ := o.kept()
		return counts
	}
	defer func() { <-o.turn }()
	counts, fresh := o.kept() // somebody else may have made them meanwhile
	if fresh {
		return counts
	}
	// They are for others too: whoever asked may go.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), overviewWithin)
	defer cancel()
	counts = o.make(ctx, o.now())
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts, o.made = counts, o.now()
	return counts
}

func (o *overview) kept() (counts overviewCounts, fresh bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.counts, !o.made.IsZero() && o.now().Sub(o.made) < overviewFor
}

// make counts everything anew.
func (o *overview) make(ctx context.Context, now time.Time) overviewCounts {
	counts := overviewCounts{kinds: make(map[behavior.Kind]kindCounts)}
	for _, m := range adminModels {
		if c, err := o.count(ctx, m, now); err == nil {
			counts.kinds[m.kind] = c
		}
	}
	bots, err := o.tracker.Values(ctx, behavior.KindSession, "bot_reason", behavior.Query{Limit: len(behavior.BotReasons()), Filters: []behavior.Filter{
		{Field: "bot", Values: []any{true}}, {Field: "start_time", Op: behavior.AtLeast, Values: []any{o.hour(now, 0, 0).UTC()}},
	}})
	if err == nil {
		counts.bots = bots
	}
	return counts
}

// hour is an hour of one of the last days, the first of which is 0.
func (o *overview) hour(now time.Time, day, hour int) time.Time {
	y, m, d := now.In(o.zone).Date()
	return time.Date(y, m, d-overviewDays+1+day, hour, 0, 0, 0, o.zone)
}

// count counts the records of one kind.
func (o *overview) count(ctx context.Context, m adminModel, now time.Time) (c kindCounts, err error) {
	if c.Total, err = o.matching(ctx, m.kind); err != nil {
		return c, err
	}
	moment := "timestamp"
	if m.kind == behavior.KindSession {
		moment = "start_time"
	}
	for i := range overviewDays {
		n, err := o.matching(ctx, m.kind,
			behavior.Filter{Field: moment, Op: behavior.AtLeast, Values: []any{o.hour(now, i, 0).UTC()}},
			behavior.Filter{Field: moment, Op: behavior.Less, Values: []any{o.hour(now, i+1, 0).UTC()}})
		if err != nil {
			return c, err
		}
		c.Days = append(c.Days, dayCount{Day: o.hour(now, i, 12), Count: n})
	}
	return c, nil
}

// matching counts the records that match, up to maxCounted.
func (o *overview) matching(ctx context.Context, kind behavior.Kind, filters ...behavior.Filter) (n int, err error) {
	q := behavior.Query{Filters: filters, Limit: 1, CountLimit: maxCounted}
	switch kind {
	case behavior.KindSession:
		_, n, err = o.tracker.Sessions(ctx, q)
	case behavior.KindPageView:
		_, n, err = o.tracker.PageViews(ctx, q)
	default:
		_, n, err = o.tracker.Interactions(ctx, q)
	}
	return n, err
}
