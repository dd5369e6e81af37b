package migrate

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3/database"
)

// UpPostgres is [Up] for a schema of a PostgreSQL database, which is made when
// it does not exist. In files {schema} stands for the schema's name, quoted.
// Of several processes that migrate at once one does, and the others wait. db
// needs two connections.
//
// The lock ends with its transaction, so that it is safe behind a pooler that
// gives each transaction another connection.
func UpPostgres(ctx context.Context, db *sql.DB, schema string, files fs.FS) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// The lock's connection waits for the migrations, however long they take.
	for _, statement := range []string{
		"SET LOCAL idle_in_transaction_session_timeout = 0",
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", AdvisoryKey("migrate "+schema)),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("lock the schema: %w", err)
		}
	}
	if err := Up(ctx, db, Postgres(schema), Filled{files, func(raw []byte) ([]byte, error) {
		return bytes.ReplaceAll(raw, []byte("{schema}"), []byte(Quote(schema))), nil
	}}); err != nil {
		return err
	}
	return tx.Commit()
}

// AdvisoryKey is the key of an advisory lock with a name.
func AdvisoryKey(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("behavior " + name)) // a hash takes everything
	return int64(h.Sum64())
}

// Quote makes a name an identifier in SQL.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// CheckPostgres is [Check] for a schema of a PostgreSQL database.
func CheckPostgres(ctx context.Context, db *sql.DB, schema string, files fs.FS) error {
	return Check(ctx, db, Postgres(schema), "schema "+Quote(schema), files)
}

// Postgres returns the store of versions in a schema of a PostgreSQL database.
func Postgres(schema string) database.Store {
	return postgres{schema: Quote(schema), table: Quote(schema) + "." + Table}
}

// postgres keeps one row for each migration applied, as [DuckDB] does.
type postgres struct{ schema, table string }

func (p postgres) Tablename() string { return p.table }

func (p postgres) TableExists(ctx context.Context, db database.DBTxConn) (there bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT to_regclass($1::text) IS NOT NULL`, p.table).Scan(&there)
	return there, err
}

// CreateVersionTable makes the schema too, unless somebody with the right to
// do so has made it already.
func (p postgres) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT to_regnamespace($1::text) IS NOT NULL`, p.schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := db.ExecContext(ctx, `CREATE SCHEMA `+p.schema); err != nil {
			return err
		}
	}
	_, err := db.ExecContext(ctx, `CREATE TABLE `+p.table+` (version bigint PRIMARY KEY, applied timestamptz NOT NULL)`)
	return err
}

func (p postgres) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	_, err := db.ExecContext(ctx, `INSERT INTO `+p.table+` (version, applied) VALUES ($1, $2)`, req.Version, time.Now().UTC())
	return err
}

func (p postgres) Delete(ctx context.Context, db database.DBTxConn, version int64) error {
	_, err := db.ExecContext(ctx, `DELETE FROM `+p.table+` WHERE version = $1`, version)
	return err
}

func (p postgres) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	result := database.GetMigrationResult{IsApplied: true}
	err := db.QueryRowContext(ctx, `SELECT applied FROM `+p.table+` WHERE version = $1`, version).Scan(&result.Timestamp)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d", database.ErrVersionNotFound, version)
	}
	return &result, err
}

func (p postgres) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	if there, err := p.TableExists(ctx, db); err != nil || !there {
		return 0, errors.Join(err, database.ErrVersionNotFound)
	}
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT max(version) FROM `+p.table).Scan(&version)
	if err == nil && !version.Valid {
		err = database.ErrVersionNotFound
	}
	return version.Int64, err
}

func (p postgres) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	rows, err := db.QueryContext(ctx, `SELECT version FROM `+p.table+` ORDER BY version DESC`)
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
