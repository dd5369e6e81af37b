package account

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// Windows is what several servers count together, see [behavior.Windows]; nil
// for a file, which is of one server. Keys are kept as hashes, and times are by
// the clock of the database, so that it does not matter how those of the servers
// differ.
func (s *Store) Windows() behavior.Windows {
	if !s.db.database.shared {
		return nil
	}
	return windows{s}
}

// windows counts in a PostgreSQL database.
type windows struct{ s *Store }

// Take counts requests, in one round trip and nothing that waits for a disk.
func (w windows) Take(ctx context.Context, key behavior.WindowKey, n int) (time.Duration, error) {
	if key.Rate.Count <= 0 {
		return key.Rate.Per, nil
	}
	var wait int64
	err := w.s.db.row(ctx, "SELECT @window_take($1, $2, $3, $4, $5)",
		values{windowHash(key), n, key.Rate.Count, key.Rate.Per.Microseconds(), w.moment()}, &wait)
	if err != nil {
		return 0, fmt.Errorf("count requests: %w", err)
	}
	return time.Duration(wait) * time.Microsecond, nil
}

// Waits asks without counting.
func (w windows) Waits(ctx context.Context, keys ...behavior.WindowKey) ([]time.Duration, error) {
	hashes, counts, spans := windowColumns(keys)
	waits := make([]time.Duration, 0, len(keys))
	err := w.s.db.all(ctx, `SELECT CASE WHEN cardinality(w.at) >= q.allowed
			THEN greatest(0, least(q.span, w.at[(cardinality(w.at) - q.allowed + 1)::integer] + q.span - q.now)) ELSE 0 END
		FROM (SELECT *, coalesce($4::bigint, @window_now()) AS now
			FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (key, allowed, span, place)) AS q
		LEFT JOIN @windows AS w ON w.key = q.key ORDER BY q.place`, values{hashes, counts, spans, w.moment()}, func(rows *sql.Rows) error {
		var wait int64
		err := rows.Scan(&wait)
		waits = append(waits, time.Duration(wait)*time.Microsecond)
		return err
	})
	if err == nil && len(waits) != len(keys) {
		err = errors.New("the answer is too short")
	}
	if err != nil {
		return nil, fmt.Errorf("look at counts: %w", err)
	}
	return waits, nil
}

// Note counts without asking. Rows are locked in one order, so that nobody
// waits for anybody who waits for him.
func (w windows) Note(ctx context.Context, keys ...behavior.WindowKey) error {
	hashes, counts, spans := windowColumns(keys)
	_, err := w.s.db.exec(ctx, `SELECT @window_note(q.key, q.allowed, q.span, $4)
		FROM (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS q (key, allowed, span) ORDER BY key) AS q`,
		hashes, counts, spans, w.moment())
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	return nil
}

// moment is the time, where it is not that of the database.
func (w windows) moment() sql.NullInt64 {
	if w.s.clock == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: w.s.clock().UnixMicro(), Valid: true}
}

// windowHash is a key as it is kept. Rates are a part of it: where servers have
// different ones, they do not mix.
func windowHash(key behavior.WindowKey) []byte {
	sum := sha256.Sum256([]byte(key.Rate.String() + " " + key.Name))
	return sum[:16]
}

func windowColumns(keys []behavior.WindowKey) (hashes [][]byte, counts, spans []int64) {
	for _, key := range keys {
		hashes = append(hashes, windowHash(key))
		counts = append(counts, int64(key.Rate.Count))
		spans = append(spans, key.Rate.Per.Microseconds())
	}
	return hashes, counts, spans
}

const (
	// cleanWindowsEvery is how often keys are forgotten that do not matter any more.
	cleanWindowsEvery = time.Minute
	// maxWindows is how many keys may be left then, about 200 MB: beyond it those
	// go that would have gone first.
	maxWindows = 1_000_000
)

// cleanWindows forgets keys. What is being counted at this moment stays.
func (s *Store) cleanWindows(ctx context.Context, most int) error {
	_, err := s.db.exec(ctx, `DELETE FROM @windows WHERE key IN (
		SELECT key FROM @windows WHERE ends <= coalesce($1::bigint, @window_now()) FOR UPDATE SKIP LOCKED)`, windows{s}.moment())
	if err != nil {
		return fmt.Errorf("forget counts: %w", err)
	}
	_, err = s.db.exec(ctx, `DELETE FROM @windows WHERE key IN (
		SELECT key FROM @windows ORDER BY ends LIMIT greatest(0, (SELECT count(*) FROM @windows) - $1::bigint) FOR UPDATE SKIP LOCKED)`, most)
	if err != nil {
		return fmt.Errorf("forget counts: %w", err)
	}
	return nil
}
