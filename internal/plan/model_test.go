package plan

import (
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// world is what is stored, told by someone who has all the time and all the
// memory that he wants: it does one row after the other.
type world struct {
	sessions map[string]*behavior.Session // by session_id
	events   []*event
	last     map[behavior.Kind]int64 // the largest id that was ever given
}

// event is a page view or an interaction, and the session that it belongs to.
type event struct {
	home    *behavior.Session
	row     behavior.Row
	brought bool // it came with its id
	written bool // facts have been written since
}

func newWorld() *world {
	return &world{sessions: map[string]*behavior.Session{}, last: map[behavior.Kind]int64{}}
}

// append stores rows, whose ids come later, and returns the fault of each and
// what becomes of it.
func (w *world) append(rows []behavior.Row, refused map[int]error) (errs []error, stored []*event) {
	errs, stored = make([]error, len(rows)), make([]*event, len(rows))
	claimed := map[string]bool{}
	for i, row := range rows {
		if errs[i] = refused[i]; errs[i] == nil {
			errs[i] = record.Fault(row)
		}
		if kind, id := record.Identity(row); errs[i] == nil && id != 0 {
			place := fmt.Sprint(kind, id)
			if claimed[place] || w.has(kind, id) {
				errs[i] = behavior.ErrConflict
			}
			claimed[place] = true
			w.last[kind] = max(w.last[kind], id)
		}
	}
	w.each(rows, errs, func(i int, row behavior.Row) error {
		if row.Session == nil {
			return nil
		}
		if w.sessions[row.Session.SessionID] != nil {
			return behavior.ErrConflict
		}
		s := record.Clone(*row.Session)
		record.Normalize(behavior.Row{Session: &s})
		w.sessions[s.SessionID], stored[i] = &s, &event{home: &s}
		return nil
	})
	w.each(rows, errs, func(i int, row behavior.Row) (err error) {
		if row.PageView != nil || row.Interaction != nil {
			stored[i], err = w.appendEvent(row)
		}
		return err
	})
	w.each(rows, errs, func(_ int, row behavior.Row) error { return w.advance(row.Progress) })
	return errs, stored
}

// each does something with each row that has no fault yet.
func (w *world) each(rows []behavior.Row, errs []error, do func(i int, row behavior.Row) error) {
	for i, row := range rows {
		if errs[i] == nil {
			errs[i] = do(i, row)
		}
	}
}

func (w *world) appendEvent(row behavior.Row) (*event, error) {
	home := w.home(record.Session(row))
	switch {
	case home == nil:
		return nil, behavior.ErrNoSession
	case w.keyed(home, record.Key(row)) != nil:
		return nil, behavior.ErrDuplicate
	}
	e := &event{home: home}
	_, id := record.Identity(row)
	e.brought = id != 0
	if row.PageView != nil {
		v := *row.PageView
		e.row.PageView = &v
		home.Follow(v)
	} else {
		in := *row.Interaction
		e.row.Interaction = &in
	}
	record.Normalize(e.row)
	w.events = append(w.events, e)
	return e, nil
}

func (w *world) advance(told *behavior.Progress) error {
	if told == nil {
		return nil
	}
	home := w.sessions[told.SessionID]
	if home == nil {
		return behavior.ErrNoSession
	}
	home.Advance(*told)
	if e := w.keyed(home, told.ViewKey); e != nil && e.row.PageView != nil {
		e.row.PageView.Advance(*told)
	}
	return nil
}

// home is the session that an event names.
func (w *world) home(named *behavior.Session) *behavior.Session {
	if named.SessionID != "" {
		return w.sessions[named.SessionID]
	}
	for _, s := range w.sessions {
		if s.ID != 0 && s.ID == named.ID {
			return s
		}
	}
	return nil
}

// keyed is the event of a session that has a key.
func (w *world) keyed(home *behavior.Session, key string) *event {
	for _, e := range w.events {
		if key != "" && e.home == home && record.Key(e.row) == key {
			return e
		}
	}
	return nil
}

// keys are the event keys of a session, as a memory has them.
func (w *world) keys(home *behavior.Session) map[string]int64 {
	all := map[string]int64{}
	for _, e := range w.events {
		if key := record.Key(e.row); e.home == home && key != "" {
			all[key] = 0
			if e.row.PageView != nil {
				all[key] = e.row.PageView.ID
			}
		}
	}
	return all
}

func (w *world) has(kind behavior.Kind, id int64) bool {
	for _, s := range w.sessions {
		if kind == behavior.KindSession && s.ID == id {
			return true
		}
	}
	for _, e := range w.events {
		if k, other := record.Identity(e.row); k == kind && other == id {
			return true
		}
	}
	return false
}

// contents is what a store with all this has.
func (w *world) contents() shelved {
	all := shelved{sessions: map[int64]behavior.Session{}, views: map[int64]behavior.PageView{}, interactions: map[int64]behavior.Interaction{}}
	for _, s := range w.sessions {
		all.sessions[s.ID] = *s
	}
	for _, e := range w.events {
		if v := e.row.PageView; v != nil {
			all.views[v.ID] = *v
			v := all.views[v.ID]
			v.Session = behavior.Session{ID: e.home.ID}
			all.views[v.ID] = v
			continue
		}
		in := *e.row.Interaction
		in.Session = behavior.Session{ID: e.home.ID}
		all.interactions[in.ID] = in
	}
	return all
}

// written takes note that all facts are in the file.
func (w *world) written() {
	for _, e := range w.events {
		e.written = true
	}
}

// crash takes back what is not stored of the ends of sessions, as far as no
// event with a key shows it. Those with ids of older ones are not looked at.
func (w *world) crash(stored map[int64]behavior.Session, written Marks) {
	for _, s := range w.sessions {
		s.EndTime = stored[s.ID].EndTime
	}
	for _, e := range w.events {
		kind, id := record.Identity(e.row)
		at, mark := e.at(), written.View
		if kind == behavior.KindInteraction {
			mark = written.Interaction
		}
		if record.Key(e.row) != "" && !e.written && (id > mark || !e.brought) && e.home.EndTime != nil && at.After(*e.home.EndTime) {
			e.home.EndTime = &at
		}
	}
}

func (e *event) at() time.Time {
	if e.row.PageView != nil {
		return e.row.PageView.Timestamp
	}
	return e.row.Interaction.Timestamp
}

// number gives an event, or a session, its id.
func (e *event) number(id int64) {
	switch {
	case e.row.PageView != nil:
		e.row.PageView.ID = id
	case e.row.Interaction != nil:
		e.row.Interaction.ID = id
	default:
		e.home.ID = id
	}
}

// change gives an event another key and another time.
func (e *event) change(key string, at time.Time) {
	if e.row.PageView != nil {
		e.row.PageView.EventKey, e.row.PageView.Timestamp = key, at
	} else {
		e.row.Interaction.EventKey, e.row.Interaction.Timestamp = key, at
	}
	record.Normalize(e.row)
}
