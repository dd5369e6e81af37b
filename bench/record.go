package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	duckdriver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// batch is how many rows one call of Record and one flush of the Appender carry.
const batch = 1000

// measureRecord stores batches of page views through Tracker.Record, and the
// same rows through the engine's Appender into a table of the same columns,
// one transaction for each batch in both.
func measureRecord(ctx context.Context, p plan) ([]line, error) {
	var ours, bare []float64
	for round := range p.rounds {
		store, err := duckdb.Open(ctx, filepath.Join(p.dir, fmt.Sprintf("record-%d.duckdb", round)))
		if err != nil {
			return nil, err
		}
		a, err := recordRows(ctx, store, p.duration)
		store.Close()
		if err != nil {
			return nil, err
		}
		b, err := appendRows(ctx, filepath.Join(p.dir, fmt.Sprintf("record-%d.duckdb", round)), p.duration)
		if err != nil {
			return nil, err
		}
		ours, bare = append(ours, a), append(bare, b)
	}
	l := line{what: "batches of 1,000 page views through `Tracker.Record` from two goroutines, against the engine's Appender",
		ours: median(ours), bare: median(bare), unit: "rows/s", promise: "≥ 0.5"}
	l.holds = l.ours >= 0.5*l.bare
	return []line{l}, nil
}

// recorders is how many goroutines record at once: while one batch is stored,
// the next is derived, as in an application that has more than one thing to do.
const recorders = 2

// recordRows stores batches through a tracker for a while.
func recordRows(ctx context.Context, store behavior.Store, d time.Duration) (float64, error) {
	tracker, err := visited(ctx, store)
	if err != nil {
		return 0, err
	}
	defer tracker.Close()
	return recordFrom(ctx, tracker, recorders, batch, d)
}

// recordFrom has callers record page views for a while, rows in each call, and
// returns how many a second were stored.
func recordFrom(ctx context.Context, tracker *behavior.Tracker, callers, rows int, d time.Duration) (float64, error) {
	var stored atomic.Int64
	var working sync.WaitGroup
	errs := make([]error, callers)
	start := time.Now()
	for c := range callers {
		working.Go(func() {
			for n := c; time.Since(start) < d && errs[c] == nil; n += callers {
				errs[c] = recordViews(ctx, tracker, n, rows)
				stored.Add(int64(rows))
			}
		})
	}
	working.Wait()
	return float64(stored.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// recordViews records so many page views.
func recordViews(ctx context.Context, tracker *behavior.Tracker, n, count int) error {
	rows := make([]behavior.Row, count)
	for i := range rows {
		in := behavior.ViewInput{SessionID: fmt.Sprint("visitor-", (n+i*31)%sessions), URL: fmt.Sprint("https://example.com/page/", (n+i)%500)}
		v, err := tracker.NewPageView(in)
		if err != nil {
			return err
		}
		rows[i].PageView = &v
	}
	if err := tracker.Record(ctx, rows); err != nil {
		return err
	}
	for _, row := range rows {
		if row.Err != nil {
			return row.Err
		}
	}
	return nil
}

// appendRows repeats the last rows of page_views into an empty table of the
// same columns, straight through the Appender.
func appendRows(ctx context.Context, path string, d time.Duration) (rate float64, err error) {
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "CREATE TABLE bare AS FROM page_views LIMIT 0"); err != nil {
		return 0, err
	}
	rows, err := sample(ctx, conn, "page_views")
	if err != nil {
		return 0, err
	}
	start, n := time.Now(), 0
	for ; time.Since(start) < d; n += batch {
		if err := appendOnce(ctx, conn, rows, int64(n)); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// sample reads one batch of a table's rows as the driver gives them.
func sample(ctx context.Context, conn *sql.Conn, table string) ([][]driver.Value, error) {
	rows, err := conn.QueryContext(ctx, "FROM "+table+" ORDER BY id DESC LIMIT 1000")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]driver.Value
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		row := make([]driver.Value, len(columns))
		for i, value := range values {
			row[i] = value
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// appendOnce is one durable batch: begin, append, flush, commit.
func appendOnce(ctx context.Context, conn *sql.Conn, rows [][]driver.Value, id int64) error {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	err := conn.Raw(func(c any) error {
		appender, err := duckdriver.NewAppenderFromConn(c.(driver.Conn), "", "bare")
		if err != nil {
			return err
		}
		for _, row := range rows {
			id++
			row[0] = id
			if err := appender.AppendRow(row...); err != nil {
				return err
			}
		}
		return appender.Close()
	})
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return err
}
