package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// interactionValues returns the columns of an interaction, in the order of its
// fields.
func interactionValues(i *behavior.Interaction) []any {
	return []any{
		i.ID, i.Session.ID, string(i.EventType), i.Element, string(metadata(i)), i.Timestamp,
		i.Host, i.Path, int64(i.X), int64(i.Y), i.Viewport, i.EventKey,
	}
}

// metadata is an interaction's metadata, {} when it has none.
func metadata(i *behavior.Interaction) json.RawMessage {
	if len(i.Metadata) == 0 {
		return json.RawMessage("{}")
	}
	return i.Metadata
}

// scanInteraction scans the columns of an interaction, and those of more after them.
func scanInteraction(rows pgx.Rows, i *behavior.Interaction, more ...any) error {
	var document string
	targets := []any{
		&i.ID, &i.Session.ID, &i.EventType, &i.Element, &document, &i.Timestamp,
		&i.Host, &i.Path, &i.X, &i.Y, &i.Viewport, &i.EventKey,
	}
	if err := rows.Scan(append(targets, more...)...); err != nil {
		return err
	}
	i.Metadata = json.RawMessage(document)
	record.Normalize(behavior.Row{Interaction: i}) // times are in UTC
	record.Normalize(behavior.Row{Session: &i.Session})
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
