package clickhouse

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// Append stores rows, see [behavior.Store]. Appends that wait for one another
// are stored together.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	for i, row := range rows {
		if err := plan.WellFormed(row); err != nil {
			return fmt.Errorf("append: row %d: %w", i, err)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.together(ctx, rows)
}

// givesWay is how often a batch begins anew because another process has stored
// a session of the same name at the same moment.
const givesWay = 10

// append decides about rows and stores them.
func (w *writer) append(ctx context.Context, rows []behavior.Row) error {
	for try := range givesWay {
		if err := w.prepareIDs(ctx, rows); err != nil {
			return err
		}
		w.memory.Distrust()
		p, err := w.memory.Plan(ctx, rows, nil, true)
		if err != nil {
			return err
		}
		stored, err := w.keep(ctx, p)
		if stored {
			p.Settle()
			return nil
		}
		p.Abandon() // some of it may stay
		if err != nil {
			return err
		}
		select { // both have given way: let one be first
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(time.Duration(try+1) * 20 * time.Millisecond)):
		}
	}
	return fmt.Errorf("%w: others store sessions of the same names all the time", behavior.ErrUnavailable)
}

// keep stores a plan. It returns false, with nothing stored, if another
// process has stored one of the new sessions meanwhile.
func (w *writer) keep(ctx context.Context, p *plan.Plan) (bool, error) {
	steps, err := w.steps(ctx, p)
	if err != nil {
		return false, err
	}
	if err := w.storeAll(ctx, steps[:1]); err != nil {
		return false, err
	}
	names, ids := newSessions(p)
	others, err := w.others(ctx, names, ids)
	if err != nil || len(others) > 0 {
		w.pending = append(w.pending, reversed(steps[:1])...)
		if err != nil {
			return false, err
		}
		return false, w.takeBack(ctx)
	}
	if err := w.storeTogether(ctx, steps[1:]); err != nil {
		w.pending = append(w.pending, reversed(steps[:1])...)
		_ = w.takeBack(ctx) // what is left is taken back later
		return false, err
	}
	return true, nil
}

// newSessions are the names and ids of the sessions that a plan makes.
func newSessions(p *plan.Plan) (names []string, ids map[int64]bool) {
	ids = map[int64]bool{}
	for i := range p.Rows {
		if p.Kind(i) == behavior.KindSession {
			s := p.Session(i)
			names, ids[s.ID] = append(names, s.SessionID), true
		}
	}
	return names, ids
}

// others finds the sessions of names that are not ours.
func (w *writer) others(ctx context.Context, names []string, ours map[int64]bool) ([]int64, error) {
	if len(names) == 0 {
		return nil, nil
	}
	from, where := w.store.live(behavior.KindSession)
	found, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT id` + from + where + `session_id IN ` + texts(names)},
		func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
	var others []int64
	for _, id := range found {
		if !ours[id] {
			others = append(others, id)
		}
	}
	return others, err
}

// steps are the changes of a plan, one step for each kind: the sessions first.
// What is known by an event key stays if the batch fails, and so does what the
// batch tells of a session, unless an event without a key tells some of it.
func (w *writer) steps(ctx context.Context, p *plan.Plan) ([]step, error) {
	steps := []step{{kind: behavior.KindSession}, {kind: behavior.KindPageView}, {kind: behavior.KindInteraction}}
	keyless := map[int64]bool{} // by session
	for i := range p.Rows {
		switch p.Kind(i) {
		case behavior.KindSession:
			steps[0].add(change{after: behavior.Row{Session: p.Session(i)}})
		case behavior.KindPageView:
			v := p.PageView(i)
			keyless[v.Session.ID] = keyless[v.Session.ID] || v.EventKey == ""
			steps[1].add(change{after: behavior.Row{PageView: &v}, stays: v.EventKey != ""})
		case behavior.KindInteraction:
			in := p.Interaction(i)
			keyless[in.Session.ID] = keyless[in.Session.ID] || in.EventKey == ""
			steps[2].add(change{after: behavior.Row{Interaction: &in}, stays: in.EventKey != ""})
		}
	}
	moved := map[int64]*behavior.Session{}
	for _, list := range [][]*behavior.Session{p.Moved(), p.Told()} {
		for _, s := range list {
			moved[s.ID] = s
		}
	}
	for _, s := range moved {
		if before := p.Before(s); !slices.Equal(sessionValues(before), sessionValues(s)) {
			steps[0].add(change{before: behavior.Row{Session: before}, after: behavior.Row{Session: s}, stays: !keyless[s.ID]})
		}
	}
	return steps, w.addSeen(ctx, p, &steps[1])
}

func (s *step) add(c change) { s.changes = append(s.changes, c) }

// addSeen adds the page views that are there already and of which more has
// become known.
func (w *writer) addSeen(ctx context.Context, p *plan.Plan, into *step) error {
	seen := p.Seen()
	if len(seen) == 0 {
		return nil
	}
	views, err := pageViews.byID(ctx, w.store, keysOf(seen), p.Sessions(), w.saw)
	if err != nil {
		return err
	}
	for i := range views {
		was := views[i]
		after := was
		after.Advance(*seen[was.ID])
		after.Visible = after.Visible.Truncate(time.Millisecond)
		if after.Visible != was.Visible || after.ScrollDepth != was.ScrollDepth {
			into.add(change{before: behavior.Row{PageView: &was}, after: behavior.Row{PageView: &after}, stays: true})
		}
	}
	return nil
}
