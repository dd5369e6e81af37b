package postgres

import (
	"context"
	"crypto/rand"
	"encoding/binary"

	"github.com/jackc/pgx/v5"
)

// Same reports whether two stores are in one schema of one database, whatever
// the server is called in their addresses: a lock that one holds keeps the
// other out. Where that cannot be told they are not the same.
func Same(ctx context.Context, a, b *Store) bool {
	if a.schema != b.schema {
		return false
	}
	var key [8]byte
	rand.Read(key[:]) // never fails
	lock := func(tx pgx.Tx) (ok bool, err error) {
		err = tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(binary.BigEndian.Uint64(key[:]))).Scan(&ok)
		return ok, err
	}
	same := false
	err := pgx.BeginFunc(ctx, a.pool, func(held pgx.Tx) error {
		if ok, err := lock(held); err != nil || !ok {
			return err
		}
		return pgx.BeginFunc(ctx, b.pool, func(tried pgx.Tx) error {
			free, err := lock(tried)
			same = err == nil && !free
			return err
		})
	})
	return err == nil && same
}
