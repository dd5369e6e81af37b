package clickhouse

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Delete removes records, sessions with all that is theirs, see
// [behavior.Store]. What they held leaves the server's files when these are
// merged: a day after nothing more has come to their month, if not before. If it
// fails half-way it is completed as soon as the server can be used again,
// although its caller was told of an error.
func (s *Store) Delete(ctx context.Context, kind behavior.Kind, ids []int64) (behavior.Counts, error) {
	if query.Table(kind) == "" {
		return behavior.Counts{}, fmt.Errorf("delete: no kind %q", kind)
	}
	if len(ids) == 0 {
		return behavior.Counts{}, nil
	}
	var gone behavior.Counts
	err := s.write(ctx, "delete "+query.Table(kind), func(ctx context.Context, w *writer) (err error) {
		gone, err = w.delete(ctx, kind, ids)
		return err
	})
	if err != nil {
		return behavior.Counts{}, err
	}
	return gone, nil
}

// delete stores rows that say that records are gone: the sessions last, so that
// no event is ever without one.
func (w *writer) delete(ctx context.Context, kind behavior.Kind, ids []int64) (gone behavior.Counts, err error) {
	w.memory.Distrust()
	column := map[behavior.Kind]string{kind: "id"}
	if kind == behavior.KindSession {
		column[behavior.KindPageView], column[behavior.KindInteraction] = "session", "session"
	}
	var steps []step
	for i := len(kinds) - 1; i >= 0; i-- {
		kind := kinds[i]
		if column[kind] == "" {
			continue
		}
		s := step{kind: kind}
		found, err := w.places(ctx, kind, column[kind], ids)
		if err != nil {
			return gone, err
		}
		for _, record := range found {
			s.add(change{before: record})
		}
		*countOf(&gone, kind) = len(found)
		steps = append(steps, s)
	}
	err = w.storeAll(ctx, steps)
	if err != nil && len(w.pending) > 0 {
		w.pending = steps // at their versions: what is stored anew meanwhile stays
	}
	return gone, err
}

func countOf(c *behavior.Counts, kind behavior.Kind) *int {
	switch kind {
	case behavior.KindSession:
		return &c.Sessions
	case behavior.KindPageView:
		return &c.PageViews
	default:
		return &c.Interactions
	}
}

// places reads of the records that have one of ids in a column where they lie.
func (w *writer) places(ctx context.Context, kind behavior.Kind, column string, ids []int64) ([]behavior.Row, error) {
	from, where := w.store.live(kind)
	columns := `id, session, event_key, "timestamp"`
	if kind == behavior.KindSession {
		columns = `id, toInt64(0), '', start_time`
	}
	return collect(ctx, w.store.db, query.Statement{SQL: `SELECT ` + columns + `, version` + from + where + column + ` IN ` + integers(ids)},
		func(rows *sql.Rows, record *behavior.Row) error {
			var v behavior.PageView
			var version uint64
			if err := rows.Scan(&v.ID, &v.Session.ID, &v.EventKey, micros{&v.Timestamp}, &version); err != nil {
				return err
			}
			w.saw(version)
			switch kind {
			case behavior.KindSession:
				record.Session = &behavior.Session{ID: v.ID, StartTime: v.Timestamp}
			case behavior.KindPageView:
				record.PageView = &v
			default:
				record.Interaction = &behavior.Interaction{ID: v.ID, Session: v.Session, EventKey: v.EventKey, Timestamp: v.Timestamp}
			}
			return nil
		})
}
