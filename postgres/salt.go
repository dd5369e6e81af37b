package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior/internal/record"
)

const oneDay = 24 * time.Hour

// Salt returns the secret of a day, see [behavior.Store].
func (s *Store) Salt(ctx context.Context, day time.Time, fresh []byte) (salt []byte, err error) {
	date := day.UTC().Truncate(oneDay)
	if err := record.TimeFault("day", date); err != nil {
		return nil, err
	}
	err = s.write(ctx, "read the day's salt", func(ctx context.Context, w *writer) error {
		b := w.batch()
		b.Queue(s.in(`DELETE FROM @salts WHERE day < $1::date`), date.Add(-oneDay))
		b.Queue(s.in(`INSERT INTO @salts (day, salt) VALUES ($1::date, $2::bytea) ON CONFLICT DO NOTHING`), date, fresh)
		b.Queue(s.in(`SELECT salt FROM @salts WHERE day = $1::date`), date).QueryRow(func(row pgx.Row) error { return row.Scan(&salt) })
		return w.commit(ctx, b)
	})
	if err != nil {
		return nil, err
	}
	return salt, nil
}
