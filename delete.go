package behavior

import (
	"context"
	"fmt"
)

// DeleteSession deletes a session with its page views and interactions.
// [ErrNotFound]: there is no such session.
func (t *Tracker) DeleteSession(ctx context.Context, id int64) error {
	return t.deleteOne(ctx, KindSession, id)
}

// DeletePageView deletes a page view. [ErrNotFound]: there is no such page view.
func (t *Tracker) DeletePageView(ctx context.Context, id int64) error {
	return t.deleteOne(ctx, KindPageView, id)
}

// DeleteInteraction deletes an interaction. [ErrNotFound]: there is no such interaction.
func (t *Tracker) DeleteInteraction(ctx context.Context, id int64) error {
	return t.deleteOne(ctx, KindInteraction, id)
}

func (t *Tracker) deleteOne(ctx context.Context, kind Kind, id int64) error {
	events, err := t.Delete(ctx, kind, []int64{id})
	switch {
	case err != nil:
		return err
	case len(events) == 0:
		return ErrNotFound
	}
	return nil
}

// Delete deletes records in one transaction, sessions with their page views
// and interactions, and returns what observers hear of it: an event for each of
// ids that was there. Some thousand ids at a time are a good number.
func (t *Tracker) Delete(ctx context.Context, kind Kind, ids []int64) ([]Event, error) {
	events, err := t.deletions(ctx, kind, ids)
	if err != nil || len(events) == 0 {
		return nil, deleteError(kind, err)
	}
	gone, err := t.store.Delete(ctx, kind, ids)
	switch {
	case err != nil:
		return nil, deleteError(kind, err)
	case gone == Counts{}: // somebody else was faster
		return nil, nil
	}
	for _, e := range events {
		t.notify(ctx, e)
	}
	return events, nil
}

func deleteError(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("delete %s: %w", eventMessages[kind], err)
}

// deletions are the events of records that are about to go.
func (t *Tracker) deletions(ctx context.Context, kind Kind, ids []int64) ([]Event, error) {
	q := Query{Filters: []Filter{{Field: "id", Values: idValues(ids)}}, Uncounted: true}
	var events []Event
	switch kind {
	case KindSession:
		return t.sessionDeletions(ctx, q)
	case KindPageView:
		found, _, err := t.store.PageViews(ctx, q)
		for i, v := range found {
			events = append(events, Event{Change: Deleted, Kind: kind, ID: v.ID, PageView: &found[i]})
		}
		return events, err
	default:
		found, _, err := t.store.Interactions(ctx, q)
		for i, v := range found {
			events = append(events, Event{Change: Deleted, Kind: kind, ID: v.ID, Interaction: &found[i]})
		}
		return events, err
	}
}

// sessionDeletions are the events of sessions that are about to go, with how
// many records go along.
func (t *Tracker) sessionDeletions(ctx context.Context, q Query) ([]Event, error) {
	found, _, err := t.store.Sessions(ctx, q)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	along := map[int64]Counts{}
	ofThem := Query{Filters: []Filter{{Field: "session", Values: q.Filters[0].Values}}}
	for kind, add := range map[Kind]func(*Counts, int){
		KindPageView:    func(c *Counts, n int) { c.PageViews = n },
		KindInteraction: func(c *Counts, n int) { c.Interactions = n },
	} {
		counts, err := t.store.Values(ctx, kind, "session", ofThem)
		if err != nil {
			return nil, err
		}
		for _, v := range counts {
			id, _ := v.Value.(int64)
			c := along[id]
			add(&c, v.Count)
			along[id] = c
		}
	}
	var events []Event
	for i, s := range found {
		events = append(events, Event{Change: Deleted, Kind: KindSession, ID: s.ID, Session: &found[i], Along: along[s.ID]})
	}
	return events, nil
}

func idValues(ids []int64) []any {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return values
}
