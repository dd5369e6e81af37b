package sqlite

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// lister lists the records of one kind.
type lister[T any] struct {
	kind behavior.Kind
	// scan scans the fields of a record, and those of more after them.
	scan    func(rows *sql.Rows, into *T, more ...any) error
	id      func(*T) int64
	session func(*T) *behavior.Session // nil for sessions themselves
}

// list answers a query: its records and how many match, of one moment.
func (l lister[T]) list(ctx context.Context, s *Store, q behavior.Query) (records []T, total int, err error) {
	count, err := query.Count(dialect, l.kind, q)
	if err != nil {
		return nil, 0, err
	}
	total = -1
	err = s.read(ctx, "list "+query.Table(l.kind), func(ctx context.Context, tx *sql.Tx) error {
		if !q.Uncounted {
			if err := tx.QueryRowContext(ctx, count.SQL, count.Args...).Scan(&total); err != nil {
				return err
			}
		}
		records, err = l.read(ctx, tx, q)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// read reads the records that q asks for. Those of a page are looked up by
// their ids: a join before the limit would be made for every row.
func (l lister[T]) read(ctx context.Context, db querier, q behavior.Query) ([]T, error) {
	if q.Limit == 0 || l.session == nil || q.Plain {
		return l.all(ctx, db, q)
	}
	st, err := query.IDs(dialect, l.kind, q)
	if err != nil {
		return nil, err
	}
	ids, err := query.Collect(ctx, db, st, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return l.byID(ctx, db, ids)
}

// all reads the records that q asks for by one statement.
func (l lister[T]) all(ctx context.Context, db querier, q behavior.Query) ([]T, error) {
	st, err := query.List(dialect, l.kind, q)
	if err != nil {
		return nil, err
	}
	return query.Collect(ctx, db, st, func(rows *sql.Rows, into *T) error {
		if l.session == nil || q.Plain {
			return l.scan(rows, into)
		}
		return l.scan(rows, into, sessionTargets(nil, l.session(into))...)
	})
}

// byID reads the records of ids, in their order, with their sessions.
func (l lister[T]) byID(ctx context.Context, db querier, ids []int64) ([]T, error) {
	wanted := make([]any, len(ids))
	for i, id := range ids {
		wanted[i] = id
	}
	found, err := l.all(ctx, db, behavior.Query{Filters: []behavior.Filter{{Field: "id", Values: wanted}}})
	if err != nil {
		return nil, err
	}
	return query.InOrder(ids, found, l.id), nil
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
