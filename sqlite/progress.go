package sqlite

import (
	"context"

	"github.com/userbehavior/behavior/internal/plan"
)

// storeProgress updates, within a transaction, what progress changes and what
// must not lag behind: page views, and what is told of sessions.
func (w *writer) storeProgress(ctx context.Context, p *plan.Plan) error {
	for id, seen := range p.Seen() {
		err := w.exec(ctx, `UPDATE page_views SET visible_ms = max(visible_ms, ?), scroll_depth = max(scroll_depth, ?) WHERE id = ?`,
			seen.Visible.Milliseconds(), seen.ScrollDepth, id)
		if err != nil {
			return err
		}
	}
	for _, s := range p.Told() {
		user := "" // stays as it is
		if s.UserID != nil {
			user = *s.UserID
		}
		err := w.exec(ctx, `UPDATE sessions SET user_id = coalesce(nullif(?, ''), user_id), visitor = ?, country = ?, language = ?, screen = ? WHERE id = ?`,
			user, s.Visitor, s.Country, s.Language, s.Screen, s.ID)
		if err != nil {
			return err
		}
	}
	return nil
}
