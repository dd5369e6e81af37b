package migrate

import (
	"context"
	"time"

	"github.com/pressly/goose/v3/database"
)

// DuckDB returns the store of versions in a DuckDB file.
func DuckDB() database.Store {
	return file("SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = '" + Table + "'")
}

// SQLite returns the store of versions in a SQLite file.
func SQLite() database.Store {
	return file("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '" + Table + "'")
}

// file is the table in a file; count counts the tables of its name.
func file(count string) versions {
	return versions{
		table:   Table,
		applied: func(t time.Time) string { return t.Format("'2006-01-02 15:04:05'") },
		exists: func(ctx context.Context, db database.DBTxConn) (bool, error) {
			var n int
			err := db.QueryRowContext(ctx, count).Scan(&n)
			return n > 0, err
		},
		create: func(ctx context.Context, db database.DBTxConn) error {
			_, err := db.ExecContext(ctx, "CREATE TABLE "+Table+" (version BIGINT NOT NULL, applied TIMESTAMP NOT NULL)")
			return err
		},
	}
}
