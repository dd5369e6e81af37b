package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Values counts the values of a field, see [behavior.Store].
func (s *Store) Values(ctx context.Context, kind behavior.Kind, field string, q behavior.Query) (values []behavior.ValueCount, err error) {
	st, err := s.compile(query.Values(s.dialect, kind, field, q))
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, "count values of "+query.Table(kind), func(ctx context.Context, r *reader) error {
		values = nil
		b := r.batch()
		into(queue(b, st), &values, func(rows pgx.Rows, v *behavior.ValueCount) error { return rows.Scan(&v.Value, &v.Count) })
		return r.finish(ctx, b)
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}
