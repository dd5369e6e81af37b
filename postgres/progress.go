package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
)

// planProgress decides about progress, once all records are decided about.
func (p *plan) planProgress(told *behavior.Progress) error {
	s := p.byName[told.SessionID]
	if s == nil {
		return behavior.ErrNoSession
	}
	s.Advance(*told)
	p.measure(s, told)
	return nil
}

// measure notes what progress tells of a page view of a session, if it is
// known by now that there is one of its key.
func (p *plan) measure(s *stay, told *behavior.Progress) {
	what, known := s.keys[told.ViewKey]
	if !known || !what.isView {
		return
	}
	into := p.measured[what.row]
	if what.row < 0 {
		if p.seen[what.id] == nil {
			p.seen[what.id] = &what
		}
		into = &p.seen[what.id].Progress
	} else if into == nil {
		into = &behavior.Progress{}
		p.measured[what.row] = into
	}
	into.Visible, into.ScrollDepth = max(into.Visible, told.Visible), max(into.ScrollDepth, told.ScrollDepth)
}

// updateSeen updates the page views that were there before and that progress
// tells of. The span of their times spares the server a look at other months.
// The list of their ids keeps it from comparing all that lies in the span with
// each of them, which it does where it believes that there is next to nothing.
func (w *writer) updateSeen(b *pgx.Batch, seen map[int64]*sighting) {
	if len(seen) == 0 {
		return
	}
	var ids, visible, depth []int64
	var times []time.Time
	from, to := ending, beginning
	for id, what := range seen {
		from, to = earlier(from, what.at), later(to, what.at)
		ids, times = append(ids, id), append(times, what.at)
		visible, depth = append(visible, what.Visible.Milliseconds()), append(depth, int64(what.ScrollDepth))
	}
	b.Queue(w.store.in(`
		UPDATE @page_views AS v SET visible_ms = greatest(v.visible_ms, t.visible), scroll_depth = greatest(v.scroll_depth, t.depth)
		FROM unnest($1::bigint[], $2::timestamptz[], $3::bigint[], $4::bigint[]) AS t (id, at, visible, depth)
		WHERE v.id = t.id AND v.id = ANY($1::bigint[]) AND v."timestamp" = t.at AND v."timestamp" BETWEEN $5::timestamptz AND $6::timestamptz
			AND (v.visible_ms < t.visible OR v.scroll_depth < t.depth)`), ids, times, visible, depth, from, to)
}
