package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/record"
)

// Append stores rows, see [behavior.Store]. Appends that wait for one another
// are stored together.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	if err := record.Check(rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	return s.together(ctx, rows)
}

// givesWay is how often a write begins anew because another process is about to
// store a session of the same name.
const givesWay = 20

// append decides about rows and stores them.
func (w *writer) append(ctx context.Context, rows []behavior.Row) error {
	for range givesWay {
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
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
	return errContended
}

var errContended = fmt.Errorf("%w: others store sessions of the same names all the time", behavior.ErrUnavailable)

// keep stores a plan: first the sessions, once their names are ours. It returns
// false, with nothing stored, if another process has one of these or is about
// to.
func (w *writer) keep(ctx context.Context, p *plan.Plan) (bool, error) {
	steps, err := w.steps(ctx, p)
	if err != nil {
		return false, err
	}
	if err := w.amend(ctx, steps[:1]); err != nil {
		return false, w.giveUp(ctx, nil, err)
	}
	names := w.namesOf(p)
	if how, err := w.takeNames(ctx, names); err != nil || how != alone {
		return false, err
	}
	if err := w.storeSteps(ctx, steps[:1]); err != nil {
		w.leaving = append(w.leaving, names...)
		return false, err
	}
	held, err := w.holdsNames(ctx, names)
	if err != nil || !held {
		w.pending = append(w.pending, reversed(steps[:1])...)
		w.leaving = append(w.leaving, names...)
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
			v.Session = *p.Session(i)
			keyless[v.Session.ID] = keyless[v.Session.ID] || v.EventKey == ""
			steps[1].add(change{after: behavior.Row{PageView: &v}, stays: v.EventKey != ""})
		case behavior.KindInteraction:
			in := p.Interaction(i)
			in.Session = *p.Session(i)
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
