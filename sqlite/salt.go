package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"
)

const oneDay = 24 * time.Hour

// Salt returns the secret of a day, see [behavior.Store].
func (s *Store) Salt(ctx context.Context, day time.Time, fresh []byte) ([]byte, error) {
	var salt []byte
	err := s.write(ctx, "read the day's salt", func(ctx context.Context, w *writer) error {
		return w.Transact(ctx, func() (err error) {
			salt, err = w.salt(ctx, day.UTC().Truncate(oneDay), fresh)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return salt, nil
}

// salt reads or stores a day's secret within a transaction.
func (w *writer) salt(ctx context.Context, day time.Time, fresh []byte) (salt []byte, err error) {
	if err := w.exec(ctx, `DELETE FROM salts WHERE day < ?`, day.Add(-oneDay).UnixMicro()); err != nil {
		return nil, err
	}
	err = w.conn.QueryRowContext(ctx, `SELECT salt FROM salts WHERE day = ?`, day.UnixMicro()).Scan(&salt)
	if !errors.Is(err, sql.ErrNoRows) {
		return salt, err
	}
	return bytes.Clone(fresh), w.exec(ctx, `INSERT INTO salts (day, salt) VALUES (?, ?)`, day.UnixMicro(), fresh)
}
