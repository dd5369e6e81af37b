package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// writer is the connection that writes, and what is known beside the file. It
// is used under the store's lock. Its exported methods are those of [plan.File].
type writer struct {
	conn    *sql.Conn
	memory  *plan.Memory
	options Options

	statements map[string]*sql.Stmt // prepared, by their text
}

// newWriter makes the writer of a file, see [plan.Open].
func newWriter(ctx context.Context, db *sql.DB, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, options: o, statements: map[string]*sql.Stmt{}}
	if err := w.recall(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// recall reads anew what must be known of the file.
func (w *writer) recall(ctx context.Context) error {
	memory, err := plan.Open(ctx, w, w.options.CacheSessions)
	if err == nil {
		w.memory = memory
	}
	return err
}

// close closes the connection.
func (w *writer) close() error {
	var errs []error
	for _, st := range w.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// exec runs a statement that is prepared once: to parse one takes longer than
// to run it.
func (w *writer) exec(ctx context.Context, text string, args ...any) error {
	st := w.statements[text]
	if st == nil {
		var err error
		if st, err = w.conn.PrepareContext(ctx, text); err != nil {
			return err
		}
		w.statements[text] = st
	}
	_, err := st.ExecContext(ctx, args...)
	return err
}

// Transact runs do in a transaction: all of it is stored, or nothing.
func (w *writer) Transact(ctx context.Context, do func() error) (err error) {
	if err := w.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // an error, or a panic of a caller's function
			// After some errors SQLite has undone all by itself, and says so.
			_, _ = w.conn.ExecContext(ctx, "ROLLBACK")
		}
	}()
	if err := do(); err != nil {
		return err
	}
	if err := w.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	done = true
	return nil
}

// LastID reads the largest id of a kind: of a record that is there, or noted
// before records were deleted.
func (w *writer) LastID(ctx context.Context, kind behavior.Kind) (last int64, err error) {
	err = w.conn.QueryRowContext(ctx, `SELECT max(coalesce((SELECT max(id) FROM `+query.Table(kind)+`), 0),
		(SELECT value FROM progress WHERE name = ?))`, string(kind)).Scan(&last)
	return last, err
}

// Taken returns those of ids that records of a kind have.
func (w *writer) Taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	return query.Collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT id FROM ` + query.Table(kind) + ` WHERE id IN (SELECT value FROM json_each(?))`,
		Args: []any{jsonOf(ids)},
	}, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
}

// FindSessions reads sessions by name or id.
func (w *writer) FindSessions(ctx context.Context, names []string, ids []int64) (found []behavior.Session, err error) {
	for _, ask := range []struct {
		column string
		list   string
		size   int
	}{{"session_id", jsonOf(names), len(names)}, {"id", jsonOf(ids), len(ids)}} {
		if ask.size == 0 {
			continue
		}
		sessions, err := query.Collect(ctx, w.conn, query.Statement{
			SQL:  `SELECT ` + sessionColumns + ` FROM sessions WHERE ` + ask.column + ` IN (SELECT value FROM json_each(?))`,
			Args: []any{ask.list},
		}, scanSession)
		if err != nil {
			return nil, err
		}
		found = append(found, sessions...)
	}
	return found, nil
}

// EventKeys reads the event keys of sessions.
func (w *writer) EventKeys(ctx context.Context, sessions []int64, _ []string) ([]plan.EventKey, error) {
	return query.Collect(ctx, w.conn, query.Statement{
		SQL: `SELECT session, event_key, id FROM page_views WHERE event_key <> '' AND session IN (SELECT value FROM json_each(?))
			UNION ALL
			SELECT session, event_key, 0 FROM interactions WHERE event_key <> '' AND session IN (SELECT value FROM json_each(?))`,
		Args: []any{jsonOf(sessions), jsonOf(sessions)},
	}, func(rows *sql.Rows, k *plan.EventKey) error { return rows.Scan(&k.Session, &k.Key, &k.View) })
}

// PageView and Interaction read one record with its session.
func (w *writer) PageView(ctx context.Context, id int64) (behavior.PageView, error) {
	return pageViews.one(ctx, w, id)
}

func (w *writer) Interaction(ctx context.Context, id int64) (behavior.Interaction, error) {
	return interactions.one(ctx, w, id)
}

// ViewsAfter reads page views with larger ids, in the order of their ids.
func (w *writer) ViewsAfter(ctx context.Context, id int64, limit int) ([]behavior.PageView, error) {
	return query.Collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT ` + pageViewColumns + ` FROM page_views WHERE id > ? ORDER BY id LIMIT ?`,
		Args: []any{id, limit},
	}, func(rows *sql.Rows, v *behavior.PageView) error { return scanPageView(rows, v) })
}

// EndsAfter finds the latest interactions of sessions, among those with event
// keys and larger ids.
func (w *writer) EndsAfter(ctx context.Context, id int64) (map[int64]time.Time, error) {
	latest, err := query.Collect(ctx, w.conn, query.Statement{
		// The plus keeps SQLite from going through all sessions in their order.
		SQL:  `SELECT session, max("timestamp") FROM interactions WHERE id > ? AND event_key <> '' GROUP BY +session`,
		Args: []any{id},
	}, func(rows *sql.Rows, i *behavior.Interaction) error {
		return rows.Scan(&i.Session.ID, moment{&i.Timestamp})
	})
	ends := map[int64]time.Time{}
	for _, i := range latest {
		ends[i.Session.ID] = i.Timestamp
	}
	return ends, err
}
