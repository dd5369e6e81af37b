package sqlite

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Insight answers an insight at one moment of the store, see [behavior.Store].
func (s *Store) Insight(ctx context.Context, i behavior.Insight) (rows []behavior.InsightRow, err error) {
	in, err := query.NewInsight(i)
	if err != nil {
		return nil, err
	}
	s.freshen(ctx)
	err = s.readLong(ctx, "insight", func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err = in.Rows(dialect, query.AskBy(ctx, tx))
		return err
	})
	return rows, err
}
