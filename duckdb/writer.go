package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// writer is the connection that writes, and what is known beside the file. It
// is used under the store's lock. Its exported methods are those of [plan.File].
type writer struct {
	conn   *sql.Conn
	memory *plan.Memory

	// appenders stay open from batch to batch: to make and close one is a
	// tenth of what a small batch takes.
	appenders map[behavior.Kind]*driver.Appender
}

// newWriter makes the writer of a file, see [plan.Open].
func newWriter(ctx context.Context, db *sql.DB, o Options) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, appenders: map[behavior.Kind]*driver.Appender{}}
	if w.memory, err = plan.Open(ctx, w, o.CacheSessions); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// Transact runs do in a transaction: all of it is stored, or nothing.
func (w *writer) Transact(ctx context.Context, do func() error) (err error) {
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

// LastID reads the largest id of a kind: of a record that is there, or noted
// before records were deleted.
func (w *writer) LastID(ctx context.Context, kind behavior.Kind) (last int64, err error) {
	err = w.conn.QueryRowContext(ctx, `SELECT greatest(coalesce((SELECT max(id) FROM `+query.Table(kind)+`), 0),
		(SELECT value FROM progress WHERE name = $1))`, string(kind)).Scan(&last)
	return last, err
}

// Taken returns those of ids that records of a kind have.
func (w *writer) Taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	return query.Collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT id FROM ` + query.Table(kind) + ` WHERE id IN (SELECT unnest($1))`,
		Args: []any{ids},
	}, func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
}

// FindSessions reads sessions by name or id.
func (w *writer) FindSessions(ctx context.Context, names []string, ids []int64) (found []behavior.Session, err error) {
	for _, ask := range []struct {
		column string
		list   any
		size   int
	}{{"session_id", names, len(names)}, {"id", ids, len(ids)}} {
		if ask.size == 0 {
			continue
		}
		sessions, err := query.Collect(ctx, w.conn, query.Statement{
			SQL:  `SELECT ` + sessionColumns + ` FROM sessions WHERE ` + ask.column + ` IN (SELECT unnest($1))`,
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
		SQL: `SELECT session, event_key, id FROM page_views WHERE event_key <> '' AND session IN (SELECT unnest($1))
			UNION ALL
			SELECT session, event_key, 0 FROM interactions WHERE event_key <> '' AND session IN (SELECT unnest($1))`,
		Args: []any{sessions},
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
		SQL:  `SELECT ` + pageViewColumns + ` FROM page_views WHERE id > $1 ORDER BY id LIMIT $2`,
		Args: []any{id, limit},
	}, func(rows *sql.Rows, v *behavior.PageView) error { return scanPageView(rows, v) })
}

// EndsAfter finds the latest interactions of sessions, among those with event
// keys and larger ids.
func (w *writer) EndsAfter(ctx context.Context, id int64) (map[int64]time.Time, error) {
	latest, err := query.Collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT session, max("timestamp") FROM interactions WHERE id > $1 AND event_key <> '' GROUP BY session`,
		Args: []any{id},
	}, func(rows *sql.Rows, i *behavior.Interaction) error { return rows.Scan(&i.Session.ID, &i.Timestamp) })
	ends := map[int64]time.Time{}
	for _, i := range latest {
		ends[i.Session.ID] = i.Timestamp
	}
	return ends, err
}

// close closes the connection, and first the Appenders on it: their memory is
// DuckDB's, and nothing else frees it.
func (w *writer) close() error {
	return errors.Join(w.closeAppenders(), w.conn.Close())
}

// checkpoint moves DuckDB's log into the file.
func (w *writer) checkpoint(ctx context.Context) error {
	_, err := w.conn.ExecContext(ctx, "CHECKPOINT")
	return err
}
