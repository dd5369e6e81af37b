package plan

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
)

var (
	errDisk  = errors.New("the disk is full")
	errTaken = errors.New("the unique index has refused a row")
)

// shelf is a store of maps: a [File], or a [Shared] of several writers. Of the
// sessions of its events it keeps the ids.
type shelf struct {
	*shelved
	full  bool  // transactions fail
	block int64 // below the ids of this writer; of a shared store only
}

// shelved is what is on a shelf, and in the way of a transaction that fails.
type shelved struct {
	sessions     map[int64]behavior.Session
	views        map[int64]behavior.PageView
	interactions map[int64]behavior.Interaction
	last         map[behavior.Kind]int64
	marks        Marks
}

func newShelf() *shelf {
	return &shelf{shelved: &shelved{
		sessions: map[int64]behavior.Session{}, views: map[int64]behavior.PageView{}, interactions: map[int64]behavior.Interaction{},
		last: map[behavior.Kind]int64{},
	}}
}

func (s *shelf) Transact(_ context.Context, do func() error) error {
	before := shelved{maps.Clone(s.sessions), maps.Clone(s.views), maps.Clone(s.interactions), maps.Clone(s.last), s.marks}
	err := do()
	if err == nil && s.full {
		err = errDisk
	}
	if err != nil {
		*s.shelved = before
	}
	return err
}

func (s *shelf) Taken(_ context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	return slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return !s.has(kind, id) }), nil
}

func (s *shelf) has(kind behavior.Kind, id int64) bool {
	_, session := s.sessions[id]
	_, view := s.views[id]
	_, interaction := s.interactions[id]
	return map[behavior.Kind]bool{behavior.KindSession: session, behavior.KindPageView: view, behavior.KindInteraction: interaction}[kind]
}

func (s *shelf) FindSessions(_ context.Context, names []string, ids []int64) (found []behavior.Session, err error) {
	for _, session := range s.sessions {
		if slices.Contains(names, session.SessionID) || slices.Contains(ids, session.ID) {
			found = append(found, session)
		}
	}
	return found, nil
}

func (s *shelf) EventKeys(_ context.Context, sessions []int64, _ []string) (keys []EventKey, err error) {
	for id, v := range s.views {
		if v.EventKey != "" && slices.Contains(sessions, v.Session.ID) {
			keys = append(keys, EventKey{v.Session.ID, v.EventKey, id})
		}
	}
	for _, in := range s.interactions {
		if in.EventKey != "" && slices.Contains(sessions, in.Session.ID) {
			keys = append(keys, EventKey{in.Session.ID, in.EventKey, 0})
		}
	}
	return keys, nil
}

func (s *shelf) PageView(_ context.Context, id int64) (behavior.PageView, error) {
	v, ok := s.views[id]
	if !ok {
		return v, behavior.ErrNotFound
	}
	v.Session = s.sessions[v.Session.ID]
	return v, nil
}

func (s *shelf) Interaction(_ context.Context, id int64) (behavior.Interaction, error) {
	in, ok := s.interactions[id]
	if !ok {
		return in, behavior.ErrNotFound
	}
	in.Session = s.sessions[in.Session.ID]
	return in, nil
}

func (s *shelf) UpdateRecord(_ context.Context, row behavior.Row) error {
	switch {
	case row.Session != nil:
		s.sessions[row.Session.ID] = *row.Session
	case row.PageView != nil:
		s.put(*row.PageView)
	default:
		s.putInteraction(*row.Interaction)
	}
	return nil
}

func (s *shelf) put(v behavior.PageView) {
	v.Session = behavior.Session{ID: v.Session.ID}
	s.views[v.ID] = v
	s.last[behavior.KindPageView] = max(s.last[behavior.KindPageView], v.ID)
}

func (s *shelf) putInteraction(in behavior.Interaction) {
	in.Session = behavior.Session{ID: in.Session.ID}
	s.interactions[in.ID] = in
	s.last[behavior.KindInteraction] = max(s.last[behavior.KindInteraction], in.ID)
}

func (s *shelf) LastID(_ context.Context, kind behavior.Kind) (int64, error) {
	return s.last[kind], nil
}

func (s *shelf) Marks(context.Context) (Marks, error) { return s.marks, nil }

func (s *shelf) StoreFacts(_ context.Context, sessions []*behavior.Session, written Marks) error {
	for _, moved := range sessions {
		now := s.sessions[moved.ID]
		now.EndTime, now.EntryPath, now.ExitPath = moved.EndTime, moved.EntryPath, moved.ExitPath
		now.Referrer, now.Source, now.Channel = moved.Referrer, moved.Source, moved.Channel
		s.sessions[moved.ID] = now
	}
	s.marks = Marks{max(s.marks.View, written.View), max(s.marks.Interaction, written.Interaction)}
	return nil
}

func (s *shelf) ViewsAfter(_ context.Context, id int64, limit int) (found []behavior.PageView, err error) {
	for _, v := range s.views {
		if v.ID > id {
			found = append(found, v)
		}
	}
	slices.SortFunc(found, func(a, b behavior.PageView) int { return cmp.Compare(a.ID, b.ID) })
	return found[:min(limit, len(found))], nil
}

func (s *shelf) EndsAfter(_ context.Context, id int64) (map[int64]time.Time, error) {
	ends := map[int64]time.Time{}
	for _, in := range s.interactions {
		if in.ID > id && in.EventKey != "" && in.Timestamp.After(ends[in.Session.ID]) {
			ends[in.Session.ID] = in.Timestamp
		}
	}
	return ends, nil
}

// append does what an engine does with rows: without careful it finds by itself
// which sessions are there already.
func (s *shelf) append(ctx context.Context, m *Memory, rows []behavior.Row, refused map[int]error, careful bool) error {
	p, err := m.Plan(ctx, rows, refused, careful)
	if err != nil {
		return err
	}
	err = s.Transact(ctx, func() error { return s.store(ctx, p) })
	if errors.Is(err, errTaken) && !careful {
		return s.append(ctx, m, rows, refused, true)
	}
	switch {
	case err == nil:
		p.Settle()
	case s.block > 0:
		p.Abandon()
	}
	return err
}

// store stores what a plan says.
func (s *shelf) store(ctx context.Context, p *Plan) error {
	for i := range p.Rows {
		switch p.Kind(i) {
		case behavior.KindSession:
			session := *p.Session(i)
			if found, _ := s.FindSessions(ctx, []string{session.SessionID}, []int64{session.ID}); len(found) > 0 {
				return errTaken
			}
			s.sessions[session.ID] = session
			s.last[behavior.KindSession] = max(s.last[behavior.KindSession], session.ID)
		case behavior.KindPageView:
			s.put(p.PageView(i))
		case behavior.KindInteraction:
			s.putInteraction(p.Interaction(i))
		}
	}
	for id, seen := range p.Seen() {
		v := s.views[id]
		v.Advance(*seen)
		s.views[id] = v
	}
	for _, told := range p.Told() {
		now := s.sessions[told.ID]
		now.UserID, now.Visitor, now.Country, now.Language, now.Screen = told.UserID, told.Visitor, told.Country, told.Language, told.Screen
		s.sessions[told.ID] = now
	}
	if s.block > 0 || p.Backlog {
		return s.StoreFacts(ctx, p.Moved(), Marks{})
	}
	return nil
}

// NextID gives ids out of the writer's block.
func (s *shelf) NextID(_ behavior.Kind, after int64) int64 { return max(after, s.block) + 1 }
