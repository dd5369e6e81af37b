package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"

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
	if err := p.store(ctx); err != nil {
		if unavailable(err) {
			return err
		}
		if p, err = w.appendCarefully(ctx, rows); err != nil {
			return err
		}
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
		if err = p.store(ctx); err == nil || unavailable(err) {
			return p, err
		}
		found, err := p.offenders(ctx, 0, len(rows), err)
		if err != nil {
			return nil, err
		}
		for i, err := range found {
			refused[i] = err
		}
	}
}

// offenders finds the rows from i to j that DuckDB refuses, by halves, storing
// nothing. cause is why it has refused them together.
func (p *plan) offenders(ctx context.Context, i, j int, cause error) (map[int]error, error) {
	if j-i == 1 {
		if isDuplicate(cause) {
			return map[int]error{i: behavior.ErrConflict}, nil
		}
		return map[int]error{i: translate("append", cause)}, nil
	}
	found := map[int]error{}
	middle := (i + j) / 2
	for _, half := range [][2]int{{i, middle}, {middle, j}} {
		err := p.try(ctx, half[0], half[1])
		if err == nil {
			continue
		}
		if unavailable(err) {
			return nil, err
		}
		more, err := p.offenders(ctx, half[0], half[1], err)
		if err != nil {
			return nil, err
		}
		for i, err := range more {
			found[i] = err
		}
	}
	if len(found) == 0 { // each half is welcome without the other
		return nil, cause
	}
	return found, nil
}

// errTried undoes a trial.
var errTried = errors.New("tried")

// try appends the rows from i to j and undoes it.
func (p *plan) try(ctx context.Context, i, j int) error {
	err := p.writer.transact(ctx, func() error {
		if err := p.appendRows(i, j); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// store writes the plan in one transaction.
func (p *plan) store(ctx context.Context) error {
	return p.writer.transact(ctx, func() error {
		if err := p.appendRows(0, len(p.rows)); err != nil {
			return err
		}
		if !p.backlog {
			return nil
		}
		return p.writer.storeFacts(ctx, p.moved(), 0)
	})
}

// appendRows appends the good rows from i to j through Appenders, and
// finishes them: the rows are then in the transaction, all or none.
func (p *plan) appendRows(i, j int) error {
	return p.writer.conn.Raw(func(conn any) error {
		appenders := map[string]*driver.Appender{}
		err := p.feed(conn.(sqldriver.Conn), appenders, i, j)
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

// feed hands the good rows from i to j to the Appender of their table.
func (p *plan) feed(conn sqldriver.Conn, appenders map[string]*driver.Appender, i, j int) error {
	for ; i < j; i++ {
		if p.errs[i] != nil {
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
	w.followed = w.last[behavior.KindPageView]
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
		s.visit = &visit{keys: map[string]bool{}}
	} else if s.moved {
		w.dirty[name] = s.visit
	}
	s.visit.Session = s.Session
	for key := range s.keys {
		if s.visit.keys != nil {
			s.visit.keys[key] = true
		}
	}
	w.remember(s.visit)
}

// complete fills in what the caller of Append is told of a row.
func (p *plan) complete(i int, row behavior.Row) {
	p.rows[i].Err = p.errs[i]
	if p.errs[i] != nil {
		return
	}
	s := cloneSession(p.stays[i].Session)
	switch {
	case row.Session != nil:
		*row.Session = s
	case row.PageView != nil:
		row.PageView.ID, row.PageView.Session = p.values[i][0].(int64), s
		normalizePageView(row.PageView)
	default:
		row.Interaction.ID, row.Interaction.Session = p.values[i][0].(int64), s
		normalizeInteraction(row.Interaction)
	}
}
