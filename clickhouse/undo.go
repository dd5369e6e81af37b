package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// giveUp takes back what may be stored of something that failed, or notes that
// this is to be done.
func (w *writer) giveUp(ctx context.Context, stored []step, err error) error {
	w.pending = append(w.pending, reversed(stored)...)
	if lost(err) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %s", behavior.ErrUnavailable, reason(err))
	}
	return errors.Join(err, w.takeBack(ctx))
}

// reversed are the steps that take steps back, the last one first. They do so
// at one version above that of each step, whenever it is that they are stored:
// what another process has stored in the meantime counts. What was to be
// deleted is deleted all the same: its content is gone.
func reversed(steps []step) []step {
	var back []step
	for _, was := range slices.Backward(steps) {
		s := step{kind: was.kind, version: was.version + 1, token: was.token + "-back", undoes: true}
		for _, c := range was.changes {
			switch {
			case c.stays:
				continue
			case !none(c.after):
				c = change{before: c.after, after: c.before}
			}
			s.changes = append(s.changes, c)
		}
		back = append(back, s)
	}
	return back
}

// takeBack stores what is left of something that failed. Of several steps one
// that fails does not hold up the others, except that sessions go after their
// events, and the claims of their names last.
func (w *writer) takeBack(ctx context.Context) error {
	var failed []step
	var failure error
	for _, s := range w.pending {
		err := failure
		if err == nil || !s.undoes || s.kind != behavior.KindSession {
			err = w.takeBackOne(ctx, s)
		}
		if err != nil {
			failed, failure = append(failed, s), err
			if lost(err) || ctx.Err() != nil {
				failure = fmt.Errorf("%w: %s", behavior.ErrUnavailable, reason(err))
			}
		}
	}
	w.pending = failed
	if failure != nil {
		return failure
	}
	return w.leave(ctx)
}

// left reports whether there is something to take back.
func (w *writer) left() bool { return len(w.pending) > 0 || len(w.leaving) > 0 }

// takeBackOne stores one of these steps. A session that has events by now
// stays: they are those of its own batch which stay, or of another process.
func (w *writer) takeBackOne(ctx context.Context, s step) error {
	if s.undoes && s.kind == behavior.KindSession {
		inUse, err := w.inUse(ctx, s)
		if err != nil {
			return err
		}
		s.changes = slices.DeleteFunc(slices.Clone(s.changes), func(c change) bool {
			return none(c.after) && inUse[c.before.Session.ID]
		})
	}
	_, err := w.insert(ctx, s)
	return err
}

// inUse finds which of the sessions that a step removes have events.
func (w *writer) inUse(ctx context.Context, s step) (map[int64]bool, error) {
	var ids []int64
	for _, c := range s.changes {
		if none(c.after) {
			ids = append(ids, c.before.Session.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var selects []string
	for _, kind := range kinds[1:] {
		from, where := w.store.live(kind)
		selects = append(selects, `SELECT DISTINCT session`+from+where+`session IN `+integers(ids))
	}
	found, err := collect(ctx, w.store.db, query.Statement{SQL: strings.Join(selects, " UNION ALL ")},
		func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
	inUse := map[int64]bool{}
	for _, id := range found {
		inUse[id] = true
	}
	return inUse, err
}
