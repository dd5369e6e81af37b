package postgres

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Funnel answers a funnel at one moment of the store, see [behavior.Store].
func (s *Store) Funnel(ctx context.Context, f behavior.Funnel) (counts []int, err error) {
	f.Range.From, f.Range.To = clamp(f.Range.From), clamp(f.Range.To)
	err = s.readLong(ctx, "funnel", func(ctx context.Context, r *reader) (err error) {
		counts, err = query.Funnel(s.dialect, f, r.ask(ctx))
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
