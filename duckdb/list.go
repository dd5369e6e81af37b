package duckdb

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// list answers a query: its records and how many match, of one moment.
func list[T any](ctx context.Context, s *Store, kind behavior.Kind, q behavior.Query, scan func(*sql.Rows, *T) error) ([]T, int, error) {
	page, err := query.Page(dialect, kind, q)
	if err != nil {
		return nil, 0, err
	}
	count, err := query.Count(dialect, kind, q)
	if err != nil {
		return nil, 0, err
	}
	var records []T
	total := -1
	err = s.read(ctx, "list "+query.Tables[kind], func(ctx context.Context, tx *sql.Tx) error {
		if !q.Uncounted {
			if err := tx.QueryRowContext(ctx, count.SQL, count.Args...).Scan(&total); err != nil {
				return err
			}
		}
		records, err = collect(ctx, tx, page, scan)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// collect runs a statement and scans all its rows.
func collect[T any](ctx context.Context, db querier, st query.Statement, scan func(*sql.Rows, *T) error) ([]T, error) {
	rows, err := db.QueryContext(ctx, st.SQL, st.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := scan(rows, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}
