package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/userbehavior/behavior"
)

// pageViewColumns are the columns of page_views, as pageViewValues and
// scanPageView have them.
const pageViewColumns = `id, session, url, "timestamp", host, path, title, referrer, event_key, visible_ms, scroll_depth`

// pageViewValues appends the columns of a page view to row.
func pageViewValues(row []any, v *behavior.PageView) []any {
	return append(row, v.ID, v.Session.ID, v.URL, v.Timestamp.UnixMicro(), v.Host, v.Path, v.Title, v.Referrer, v.EventKey,
		v.Visible.Milliseconds(), int64(v.ScrollDepth))
}

// scanPageView scans the columns of a page view, and those of more after them.
func scanPageView(rows *sql.Rows, v *behavior.PageView, more ...any) error {
	var visible int64
	targets := []any{&v.ID, &v.Session.ID, &v.URL, moment{&v.Timestamp}, &v.Host, &v.Path, &v.Title, &v.Referrer, &v.EventKey,
		&visible, &v.ScrollDepth}
	if err := rows.Scan(append(targets, more...)...); err != nil {
		return err
	}
	v.Visible = time.Duration(visible) * time.Millisecond
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
