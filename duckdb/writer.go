package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/maypok86/otter/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// writer is what the one writer of a file knows: the ids given out, and the
// sessions that events come for. It is used under the store's lock.
type writer struct {
	conn  *sql.Conn
	last  map[behavior.Kind]int64 // the last id given out
	cache *otter.Cache[string, *visit]

	// dirty are the sessions whose facts the file lacks, by session_id. A
	// session is looked for here before the file is asked.
	dirty    map[string]*visit
	followed marks // the last records that all this includes
	written  marks // the last records that the sessions in the file include
}

// marks are the ids of a page view and of an interaction.
type marks struct{ view, interaction int64 }

// visit is a session as the writer knows it.
type visit struct {
	behavior.Session
	keys map[string]int64 // the event keys it has, and the ids of the page views among them; nil when they are not known yet
}

// sessionWeight is the weight of a cached session; that of a key is 1.
const sessionWeight = 10

// newWriter reads what a writer must know, and the page views whose facts the
// last process could not write. It writes nothing unless they are very many.
func newWriter(ctx context.Context, db *sql.DB, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, last: map[behavior.Kind]int64{}, dirty: map[string]*visit{}}
	w.cache = otter.Must(&otter.Options[string, *visit]{
		MaximumWeight: uint64(o.CacheSessions) * sessionWeight,
		Weigher:       func(_ string, v *visit) uint32 { return sessionWeight + uint32(len(v.keys)) },
		Executor:      func(do func()) { do() },
	})
	if err := w.load(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// load restores the counters and repairs facts.
func (w *writer) load(ctx context.Context) error {
	for kind, table := range query.Tables {
		var last int64
		err := w.conn.QueryRowContext(ctx, `SELECT greatest(coalesce((SELECT max(id) FROM `+table+`), 0),
			(SELECT value FROM progress WHERE name = $1))`, string(kind)).Scan(&last)
		if err != nil {
			return fmt.Errorf("read the last id of %s: %w", table, err)
		}
		w.last[kind] = last
	}
	if err := w.conn.QueryRowContext(ctx, `SELECT (SELECT value FROM progress WHERE name = 'followed'),
		(SELECT value FROM progress WHERE name = 'advanced')`).Scan(&w.written.view, &w.written.interaction); err != nil {
		return fmt.Errorf("read progress: %w", err)
	}
	w.followed = w.written
	if err := w.repairFacts(ctx); err != nil {
		return fmt.Errorf("repair facts of sessions: %w", err)
	}
	return nil
}

// transact runs do in a transaction: all of it is stored, or nothing.
func (w *writer) transact(ctx context.Context, do func() error) (err error) {
	if _, err := w.conn.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error, or a panic of a caller's function
			_, undo := w.conn.ExecContext(ctx, "ROLLBACK")
			err = errors.Join(err, undo)
		}
	}()
	if err := do(); err != nil {
		return err
	}
	done = true
	_, err = w.conn.ExecContext(ctx, "COMMIT")
	return err
}

// checkpoint moves DuckDB's log into the file.
func (w *writer) checkpoint(ctx context.Context) error {
	_, err := w.conn.ExecContext(ctx, "CHECKPOINT")
	return err
}

// known returns the session of that name if the writer has it in memory.
func (w *writer) known(sessionID string) *visit {
	if v, ok := w.cache.GetIfPresent(sessionID); ok {
		return v
	}
	return w.dirty[sessionID]
}

// remember keeps a session in memory, as long as there is room.
func (w *writer) remember(v *visit) { w.cache.Set(v.SessionID, v) }

// forget drops a session from memory; its facts must be in the file.
func (w *writer) forget(sessionID string) {
	w.cache.Invalidate(sessionID)
	delete(w.dirty, sessionID)
}

// find reads sessions by name or id, and remembers them. What the writer knows
// already is not replaced by what the file has.
func (w *writer) find(ctx context.Context, names []string, ids []int64) ([]*visit, error) {
	// No session has a name that cannot be stored, nor can it be asked for.
	names = slices.DeleteFunc(names, func(name string) bool { return storable(name) != "" })
	var found []*visit
	for _, ask := range []struct {
		where string
		list  any
		size  int
	}{{"session_id", names, len(names)}, {"id", ids, len(ids)}} {
		if ask.size == 0 {
			continue
		}
		sessions, err := collect(ctx, w.conn, query.Statement{
			SQL:  `SELECT ` + sessionColumns + ` FROM sessions WHERE ` + ask.where + ` IN (SELECT unnest($1))`,
			Args: []any{ask.list},
		}, scanSession)
		if err != nil {
			return nil, fmt.Errorf("find sessions: %w", err)
		}
		for _, s := range sessions {
			v := w.known(s.SessionID)
			if v == nil {
				v = &visit{Session: s}
				w.remember(v)
			}
			found = append(found, v)
		}
	}
	return found, nil
}

// taken returns those of ids that records of a kind have.
func (w *writer) taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	// Most ids that come along are new, and above all others.
	ids = slices.DeleteFunc(ids, func(id int64) bool { return id > w.last[kind] })
	if len(ids) == 0 {
		return nil, nil
	}
	return collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT id FROM ` + query.Tables[kind] + ` WHERE id IN (SELECT unnest($1))`,
		Args: []any{ids},
	}, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
}

// loadKeys reads the event keys of sessions that are not known yet.
func (w *writer) loadKeys(ctx context.Context, visits map[int64]*visit) error {
	if len(visits) == 0 {
		return nil
	}
	var ids []int64
	for id, v := range visits {
		v.keys = map[string]int64{}
		ids = append(ids, id)
	}
	type pair struct {
		session int64
		key     string
		view    int64
	}
	pairs, err := collect(ctx, w.conn, query.Statement{
		SQL: `SELECT session, event_key, id FROM page_views WHERE event_key <> '' AND session IN (SELECT unnest($1))
			UNION ALL
			SELECT session, event_key, 0 FROM interactions WHERE event_key <> '' AND session IN (SELECT unnest($1))`,
		Args: []any{ids},
	}, func(rows *sql.Rows, p *pair) error { return rows.Scan(&p.session, &p.key, &p.view) })
	if err != nil {
		for _, v := range visits {
			v.keys = nil
		}
		return fmt.Errorf("read event keys: %w", err)
	}
	for _, p := range pairs {
		visits[p.session].keys[p.key] = p.view
	}
	return nil
}
