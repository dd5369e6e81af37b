package duckdb

import (
	"context"
	"math"

	"github.com/userbehavior/behavior"
)

// progressFault says what keeps progress from being stored, nil for nothing.
func progressFault(p *behavior.Progress) error {
	if message := storable(p.UserID); message != "" {
		return behavior.Invalid{"user_id": {message}}
	}
	if message := storable(p.At); message != "" {
		return behavior.Invalid{"end_time": {message}}
	}
	for field, text := range map[string]string{"country": p.Country, "language": p.Language, "screen": p.Screen} {
		if message := storable(text); message != "" {
			return behavior.Invalid{field: {message}}
		}
	}
	return nil
}

// planProgress decides about progress, once all records have their ids.
func (p *plan) planProgress() {
	for i, row := range p.rows {
		if row.Progress == nil || p.errs[i] != nil {
			continue
		}
		s := p.byName[row.Progress.SessionID]
		if s == nil {
			p.errs[i] = behavior.ErrNoSession
			continue
		}
		p.stays[i] = s
		was := s.Session
		if s.Advance(*row.Progress) {
			s.moved = true
			s.told = s.told || s.UserID != was.UserID || s.Country != was.Country || s.Language != was.Language || s.Screen != was.Screen
		}
		if id, _ := s.view(row.Progress.ViewKey); id != 0 {
			p.planSeen(id, row.Progress)
		}
	}
}

// planSeen notes what progress tells of a page view. A new one is stored with
// it; one that is stored already is updated.
func (p *plan) planSeen(id int64, progress *behavior.Progress) {
	seen := p.seen[id]
	if seen == nil {
		seen = &behavior.Progress{}
		p.seen[id] = seen
	}
	seen.Visible, seen.ScrollDepth = max(seen.Visible, progress.Visible), max(seen.ScrollDepth, progress.ScrollDepth)
	if i, fresh := p.fresh[id]; fresh {
		view := *p.rows[i].PageView
		view.Advance(*seen)
		values := pageViewValues(p.values[i][:0:0], &view)
		values[0], values[1] = p.values[i][0], p.values[i][1]
		p.values[i] = values
	}
}

// storeProgress updates, within a transaction, what progress changes and what
// must not lag behind: page views, and what is told of sessions.
func (p *plan) storeProgress(ctx context.Context) error {
	if err := p.updateSeen(ctx); err != nil {
		return err
	}
	var ids []int64
	var facts [5][]string
	for _, s := range p.byName {
		if !s.told || s.visit == nil {
			continue
		}
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
	_, err := p.writer.conn.ExecContext(ctx, `
		UPDATE sessions SET user_id = coalesce(nullif(t.user_id, ''), sessions.user_id), visitor = t.visitor, country = t.country, language = t.language, screen = t.screen
		FROM (SELECT unnest($1::BIGINT[]) AS id, unnest($2::VARCHAR[]) AS user_id, unnest($3::VARCHAR[]) AS visitor,
			unnest($4::VARCHAR[]) AS country, unnest($5::VARCHAR[]) AS language, unnest($6::VARCHAR[]) AS screen) AS t
		WHERE sessions.id = t.id`, ids, facts[0], facts[1], facts[2], facts[3], facts[4])
	return err
}

// updateSeen updates the page views that were there before. Their ids are
// given as a range besides: page views of now lie at the end of the table.
func (p *plan) updateSeen(ctx context.Context) error {
	var ids, visible, depth []int64
	first, last := int64(math.MaxInt64), int64(0)
	for id, seen := range p.seen {
		if _, fresh := p.fresh[id]; fresh {
			continue
		}
		ids = append(ids, id)
		visible, depth = append(visible, seen.Visible.Milliseconds()), append(depth, int64(seen.ScrollDepth))
		first, last = min(first, id), max(last, id)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := p.writer.conn.ExecContext(ctx, `
		UPDATE page_views SET visible_ms = greatest(visible_ms, s.visible), scroll_depth = greatest(scroll_depth, s.depth)
		FROM (SELECT unnest($1::BIGINT[]) AS id, unnest($2::BIGINT[]) AS visible, unnest($3::BIGINT[]) AS depth) AS s
		WHERE page_views.id = s.id AND page_views.id BETWEEN $4 AND $5`, ids, visible, depth, first, last)
	return err
}
