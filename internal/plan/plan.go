// Package plan is what engines with one writer share: it decides what an
// Append is going to store before the first row reaches the engine, and keeps
// the facts of sessions that wait to be written.
//
// The engine keeps a [Memory] beside the connection that it writes by, has it
// make a [Plan] of each batch, stores what the plan says in one transaction,
// and settles the plan. Where other processes write to the store as well, see
// [Shared], the memory is asked to distrust itself before each batch.
package plan

import (
	"context"
	"maps"
	"slices"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// Plan is what an Append is going to store. Nothing that it holds shows
// outside before it is settled, so that a plan can be thrown away.
type Plan struct {
	Rows []behavior.Row
	Errs []error // the fault of each row

	// Backlog: it has page views whose ids do not rise above those that are
	// followed already. A crash would lose what they do to their sessions,
	// unless [Plan.Moved] is stored along with them.
	Backlog bool

	memory *Memory
	ids    []int64 // the id of each record
	stays  []*stay // the session of each row

	byName map[string]*stay
	byID   map[int64]*stay
	last   map[behavior.Kind]int64

	fresh map[int64]bool               // the new page views with keys, by id
	seen  map[int64]*behavior.Progress // of page views, by their ids
}

// stay is a session as a plan will leave it.
type stay struct {
	behavior.Session
	visit *visit // as it is now; nil for a new session
	moved bool   // its facts or its end have changed
	told  bool   // something has become known of who it is
	keys  map[string]int64
}

// Plan decides about rows. refused are faults that are known already, by
// index. With careful, new sessions are looked for in the file; without, only
// in memory, and the engine's unique index is what finds the others.
func (m *Memory) Plan(ctx context.Context, rows []behavior.Row, refused map[int]error, careful bool) (*Plan, error) {
	p := &Plan{
		memory: m, Rows: rows,
		Errs: make([]error, len(rows)), ids: make([]int64, len(rows)), stays: make([]*stay, len(rows)),
		byName: map[string]*stay{}, byID: map[int64]*stay{}, last: map[behavior.Kind]int64{},
		fresh: map[int64]bool{}, seen: map[int64]*behavior.Progress{},
	}
	for i, row := range rows {
		p.Errs[i] = record.Fault(row)
		if err := refused[i]; err != nil {
			p.Errs[i] = err
		}
	}
	if err := p.refresh(ctx); err != nil {
		return nil, err
	}
	if err := p.checkIDs(ctx); err != nil {
		return nil, err
	}
	if err := p.planSessions(ctx, careful); err != nil {
		return nil, err
	}
	if err := p.findSessions(ctx); err != nil {
		return nil, err
	}
	if err := p.findKeys(ctx); err != nil {
		return nil, err
	}
	for i, row := range p.Rows {
		if row.Session == nil && row.Progress == nil && p.Errs[i] == nil {
			p.Errs[i] = p.planEvent(i, row)
		}
	}
	p.planProgress()
	return p, nil
}

// refresh has the memory look again at what it knows of the sessions of the
// rows, where that may be wrong.
func (p *Plan) refresh(ctx context.Context) error {
	names := map[string]bool{}
	for i, row := range p.Rows {
		switch {
		case p.Errs[i] != nil:
		case row.Session != nil:
			names[row.Session.SessionID] = true
		default:
			names[record.Session(row).SessionID] = true
		}
	}
	return p.memory.refresh(ctx, names)
}

// planSessions decides about the new sessions.
func (p *Plan) planSessions(ctx context.Context, careful bool) error {
	if careful {
		if err := p.findNames(ctx); err != nil {
			return err
		}
	}
	for i, row := range p.Rows {
		if row.Session == nil || p.Errs[i] != nil {
			continue
		}
		s := record.Clone(*row.Session)
		if p.byName[s.SessionID] != nil || p.memory.known(s.SessionID) != nil {
			p.Errs[i] = behavior.ErrConflict
			continue
		}
		s.ID = p.id(behavior.KindSession, s.ID)
		record.Normalize(behavior.Row{Session: &s})
		p.ids[i], p.stays[i] = s.ID, p.add(&stay{Session: s})
	}
	return nil
}

// findNames looks in the file for the session_ids of new sessions, so that
// those that are taken are known.
func (p *Plan) findNames(ctx context.Context) error {
	var names []string
	for i, row := range p.Rows {
		if row.Session == nil || p.Errs[i] != nil {
			continue
		}
		if v := p.memory.known(row.Session.SessionID); v != nil {
			p.add(&stay{Session: v.Session, visit: v}) // what is looked up next may push it out of memory
		} else {
			names = append(names, row.Session.SessionID)
		}
	}
	found, err := p.memory.find(ctx, names, nil)
	for _, v := range found {
		p.add(&stay{Session: v.Session, visit: v})
	}
	return err
}

// findSessions finds the sessions of the events.
func (p *Plan) findSessions(ctx context.Context) error {
	names, ids := map[string]bool{}, map[int64]bool{}
	for i, row := range p.Rows {
		if row.Session != nil || p.Errs[i] != nil {
			continue
		}
		s := record.Session(row)
		switch {
		case p.stay(s) != nil:
		case s.SessionID == "":
			ids[s.ID] = true
		default:
			if v := p.memory.known(s.SessionID); v != nil {
				p.add(&stay{Session: v.Session, visit: v})
			} else {
				names[s.SessionID] = true
			}
		}
	}
	found, err := p.memory.find(ctx, keysOf(names), keysOf(ids))
	for _, v := range found {
		if p.byName[v.SessionID] == nil {
			p.add(&stay{Session: v.Session, visit: v})
		}
	}
	return err
}

// findKeys has the memory know the event keys of sessions that events with
// keys come for.
func (p *Plan) findKeys(ctx context.Context) error {
	unknown, wanted := map[int64]*visit{}, map[string]bool{}
	for i, row := range p.Rows {
		if row.Session != nil || p.Errs[i] != nil || record.Key(row) == "" {
			continue
		}
		if s := p.stay(record.Session(row)); s != nil && s.visit != nil && s.visit.keys == nil {
			unknown[s.ID] = s.visit
			wanted[record.Key(row)] = true
		}
	}
	return p.memory.loadKeys(ctx, unknown, wanted)
}

// planEvent decides about a page view or an interaction.
func (p *Plan) planEvent(i int, row behavior.Row) error {
	s := p.stay(record.Session(row))
	if s == nil {
		return behavior.ErrNoSession
	}
	key := record.Key(row)
	if key != "" {
		if _, taken := s.view(key); taken {
			return behavior.ErrDuplicate
		}
		if s.keys == nil {
			s.keys = map[string]int64{}
		}
		s.keys[key] = 0
	}
	kind, id := record.Identity(row)
	p.ids[i], p.stays[i] = p.id(kind, id), s
	if v := row.PageView; v != nil {
		s.Follow(*v)
		s.moved = true
		if key != "" {
			s.keys[key], p.fresh[p.ids[i]] = p.ids[i], true
		}
	}
	return nil
}

// view is the page view that a key of the session stands for, or zero: then it
// is an interaction's. known is false when the session has no such key.
func (s *stay) view(key string) (id int64, known bool) {
	if id, known = s.keys[key]; !known && s.visit != nil {
		id, known = s.visit.keys[key]
	}
	return id, known
}

// id returns the id that a record came with, or the next one.
func (p *Plan) id(kind behavior.Kind, given int64) int64 {
	if given != 0 {
		return given
	}
	if p.memory.shared != nil {
		p.last[kind] = p.memory.shared.NextID(kind, p.last[kind])
	} else {
		p.last[kind]++
	}
	return p.last[kind]
}

func (p *Plan) add(s *stay) *stay {
	p.byName[s.SessionID], p.byID[s.ID] = s, s
	return s
}

// stay returns the session that an event names, by its session_id or else by its id.
func (p *Plan) stay(named *behavior.Session) *stay {
	if named.SessionID != "" {
		return p.byName[named.SessionID]
	}
	return p.byID[named.ID]
}

// checkIDs refuses ids that are taken and begins counting above all others.
func (p *Plan) checkIDs(ctx context.Context) error {
	given := map[behavior.Kind]map[int64]int{} // to the first row that has it
	for i, row := range p.Rows {
		kind, id := record.Identity(row)
		if id == 0 || p.Errs[i] != nil {
			continue
		}
		if given[kind] == nil {
			given[kind] = map[int64]int{}
		}
		if _, taken := given[kind][id]; taken {
			p.Errs[i] = behavior.ErrConflict
			continue
		}
		given[kind][id] = i
	}
	for kind, last := range p.memory.last {
		p.last[kind] = last
		taken, err := p.memory.taken(ctx, kind, keysOf(given[kind]))
		if err != nil {
			return err
		}
		for _, id := range taken {
			p.Errs[given[kind][id]] = behavior.ErrConflict
		}
		for id := range given[kind] {
			p.last[kind] = max(p.last[kind], id)
			p.Backlog = p.Backlog || kind == behavior.KindPageView && id <= p.memory.followed.View
		}
	}
	return nil
}

func keysOf[K comparable, V any](set map[K]V) []K { return slices.Collect(maps.Keys(set)) }
