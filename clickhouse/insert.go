package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// row is a row of a table: its columns as columnsOf lists them, and whether
// it says that there is no record.
type row struct {
	values  []any
	deleted uint8
}

// rows are what stores a change. A record stays where it is in the table or
// leaves that place and takes another.
func (c change) rows() []row {
	switch {
	case none(c.before):
		return []row{alive(c.after)}
	case none(c.after):
		return []row{gone(c.before)}
	case placeOf(c.before) == placeOf(c.after):
		return []row{alive(c.after)}
	}
	return []row{gone(c.before), alive(c.after)}
}

// none reports whether there is no record in a row.
func none(r behavior.Row) bool { return r.Session == nil && r.PageView == nil && r.Interaction == nil }

func alive(record behavior.Row) row {
	_, values := recordOf(record)
	return row{values: values}
}

// gone is the row that deletes a record: nothing is left in it but its place.
func gone(record behavior.Row) row {
	kind, values := recordOf(record)
	for i, f := range columnsOf(kind) {
		if !ofPlace[f.Name] {
			values[i] = blank(f)
		}
	}
	return row{values: values, deleted: 1}
}

// ofPlace are the fields that say where a row lies: in which month, and by
// which key.
var ofPlace = map[string]bool{"id": true, "session": true, "event_key": true, "timestamp": true, "start_time": true}

// place is where a row lies in its table: rows of one place replace each other.
type place struct {
	month       int
	session, id int64
	key         string
}

func placeOf(record behavior.Row) place {
	switch {
	case record.Session != nil:
		return place{month: monthOf(record.Session.StartTime), id: record.Session.ID}
	case record.PageView != nil:
		return eventPlace(record.PageView.Timestamp, record.PageView.Session.ID, record.PageView.ID, record.PageView.EventKey)
	default:
		return eventPlace(record.Interaction.Timestamp, record.Interaction.Session.ID, record.Interaction.ID, record.Interaction.EventKey)
	}
}

func eventPlace(at time.Time, session, id int64, key string) place {
	if key != "" {
		id = 0
	}
	return place{month: monthOf(at), session: session, id: id, key: key}
}

// monthOf is the month that a moment lies in, as [layout.month] has it.
func monthOf(t time.Time) int {
	first, last := time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case t.Before(first):
		t = first
	case t.After(last):
		t = last
	}
	t = t.UTC()
	return t.Year()*100 + int(t.Month())
}

// retryEvery is how long an insert waits before it is tried again.
const retryEvery = 200 * time.Millisecond

// insert stores a step, trying again until the server has said something: to
// store it twice does no harm, and the server knows it again by its token. sent
// is false if the server has surely heard nothing of it.
func (w *writer) insert(ctx context.Context, s step) (sent bool, err error) {
	if len(s.changes) == 0 {
		return false, nil
	}
	return repeat(ctx, func() error { return w.send(ctx, s) })
}

// repeat sends an insert until the server has said something about it.
func repeat(ctx context.Context, send func() error) (sent bool, err error) {
	for {
		err = send()
		if err == nil || !lost(err) && !slices.Contains(passing, code(err)) {
			return true, err
		}
		if unreached(err) && !sent {
			return false, err
		}
		sent = true
		select {
		case <-ctx.Done():
			return true, err
		case <-time.After(retryEvery):
		}
	}
}

// send sends an insert once.
func (w *writer) send(ctx context.Context, s step) error {
	settings := clickhouse.Settings{}
	if !w.store.options.old {
		settings["insert_deduplication_token"] = s.token
	}
	return w.store.insert(ctx, query.Table(s.kind), columnTypes(s.kind), settings, func(add func(values ...any)) {
		for _, c := range s.changes {
			for _, r := range c.rows() {
				add(append(r.values, s.version, r.deleted)...)
			}
		}
	})
}

// insert sends the rows that a function adds to a table, all at once.
func (s *Store) insert(ctx context.Context, table string, columns []clickhouse.ColumnNameAndType, settings clickhouse.Settings, rows func(add func(values ...any))) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quote(c.Name)
	}
	batch, err := s.conn.PrepareBatch(clickhouse.Context(ctx, clickhouse.WithSettings(settings), clickhouse.WithColumnNamesAndTypes(columns)),
		"INSERT INTO "+s.layout.whole(table)+" ("+strings.Join(names, ", ")+")")
	if err != nil {
		return err
	}
	rows(func(values ...any) {
		if err == nil {
			err = batch.Append(values...)
		}
	})
	if err != nil {
		_ = batch.Abort() // it may be closed already
		return ours{fmt.Errorf("a row does not fit its table: %w", err)}
	}
	if err := batch.Send(); err != nil {
		_ = batch.Abort() // the same
		return err
	}
	return nil
}
