package clickhouse

import (
	"context"
	"errors"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// readsAnew is how often a session is read that is to have a name which others
// want, too.
const readsAnew = 5

// UpdateSession changes a session under the writer's lock, see [behavior.Store].
func (s *Store) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (session behavior.Session, err error) {
	err = s.write(ctx, "update session", func(ctx context.Context, w *writer) (err error) {
		err = errContended
		for tries := 0; tries < readsAnew && errors.Is(err, errContended); tries++ {
			w.memory.Distrust()
			session, err = w.memory.UpdateSession(ctx, id, change)
		}
		return err
	})
	if err != nil {
		return behavior.Session{}, err
	}
	return session, nil
}

// UpdatePageView changes a page view, as UpdateSession does a session.
// [behavior.ErrDuplicate]: its new event key is another event's of its session.
func (s *Store) UpdatePageView(ctx context.Context, id int64, change func(*behavior.PageView) error) (view behavior.PageView, err error) {
	err = s.write(ctx, "update page view", func(ctx context.Context, w *writer) (err error) {
		w.memory.Distrust()
		view, err = w.memory.UpdatePageView(ctx, id, change)
		return err
	})
	if err != nil {
		return behavior.PageView{}, err
	}
	return view, nil
}

// UpdateInteraction changes an interaction, as UpdatePageView does a page view.
func (s *Store) UpdateInteraction(ctx context.Context, id int64, change func(*behavior.Interaction) error) (interaction behavior.Interaction, err error) {
	err = s.write(ctx, "update interaction", func(ctx context.Context, w *writer) (err error) {
		w.memory.Distrust()
		interaction, err = w.memory.UpdateInteraction(ctx, id, change)
		return err
	})
	if err != nil {
		return behavior.Interaction{}, err
	}
	return interaction, nil
}

// one reads a record with its session.
func (l lister[T]) one(ctx context.Context, w *writer, id int64) (record T, err error) {
	found, err := l.byID(ctx, w.store, []int64{id}, nil, w.saw)
	if err != nil {
		return record, err
	}
	if len(found) == 0 {
		return record, behavior.ErrNotFound
	}
	session := l.session(&found[0])
	homes, err := w.FindSessions(ctx, nil, []int64{session.ID})
	if err != nil {
		return record, err
	}
	if len(homes) == 0 { // another process is about to delete it
		return record, behavior.ErrNotFound
	}
	*session = homes[0]
	return found[0], nil
}

// UpdateRecord stores a record in the place of the one with its id.
func (w *writer) UpdateRecord(ctx context.Context, row behavior.Row) error {
	var before behavior.Row
	var err error
	kind, id := record.Identity(row)
	switch kind {
	case behavior.KindSession:
		before.Session, err = first(w.FindSessions(ctx, nil, []int64{id}))
	case behavior.KindPageView:
		before.PageView, err = first(pageViews.byID(ctx, w.store, []int64{id}, nil, w.saw))
	default:
		before.Interaction, err = first(interactions.byID(ctx, w.store, []int64{id}, nil, w.saw))
	}
	if err != nil {
		return err
	}
	*w.within = append(*w.within, step{kind: kind, changes: []change{{before: before, after: behavior.Row{Session: row.Session, PageView: row.PageView, Interaction: row.Interaction}}}})
	return nil
}

// first is the only record of a list.
func first[T any](list []T, err error) (*T, error) {
	if err == nil && len(list) == 0 {
		err = behavior.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}
