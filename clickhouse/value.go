package clickhouse

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Values counts the values of a field, see [behavior.Store].
func (s *Store) Values(ctx context.Context, kind behavior.Kind, field string, q behavior.Query) (values []behavior.ValueCount, err error) {
	st, err := query.Values(s.dialect, kind, field, q)
	if err != nil {
		return nil, err
	}
	f, _ := kind.Field(field)
	err = s.read(ctx, "count values of "+query.Table(kind), func(ctx context.Context, r *reader) (err error) {
		values, err = collect(ctx, r.db, st, func(rows *sql.Rows, v *behavior.ValueCount) error {
			if err := rows.Scan(&v.Value, &v.Count); err != nil {
				return err
			}
			if number, ok := v.Value.(uint8); ok && f.Type == behavior.Boolean {
				v.Value = number == 1
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}
