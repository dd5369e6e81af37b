package plan

import (
	"maps"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// Kind is the kind of record that row i is going to be, empty where it has a
// fault or is progress.
func (p *Plan) Kind(i int) behavior.Kind {
	if p.Errs[i] != nil {
		return ""
	}
	kind, _ := record.Identity(p.Rows[i])
	return kind
}

// Session is the session of row i as it is to be stored.
func (p *Plan) Session(i int) *behavior.Session { return &p.stays[i].Session }

// PageView is the page view of row i as it is to be stored. Of its session it
// has the id only.
func (p *Plan) PageView(i int) behavior.PageView {
	v := *p.Rows[i].PageView
	v.ID, v.Session = p.ids[i], behavior.Session{ID: p.stays[i].ID}
	if seen := p.seen[v.ID]; seen != nil {
		v.Advance(*seen)
	}
	record.Normalize(behavior.Row{PageView: &v})
	return v
}

// Interaction is the interaction of row i as it is to be stored. Of its
// session it has the id only.
func (p *Plan) Interaction(i int) behavior.Interaction {
	in := *p.Rows[i].Interaction
	in.ID, in.Session = p.ids[i], behavior.Session{ID: p.stays[i].ID}
	record.Normalize(behavior.Row{Interaction: &in})
	return in
}

// Moved are the sessions that exist already and whose facts or ends change. In
// a [File] they may be stored later; the memory keeps them until then.
func (p *Plan) Moved() []*behavior.Session {
	return p.existing(func(s *stay) bool { return s.moved })
}

// Told are the sessions that exist already and of which a user, country,
// language or screen has become known: to be stored with the rows.
func (p *Plan) Told() []*behavior.Session {
	return p.existing(func(s *stay) bool { return s.told })
}

func (p *Plan) existing(changed func(*stay) bool) []*behavior.Session {
	var list []*behavior.Session
	for _, s := range p.byName {
		if s.visit != nil && changed(s) {
			list = append(list, &s.Session)
		}
	}
	return list
}

// Before is a session of [Plan.Moved] or [Plan.Told] as it is stored.
func (p *Plan) Before(s *behavior.Session) *behavior.Session {
	return &p.byName[s.SessionID].visit.Session
}

// Sessions are the ids of the sessions that the plan is about.
func (p *Plan) Sessions() []int64 { return keysOf(p.byID) }

// Seen is what has become known of page views that exist already, by their
// ids: to be stored with the rows, where it is more than they have.
func (p *Plan) Seen() map[int64]*behavior.Progress {
	existing := map[int64]*behavior.Progress{}
	for id, seen := range p.seen {
		if !p.fresh[id] {
			existing[id] = seen
		}
	}
	return existing
}

// Abandon takes note of a plan of which some may be stored although it failed:
// its ids are not given again.
func (p *Plan) Abandon() { maps.Copy(p.memory.last, p.last) }

// Settle takes note of a plan that is stored, and completes the caller's rows.
func (p *Plan) Settle() {
	m := p.memory
	maps.Copy(m.last, p.last)
	m.followed = Marks{m.last[behavior.KindPageView], m.last[behavior.KindInteraction]}
	for name, s := range p.byName {
		s.settle(m, name)
	}
	for i, row := range p.Rows {
		p.complete(i, row)
	}
}

// settle makes a session's visit what the plan has left.
func (s *stay) settle(m *Memory, name string) {
	if s.visit == nil {
		s.visit = &visit{keys: map[string]int64{}}
	} else if s.moved && m.file != nil {
		m.dirty[name] = s.visit
	}
	s.visit.Session = s.Session
	for key, view := range s.keys {
		if s.visit.keys != nil {
			s.visit.keys[key] = view
		}
	}
	m.remember(s.visit)
}

// complete fills in what the caller of Append is told of a row.
func (p *Plan) complete(i int, row behavior.Row) {
	p.Rows[i].Err = p.Errs[i]
	if p.Errs[i] != nil || row.Progress != nil {
		return
	}
	s := record.Clone(p.stays[i].Session)
	switch {
	case row.Session != nil:
		*row.Session = s
	case row.PageView != nil:
		*row.PageView = p.PageView(i)
		row.PageView.Session = s
	default:
		*row.Interaction = p.Interaction(i)
		row.Interaction.Session = s
	}
}
