package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"

	"github.com/userbehavior/behavior"
)

// interactionColumns are the columns of interactions, as interactionValues and
// scanInteraction have them.
const interactionColumns = `id, session, event_type, element, metadata, "timestamp", host, path, x, y, viewport, event_key`

// interactionValues appends the columns of an interaction to row.
func interactionValues(row []any, i *behavior.Interaction) []any {
	return append(row, i.ID, i.Session.ID, string(i.EventType), i.Element, string(i.Metadata), i.Timestamp.UnixMicro(),
		i.Host, i.Path, int64(i.X), int64(i.Y), i.Viewport, i.EventKey)
}

// scanInteraction scans the columns of an interaction, and those of more after
// them.
func scanInteraction(rows *sql.Rows, i *behavior.Interaction, more ...any) error {
	var metadata string
	targets := []any{&i.ID, &i.Session.ID, &i.EventType, &i.Element, &metadata, moment{&i.Timestamp},
		&i.Host, &i.Path, &i.X, &i.Y, &i.Viewport, &i.EventKey}
	if err := rows.Scan(append(targets, more...)...); err != nil {
		return err
	}
	i.Metadata = json.RawMessage(metadata)
	return nil
}

var interactions = lister[behavior.Interaction]{
	kind: behavior.KindInteraction, scan: scanInteraction,
	id:      func(i *behavior.Interaction) int64 { return i.ID },
	session: func(i *behavior.Interaction) *behavior.Session { return &i.Session },
}

// Interactions lists interactions with their sessions.
func (s *Store) Interactions(ctx context.Context, q behavior.Query) ([]behavior.Interaction, int, error) {
	return interactions.list(ctx, s, q)
}
