package clickhouse

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Insight answers an insight, see [behavior.Store].
func (s *Store) Insight(ctx context.Context, i behavior.Insight) (rows []behavior.InsightRow, err error) {
	in, err := query.NewInsight(i)
	if err != nil {
		return nil, err
	}
	err = s.readLong(ctx, "insight", func(ctx context.Context, r *reader) (err error) {
		rows, err = in.Rows(s.dialect, r.ask(ctx))
		return err
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}
