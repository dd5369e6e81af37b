package postgres

import (
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// plan is what an Append is going to store. It is decided twice: for the new
// sessions before they are stored, so that they are stored with the facts that
// their events give them; and for all rows, once it is known which sessions
// and event keys there are, and nobody else can change these any more.
type plan struct {
	rows   []behavior.Row
	values [][]any // the columns of each record
	faults []error // what is known to be wrong with each row

	// What decide finds.
	errs     []error // the fault of each row
	stays    []*stay // the session of each row
	byName   map[string]*stay
	byID     map[int64]*stay
	measured map[int]*behavior.Progress // what there is of progress for new page views, by row
	seen     map[int64]*sighting        // and for those stored already, by id
}

// state is a session with what is kept beside it.
type state struct {
	behavior.Session
	from, to time.Time // the months of its events; zero: it has none
	version  uint32    // the last half of the number of the transaction that stored this
	seen     uint64    // the number of the last transaction that found or left it so
	since    time.Time // when the server was started that gave these numbers
}

// stay is a session as a plan will leave it.
type stay struct {
	*state
	was     *state // what is stored of it, not to be changed; nil: it comes with the plan
	written bool   // the transaction stores it anew
	unnamed bool   // its id is given with this plan: no row can mean it by that
	keys    map[string]sighting
}

// stay is what a plan begins with, for a session that is stored.
func (s *state) stay() *stay {
	now := *s
	now.Session = record.Clone(s.Session)
	return &stay{state: &now, was: s}
}

// sighting is what has an event key: a page view that is stored or, by its
// row, a new one; otherwise an interaction.
type sighting struct {
	id     int64
	at     time.Time
	isView bool
	row    int // of a new page view; -1 for one that is stored
	behavior.Progress
}

// newPlan looks at each row by itself. With strict, texts that may be too long
// for an index are refused.
func newPlan(rows []behavior.Row, strict bool) *plan {
	p := &plan{rows: rows, values: make([][]any, len(rows)), faults: make([]error, len(rows))}
	for i, row := range rows {
		p.values[i], p.faults[i] = valuesOf(row), record.Fault(row)
		if strict && p.faults[i] == nil {
			p.faults[i] = lengthFault(row)
		}
	}
	return p
}

// given are the rows that bring an id along, by kind and id. A second row with
// the same id is refused.
func (p *plan) given() map[behavior.Kind]map[int64]int {
	given := map[behavior.Kind]map[int64]int{}
	for i, row := range p.rows {
		kind, id := record.Identity(row)
		if id == 0 || p.faults[i] != nil {
			continue
		}
		if given[kind] == nil {
			given[kind] = map[int64]int{}
		}
		if _, taken := given[kind][id]; taken {
			p.faults[i] = behavior.ErrConflict
			continue
		}
		given[kind][id] = i
	}
	return given
}

// fresh are the rows of new sessions by their names, in the order of names. A
// second row with the same name is refused.
func (p *plan) fresh() []int {
	var found []int
	names := map[string]bool{}
	for i, row := range p.rows {
		if row.Session == nil || p.faults[i] != nil {
			continue
		}
		if names[row.Session.SessionID] {
			p.faults[i] = behavior.ErrConflict
			continue
		}
		names[row.Session.SessionID] = true
		found = append(found, i)
	}
	slices.SortFunc(found, func(a, b int) int {
		if p.rows[a].Session.SessionID < p.rows[b].Session.SessionID {
			return -1
		}
		return 1
	})
	return found
}

// newStay is the stay that begins with the session of a row.
func (p *plan) newStay(row int, id int64) *stay {
	s := &stay{state: &state{Session: record.Clone(*p.rows[row].Session)}, written: true, unnamed: p.rows[row].Session.ID == 0}
	s.ID = id
	record.Normalize(behavior.Row{Session: &s.Session})
	return s
}

// decide decides about all rows, if these are the sessions that there are.
func (p *plan) decide(stays []*stay) {
	p.errs, p.stays = slices.Clone(p.faults), make([]*stay, len(p.rows))
	p.measured, p.seen = map[int]*behavior.Progress{}, map[int64]*sighting{}
	p.admit(stays)
	for i, row := range p.rows {
		switch {
		case p.errs[i] != nil || row.Progress != nil:
		case row.Session != nil:
			p.stays[i] = p.byName[row.Session.SessionID]
		default:
			p.errs[i] = p.planEvent(i, row)
		}
	}
	for i, row := range p.rows {
		if row.Progress != nil && p.errs[i] == nil {
			p.errs[i] = p.planProgress(row.Progress)
		}
	}
}

// admit makes these the sessions that there are.
func (p *plan) admit(stays []*stay) {
	p.byName, p.byID = make(map[string]*stay, len(stays)), make(map[int64]*stay, len(stays))
	for _, s := range stays {
		p.byName[s.SessionID] = s
		if s.ID != 0 && !s.unnamed {
			p.byID[s.ID] = s
		}
	}
}

// planEvent decides about a page view or an interaction.
func (p *plan) planEvent(i int, row behavior.Row) error {
	s := p.stay(record.Session(row))
	if s == nil {
		return behavior.ErrNoSession
	}
	if key := record.Key(row); key != "" {
		if _, taken := s.keys[key]; taken {
			return behavior.ErrDuplicate
		}
		s.learn(key, sighting{isView: row.PageView != nil, row: i})
	}
	p.stays[i] = s
	s.reach(eventTime(row))
	if row.PageView != nil {
		s.Follow(*row.PageView)
	}
	return nil
}

// learn notes what has an event key.
func (s *stay) learn(key string, what sighting) {
	if s.keys == nil {
		s.keys = map[string]sighting{}
	}
	s.keys[key] = what
}

// reach widens the months of a session's events.
func (s *stay) reach(t time.Time) {
	from, to := monthOf(t)
	if s.from.IsZero() && s.to.IsZero() {
		s.from, s.to = from, to
	}
	s.from, s.to = earlier(s.from, from), later(s.to, to)
}

// stay returns the session that an event names, by its session_id or else by its id.
func (p *plan) stay(named *behavior.Session) *stay {
	if named.SessionID != "" {
		return p.byName[named.SessionID]
	}
	return p.byID[named.ID]
}

// number gives the events that will be stored their ids, of those that are
// free, and completes their columns.
func (p *plan) number(free map[behavior.Kind][]int64) {
	for i, row := range p.rows {
		kind, id := record.Identity(row)
		if p.errs[i] != nil || kind == "" || kind == behavior.KindSession {
			continue
		}
		if told := p.measured[i]; told != nil {
			view := *row.PageView
			view.Advance(*told)
			p.values[i] = pageViewValues(&view)
		}
		if id == 0 {
			id, free[kind] = free[kind][0], free[kind][1:]
		}
		p.values[i][0], p.values[i][1] = id, p.stays[i].ID
	}
}

// complete fills in what the caller of Append is told of its rows.
func (p *plan) complete() {
	for i, row := range p.rows {
		p.rows[i].Err = p.errs[i]
		if p.errs[i] != nil || row.Progress != nil {
			continue
		}
		s := record.Clone(p.stays[i].Session)
		switch {
		case row.Session != nil:
			*row.Session = s
		case row.PageView != nil:
			row.PageView.ID, row.PageView.Session = p.values[i][0].(int64), s
			if told := p.measured[i]; told != nil {
				row.PageView.Advance(*told)
			}
			record.Normalize(behavior.Row{PageView: row.PageView})
		default:
			row.Interaction.ID, row.Interaction.Session = p.values[i][0].(int64), s
			record.Normalize(behavior.Row{Interaction: row.Interaction})
		}
	}
}

// eventTime is when an event happened.
func eventTime(row behavior.Row) time.Time {
	if row.PageView != nil {
		return row.PageView.Timestamp
	}
	return row.Interaction.Timestamp
}
