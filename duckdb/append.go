package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"sort"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Append stores rows in one transaction, see [behavior.Store].
//
// The facts of sessions are gathered in memory and written every second, up
// to a mark: the last page view that they include. After a crash the page
// views above the mark are followed again. Page views that bring ids from
// below the mark along would be missed then; their facts are written at once.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	for i, row := range rows {
		if err := wellFormed(row); err != nil {
			return fmt.Errorf("append: row %d: %w", i, err)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, "append", func(ctx context.Context, w *writer) error { return w.append(ctx, rows) })
}

func (w *writer) append(ctx context.Context, rows []behavior.Row) error {
	p, err := w.newPlan(ctx, rows, nil, false)
	if err != nil {
		return err
	}
	if err := p.store(ctx); isDuplicate(err) {
		p, err = w.appendCarefully(ctx, rows)
		if err != nil {
			return err
		}
	} else if err != nil {
		return fmt.Errorf("%w: %w", behavior.ErrUnavailable, err)
	}
	p.settle()
	if len(w.dirty) > maxDirty {
		// The rows are stored whether this works or not; what fails now is
		// tried again at the next tick.
		_ = w.writeFacts(ctx)
	}
	return nil
}

// appendCarefully stores rows after a first try has failed: it looks for each
// new session in the file, and then finds the rows that DuckDB refuses all the
// same and stores the others.
func (w *writer) appendCarefully(ctx context.Context, rows []behavior.Row) (*plan, error) {
	refused := map[int]error{}
	for {
		p, err := w.newPlan(ctx, rows, refused, true)
		if err != nil {
			return nil, err
		}
		if err = p.store(ctx); err == nil {
			return p, nil
		}
		if !isDuplicate(err) {
			return nil, fmt.Errorf("%w: %w", behavior.ErrUnavailable, err)
		}
		i, err := p.offender(ctx)
		if err != nil {
			return nil, err
		}
		refused[i] = behavior.ErrConflict
	}
}

// offender finds the first row that the unique index refuses, by trying how
// many rows from the start on are welcome.
func (p *plan) offender(ctx context.Context) (int, error) {
	var failure error
	i := sort.Search(len(p.rows), func(i int) bool {
		err := p.try(ctx, i+1)
		if err != nil && !isDuplicate(err) {
			failure = err
		}
		return err != nil
	})
	if failure == nil && i == len(p.rows) {
		failure = fmt.Errorf("%w: rows are refused together and welcome one by one", behavior.ErrUnavailable)
	}
	return i, failure
}

// errTried undoes a trial.
var errTried = errors.New("tried")

// try appends the first n rows and undoes it.
func (p *plan) try(ctx context.Context, n int) error {
	err := p.writer.transact(ctx, func() error {
		if err := p.appendRows(n); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// store writes the plan in one transaction. Rows that go to one table need no
// BEGIN and COMMIT around them: what an Appender flushes outside a transaction
// is one, and takes half the time.
func (p *plan) store(ctx context.Context) error {
	if p.oneFlush() {
		return p.appendRows(len(p.rows))
	}
	return p.writer.transact(ctx, func() error {
		if err := p.appendRows(len(p.rows)); err != nil {
			return err
		}
		if err := p.storeProgress(ctx); err != nil || !p.backlog {
			return err
		}
		return p.writer.storeFacts(ctx, p.moved(), marks{})
	})
}

// maxFlush is how many rows an Appender surely keeps until it is closed.
const maxFlush = 2000

// oneFlush reports whether all that the plan writes goes to one table by one
// flush of one Appender.
func (p *plan) oneFlush() bool {
	if p.backlog || len(p.rows) > maxFlush {
		return false
	}
	var only behavior.Kind
	for i, row := range p.rows {
		if p.errs[i] != nil {
			continue
		}
		kind, _ := identity(row)
		if only == "" {
			only = kind
		}
		if row.Progress != nil || kind != only {
			return false
		}
	}
	return true
}

// appendRows appends the good ones of the first n rows through Appenders, and
// finishes them: the rows are then in the transaction, all or none.
func (p *plan) appendRows(n int) error {
	return p.writer.conn.Raw(func(conn any) error {
		appenders := map[string]*driver.Appender{}
		err := p.feed(conn.(sqldriver.Conn), appenders, n)
		for _, a := range appenders {
			if err != nil {
				// What is left in it must not be flushed by Close.
				_ = a.Clear()
			}
			err = errors.Join(err, a.Close())
		}
		return err
	})
}

// feed hands the good ones of the first n rows to the Appender of their table.
func (p *plan) feed(conn sqldriver.Conn, appenders map[string]*driver.Appender, n int) error {
	for i := range n {
		if p.errs[i] != nil || p.rows[i].Progress != nil {
			continue
		}
		kind, _ := identity(p.rows[i])
		table := query.Tables[kind]
		if appenders[table] == nil {
			a, err := driver.NewAppenderFromConn(conn, "", table)
			if err != nil {
				return err
			}
			appenders[table] = a
		}
		values := p.values[i]
		if kind == behavior.KindSession {
			values = sessionValues(values[:0], &p.stays[i].Session)
		}
		if err := appenders[table].AppendRow(values...); err != nil {
			return err
		}
	}
	return nil
}

// moved returns the sessions of the plan that exist already and have new facts.
func (p *plan) moved() map[string]*visit {
	visits := map[string]*visit{}
	for name, s := range p.byName {
		if s.moved && s.visit != nil {
			visits[name] = &visit{Session: s.Session}
		}
	}
	return visits
}

// settle takes note of a plan that is stored, and completes the caller's rows.
func (p *plan) settle() {
	w := p.writer
	for kind, last := range p.last {
		w.last[kind] = last
	}
	w.followed = marks{w.last[behavior.KindPageView], w.last[behavior.KindInteraction]}
	for name, s := range p.byName {
		s.settle(w, name)
	}
	for i, row := range p.rows {
		p.complete(i, row)
	}
}

// settle makes a session's visit what the plan has left.
func (s *stay) settle(w *writer, name string) {
	if s.visit == nil {
		s.visit = &visit{keys: map[string]int64{}}
	} else if s.moved {
		w.dirty[name] = s.visit
	}
	s.visit.Session = s.Session
	for key, view := range s.keys {
		if s.visit.keys != nil {
			s.visit.keys[key] = view
		}
	}
	w.remember(s.visit)
}

// complete fills in what the caller of Append is told of a row.
func (p *plan) complete(i int, row behavior.Row) {
	p.rows[i].Err = p.errs[i]
	if p.errs[i] != nil || row.Progress != nil {
		return
	}
	s := cloneSession(p.stays[i].Session)
	switch {
	case row.Session != nil:
		*row.Session = s
	case row.PageView != nil:
		row.PageView.ID, row.PageView.Session = p.values[i][0].(int64), s
		if seen := p.seen[row.PageView.ID]; seen != nil {
			row.PageView.Advance(*seen)
		}
		normalizePageView(row.PageView)
	default:
		row.Interaction.ID, row.Interaction.Session = p.values[i][0].(int64), s
		normalizeInteraction(row.Interaction)
	}
}
