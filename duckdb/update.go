package duckdb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// UpdateSession changes a session under the writer's lock, see [behavior.Store].
func (s *Store) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (behavior.Session, error) {
	var session behavior.Session
	err := s.write(ctx, "update session", func(ctx context.Context, w *writer) error {
		if err := w.writeFacts(ctx); err != nil {
			return err
		}
		v, err := w.session(ctx, "", id)
		if err != nil {
			return err
		}
		if v == nil {
			return behavior.ErrNotFound
		}
		session = cloneSession(v.Session)
		if err := change(&session); err != nil {
			return foreign{err}
		}
		session.ID = id
		return w.updateSession(ctx, v.Session, &session)
	})
	if err != nil {
		return behavior.Session{}, err
	}
	return session, nil
}

// updateSession stores a session in the place of was.
func (w *writer) updateSession(ctx context.Context, was behavior.Session, s *behavior.Session) error {
	values, err := rowValues(behavior.Row{Session: s})
	if err != nil {
		return err
	}
	normalizeSession(s)
	if s.SessionID != was.SessionID {
		other, err := w.session(ctx, s.SessionID, 0)
		if err != nil {
			return err
		}
		if other != nil {
			return behavior.ErrConflict
		}
	}
	err = w.transact(ctx, func() error { return w.updateRow(ctx, behavior.KindSession, sessionColumns, values) })
	if err != nil {
		return err
	}
	w.forget(was.SessionID)
	return nil
}

// UpdatePageView changes a page view, as UpdateSession does a session.
// [behavior.ErrDuplicate]: its new event key is another event's of its session.
func (s *Store) UpdatePageView(ctx context.Context, id int64, change func(*behavior.PageView) error) (behavior.PageView, error) {
	var view behavior.PageView
	err := s.write(ctx, "update page view", func(ctx context.Context, w *writer) error {
		was, err := pageViews.one(ctx, w, id)
		if err != nil {
			return err
		}
		view = was
		if err := change(&view); err != nil {
			return foreign{err}
		}
		view.ID = id
		normalizePageView(&view)
		return w.updateEvent(ctx, behavior.Row{PageView: &was}, behavior.Row{PageView: &view}, pageViewColumns)
	})
	if err != nil {
		return behavior.PageView{}, err
	}
	return view, nil
}

// UpdateInteraction changes an interaction, as UpdatePageView does a page view.
func (s *Store) UpdateInteraction(ctx context.Context, id int64, change func(*behavior.Interaction) error) (behavior.Interaction, error) {
	var interaction behavior.Interaction
	err := s.write(ctx, "update interaction", func(ctx context.Context, w *writer) error {
		was, err := interactions.one(ctx, w, id)
		if err != nil {
			return err
		}
		interaction = was
		if err := change(&interaction); err != nil {
			return foreign{err}
		}
		interaction.ID = id
		normalizeInteraction(&interaction)
		return w.updateEvent(ctx, behavior.Row{Interaction: &was}, behavior.Row{Interaction: &interaction}, interactionColumns)
	})
	if err != nil {
		return behavior.Interaction{}, err
	}
	return interaction, nil
}

// one reads a record as it is to be changed: with all facts of its session.
func (l lister[T]) one(ctx context.Context, w *writer, id int64) (record T, err error) {
	if err := w.writeFacts(ctx); err != nil {
		return record, err
	}
	found, err := l.byID(ctx, w.conn, []int64{id})
	if err != nil {
		return record, err
	}
	if len(found) == 0 {
		return record, behavior.ErrNotFound
	}
	return found[0], nil
}

// updateEvent stores a page view or interaction in the place of was.
func (w *writer) updateEvent(ctx context.Context, was, row behavior.Row, columns string) error {
	values, err := rowValues(row)
	if err != nil {
		return err
	}
	named := eventSession(row)
	v, err := w.session(ctx, named.SessionID, named.ID)
	if err != nil {
		return err
	}
	if v == nil {
		return behavior.ErrNoSession
	}
	before := eventSession(was)
	sameKey := v.ID == before.ID && eventKey(row) == eventKey(was)
	if key := eventKey(row); key != "" && !sameKey {
		if v.keys == nil {
			if err := w.loadKeys(ctx, map[int64]*visit{v.ID: v}); err != nil {
				return err
			}
		}
		if _, taken := v.keys[key]; taken {
			return behavior.ErrDuplicate
		}
	}
	*named = cloneSession(v.Session)
	values[1] = v.ID
	kind, _ := identity(row)
	if err := w.transact(ctx, func() error { return w.updateRow(ctx, kind, columns, values) }); err != nil {
		return err
	}
	if !sameKey {
		w.forget(before.SessionID)
		w.forget(v.SessionID)
	}
	return nil
}

// session returns a session by its name, or by its id where the name is
// empty; nil when there is none.
func (w *writer) session(ctx context.Context, name string, id int64) (*visit, error) {
	if name == "" {
		found, err := w.find(ctx, nil, []int64{id})
		if err != nil || len(found) == 0 {
			return nil, err
		}
		return found[0], nil
	}
	if v := w.known(name); v != nil {
		return v, nil
	}
	found, err := w.find(ctx, []string{name}, nil)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// updateRow stores the columns of a record; the first is its id.
func (w *writer) updateRow(ctx context.Context, kind behavior.Kind, columns string, values []driver.Value) error {
	var set []string
	var args []any
	for i, column := range strings.Split(columns, ",") {
		args = append(args, values[i])
		if i > 0 {
			set = append(set, fmt.Sprintf("%s = $%d", strings.TrimSpace(column), i+1))
		}
	}
	_, err := w.conn.ExecContext(ctx, "UPDATE "+query.Tables[kind]+" SET "+strings.Join(set, ", ")+" WHERE id = $1", args...)
	return err
}
