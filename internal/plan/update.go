package plan

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// UpdateSession lets change alter a session and stores it, see [behavior.Store].
func (m *Memory) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (behavior.Session, error) {
	if err := m.WriteFacts(ctx); err != nil {
		return behavior.Session{}, err
	}
	was, err := m.session(ctx, "", id)
	if err != nil {
		return behavior.Session{}, err
	}
	if was == nil {
		return behavior.Session{}, behavior.ErrNotFound
	}
	session := record.Clone(was.Session)
	if err := change(&session); err != nil {
		return behavior.Session{}, record.Foreign{Err: err}
	}
	session.ID = id
	err = m.updateSession(ctx, was.SessionID, &session)
	return session, err
}

// updateSession stores a session in the place of the one that was called name.
func (m *Memory) updateSession(ctx context.Context, name string, s *behavior.Session) error {
	row := behavior.Row{Session: s}
	if err := record.Fault(row); err != nil {
		return err
	}
	record.Normalize(row)
	if s.SessionID != name {
		other, err := m.session(ctx, s.SessionID, 0)
		if err != nil {
			return err
		}
		if other != nil {
			return behavior.ErrConflict
		}
	}
	if err := m.replace(ctx, row); err != nil {
		return err
	}
	m.Forget(name)
	return nil
}

// UpdatePageView lets change alter a page view and stores it, see [behavior.Store].
func (m *Memory) UpdatePageView(ctx context.Context, id int64, change func(*behavior.PageView) error) (behavior.PageView, error) {
	// The session that comes along has all its facts.
	if err := m.WriteFacts(ctx); err != nil {
		return behavior.PageView{}, err
	}
	was, err := m.store.PageView(ctx, id)
	if err != nil {
		return behavior.PageView{}, err
	}
	view := was
	if err := change(&view); err != nil {
		return behavior.PageView{}, record.Foreign{Err: err}
	}
	view.ID = id
	err = m.updateEvent(ctx, behavior.Row{PageView: &was}, behavior.Row{PageView: &view})
	return view, err
}

// UpdateInteraction lets change alter an interaction and stores it, see [behavior.Store].
func (m *Memory) UpdateInteraction(ctx context.Context, id int64, change func(*behavior.Interaction) error) (behavior.Interaction, error) {
	if err := m.WriteFacts(ctx); err != nil {
		return behavior.Interaction{}, err
	}
	was, err := m.store.Interaction(ctx, id)
	if err != nil {
		return behavior.Interaction{}, err
	}
	interaction := was
	if err := change(&interaction); err != nil {
		return behavior.Interaction{}, record.Foreign{Err: err}
	}
	interaction.ID = id
	err = m.updateEvent(ctx, behavior.Row{Interaction: &was}, behavior.Row{Interaction: &interaction})
	return interaction, err
}

// updateEvent stores a page view or interaction in the place of was.
func (m *Memory) updateEvent(ctx context.Context, was, row behavior.Row) error {
	if err := record.Fault(row); err != nil {
		return err
	}
	record.Normalize(row)
	named, before := record.Session(row), *record.Session(was)
	v, err := m.session(ctx, named.SessionID, named.ID)
	if err != nil {
		return err
	}
	if v == nil {
		return behavior.ErrNoSession
	}
	sameKey := v.ID == before.ID && record.Key(row) == record.Key(was)
	if key := record.Key(row); key != "" && !sameKey {
		if v.keys == nil {
			if err := m.loadKeys(ctx, map[int64]*visit{v.ID: v}, map[string]bool{key: true}); err != nil {
				return err
			}
		}
		if _, taken := v.keys[key]; taken {
			return behavior.ErrDuplicate
		}
	}
	*named = record.Clone(v.Session)
	if err := m.replace(ctx, row); err != nil {
		return err
	}
	if !sameKey {
		m.Forget(before.SessionID)
		m.Forget(v.SessionID)
	}
	return nil
}

func (m *Memory) replace(ctx context.Context, row behavior.Row) error {
	return m.store.Transact(ctx, func() error { return m.store.UpdateRecord(ctx, row) })
}
