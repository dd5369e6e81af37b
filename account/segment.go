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
	var list []behavior.Segment
	err := s.db.all(ctx, `SELECT id, name, filters, shared, owner_id, owner, created FROM @segments
		WHERE shared OR owner_id = $1 ORDER BY name, id`, values{s.text(userID)}, func(rows *sql.Rows) error {
		var g behavior.Segment
		var filters []byte
		var created int64
		if err := rows.Scan(&g.ID, &g.Name, &filters, &g.Shared, &g.OwnerID, &g.Owner, &created); err != nil {
			return err
		}
		if err := json.Unmarshal(filters, &g.Filters); err != nil {
			return fmt.Errorf("filters of %d: %w", g.ID, err)
		}
		g.Created = time.UnixMicro(created).UTC()
		list = append(list, g)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
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
	g.Name, g.OwnerID, g.Owner = s.text(g.Name), s.text(g.OwnerID), s.text(g.Owner)
	g.Created = s.now().UTC().Truncate(time.Microsecond)
	err = s.write(ctx, "add segment", func(q queries) error {
		var n int
		if err := q.row(ctx, "SELECT count(*) FROM @segments WHERE owner_id = $1", values{g.OwnerID}, &n); err != nil {
			return err
		}
		if n >= maxSegments {
			return behavior.Invalid{"non_field_errors": {fmt.Sprintf("You have %d segments already. Delete one first.", n)}}
		}
		return q.row(ctx, `INSERT INTO @segments (name, filters, shared, owner_id, owner, created)
			VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, values{g.Name, string(filters), g.Shared, g.OwnerID, g.Owner, g.Created.UnixMicro()}, &g.ID)
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
	n, err := s.db.exec(ctx, "DELETE FROM @segments WHERE id = $1 AND (owner_id = $2 OR $2 = '')", id, s.text(ownerID))
	switch {
	case err != nil:
		return fmt.Errorf("remove segment: %w", err)
	case n == 0:
		return fmt.Errorf("remove segment: %w", behavior.ErrNotFound)
	}
	return nil
}
