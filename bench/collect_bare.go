package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	duckdriver "github.com/duckdb/duckdb-go/v2"
)

// bareTable is a table of the same columns as one of ours, and rows for it as
// the driver gives them.
type bareTable struct {
	name string
	rows [][]driver.Value
	id   int64
}

// appendVisits appends the rows of batches straight through the Appender, with
// a transaction for so many of them at a time, and returns the rows a second.
func appendVisits(ctx context.Context, path string, events, batches int, d time.Duration) (rate float64, err error) {
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
	tables, err := bareTables(ctx, conn)
	if err != nil {
		return 0, err
	}
	start, n, done := time.Now(), 0, 0
	for ; time.Since(start) < d; n += done {
		if done, err = appendBatches(ctx, conn, tables, events, batches); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// bareTables makes the tables: of sessions, page views and interactions.
func bareTables(ctx context.Context, conn *sql.Conn) ([]*bareTable, error) {
	var tables []*bareTable
	for _, name := range []string{"sessions", "page_views", "interactions"} {
		if _, err := conn.ExecContext(ctx, "CREATE OR REPLACE TABLE bare_"+name+" AS FROM "+name+" LIMIT 0"); err != nil {
			return nil, err
		}
		rows, err := sample(ctx, conn, name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, &bareTable{name: "bare_" + name, rows: rows})
	}
	return tables, nil
}

// appendBatches is one durable transaction: begin, append, flush, commit. It
// has as many rows as so many batches of newVisit, in the mean.
func appendBatches(ctx context.Context, conn *sql.Conn, tables []*bareTable, events, batches int) (rows int, err error) {
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return 0, err
	}
	err = conn.Raw(func(c any) error {
		for i, t := range tables {
			n := batches * events
			if i < 2 { // a session and a page view for each visit
				n = visitsIn(t.id, tables[2].id, events, batches)
			}
			rows += n
			if err := t.append(c.(driver.Conn), n); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	_, err = conn.ExecContext(ctx, "COMMIT")
	return rows, err
}

// visitsIn is how many visits begin within the next batches.
func visitsIn(begun, interactions int64, events, batches int) int {
	after := interactions/int64(events) + int64(batches)
	return int((after+batchesOfVisit-1)/batchesOfVisit - begun)
}

// append hands n rows to an Appender and flushes it.
func (t *bareTable) append(conn driver.Conn, n int) error {
	if n == 0 {
		return nil
	}
	appender, err := duckdriver.NewAppenderFromConn(conn, "", t.name)
	if err != nil {
		return err
	}
	for range n {
		row := t.rows[t.id%int64(len(t.rows))]
		t.id++
		row[0] = t.id
		if err := appender.AppendRow(row...); err != nil {
			return err
		}
	}
	return appender.Close()
}
