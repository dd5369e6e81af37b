package clickhouse

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// lister lists the records of one kind.
type lister[T any] struct {
	kind behavior.Kind
	// scan scans the columns of a record, and those of more after them.
	scan    func(rows *sql.Rows, into *T, more ...any) error
	id      func(*T) int64
	session func(*T) *behavior.Session // nil for sessions themselves
}

// list answers a query: its records and how many match; on one server, of one
// moment.
func (l lister[T]) list(ctx context.Context, s *Store, q behavior.Query) (records []T, total int, err error) {
	q.Plain = false // whether an event is there depends on its session
	compile, answer := query.ListWithTotal, l.all
	if l.session != nil && q.Limit > 0 {
		compile, answer = query.PlacesWithTotal, l.page
	}
	st, err := compile(s.dialect, l.kind, q)
	if err != nil {
		return nil, 0, err
	}
	err = s.read(ctx, "list "+query.Table(l.kind), func(ctx context.Context, r *reader) (err error) {
		records, total, err = answer(ctx, r, q, st)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// totalOf is how many records match, by what a statement has said beside its
// rows. Where it gives none, nothing lies beyond the offset.
func (l lister[T]) totalOf(ctx context.Context, r *reader, q behavior.Query, rows, total int) (int, error) {
	switch {
	case q.Uncounted:
		return -1, nil
	case rows > 0 || q.Offset == 0:
		return total, nil
	}
	count, err := query.Count(r.store.dialect, l.kind, q)
	if err != nil {
		return 0, err
	}
	err = r.db.QueryRowContext(ctx, count.SQL, count.Args...).Scan(&total)
	return min(total, q.Offset), err
}

// all reads the records that q asks for by one statement, see [query.ListWithTotal].
func (l lister[T]) all(ctx context.Context, r *reader, q behavior.Query, st query.Statement) ([]T, int, error) {
	total := 0
	records, err := collect(ctx, r.db, st, func(rows *sql.Rows, into *T) error {
		if l.session == nil {
			return l.scan(rows, into, &total)
		}
		return l.scan(rows, into, append(sessionTargets(nil, l.session(into)), &total)...)
	})
	if err != nil {
		return nil, 0, err
	}
	total, err = l.totalOf(ctx, r, q, len(records), total)
	return records, total, err
}

// found is where a record of a page lies.
type found struct{ session, id int64 }

// pageTries is how often a page is looked for whose records are gone when they
// are read.
const pageTries = 5

// page reads a page: first which records are on it, see [query.PlacesWithTotal],
// and then these. A join before the limit would read every row in full.
func (l lister[T]) page(ctx context.Context, r *reader, q behavior.Query, st query.Statement) (records []T, total int, err error) {
	for range pageTries {
		total = 0
		places, err := collect(ctx, r.db, st, func(rows *sql.Rows, f *found) error { return rows.Scan(&f.session, &f.id, &total) })
		if err != nil {
			return nil, 0, err
		}
		if total, err = l.totalOf(ctx, r, q, len(places), total); err != nil {
			return nil, 0, err
		}
		if records, err = l.at(ctx, r, places); err != nil || len(records) == len(places) {
			return records, total, err
		}
	}
	return records, total, nil
}

// at reads the records of a page, in its order, with their sessions.
func (l lister[T]) at(ctx context.Context, r *reader, places []found) ([]T, error) {
	if len(places) == 0 {
		return nil, nil
	}
	ids, place, homes := []int64(nil), map[int64]int{}, map[int64]bool{}
	for i, f := range places {
		ids, place[f.id], homes[f.session] = append(ids, f.id), i, true
	}
	records, err := l.byID(ctx, r.store, ids, keysOf(homes), func(uint64) {})
	if err != nil {
		return nil, err
	}
	from, where := r.store.live(behavior.KindSession)
	sessions, err := collect(ctx, r.db, query.Statement{
		SQL: "SELECT " + columnNames(behavior.KindSession, "") + from + where + "id IN " + integers(keysOf(homes)),
	}, func(rows *sql.Rows, s *behavior.Session) error { return sessions.scan(rows, s) })
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]behavior.Session, len(sessions))
	for _, s := range sessions {
		byID[s.ID] = s
	}
	records = slices.DeleteFunc(records, func(one T) bool {
		into := l.session(&one)
		_, there := byID[into.ID]
		return !there
	})
	for i := range records {
		into := l.session(&records[i])
		*into = record.Clone(byID[into.ID])
	}
	slices.SortFunc(records, func(a, b T) int { return cmp.Compare(place[l.id(&a)], place[l.id(&b)]) })
	return records, nil
}

// byID reads the records of ids, in no order, and tells their versions. Of
// their sessions only the ids are known, and what the records have copies of. Where sessions are given, these are the
// only ones.
func (l lister[T]) byID(ctx context.Context, s *Store, ids, sessions []int64, saw func(version uint64)) ([]T, error) {
	from, where := s.live(l.kind)
	text := "SELECT " + columnNames(l.kind, "") + ", version" + from + where + "id IN " + integers(ids)
	if len(sessions) > 0 {
		text += " AND session IN " + integers(sessions)
	}
	return collect(ctx, s.db, query.Statement{SQL: text}, func(rows *sql.Rows, into *T) error {
		var version uint64
		var copies []any
		if l.session != nil {
			copies = copyTargets(l.session(into))
		}
		err := l.scan(rows, into, append(copies, &version)...)
		saw(version)
		return err
	})
}

// collect runs a statement and scans all its rows. A replica that lags behind
// is given time to catch up.
func collect[T any](ctx context.Context, db *sql.DB, st query.Statement, scan func(*sql.Rows, *T) error) (all []T, err error) {
	err = patiently(ctx, func() (err error) {
		all, err = query.Collect(ctx, db, st, scan)
		return err
	})
	return all, err
}

// ask asks as collect does.
func (r *reader) ask(ctx context.Context) query.Ask {
	ask := query.AskBy(ctx, r.db)
	return func(st query.Statement, read func(query.Cursor) error) error {
		return patiently(ctx, func() error { return ask(st, read) })
	}
}

// patiently asks again where a moment's waiting may mend what went wrong.
func patiently(ctx context.Context, ask func() error) error {
	for tries := 0; ; tries++ {
		err := ask()
		if tries == passingTries || !slices.Contains(passing, code(err)) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryEvery):
		}
	}
}

// passingTries is how often a question is asked again.
const passingTries = 10
