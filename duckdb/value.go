package duckdb

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Values counts the values of a field, see [behavior.Store]. Facts of sessions
// that wait are written first, as for a list of sessions.
func (s *Store) Values(ctx context.Context, kind behavior.Kind, field string, q behavior.Query) (values []behavior.ValueCount, err error) {
	st, err := query.Values(dialect, kind, field, q)
	if err != nil {
		return nil, err
	}
	if kind == behavior.KindSession {
		s.freshen(ctx)
	}
	err = s.read(ctx, "count values of "+query.Table(kind), func(ctx context.Context, tx *sql.Tx) (err error) {
		values, err = query.Collect(ctx, tx, st, func(rows *sql.Rows, v *behavior.ValueCount) error { return rows.Scan(&v.Value, &v.Count) })
		return err
	})
	return values, err
}
