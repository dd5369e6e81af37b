package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/database"
)

// Table is where a file keeps the version of its schema. A file without
// it is not ours.
const Table = "behavior_schema"

// DuckDB returns the store of versions in a DuckDB file.
func DuckDB() database.Store {
	return file{`SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() AND table_name = ?`}
}

// SQLite returns the store of versions in a SQLite file.
func SQLite() database.Store {
	return file{`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`}
}

// file keeps one row for each migration applied. Its queries find the table
// missing in a new file, and say so with ErrVersionNotFound.
type file struct {
	exists string // counts the tables of a name
}

func (file) Tablename() string { return Table }

// TableExists spares goose from finding out by a failing query.
func (f file) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	var n int
	err := db.QueryRowContext(ctx, f.exists, Table).Scan(&n)
	return n > 0, err
}

func (file) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE `+Table+` (version BIGINT NOT NULL, applied TIMESTAMP NOT NULL)`)
	return err
}

func (file) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	_, err := db.ExecContext(ctx, `INSERT INTO `+Table+` (version, applied) VALUES (?, ?)`, req.Version, time.Now().UTC())
	return err
}

func (file) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	_, err := db.ExecContext(ctx, `DELETE FROM `+Table+` WHERE version = ?`, version)
	return err
}

func (file) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	result := database.GetMigrationResult{IsApplied: true}
	err := db.QueryRowContext(ctx, `SELECT applied FROM `+Table+` WHERE version = ?`, version).Scan(&result.Timestamp)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d", database.ErrVersionNotFound, version)
	}
	return &result, err
}

func (f file) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	if there, err := f.TableExists(ctx, db); err != nil || !there {
		return 0, errors.Join(err, database.ErrVersionNotFound)
	}
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT max(version) FROM `+Table).Scan(&version)
	if err == nil && !version.Valid {
		err = database.ErrVersionNotFound
	}
	return version.Int64, err
}

func (file) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	rows, err := db.QueryContext(ctx, `SELECT version FROM `+Table+` ORDER BY version DESC`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*database.ListMigrationsResult
	for rows.Next() {
		m := database.ListMigrationsResult{IsApplied: true}
		if err := rows.Scan(&m.Version); err != nil {
			return nil, err
		}
		list = append(list, &m)
	}
	return list, rows.Err()
}
