package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"maps"
	"slices"

	"github.com/userbehavior/behavior"
)

// plan is what an Append is going to store: every decision about its rows is
// made before the first of them reaches DuckDB, whose Appender would drop the
// whole batch for one bad row. Nothing that a plan holds shows outside before
// the transaction is committed, so that a plan can be thrown away.
type plan struct {
	writer *writer
	rows   []behavior.Row
	errs   []error          // the fault of each row
	values [][]driver.Value // the columns of each row
	stays  []*stay          // the session of each row

	byName  map[string]*stay
	byID    map[int64]*stay
	last    map[behavior.Kind]int64
	backlog bool // has page views whose ids do not rise, see Append

	fresh map[int64]int                // the places in rows of new page views with keys, by id
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

// newPlan decides about rows. refused are faults that are known already, by
// index. With careful, new sessions are looked for in the file; without, only
// in memory, and the unique index is what finds the others.
func (w *writer) newPlan(ctx context.Context, rows []behavior.Row, refused map[int]error, careful bool) (*plan, error) {
	p := &plan{
		writer: w, rows: rows,
		errs: make([]error, len(rows)), values: make([][]driver.Value, len(rows)), stays: make([]*stay, len(rows)),
		byName: map[string]*stay{}, byID: map[int64]*stay{}, last: map[behavior.Kind]int64{},
		fresh: map[int64]int{}, seen: map[int64]*behavior.Progress{},
	}
	for i, row := range rows {
		p.values[i], p.errs[i] = rowValues(row)
		if err := refused[i]; err != nil {
			p.errs[i] = err
		}
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
	for i, row := range p.rows {
		if row.Session == nil && row.Progress == nil && p.errs[i] == nil {
			p.errs[i] = p.planEvent(i, row)
		}
	}
	p.planProgress()
	return p, nil
}

// planSessions decides about the new sessions.
func (p *plan) planSessions(ctx context.Context, careful bool) error {
	if careful {
		if err := p.findNames(ctx); err != nil {
			return err
		}
	}
	for i, row := range p.rows {
		if row.Session == nil || p.errs[i] != nil {
			continue
		}
		s := cloneSession(*row.Session)
		if p.byName[s.SessionID] != nil || p.writer.known(s.SessionID) != nil {
			p.errs[i] = behavior.ErrConflict
			continue
		}
		s.ID = p.id(behavior.KindSession, s.ID)
		normalizeSession(&s)
		p.stays[i] = p.add(&stay{Session: s})
	}
	return nil
}

// findNames looks in the file for the session_ids of new sessions, so that
// the writer knows those that are taken.
func (p *plan) findNames(ctx context.Context) error {
	var names []string
	for i, row := range p.rows {
		if row.Session != nil && p.errs[i] == nil && p.writer.known(row.Session.SessionID) == nil {
			names = append(names, row.Session.SessionID)
		}
	}
	found, err := p.writer.find(ctx, names, nil)
	for _, v := range found {
		p.add(&stay{Session: v.Session, visit: v})
	}
	return err
}

// findSessions finds the sessions of the events.
func (p *plan) findSessions(ctx context.Context) error {
	names, ids := map[string]bool{}, map[int64]bool{}
	for i, row := range p.rows {
		if row.Session != nil || p.errs[i] != nil {
			continue
		}
		s := eventSession(row)
		switch {
		case p.stay(s) != nil:
		case s.SessionID == "":
			ids[s.ID] = true
		default:
			if v := p.writer.known(s.SessionID); v != nil {
				p.add(&stay{Session: v.Session, visit: v})
			} else {
				names[s.SessionID] = true
			}
		}
	}
	found, err := p.writer.find(ctx, keysOf(names), keysOf(ids))
	for _, v := range found {
		if p.byName[v.SessionID] == nil {
			p.add(&stay{Session: v.Session, visit: v})
		}
	}
	return err
}

// findKeys has the writer know the event keys of sessions that events with
// keys come for.
func (p *plan) findKeys(ctx context.Context) error {
	unknown := map[int64]*visit{}
	for i, row := range p.rows {
		if row.Session != nil || p.errs[i] != nil || eventKey(row) == "" {
			continue
		}
		if s := p.stay(eventSession(row)); s != nil && s.visit != nil && s.visit.keys == nil {
			unknown[s.ID] = s.visit
		}
	}
	return p.writer.loadKeys(ctx, unknown)
}

// planEvent decides about a page view or an interaction.
func (p *plan) planEvent(i int, row behavior.Row) error {
	s := p.stay(eventSession(row))
	if s == nil {
		return behavior.ErrNoSession
	}
	if key := eventKey(row); key != "" {
		if _, taken := s.view(key); taken {
			return behavior.ErrDuplicate
		}
		if s.keys == nil {
			s.keys = map[string]int64{}
		}
		s.keys[key] = 0
	}
	p.stays[i] = s
	if v := row.PageView; v != nil {
		id := p.id(behavior.KindPageView, v.ID)
		p.values[i][0] = id
		s.Follow(*v)
		s.moved = true
		if v.EventKey != "" {
			s.keys[v.EventKey], p.fresh[id] = id, i
		}
	} else {
		p.values[i][0] = p.id(behavior.KindInteraction, row.Interaction.ID)
	}
	p.values[i][1] = s.ID
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
func (p *plan) id(kind behavior.Kind, given int64) int64 {
	if given != 0 {
		return given
	}
	p.last[kind]++
	return p.last[kind]
}

func (p *plan) add(s *stay) *stay {
	p.byName[s.SessionID], p.byID[s.ID] = s, s
	return s
}

// stay returns the session that an event names, by its session_id or else by its id.
func (p *plan) stay(named *behavior.Session) *stay {
	if named.SessionID != "" {
		return p.byName[named.SessionID]
	}
	return p.byID[named.ID]
}

// checkIDs refuses ids that are taken and begins counting above all others.
func (p *plan) checkIDs(ctx context.Context) error {
	given := map[behavior.Kind]map[int64]int{} // to the first row that has it
	for i, row := range p.rows {
		kind, id := identity(row)
		if id == 0 || p.errs[i] != nil {
			continue
		}
		if given[kind] == nil {
			given[kind] = map[int64]int{}
		}
		if _, taken := given[kind][id]; taken {
			p.errs[i] = behavior.ErrConflict
			continue
		}
		given[kind][id] = i
	}
	for kind, last := range p.writer.last {
		p.last[kind] = last
		taken, err := p.writer.taken(ctx, kind, slices.Collect(maps.Keys(given[kind])))
		if err != nil {
			return err
		}
		for _, id := range taken {
			p.errs[given[kind][id]] = behavior.ErrConflict
		}
		for id := range given[kind] {
			p.last[kind] = max(p.last[kind], id)
			p.backlog = p.backlog || kind == behavior.KindPageView && id <= p.writer.followed.view
		}
	}
	return nil
}

// identity is a row's kind and the id that it came with.
func identity(row behavior.Row) (behavior.Kind, int64) {
	switch {
	case row.Session != nil:
		return behavior.KindSession, row.Session.ID
	case row.PageView != nil:
		return behavior.KindPageView, row.PageView.ID
	case row.Progress != nil:
		return "", 0
	default:
		return behavior.KindInteraction, row.Interaction.ID
	}
}

// eventSession is the session that a row other than a session names.
func eventSession(row behavior.Row) *behavior.Session {
	switch {
	case row.PageView != nil:
		return &row.PageView.Session
	case row.Progress != nil:
		return &behavior.Session{SessionID: row.Progress.SessionID}
	}
	return &row.Interaction.Session
}

// eventKey is the key that a row other than a session has or names.
func eventKey(row behavior.Row) string {
	switch {
	case row.PageView != nil:
		return row.PageView.EventKey
	case row.Progress != nil:
		return row.Progress.ViewKey
	}
	return row.Interaction.EventKey
}

// wellFormed refuses a row that is not exactly one record, or progress.
func wellFormed(row behavior.Row) error {
	n := 0
	for _, set := range [...]bool{row.Session != nil, row.PageView != nil, row.Interaction != nil, row.Progress != nil} {
		if set {
			n++
		}
	}
	if n != 1 {
		return errors.New("a row must be exactly one record, or progress")
	}
	return nil
}
