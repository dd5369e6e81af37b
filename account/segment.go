package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

var _ behavior.Segments = (*Store)(nil)

// maxSegments is how many segments one person may have.
const maxSegments = 100

// Segments lists the segments that a user may use, by name.
func (s *Store) Segments(ctx context.Context, userID string) ([]behavior.Segment, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, name, filters, shared, owner_id, owner, created FROM segments
		WHERE shared = 1 OR owner_id = ? ORDER BY name, id`, userID)
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", translate(err))
	}
	defer rows.Close()
	var list []behavior.Segment
	for rows.Next() {
		var g behavior.Segment
		var filters []byte
		var created int64
		if err := rows.Scan(&g.ID, &g.Name, &filters, &g.Shared, &g.OwnerID, &g.Owner, &created); err != nil {
			return nil, fmt.Errorf("list segments: %w", translate(err))
		}
		if err := json.Unmarshal(filters, &g.Filters); err != nil {
			return nil, fmt.Errorf("list segments: filters of %d: %w", g.ID, err)
		}
		g.Created = time.UnixMicro(created).UTC()
		list = append(list, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list segments: %w", translate(err))
	}
	return list, nil
}

// AddSegment adds a segment, and returns it with its ID and when it was made.
func (s *Store) AddSegment(ctx context.Context, g behavior.Segment) (behavior.Segment, error) {
	g.Name = strings.TrimSpace(g.Name)
	if err := g.Check(); err != nil {
		return behavior.Segment{}, err
	}
	filters, err := json.Marshal(g.Filters)
	if err != nil {
		return behavior.Segment{}, fmt.Errorf("add segment: %w", err)
	}
	g.Created = s.now().UTC().Truncate(time.Microsecond)
	err = s.write(ctx, "add segment", func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM segments WHERE owner_id = ?", g.OwnerID).Scan(&n); err != nil {
			return translate(err)
		}
		if n >= maxSegments {
			return behavior.Invalid{"non_field_errors": {fmt.Sprintf("You have %d segments already. Delete one first.", n)}}
		}
		return translate(tx.QueryRowContext(ctx, `INSERT INTO segments (name, filters, shared, owner_id, owner, created)
			VALUES (?, ?, ?, ?, ?, ?) RETURNING id`, g.Name, string(filters), g.Shared, g.OwnerID, g.Owner, g.Created.UnixMicro()).Scan(&g.ID))
	})
	switch {
	case errors.Is(err, behavior.ErrConflict):
		return behavior.Segment{}, behavior.Invalid{"name": {"You have a segment of that name already."}}
	case err != nil:
		return behavior.Segment{}, err
	}
	return g, nil
}

// RemoveSegment removes a segment of that owner, or of whomever where ownerID
// is empty.
func (s *Store) RemoveSegment(ctx context.Context, ownerID string, id int64) error {
	done, err := s.db.ExecContext(ctx, "DELETE FROM segments WHERE id = ? AND (owner_id = ? OR ? = '')", id, ownerID, ownerID)
	if err != nil {
		return fmt.Errorf("remove segment: %w", translate(err))
	}
	n, err := done.RowsAffected()
	switch {
	case err != nil:
		return fmt.Errorf("remove segment: %w", translate(err))
	case n == 0:
		return fmt.Errorf("remove segment: %w", behavior.ErrNotFound)
	}
	return nil
}
