package sqlite

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
	f, _ := kind.Field(field) // it has it, or query.Values had failed
	err = s.read(ctx, "count values of "+query.Table(kind), func(ctx context.Context, tx *sql.Tx) (err error) {
		values, err = query.Collect(ctx, tx, st, func(rows *sql.Rows, v *behavior.ValueCount) error {
			err := rows.Scan(&v.Value, &v.Count)
			if number, ok := v.Value.(int64); ok && f.Type == behavior.Boolean {
				v.Value = number != 0
			}
			return err
		})
		return err
	})
	return values, err
}
