package duckdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// UpdateSession changes a session under the writer's lock, see [behavior.Store].
func (s *Store) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (session behavior.Session, err error) {
	err = s.write(ctx, "update session", func(ctx context.Context, w *writer) (err error) {
		session, err = w.memory.UpdateSession(ctx, id, change)
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
		interaction, err = w.memory.UpdateInteraction(ctx, id, change)
		return err
	})
	if err != nil {
		return behavior.Interaction{}, err
	}
	return interaction, nil
}

// one reads a record with its session on the writer's connection.
func (l lister[T]) one(ctx context.Context, w *writer, id int64) (record T, err error) {
	found, err := l.byID(ctx, w.conn, []int64{id}, false)
	if err != nil {
		return record, err
	}
	if len(found) == 0 {
		return record, behavior.ErrNotFound
	}
	return found[0], nil
}

// UpdateRecord stores the columns of a record; the first is its id.
func (w *writer) UpdateRecord(ctx context.Context, row behavior.Row) error {
	kind, columns, values := recordOf(row)
	var set []string
	var args []any
	for i, column := range strings.Split(columns, ",") {
		args = append(args, values[i])
		if i > 0 {
			set = append(set, fmt.Sprintf("%s = $%d", strings.TrimSpace(column), i+1))
		}
	}
	_, err := w.conn.ExecContext(ctx, "UPDATE "+query.Table(kind)+" SET "+strings.Join(set, ", ")+" WHERE id = $1", args...)
	return err
}
