package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pressly/goose/v3/database"
)

// Table is where a database keeps the version of its schema. One without it is
// not ours.
const Table = "behavior_schema"

// versions is goose's table of migrations in an engine of its own: a row for
// each that was applied.
type versions struct {
	table   string                 // as SQL names it
	applied func(time.Time) string // a moment as the table keeps it, in SQL

	// exists reports whether the table is there, with something in it: it spares
	// goose from finding out by a query that fails.
	exists func(ctx context.Context, db database.DBTxConn) (bool, error)
	create func(ctx context.Context, db database.DBTxConn) error
}

func (v versions) Tablename() string { return v.table }

func (v versions) TableExists(ctx context.Context, db database.DBTxConn) (bool, error) {
	return v.exists(ctx, db)
}

func (v versions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	return v.create(ctx, db)
}

// Insert selects what it inserts: for values a ClickHouse server may wait that
// the client sends them.
func (v versions) Insert(ctx context.Context, db database.DBTxConn, req database.InsertRequest) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (version, applied) SELECT %d, %s", v.table, req.Version, v.applied(time.Now().UTC())))
	return err
}

// Delete is never called: migrations lead forward only.
func (versions) Delete(context.Context, database.DBTxConn, int64) error {
	return errors.New("migrations are not taken back")
}

// GetMigration does not tell when a migration was applied: that is kept for
// people.
func (v versions) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	err := db.QueryRowContext(ctx, "SELECT version FROM "+v.table+" WHERE version = "+strconv.FormatInt(version, 10)).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d", database.ErrVersionNotFound, version)
	}
	return &database.GetMigrationResult{IsApplied: true}, err
}

func (v versions) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	if there, err := v.exists(ctx, db); err != nil || !there {
		return 0, errors.Join(err, database.ErrVersionNotFound)
	}
	var version sql.NullInt64
	err := db.QueryRowContext(ctx, "SELECT max(version) FROM "+v.table).Scan(&version)
	if err == nil && !version.Valid {
		err = database.ErrVersionNotFound
	}
	return version.Int64, err
}

// ListMigrations lists each once, although several processes may have applied it.
func (v versions) ListMigrations(ctx context.Context, db database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	rows, err := db.QueryContext(ctx, "SELECT DISTINCT version FROM "+v.table+" ORDER BY version DESC")
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
