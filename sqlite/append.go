package sqlite

import (
	"context"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Append stores rows in one transaction, see [behavior.Store].
//
// Every decision about the rows is made before the first of them is written.
// The facts of sessions are gathered in memory and written every second.
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
	p, err := w.memory.Plan(ctx, rows, nil, true)
	if err != nil {
		return err
	}
	if err := w.Transact(ctx, func() error { return w.store(ctx, p) }); err != nil {
		return err
	}
	p.Settle()
	if w.memory.Crowded() {
		// The rows are stored whether this works or not; what fails now is
		// tried again at the next tick.
		_ = w.memory.WriteFacts(ctx)
	}
	return nil
}

// store writes a plan within a transaction.
func (w *writer) store(ctx context.Context, p *plan.Plan) error {
	for _, kind := range behavior.Kinds() {
		if err := w.insertAll(ctx, p, kind); err != nil {
			return err
		}
	}
	if err := w.storeProgress(ctx, p); err != nil || !p.Backlog {
		return err
	}
	return w.StoreFacts(ctx, p.Moved(), plan.Marks{})
}

// manyRows is how many rows one statement inserts where there are so many: that
// takes a quarter less time than one by one.
const manyRows = 64

// insertAll inserts the good rows of a kind.
func (w *writer) insertAll(ctx context.Context, p *plan.Plan, kind behavior.Kind) error {
	var args []any
	waiting := 0
	for i := range p.Rows {
		if p.Kind(i) != kind {
			continue
		}
		args = recordOf(p, i, args)
		if waiting++; waiting == manyRows {
			if err := w.exec(ctx, insertMany[kind], args...); err != nil {
				return err
			}
			args, waiting = args[:0], 0
		}
	}
	for each := len(args) / max(waiting, 1); len(args) > 0; args = args[each:] {
		if err := w.exec(ctx, insertOne[kind], args[:each]...); err != nil {
			return err
		}
	}
	return nil
}

// recordOf appends the columns of row i to args.
func recordOf(p *plan.Plan, i int, args []any) []any {
	switch p.Kind(i) {
	case behavior.KindSession:
		return sessionValues(args, p.Session(i))
	case behavior.KindPageView:
		v := p.PageView(i)
		return pageViewValues(args, &v)
	default:
		in := p.Interaction(i)
		return interactionValues(args, &in)
	}
}

// insertOne and insertMany insert one row of a kind, and several at once.
var insertOne, insertMany = inserts(1), inserts(manyRows)

func inserts(n int) map[behavior.Kind]string {
	texts := map[behavior.Kind]string{}
	for kind, columns := range columnsOf {
		row := "(?" + strings.Repeat(", ?", strings.Count(columns, ",")) + ")"
		texts[kind] = "INSERT INTO " + query.Table(kind) + " (" + columns + ") VALUES " + row + strings.Repeat(", "+row, n-1)
	}
	return texts
}
