package clickhouse

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

const oneDay = 24 * time.Hour

// Salt returns the secret of a day, see [behavior.Store]. Of several processes
// that store one at the same moment the first counts, for all.
func (s *Store) Salt(ctx context.Context, day time.Time, fresh []byte) ([]byte, error) {
	var salt []byte
	err := s.write(ctx, "read the day's salt", func(ctx context.Context, w *writer) (err error) {
		salt, err = w.salt(ctx, day.UTC().Truncate(oneDay).Unix()/int64(oneDay/time.Second), fresh)
		return err
	})
	if err != nil {
		return nil, err
	}
	return salt, nil
}

// salt reads or stores a day's secret.
func (w *writer) salt(ctx context.Context, day int64, fresh []byte) ([]byte, error) {
	if err := w.dropSalts(ctx, day); err != nil {
		return nil, err
	}
	salt, err := w.readSalt(ctx, day)
	if err != nil || salt != nil {
		return salt, err
	}
	version := w.version()
	if _, err := repeat(ctx, func() error { return w.storeSalt(ctx, day, fresh, version) }); err != nil {
		return nil, err
	}
	salt, err = w.readSalt(ctx, day)
	if err == nil && salt == nil {
		err = fmt.Errorf("%w: the day's salt is stored, and cannot be read yet", behavior.ErrUnavailable)
	}
	return bytes.Clone(salt), err
}

// readSalt reads a day's secret; nil: it has none.
func (w *writer) readSalt(ctx context.Context, day int64) ([]byte, error) {
	found, err := collect(ctx, w.store.db, query.Statement{
		SQL: `SELECT salt FROM ` + w.store.layout.whole("salts") + ` WHERE day = ` + strconv.FormatInt(day, 10) + ` ORDER BY version, salt LIMIT 1` + w.store.agreement(),
	}, func(rows *sql.Rows, salt *[]byte) error { return rows.Scan(salt) })
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// storeSalt stores a day's secret under the same token whoever does so: the
// server keeps the first of them and takes the others for its repetition. One
// that came second, after somebody has read the first, would be another secret.
// A server of 2018 knows no tokens.
func (w *writer) storeSalt(ctx context.Context, day int64, fresh []byte, version uint64) error {
	settings := w.store.agreed()
	if !w.store.options.old {
		settings["insert_deduplicate"], settings["insert_deduplication_token"] = 1, "salt-"+strconv.FormatInt(day, 10)
		settings["async_insert"] = 0 // knows such inserts again by another setting
	}
	return w.store.insert(ctx, "salts", []clickhouse.ColumnNameAndType{
		{Name: "day", Type: "Int64"}, {Name: "salt", Type: "String"}, {Name: "version", Type: "UInt64"},
	}, settings, func(add func(values ...any)) { add(day, string(fresh), version) })
}

// dropSalts drops the secrets of days before the day before.
func (w *writer) dropSalts(ctx context.Context, day int64) error {
	days, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT DISTINCT day FROM ` + w.store.layout.whole("salts")},
		func(rows *sql.Rows, day *int64) error { return rows.Scan(day) })
	if err != nil {
		return err
	}
	for _, old := range slices.DeleteFunc(days, func(d int64) bool { return d >= day-1 }) {
		if err := w.store.conn.Exec(ctx, `ALTER TABLE `+w.store.layout.whole("salts")+` DROP PARTITION `+strconv.FormatInt(old, 10)); err != nil {
			return err
		}
	}
	return nil
}
