package web

import (
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// record is one record of any kind: exactly one of these is set.
type record struct {
	session     *behavior.Session
	view        *behavior.PageView
	interaction *behavior.Interaction
}

// recordOf is the record that an event tells of.
func recordOf(e behavior.Event) record {
	return record{session: e.Session, view: e.PageView, interaction: e.Interaction}
}

// model is how the admin shows the record.
func (r record) model() adminModel {
	switch {
	case r.session != nil:
		return modelOf(behavior.KindSession)
	case r.view != nil:
		return modelOf(behavior.KindPageView)
	}
	return modelOf(behavior.KindInteraction)
}

func (r record) id() int64 {
	switch {
	case r.session != nil:
		return r.session.ID
	case r.view != nil:
		return r.view.ID
	}
	return r.interaction.ID
}

// owner is the session that the record belongs to: itself, for a session.
func (r record) owner() *behavior.Session {
	switch {
	case r.session != nil:
		return r.session
	case r.view != nil:
		return &r.view.Session
	}
	return &r.interaction.Session
}

// text is the record in one line, as the reference writes it.
func (r record) text() string {
	switch {
	case r.session != nil:
		return sessionName(r.session)
	case r.view != nil:
		return fmt.Sprintf("Page View %s at %s", r.view.URL, isoMoment(r.view.Timestamp))
	}
	return fmt.Sprintf("%s on %s at %s", r.interaction.EventType, r.interaction.Element, isoMoment(r.interaction.Timestamp))
}

func sessionName(s *behavior.Session) string {
	user := "None"
	if s.UserID != nil {
		user = *s.UserID
	}
	return fmt.Sprintf("Session %s - User ID: (%s)", s.SessionID, user)
}

// isoMoment writes a moment as the reference's records do.
func isoMoment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999-07:00") }

// value is what the record has in a field of its kind, as filters take it; nil
// for none.
func (r record) value(field string) any {
	switch {
	case r.session != nil:
		return sessions{}.value(*r.session, field)
	case r.view != nil:
		return pageViews{}.value(*r.view, field)
	}
	return interactions{}.value(*r.interaction, field)
}
