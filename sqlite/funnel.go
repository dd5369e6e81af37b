package sqlite

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Funnel answers a funnel at one moment of the store, see [behavior.Store].
func (s *Store) Funnel(ctx context.Context, f behavior.Funnel) (counts []int, err error) {
	funnel, err := query.NewFunnel(f)
	if err != nil {
		return nil, err
	}
	s.freshen(ctx)
	err = s.readLong(ctx, "funnel", func(ctx context.Context, tx *sql.Tx) (err error) {
		counts, err = funnel.Counts(dialect, query.AskBy(ctx, tx))
		return err
	})
	return counts, err
}
