// Package sample makes visits up that nobody has had, so that one sees what
// the pages look like before anything is recorded: who comes to a small shop,
// where from, what they look at and what some of them buy.
//
// The sessions are known by their session_id, which begins with [Prefix], and
// can be removed again in one go. A store that has records is left as it is.
package sample

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// Prefix begins the session_id of each session that is made up. Any client can
// choose such a name: a session that has it is removed with the others.
const Prefix = "sample-"

// EventTypes are the types of event that visits have beside the eight of
// [behavior.EventTypes]. A tracker whose settings do not list them goes without.
func EventTypes() []behavior.EventType { return []behavior.EventType{"add_to_cart", "purchase"} }

// Options say what is made up. The zero Options are good ones.
type Options struct {
	Sessions int       // how many. Zero: 2,000; see also [SessionsOf]
	Days     int       // over how many days. Zero: 60, so that four weeks have others to be compared with
	Now      time.Time // the end of it. Zero: the clock's time
	Shop     string    // address of the shop, with a slash at its end. Empty: "https://shop.example/"
	Seed     uint64    // others have other visits. Zero is as good as any
}

// SessionsOf is how many sessions have so many page views and interactions,
// about.
func SessionsOf(events int) int { return max(1, events*2/27) }

func (o *Options) complete() {
	if o.Sessions <= 0 {
		o.Sessions = 2000
	}
	if o.Days <= 0 {
		o.Days = 60
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Shop == "" {
		o.Shop = "https://shop.example/"
	}
}

// Fill stores sessions with what is seen and done in them, the same ones for
// the same options, and returns how much that is. [behavior.ErrConflict]: the store has
// records, or is being filled already, and nothing has been stored. What was
// stored before any other error can be removed with [Remove].
func Fill(ctx context.Context, t *behavior.Tracker, o Options) (behavior.Counts, error) {
	o.complete()
	first, err := firstSession(ctx, t)
	switch {
	case err != nil:
		return behavior.Counts{}, err
	case first != "":
		return behavior.Counts{}, errNotEmpty
	}
	seed := rand.NewPCG(2025, 30+o.Seed)
	m := &maker{
		Rand:    rand.New(seed), //nolint:gosec // made up
		Options: o, tracker: t, types: append(behavior.EventTypes(), t.Settings().EventTypes...),
	}
	if err := m.makeUp(ctx); err != nil {
		return m.counts, fmt.Errorf("make visits up: %w", err)
	}
	return m.counts, nil
}

var errNotEmpty = fmt.Errorf("%w: the store has records", behavior.ErrConflict)

// claim stores the first session, on whose name two who fill at once cannot
// agree. One that came before is somebody's own: then ours goes again.
func (m *maker) claim(ctx context.Context) error {
	claim := m.rows[:1:1]
	if err := m.tracker.Record(ctx, claim); err != nil {
		return err
	}
	switch err := claim[0].Err; {
	case errors.Is(err, behavior.ErrConflict):
		return errNotEmpty
	case err != nil:
		return err
	}
	first, err := firstSession(ctx, m.tracker)
	if err == nil && first != claim[0].Session.SessionID {
		_, err = m.tracker.Delete(ctx, behavior.KindSession, []int64{claim[0].Session.ID})
		err = errors.Join(errNotEmpty, err)
	}
	m.rows, m.counts.Sessions = m.rows[1:], 1
	return err
}

// firstSession is the session_id of the session that was stored first; empty
// for none.
func firstSession(ctx context.Context, t *behavior.Tracker) (string, error) {
	list, _, err := t.Sessions(ctx, behavior.Query{Limit: 1, Uncounted: true})
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].SessionID, nil
}

// In reports whether a store has visits that were made up. They are the first
// that it has: the answer is as quick from a full store as from an empty one.
// Only where several servers give out ids of their own, in ClickHouse, a visit
// of somebody's own can come before them: then the answer may be wrong, and
// [Remove] still finds them all.
func In(ctx context.Context, t *behavior.Tracker) (bool, error) {
	first, err := firstSession(ctx, t)
	return strings.HasPrefix(first, Prefix), err
}

// removeGroup is how many sessions are removed in one transaction.
const removeGroup = 1000

// Remove deletes all sessions that were made up, with their page views and
// interactions, and returns how many of each went. All else stays.
func Remove(ctx context.Context, t *behavior.Tracker) (gone behavior.Counts, err error) {
	after := int64(0)
	for {
		list, _, err := t.Sessions(ctx, behavior.Query{Limit: removeGroup, Uncounted: true, Filters: []behavior.Filter{
			{Field: "session_id", Op: behavior.StartsWith, Values: []any{Prefix}},
			{Field: "id", Op: behavior.Greater, Values: []any{after}},
		}})
		if err != nil || len(list) == 0 {
			return gone, err
		}
		var ids []int64
		for _, s := range list {
			after = s.ID
			if strings.HasPrefix(s.SessionID, Prefix) { // the filter takes SAMPLE- too
				ids = append(ids, s.ID)
			}
		}
		events, err := t.Delete(ctx, behavior.KindSession, ids)
		if err != nil {
			return gone, err
		}
		for _, e := range events {
			gone.Sessions++
			gone.PageViews += e.Along.PageViews
			gone.Interactions += e.Along.Interactions
		}
	}
}
