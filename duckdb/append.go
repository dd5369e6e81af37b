package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"sort"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Append stores rows in one transaction, see [behavior.Store].
//
// Every decision about the rows is made before the first of them reaches
// DuckDB, whose Appender would drop the whole batch for one bad row. The facts
// of sessions are gathered in memory and written every second.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	if err := record.Check(rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, "append", func(ctx context.Context, w *writer) error { return w.append(ctx, rows) })
}

func (w *writer) append(ctx context.Context, rows []behavior.Row) error {
	p, err := w.memory.Plan(ctx, rows, nil, false)
	if err != nil {
		return err
	}
	if err := w.store(ctx, p); isDuplicate(err) {
		p, err = w.appendCarefully(ctx, rows)
		if err != nil {
			return err
		}
	} else if err != nil {
		return fmt.Errorf("%w: %w", behavior.ErrUnavailable, err)
	}
	p.Settle()
	if w.memory.Crowded() {
		// The rows are stored whether this works or not; what fails now is
		// tried again at the next tick.
		_ = w.memory.WriteFacts(ctx)
	}
	return nil
}

// appendCarefully stores rows after a first try has failed: it looks for each
// new session in the file, and then finds the rows that DuckDB refuses all the
// same and stores the others.
func (w *writer) appendCarefully(ctx context.Context, rows []behavior.Row) (*plan.Plan, error) {
	refused := map[int]error{}
	for {
		p, err := w.memory.Plan(ctx, rows, refused, true)
		if err != nil {
			return nil, err
		}
		if err = w.store(ctx, p); err == nil {
			return p, nil
		}
		if !isDuplicate(err) {
			return nil, fmt.Errorf("%w: %w", behavior.ErrUnavailable, err)
		}
		i, err := w.offender(ctx, p)
		if err != nil {
			return nil, err
		}
		refused[i] = behavior.ErrConflict
	}
}

// offender finds the first row that the unique index refuses, by trying how
// many rows from the start on are welcome.
func (w *writer) offender(ctx context.Context, p *plan.Plan) (int, error) {
	var failure error
	i := sort.Search(len(p.Rows), func(i int) bool {
		err := w.try(ctx, p, i+1)
		if err != nil && !isDuplicate(err) {
			failure = err
		}
		return err != nil
	})
	if failure == nil && i == len(p.Rows) {
		failure = fmt.Errorf("%w: rows are refused together and welcome one by one", behavior.ErrUnavailable)
	}
	return i, failure
}

// errTried undoes a trial.
var errTried = errors.New("tried")

// try appends the first n rows and undoes it.
func (w *writer) try(ctx context.Context, p *plan.Plan, n int) error {
	err := w.Transact(ctx, func() error {
		if err := w.appendRows(p, n); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// store writes a plan in one transaction. Rows that go to one table need no
// BEGIN and COMMIT around them: what an Appender flushes outside a transaction
// is one, and takes half the time.
func (w *writer) store(ctx context.Context, p *plan.Plan) error {
	if oneFlush(p) {
		return w.appendRows(p, len(p.Rows))
	}
	return w.Transact(ctx, func() error {
		if err := w.appendRows(p, len(p.Rows)); err != nil {
			return err
		}
		if err := w.storeProgress(ctx, p); err != nil || !p.Backlog {
			return err
		}
		return w.StoreFacts(ctx, p.Moved(), plan.Marks{})
	})
}

// maxFlush is how many rows an Appender surely keeps until it is flushed.
const maxFlush = 2000

// oneFlush reports whether all that a plan writes goes to one table by one
// flush of one Appender.
func oneFlush(p *plan.Plan) bool {
	if p.Backlog || len(p.Rows) > maxFlush {
		return false
	}
	var only behavior.Kind
	for i, row := range p.Rows {
		if p.Errs[i] != nil {
			continue
		}
		kind := p.Kind(i)
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
// flushes them: the rows are then in the transaction, all or none.
func (w *writer) appendRows(p *plan.Plan, n int) error {
	return w.conn.Raw(func(conn any) (err error) {
		done := false
		defer func() {
			if !done { // an error, or a panic
				err = errors.Join(err, w.closeAppenders())
			}
		}()
		fed, err := w.feed(p, conn.(sqldriver.Conn), n)
		if err != nil {
			return err
		}
		for kind := range fed {
			if err := w.appenders[kind].Flush(); err != nil {
				return err
			}
		}
		done = true
		return nil
	})
}

// feed hands the good ones of the first n rows to the Appender of their table,
// and returns which tables there are.
func (w *writer) feed(p *plan.Plan, conn sqldriver.Conn, n int) (map[behavior.Kind]bool, error) {
	fed := map[behavior.Kind]bool{}
	values := make([]sqldriver.Value, 0, 32)
	for i := range n {
		kind := p.Kind(i)
		switch kind {
		case behavior.KindSession:
			values = sessionValues(values[:0], p.Session(i))
		case behavior.KindPageView:
			v := p.PageView(i)
			values = pageViewValues(values[:0], &v)
		case behavior.KindInteraction:
			in := p.Interaction(i)
			values = interactionValues(values[:0], &in)
		default:
			continue
		}
		if w.appenders[kind] == nil {
			a, err := driver.NewAppenderFromConn(conn, "", query.Table(kind))
			if err != nil {
				return nil, err
			}
			w.appenders[kind] = a
		}
		if err := w.appenders[kind].AppendRow(values...); err != nil {
			return nil, err
		}
		fed[kind] = true
	}
	return fed, nil
}

// closeAppenders discards what is left in the Appenders and closes them: after
// a failure none of it may be flushed with the rows of the next batch.
func (w *writer) closeAppenders() error {
	var errs []error
	for _, a := range w.appenders {
		_ = a.Clear() // Close would flush it
		errs = append(errs, a.Close())
	}
	clear(w.appenders)
	return errors.Join(errs...)
}
