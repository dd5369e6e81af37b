package migrate

import (
	"context"
	"strconv"
	"time"

	"github.com/pressly/goose/v3/database"
)

// ClickHouse returns the store of versions in a database of a ClickHouse
// server. With a cluster the database is made on all its servers; onCluster and
// engine are what a statement says of that.
//
// Several processes may migrate at once, and so apply a migration several times.
func ClickHouse(name, onCluster, engine string) database.Store {
	quoted := "`" + name + "`"
	v := versions{table: quoted + "." + Table, applied: func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }}
	v.exists = func(ctx context.Context, db database.DBTxConn) (bool, error) {
		var n uint64
		err := db.QueryRowContext(ctx, `SELECT count() FROM system.tables WHERE database = ? AND name = ?`, name, Table).Scan(&n)
		if err != nil || n == 0 {
			return false, err
		}
		err = db.QueryRowContext(ctx, `SELECT count() FROM `+v.table).Scan(&n) // a process may have died before it wrote the first row
		return n > 0, err
	}
	v.create = func(ctx context.Context, db database.DBTxConn) error {
		for _, statement := range []string{
			`CREATE DATABASE IF NOT EXISTS ` + quoted + onCluster,
			`CREATE TABLE IF NOT EXISTS ` + v.table + onCluster + ` (version Int64, applied Int64) ENGINE = ` + engine + ` ORDER BY version`,
		} {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}
	return v
}
