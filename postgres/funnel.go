package postgres

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Funnel answers a funnel at one moment of the store, see [behavior.Store].
func (s *Store) Funnel(ctx context.Context, f behavior.Funnel) (counts []int, err error) {
	funnel, err := query.NewFunnel(f)
	if err != nil {
		return nil, err
	}
	err = s.readLong(ctx, "funnel", func(ctx context.Context, r *reader) (err error) {
		counts, err = funnel.Counts(s.dialect, r.ask(ctx))
		if err != nil {
			return err
		}
		return r.finish(ctx, r.batch())
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}
