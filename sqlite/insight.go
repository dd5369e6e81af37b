package sqlite

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Insight answers an insight at one moment of the store, see [behavior.Store].
func (s *Store) Insight(ctx context.Context, i behavior.Insight) (rows []behavior.InsightRow, err error) {
	i.Range.From, i.Range.To = clamp(i.Range.From), clamp(i.Range.To)
	in, err := query.NewInsight(i)
	if err != nil {
		return nil, err
	}
	s.freshen(ctx)
	err = s.readLong(ctx, "insight", func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err = in.Rows(dialect, ask(ctx, tx))
		return err
	})
	return rows, err
}

// ask asks within a transaction.
func ask(ctx context.Context, tx *sql.Tx) query.Ask {
	return func(st query.Statement, read func(query.Cursor) error) error {
		found, err := tx.QueryContext(ctx, st.SQL, st.Args...)
		if err != nil {
			return err
		}
		defer found.Close()
		if err := read(found); err != nil {
			return err
		}
		return found.Err()
	}
}
