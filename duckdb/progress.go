package duckdb

import (
	"context"
	"math"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
)

// storeProgress updates, within a transaction, what progress changes and what
// must not lag behind: page views, and what is told of sessions.
func (w *writer) storeProgress(ctx context.Context, p *plan.Plan) error {
	if err := w.updateSeen(ctx, p.Seen()); err != nil {
		return err
	}
	var ids []int64
	var facts [5][]string
	for _, s := range p.Told() {
		ids = append(ids, s.ID)
		user := "" // stays as it is
		if s.UserID != nil {
			user = *s.UserID
		}
		for i, fact := range [...]string{user, s.Visitor, s.Country, s.Language, s.Screen} {
			facts[i] = append(facts[i], fact)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := w.conn.ExecContext(ctx, `
		UPDATE sessions SET user_id = coalesce(nullif(t.user_id, ''), sessions.user_id), visitor = t.visitor, country = t.country, language = t.language, screen = t.screen
		FROM (SELECT unnest($1::BIGINT[]) AS id, unnest($2::VARCHAR[]) AS user_id, unnest($3::VARCHAR[]) AS visitor,
			unnest($4::VARCHAR[]) AS country, unnest($5::VARCHAR[]) AS language, unnest($6::VARCHAR[]) AS screen) AS t
		WHERE sessions.id = t.id`, ids, facts[0], facts[1], facts[2], facts[3], facts[4])
	return err
}

// updateSeen updates the page views that were there before. Their ids are
// given as a range besides: page views of now lie at the end of the table.
func (w *writer) updateSeen(ctx context.Context, views map[int64]*behavior.Progress) error {
	var ids, visible, depth []int64
	first, last := int64(math.MaxInt64), int64(0)
	for id, seen := range views {
		ids = append(ids, id)
		visible, depth = append(visible, seen.Visible.Milliseconds()), append(depth, int64(seen.ScrollDepth))
		first, last = min(first, id), max(last, id)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := w.conn.ExecContext(ctx, `
		UPDATE page_views SET visible_ms = greatest(visible_ms, s.visible), scroll_depth = greatest(scroll_depth, s.depth)
		FROM (SELECT unnest($1::BIGINT[]) AS id, unnest($2::BIGINT[]) AS visible, unnest($3::BIGINT[]) AS depth) AS s
		WHERE page_views.id = s.id AND page_views.id BETWEEN $4 AND $5`, ids, visible, depth, first, last)
	return err
}
