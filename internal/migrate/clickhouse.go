package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3/database"
)

// ClickHouse returns the store of versions in a database of a ClickHouse
// server. With a cluster the database is made on all its servers; onCluster and
// engine are what a statement says of that.
func ClickHouse(name, onCluster, engine string) database.Store {
	quoted := "`" + name + "`"
	return clickHouse{name: name, database: quoted, table: quoted + "." + Table, onCluster: onCluster, engine: engine}
}

// clickHouse keeps a row for each migration applied. Several processes may
// migrate at once, and so apply one several times; then it has as many rows.
type clickHouse struct{ name, database, table, onCluster, engine string }

func (c clickHouse) Tablename() string { return c.table }

// TableExists takes an empty table for none: a process may have died before it
// wrote the first row.
func (c clickHouse) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	var n uint64
	err := db.QueryRowContext(ctx, `SELECT count() FROM system.tables WHERE database = ? AND name = ?`, c.name, Table).Scan(&n)
	if err != nil || n == 0 {
		return false, err
	}
	err = db.QueryRowContext(ctx, `SELECT count() FROM `+c.table).Scan(&n)
	return n > 0, err
}

// CreateVersionTable makes the database too.
func (c clickHouse) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	for _, statement := range []string{
		`CREATE DATABASE IF NOT EXISTS ` + c.database + c.onCluster,
		`CREATE TABLE IF NOT EXISTS ` + c.table + c.onCluster + ` (version Int64, applied Int64) ENGINE = ` + c.engine + ` ORDER BY version`,
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Insert selects what it inserts: for values a server may wait that the client
// sends them.
func (c clickHouse) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	_, err := db.ExecContext(ctx, `INSERT INTO `+c.table+` (version, applied) SELECT toInt64(?), toInt64(?)`, req.Version, time.Now().Unix())
	return err
}

// Delete is never called: migrations lead forward only.
func (clickHouse) Delete(context.Context, database.DBTxConn, int64) error {
	return errors.New("migrations are not taken back")
}

func (c clickHouse) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	var applied int64
	err := db.QueryRowContext(ctx, `SELECT applied FROM `+c.table+` WHERE version = ? LIMIT 1`, version).Scan(&applied)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d", database.ErrVersionNotFound, version)
	}
	return &database.GetMigrationResult{IsApplied: true, Timestamp: time.Unix(applied, 0)}, err
}

func (c clickHouse) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	if there, err := c.TableExists(ctx, db); err != nil || !there {
		return 0, errors.Join(err, database.ErrVersionNotFound)
	}
	var version int64
	err := db.QueryRowContext(ctx, `SELECT max(version) FROM `+c.table).Scan(&version)
	return version, err
}

func (c clickHouse) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	rows, err := db.QueryContext(ctx, `SELECT DISTINCT version FROM `+c.table+` ORDER BY version DESC`)
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
