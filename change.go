package behavior

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// UpdateSession changes a session: change gets it as it is stored and alters
// it. What it alters is checked as a new session's would be; all else stays as
// it is, also what a new session could not have: collected sessions need no
// address, for example. [ErrNotFound]: there is no such session.
func (t *Tracker) UpdateSession(ctx context.Context, id int64, change func(*Session) error) (Session, error) {
	s, err := t.store.UpdateSession(ctx, id, func(s *Session) error {
		was := *s
		was.EndTime, was.UserID = clonePointer(s.EndTime), clonePointer(s.UserID)
		if err := change(s); err != nil {
			return err
		}
		return s.settle(was)
	})
	if err != nil {
		return Session{}, updateError("session", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindSession, ID: id, Session: &s})
	return s, nil
}

// settle checks what has been altered in a session.
func (s *Session) settle(was Session) error {
	before, in := was.input(), s.input()
	_ = before.Check() // only brings it into the form in which it can be compared
	err := in.Check()
	e := edits{}
	s.SessionID = e.text("session_id", was.SessionID, before.SessionID, in.SessionID)
	s.UserAgent = e.text("user_agent", was.UserAgent, before.UserAgent, in.UserAgent)
	s.IPAddress = e.text("ip_address", was.IPAddress, before.IPAddress, in.IPAddress)
	s.EndTime, s.UserID = was.EndTime, was.UserID
	if !equalPointers(utc(before.EndTime), utc(in.EndTime)) {
		e["end_time"], s.EndTime = true, utc(in.EndTime)
	}
	if !equalPointers(before.UserID, in.UserID) {
		e["user_id"], s.UserID = true, in.UserID
	}
	if err := e.faults(err); err != nil {
		return err
	}
	s.deriveAgain(was, e)
	return nil
}

// deriveAgain renews what depends on altered fields. A visitor's key that the
// fields of the session do not give, because it is a secret of its day, is
// kept as long as the user stays the same.
func (s *Session) deriveAgain(was Session, e edits) {
	key := s.Visitor
	if e["user_agent"] {
		s.derive()
		s.Visitor = key
	}
	if e["user_id"] || (e["user_agent"] || e["ip_address"]) && was.Visitor == visitor(&was) {
		s.Visitor = visitor(s)
	}
}

func (s *Session) input() SessionInput {
	return SessionInput{SessionID: s.SessionID, UserAgent: s.UserAgent, IPAddress: s.IPAddress, EndTime: s.EndTime, UserID: s.UserID}
}

// UpdatePageView changes a page view, as UpdateSession does a session. Its
// session is named by Session.SessionID.
func (t *Tracker) UpdatePageView(ctx context.Context, id int64, change func(*PageView) error) (PageView, error) {
	v, err := t.store.UpdatePageView(ctx, id, func(v *PageView) error {
		was := *v
		if err := change(v); err != nil {
			return err
		}
		return v.settle(was)
	})
	if err != nil {
		return PageView{}, updateError("page view", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindPageView, ID: id, PageView: &v})
	return v, nil
}

// settle checks what has been altered in a page view.
func (v *PageView) settle(was PageView) error {
	before, in := was.input(), v.input()
	_ = before.Check()
	err := in.Check()
	e := edits{}
	v.Session.SessionID = e.text("session_id", was.Session.SessionID, before.SessionID, in.SessionID)
	v.URL = e.text("url", was.URL, before.URL, in.URL)
	v.Title = e.text("title", was.Title, before.Title, in.Title)
	v.Referrer = e.text("referrer", was.Referrer, before.Referrer, in.Referrer)
	v.EventKey = e.text("event_key", was.EventKey, before.EventKey, in.EventKey)
	if err := e.faults(err); err != nil {
		return err
	}
	if e["url"] {
		v.derive()
	}
	return nil
}

func (v *PageView) input() ViewInput {
	return ViewInput{SessionID: v.Session.SessionID, URL: v.URL, Title: v.Title, Referrer: v.Referrer, EventKey: v.EventKey}
}

// UpdateInteraction changes an interaction, as UpdatePageView does a page view.
func (t *Tracker) UpdateInteraction(ctx context.Context, id int64, change func(*Interaction) error) (Interaction, error) {
	i, err := t.store.UpdateInteraction(ctx, id, func(i *Interaction) error {
		was := *i
		was.Metadata = slices.Clone(i.Metadata)
		if err := change(i); err != nil {
			return err
		}
		return i.settle(was, t.settings.EventTypes)
	})
	if err != nil {
		return Interaction{}, updateError("interaction", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindInteraction, ID: id, Interaction: &i})
	return i, nil
}

// settle checks what has been altered in an interaction.
func (i *Interaction) settle(was Interaction, extra []EventType) error {
	before, in := was.input(), i.input()
	_ = before.Check(extra)
	err := in.Check(extra)
	e := edits{}
	i.Session.SessionID = e.text("session_id", was.Session.SessionID, before.SessionID, in.SessionID)
	i.EventType = EventType(e.text("event_type", string(was.EventType), string(before.EventType), string(in.EventType)))
	i.Element = e.text("element", was.Element, before.Element, in.Element)
	i.Metadata = json.RawMessage(e.text("metadata", string(was.Metadata), string(before.Metadata), string(in.Metadata)))
	i.EventKey = e.text("event_key", was.EventKey, before.EventKey, in.EventKey)
	return e.faults(err)
}

func (i *Interaction) input() InteractionInput {
	return InteractionInput{SessionID: i.Session.SessionID, EventType: i.EventType, Element: i.Element, Metadata: i.Metadata, EventKey: i.EventKey}
}

// edits are the fields that a change has altered, by their wire names.
type edits map[string]bool

// text is what a field holds in the end: the checked text if the field has
// been altered, else what is stored. White space around a text and other
// spellings of the same are no change: before is what is stored, checked.
func (e edits) text(field, stored, before, checked string) string {
	if before == checked {
		return stored
	}
	e[field] = true
	return checked
}

// faults leaves of what a check has found what is about altered fields.
func (e edits) faults(err error) error {
	var wrong Invalid
	if !errors.As(err, &wrong) {
		return err
	}
	maps.DeleteFunc(wrong, func(field string, _ []string) bool { return !e[field] })
	return wrong.orNil()
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// equalPointers reports whether both point to the same value, or to none.
func equalPointers[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// updateError puts a store's error into the words for the client.
func updateError(what string, err error) error {
	var invalid Invalid
	switch {
	case errors.As(err, &invalid):
		return invalid
	case errors.Is(err, ErrConflict):
		return errSessionTaken()
	case errors.Is(err, ErrNoSession):
		return errSessionUnknown()
	}
	return fmt.Errorf("update %s: %w", what, err)
}
