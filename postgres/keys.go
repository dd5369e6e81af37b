package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// readKeys reads what has the event keys that rows bring or name, in sessions
// that are locked.
func (w *writer) readKeys(ctx context.Context, rows []behavior.Row, stays []*stay) error {
	p := &plan{rows: rows}
	p.admit(stays)
	b := w.batch()
	w.askKeys(b, p, func(s *stay, key string, what sighting) { s.learn(key, what) })
	if b.Len() == 0 {
		return nil
	}
	return w.send(ctx, b)
}

// askKeys queues the question what has the event keys of rows, in sessions
// that were there before. The months of all of them are known, so that the
// server need not even think of the others.
func (w *writer) askKeys(b *pgx.Batch, p *plan, found func(s *stay, key string, what sighting)) {
	var ids []int64
	var keys []string
	from, to := ending, beginning
	for _, row := range p.rows {
		if row.Session != nil || record.Key(row) == "" || !record.Storable(record.Key(row)) {
			continue
		}
		if s := p.stay(record.Session(row)); s != nil && s.was != nil && !s.was.from.IsZero() {
			ids, keys = append(ids, s.ID), append(keys, record.Key(row))
			from, to = earlier(from, s.was.from), later(to, s.was.to)
		}
	}
	if len(ids) == 0 {
		return
	}
	b.Queue(w.store.keysSQL(), ids, keys, from, to).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var session int64
			var key string
			what := sighting{row: -1}
			if err := rows.Scan(&session, &key, &what.id, &what.at, &what.isView); err != nil {
				return err
			}
			found(p.byID[session], key, what)
		}
		return rows.Err()
	})
}

// keysSQL asks what has some event keys in some sessions. With OFFSET each key
// is looked for by itself, whatever the server believes of a month that is new
// to it: it would rather compare all of that month with all keys.
func (s *Store) keysSQL() string {
	ask := func(table, isView string) string {
		return `SELECT e.*, ` + isView + ` FROM k CROSS JOIN LATERAL (SELECT session, event_key, id, "timestamp" FROM @` + table + `
			WHERE session = k.session AND event_key = k.key AND "timestamp" >= $3::timestamptz AND "timestamp" < $4::timestamptz OFFSET 0) e`
	}
	return s.in(`WITH k AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::text[]) AS k (session, key)) ` +
		ask("page_views", "true") + ` UNION ALL ` + ask("interactions", "false"))
}
