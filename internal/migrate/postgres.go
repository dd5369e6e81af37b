package migrate

import (
	"bytes"
	"context"
	"database/sql"
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
	if err := Up(ctx, db, inPostgres(schema), Filled{files, func(raw []byte) ([]byte, error) {
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
	return Check(ctx, db, inPostgres(schema), "schema "+Quote(schema), files)
}

// inPostgres returns the store of versions in a schema of a PostgreSQL database.
func inPostgres(schema string) database.Store {
	schema = Quote(schema)
	v := versions{table: schema + "." + Table, applied: func(t time.Time) string { return t.Format("timestamptz '2006-01-02 15:04:05+00'") }}
	v.exists = func(ctx context.Context, db database.DBTxConn) (there bool, err error) {
		err = db.QueryRowContext(ctx, `SELECT to_regclass($1::text) IS NOT NULL`, v.table).Scan(&there)
		return there, err
	}
	v.create = func(ctx context.Context, db database.DBTxConn) error {
		var there bool // made by somebody with the right to do so
		if err := db.QueryRowContext(ctx, `SELECT to_regnamespace($1::text) IS NOT NULL`, schema).Scan(&there); err != nil {
			return err
		}
		if !there {
			if _, err := db.ExecContext(ctx, `CREATE SCHEMA `+schema); err != nil {
				return err
			}
		}
		_, err := db.ExecContext(ctx, `CREATE TABLE `+v.table+` (version bigint PRIMARY KEY, applied timestamptz NOT NULL)`)
		return err
	}
	return v
}
