package behavior

import (
	"context"
	"time"
)

// Since is the time of the earliest record, the zero time when there is none.
func (t *Tracker) Since(ctx context.Context) (time.Time, error) {
	var first time.Time
	earlier := func(at time.Time) {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	oldest := func(field string) Query { return Query{Order: []Order{{Field: field}}, Limit: 1, Uncounted: true} }
	sessions, _, err := t.store.Sessions(ctx, oldest("start_time"))
	if err != nil {
		return time.Time{}, err
	}
	views, _, err := t.store.PageViews(ctx, oldest("timestamp"))
	if err != nil {
		return time.Time{}, err
	}
	interactions, _, err := t.store.Interactions(ctx, oldest("timestamp"))
	if err != nil {
		return time.Time{}, err
	}
	for _, s := range sessions {
		earlier(s.StartTime)
	}
	for _, v := range views {
		earlier(v.Timestamp)
	}
	for _, i := range interactions {
		earlier(i.Timestamp)
	}
	return first, nil
}
