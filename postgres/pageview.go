package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// pageViewValues returns the columns of a page view, in the order of its fields.
func pageViewValues(v *behavior.PageView) []any {
	return []any{
		v.ID, v.Session.ID, v.URL, v.Timestamp, v.Host, v.Path, v.Title, v.Referrer, v.EventKey,
		v.Visible.Milliseconds(), int64(v.ScrollDepth),
	}
}

// scanPageView scans the columns of a page view, and those of more after them.
func scanPageView(rows pgx.Rows, v *behavior.PageView, more ...any) error {
	var visible int64
	targets := []any{
		&v.ID, &v.Session.ID, &v.URL, &v.Timestamp, &v.Host, &v.Path, &v.Title, &v.Referrer, &v.EventKey,
		&visible, &v.ScrollDepth,
	}
	if err := rows.Scan(append(targets, more...)...); err != nil {
		return err
	}
	v.Visible = time.Duration(visible) * time.Millisecond
	record.Normalize(behavior.Row{PageView: v}) // times are in UTC
	record.Normalize(behavior.Row{Session: &v.Session})
	return nil
}

var pageViews = lister[behavior.PageView]{
	kind: behavior.KindPageView, scan: scanPageView,
	id:      func(v *behavior.PageView) int64 { return v.ID },
	session: func(v *behavior.PageView) *behavior.Session { return &v.Session },
}

// PageViews lists page views with their sessions.
func (s *Store) PageViews(ctx context.Context, q behavior.Query) ([]behavior.PageView, int, error) {
	return pageViews.list(ctx, s, q)
}
