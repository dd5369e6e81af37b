package query

import (
	"context"
	"database/sql"
)

// Asker is a database, a connection or a transaction of [database/sql].
type Asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Collect runs a statement and returns what scan makes of each of its rows.
func Collect[T any](ctx context.Context, by Asker, st Statement, scan func(*sql.Rows, *T) error) ([]T, error) {
	rows, err := by.QueryContext(ctx, st.SQL, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for one := new(T); rows.Next(); *one = *new(T) { // one for all rows: each would be moved to the heap
		if err := scan(rows, one); err != nil {
			return nil, err
		}
		all = append(all, *one)
	}
	return all, rows.Err()
}

// AskBy asks by [database/sql].
func AskBy(ctx context.Context, by Asker) Ask {
	return func(st Statement, read func(Cursor) error) error {
		found, err := by.QueryContext(ctx, st.SQL, st.Args...)
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
