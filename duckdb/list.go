package duckdb

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// lister lists the records of one kind.
type lister[T any] struct {
	kind    behavior.Kind
	columns string
	// scan scans the columns of a record, and those of more after them.
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

// read reads the records that q asks for. Those of a page are looked up in
// small steps, the ids first: where one statement joins and orders them all,
// DuckDB may read every row in full to throw most of them away.
func (l lister[T]) read(ctx context.Context, db querier, q behavior.Query) ([]T, error) {
	if l.session == nil || q.Limit == 0 {
		return l.all(ctx, db, q)
	}
	ids, pinned := query.PinnedIDs(q)
	if !pinned {
		st, err := query.IDs(dialect, l.kind, q)
		if err != nil {
			return nil, err
		}
		ids, err = query.Collect(ctx, db, st, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
		if err != nil {
			return nil, err
		}
	}
	return l.byID(ctx, db, ids, q.Plain)
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

// byID reads the records of ids, in their order, with their sessions unless
// plain.
func (l lister[T]) byID(ctx context.Context, db querier, ids []int64, plain bool) ([]T, error) {
	found, err := query.Collect(ctx, db, selectByID(l.columns, l.kind, ids), func(rows *sql.Rows, into *T) error { return l.scan(rows, into) })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	if found = query.InOrder(ids, found, l.id); plain {
		return found, nil
	}
	return found, l.fillSessions(ctx, db, found)
}

// fillSessions reads the sessions of records, of which only the ids are known.
func (l lister[T]) fillSessions(ctx context.Context, db querier, records []T) error {
	wanted := map[int64]bool{}
	for i := range records {
		wanted[l.session(&records[i]).ID] = true
	}
	sessions, err := query.Collect(ctx, db, selectByID(sessionColumns, behavior.KindSession, slices.Collect(maps.Keys(wanted))), scanSession)
	if err != nil {
		return err
	}
	byID := make(map[int64]behavior.Session, len(sessions))
	for _, s := range sessions {
		byID[s.ID] = s
	}
	for i := range records {
		into := l.session(&records[i])
		*into = record.Clone(byID[into.ID])
	}
	return nil
}

// selectByID selects the records of ids, in no order.
func selectByID(columns string, kind behavior.Kind, ids []int64) query.Statement {
	text := "SELECT " + columns + " FROM " + query.Table(kind) + " WHERE id IN "
	if len(ids) == 0 || len(ids) > 100 {
		return query.Statement{SQL: text + "(SELECT unnest($1::BIGINT[]))", Args: []any{ids}}
	}
	var args []any
	for _, id := range ids {
		args = append(args, id)
	}
	return query.Statement{SQL: text + "(?" + strings.Repeat(", ?", len(ids)-1) + ")", Args: args}
}

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}
