package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"time"

	duckdriver "github.com/duckdb/duckdb-go/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// writeBare writes page views of the store once more, so many at once, each
// time durably, for a while.
func (e engine) writeBare(ctx context.Context, group int, d time.Duration) (rate float64, err error) {
	db, err := sql.Open(e.driver, e.dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	rows, err := e.sample(ctx, conn, group)
	if err != nil {
		return 0, err
	}
	last := rows[0][0].(int64) // the largest id that there is
	start, n := time.Now(), 0
	for ; time.Since(start) < d; n += group {
		for _, row := range rows {
			last++
			row[0] = last
		}
		if err := e.write(ctx, conn, rows); err != nil {
			return 0, err
		}
	}
	rate = float64(n) / time.Since(start).Seconds()
	if e.raise != "" {
		_, err = conn.ExecContext(ctx, e.raise)
	}
	return rate, err
}

// sample reads page views as the driver gives them. The id comes first.
func (e engine) sample(ctx context.Context, conn *sql.Conn, n int) ([][]any, error) {
	rows, err := conn.QueryContext(ctx, fmt.Sprintf("SELECT * FROM %s ORDER BY id DESC LIMIT %d", e.table("page_views"), n))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]any
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		out = append(out, values)
	}
	return out, rows.Err()
}

// appendBare appends rows as DuckDB does it best.
func appendBare(_ context.Context, conn *sql.Conn, rows [][]any) error {
	return conn.Raw(func(c any) error {
		appender, err := duckdriver.NewAppenderFromConn(c.(driver.Conn), "", "page_views")
		if err != nil {
			return err
		}
		values := make([]driver.Value, 0, 16)
		for _, row := range rows {
			values = values[:0]
			for _, value := range row {
				values = append(values, value)
			}
			if err := appender.AppendRow(values...); err != nil {
				return err
			}
		}
		return appender.Close()
	})
}

// copyRows copies rows as PostgreSQL does it best.
func copyRows(ctx context.Context, conn *sql.Conn, rows [][]any) error {
	return conn.Raw(func(c any) error {
		names := []string{"id", "session", "url", "timestamp", "host", "path", "title", "referrer", "event_key", "visible_ms", "scroll_depth"}
		_, err := c.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{"behavior", "page_views"}, names, pgx.CopyFromRows(rows))
		return err
	})
}

// insertPrepared inserts rows by a prepared statement in one transaction: in
// ClickHouse, whose driver makes a block of them, without placeholders.
func insertPrepared(placeholder string) func(context.Context, *sql.Conn, [][]any) error {
	return func(ctx context.Context, conn *sql.Conn, rows [][]any) error {
		text := "INSERT INTO page_views"
		if placeholder != "" {
			text += " VALUES (" + strings.Repeat(placeholder+", ", len(rows[0])-1) + placeholder + ")"
		}
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // does nothing after the commit
		insert, err := tx.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, row := range rows {
			if _, err := insert.ExecContext(ctx, row...); err != nil {
				return err
			}
		}
		return tx.Commit()
	}
}
