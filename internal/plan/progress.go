package plan

import "github.com/userbehavior/behavior"

// planProgress decides about progress, once all records have their ids.
func (p *Plan) planProgress() {
	for i, row := range p.Rows {
		if row.Progress == nil || p.Errs[i] != nil {
			continue
		}
		s := p.byName[row.Progress.SessionID]
		if s == nil {
			p.Errs[i] = behavior.ErrNoSession
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
func (p *Plan) planSeen(id int64, progress *behavior.Progress) {
	seen := p.seen[id]
	if seen == nil {
		seen = &behavior.Progress{}
		p.seen[id] = seen
	}
	seen.Visible, seen.ScrollDepth = max(seen.Visible, progress.Visible), max(seen.ScrollDepth, progress.ScrollDepth)
}
