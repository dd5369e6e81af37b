package postgres

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/pgpool"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// UpdateSession changes a session while its row is locked, see
// [behavior.Store]. When two writers have waited for each other, change may be
// called again, with the session as it is then.
func (s *Store) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (behavior.Session, error) {
	var session behavior.Session
	err := s.write(ctx, "update session", func(ctx context.Context, w *writer) error {
		var found []*stay
		b := w.batch()
		into(w.queueSessions(b, nil, []int64{id}), &found, scanStay)
		if err := w.send(ctx, b); err != nil {
			return err
		}
		if len(found) == 0 {
			return behavior.ErrNotFound
		}
		session = found[0].Session
		w.told = true
		if err := change(&session); err != nil {
			return record.Foreign{Err: err}
		}
		session.ID = id
		row := behavior.Row{Session: &session}
		if err := record.Fault(row); err != nil {
			return err
		}
		record.Normalize(row)
		b = w.batch()
		w.updateRow(b, behavior.KindSession, valuesOf(row))
		switch err := w.commit(ctx, b); pgpool.Code(err) {
		case "23505": // the name is another session's
			return behavior.ErrConflict
		case tooLong:
			return cmp.Or(lengthFault(row), err)
		default:
			return err
		}
	})
	if err != nil {
		return behavior.Session{}, err
	}
	return session, nil
}

// UpdatePageView changes a page view, as UpdateSession does a session.
// [behavior.ErrDuplicate]: its new event key is another event's of its session.
func (s *Store) UpdatePageView(ctx context.Context, id int64, change func(*behavior.PageView) error) (behavior.PageView, error) {
	var view behavior.PageView
	err := s.write(ctx, "update page view", func(ctx context.Context, w *writer) error {
		was, home, err := pageViews.one(ctx, w, id)
		if err != nil {
			return err
		}
		view = was
		view.Session = record.Clone(was.Session)
		if err := change(&view); err != nil {
			return record.Foreign{Err: err}
		}
		view.ID = id
		return w.updateEvent(ctx, behavior.Row{PageView: &was}, behavior.Row{PageView: &view}, home)
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
		was, home, err := interactions.one(ctx, w, id)
		if err != nil {
			return err
		}
		interaction = was
		interaction.Session = record.Clone(was.Session)
		if err := change(&interaction); err != nil {
			return record.Foreign{Err: err}
		}
		interaction.ID = id
		return w.updateEvent(ctx, behavior.Row{Interaction: &was}, behavior.Row{Interaction: &interaction}, home)
	})
	if err != nil {
		return behavior.Interaction{}, err
	}
	return interaction, nil
}

// one locks an event's session, and reads and locks the event as it is to be
// changed.
func (l lister[T]) one(ctx context.Context, w *writer, id int64) (event T, home *stay, err error) {
	table := query.Table(l.kind)
	var homes []*stay
	var records []T
	b := w.batch()
	into(b.Queue(w.store.in(`SELECT `+columnNames(behavior.KindSession, "")+`, events_from, events_to, xmin FROM @sessions
		WHERE id = (SELECT session FROM @`+table+` WHERE id = $1::bigint) FOR NO KEY UPDATE`), id), &homes, scanStay)
	into(b.Queue(l.byID(w.store)+` WHERE r.id = $1::bigint FOR NO KEY UPDATE OF r`, id), &records, l.scanWithSession)
	if err := w.send(ctx, b); err != nil {
		return event, nil, err
	}
	w.told = true
	switch {
	case len(records) == 0:
		return event, nil, behavior.ErrNotFound
	case len(homes) == 0 || homes[0].ID != l.session(&records[0]).ID:
		return event, nil, errMoved
	}
	*l.session(&records[0]) = record.Clone(homes[0].Session)
	return records[0], homes[0], nil
}

// updateEvent stores a page view or interaction in the place of was, whose
// session is locked already.
func (w *writer) updateEvent(ctx context.Context, was, row behavior.Row, home *stay) error {
	if err := record.Fault(row); err != nil {
		return err
	}
	record.Normalize(row)
	kind, _ := record.Identity(row)
	named, b := record.Session(row), w.batch()
	w.makeMonths(b, eventTime(row))
	there := []*stay{home}
	if named.SessionID != "" && named.SessionID != home.SessionID || named.SessionID == "" && named.ID != home.ID {
		there = nil
		w.lockSessions(b, &plan{rows: []behavior.Row{row}, faults: []error{nil}}, &there)
	}
	if b.Len() > 0 {
		if err := w.send(ctx, b); err != nil {
			return err
		}
	}
	if len(there) == 0 {
		return behavior.ErrNoSession
	}
	s, key := there[0], record.Key(row)
	if err := w.readKeys(ctx, []behavior.Row{row}, there); err != nil {
		return err
	}
	if _, taken := s.keys[key]; taken && (s.ID != home.ID || key != record.Key(was)) {
		return behavior.ErrDuplicate
	}
	s.reach(eventTime(row))
	*named = record.Clone(s.Session)
	b = w.batch()
	w.updateRow(b, kind, valuesOf(row))
	w.updateFacts(b, there)
	err := w.commit(ctx, b)
	if pgpool.Code(err) == tooLong {
		return cmp.Or(lengthFault(row), err)
	}
	return err
}

// updateRow stores the columns of a record; the first is its id.
func (w *writer) updateRow(b *pgx.Batch, kind behavior.Kind, values []any) {
	var set []string
	for i, f := range kind.Fields() {
		if i > 0 {
			set = append(set, fmt.Sprintf(`"%s" = $%d`, f.Name, i+1))
		}
	}
	b.Queue(w.store.in(`UPDATE @`+query.Table(kind)+` SET `+strings.Join(set, ", ")+` WHERE id = $1::bigint`), values...)
	w.check = check{
		SQL:  w.store.in(`SELECT EXISTS (SELECT FROM @` + query.Table(kind) + ` WHERE id = $1::bigint AND xmin = $2::text::xid8::xid)`),
		Args: []any{values[0], w.xid},
	}
}
