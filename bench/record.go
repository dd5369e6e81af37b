package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"path/filepath"
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
	l := line{what: "batches of 1,000 page views through `Tracker.Record`, against the engine's Appender",
		ours: median(ours), bare: median(bare), unit: "rows/s", promise: "≥ 0.5"}
	l.holds = l.ours >= 0.5*l.bare
	return []line{l}, nil
}

// recordRows stores batches through a tracker for a while.
func recordRows(ctx context.Context, store behavior.Store, d time.Duration) (float64, error) {
	tracker, err := visited(ctx, store)
	if err != nil {
		return 0, err
	}
	defer tracker.Close()
	start, n := time.Now(), 0
	for ; time.Since(start) < d; n += batch {
		rows := make([]behavior.Row, batch)
		for i := range rows {
			in := behavior.ViewInput{SessionID: fmt.Sprint("visitor-", (n/7+i*31)%sessions), URL: fmt.Sprint("https://example.com/page/", i%500)}
			v, err := tracker.NewPageView(in)
			if err != nil {
				return 0, err
			}
			rows[i].PageView = &v
		}
		if err := tracker.Record(ctx, rows); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
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
