package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// lister lists the records of one kind.
type lister[T any] struct {
	kind behavior.Kind
	// scan scans the columns of a record, and those of more after them.
	scan    func(rows pgx.Rows, into *T, more ...any) error
	id      func(*T) int64
	session func(*T) *behavior.Session // nil for sessions themselves
}

// list answers a query: its records and how many match, of one moment.
func (l lister[T]) list(ctx context.Context, s *Store, q behavior.Query) (records []T, total int, err error) {
	count, err := s.compile(query.Count(s.dialect, l.kind, q))
	if err != nil {
		return nil, 0, err
	}
	err = s.read(ctx, "list "+query.Table(l.kind), func(ctx context.Context, r *reader) error {
		total = -1
		b := r.batch()
		if !q.Uncounted {
			queue(b, count).QueryRow(func(row pgx.Row) error { return row.Scan(&total) })
		}
		records, err = l.read(ctx, r, b, q)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// read reads the records that q asks for, in the batch's transaction. Those of
// a page of events are looked up by their ids: where one statement joins and
// orders them all, the session of every one that is skipped would be read.
func (l lister[T]) read(ctx context.Context, r *reader, b *pgx.Batch, q behavior.Query) (records []T, err error) {
	if l.session == nil || q.Limit == 0 || q.Plain {
		return l.all(ctx, r, b, q)
	}
	ids, pinned := query.PinnedIDs(q)
	if !pinned {
		st, err := r.store.compile(query.IDs(r.store.dialect, l.kind, q))
		if err != nil {
			return nil, err
		}
		into(queue(b, st), &ids, func(rows pgx.Rows, id *int64) error { return rows.Scan(id) })
		if err := r.send(ctx, b); err != nil {
			return nil, err
		}
		b = r.batch()
	}
	into(b.Queue(l.byID(r.store)+" WHERE r.id = ANY($1::bigint[])", ids), &records, l.scanWithSession)
	if err := r.finish(ctx, b); err != nil {
		return nil, err
	}
	return query.InOrder(ids, records, l.id), nil
}

// all reads the records that q asks for by one statement.
func (l lister[T]) all(ctx context.Context, r *reader, b *pgx.Batch, q behavior.Query) (records []T, err error) {
	st, err := r.store.compile(query.List(r.store.dialect, l.kind, q))
	if err != nil {
		return nil, err
	}
	scan := l.scanWithSession
	if q.Plain {
		scan = func(rows pgx.Rows, record *T) error { return l.scan(rows, record) }
	}
	into(queue(b, st), &records, scan)
	if err := r.finish(ctx, b); err != nil {
		return nil, err
	}
	return records, nil
}

// byID selects events, known as r, with their sessions.
func (l lister[T]) byID(s *Store) string {
	return s.in("SELECT " + columnNames(l.kind, "r.") + ", " + columnNames(behavior.KindSession, "s.") +
		" FROM @" + query.Table(l.kind) + " r JOIN @sessions s ON s.id = r.session")
}

// scanWithSession scans a record, and its session after it.
func (l lister[T]) scanWithSession(rows pgx.Rows, into *T) error {
	if l.session == nil {
		return l.scan(rows, into)
	}
	return l.scan(rows, into, sessionTargets(l.session(into))...)
}
