package behavior

import (
	"fmt"
	"slices"
	"time"
)

// The longest values, in characters.
const (
	maxName     = 255 // session_id, user_id
	maxURL      = 200
	maxEventKey = 64
	maxScreen   = 32
	maxLanguage = 64

	// The reference has no limit here. Ours keeps one record from filling
	// every page that shows it.
	maxText = 1 << 16 // user_agent, element, title, referrer
)

// Check trims and normalises the input in place and says what is wrong with
// it, field by field and in the words of the reference: nil or [Invalid]. What
// has passed once passes again and stays as it is.
func (in *SessionInput) Check() error {
	wrong := Invalid{}
	in.SessionID = wrong.text("session_id", in.SessionID, maxName)
	in.UserAgent = wrong.text("user_agent", in.UserAgent, maxText)
	in.IPAddress = wrong.address("ip_address", in.IPAddress)
	if in.EndTime != nil {
		wrong.moment("end_time", *in.EndTime)
	}
	if in.UserID != nil {
		id := wrong.optional("user_id", *in.UserID, maxName)
		in.UserID = &id
	}
	wrong.moment("start_time", in.StartTime)
	in.Language = wrong.optional("language", in.Language, maxLanguage)
	in.Screen = wrong.optional("screen", in.Screen, maxScreen)
	in.Country = wrong.country("country", in.Country)
	return wrong.orNil()
}

// Check trims and normalises the input in place and says what is wrong with
// it, as [SessionInput.Check] does.
func (in *ViewInput) Check() error {
	wrong := Invalid{}
	in.URL = wrong.url("url", in.URL)
	in.SessionID = wrong.text("session_id", in.SessionID, 0)
	wrong.moment("timestamp", in.Timestamp)
	in.Title = wrong.optional("title", in.Title, maxText)
	in.Referrer = wrong.optional("referrer", in.Referrer, maxText)
	in.EventKey = wrong.optional("event_key", in.EventKey, maxEventKey)
	return wrong.orNil()
}

// Check trims and normalises the input in place and says what is wrong with
// it, as [SessionInput.Check] does. The event types in extra are accepted
// besides the eight of [EventTypes].
func (in *InteractionInput) Check(extra []EventType) error {
	wrong := Invalid{}
	in.SessionID = wrong.text("session_id", in.SessionID, 0)
	// Like the reference, do not trim the event type: " click" is unknown.
	if _, known := eventTypeLabels[in.EventType]; !known && !slices.Contains(extra, in.EventType) {
		wrong.add("event_type", fmt.Sprintf("\"%s\" is not a valid choice.", in.EventType))
	}
	in.Element = wrong.text("element", in.Element, maxText)
	in.Metadata = wrong.metadata("metadata", in.Metadata)
	wrong.moment("timestamp", in.Timestamp)
	in.URL = wrong.optional("url", in.URL, 0)
	in.EventKey = wrong.optional("event_key", in.EventKey, maxEventKey)
	return wrong.orNil()
}

// moment refuses a time that has no place in the calendar of the API, the
// years 1 to 9999 in UTC.
func (e Invalid) moment(field string, at time.Time) {
	if year := at.UTC().Year(); year < 1 || year > 9999 {
		e.add(field, "Datetime value out of range.")
	}
}

// country reads an ISO 3166-1 alpha-2 code; empty when not known.
func (e Invalid) country(field, s string) string {
	s = e.optional(field, s, 0)
	if s == "" || len(e[field]) > 0 {
		return s
	}
	code := []byte(s)
	for i, c := range code {
		if c >= 'a' && c <= 'z' {
			code[i] -= 'a' - 'A'
		}
	}
	if len(code) != 2 || !isUpper(code[0]) || !isUpper(code[1]) {
		e.add(field, "Enter a country code of two letters.")
		return s
	}
	return string(code)
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// errSessionTaken is the answer to a session_id that is used already.
func errSessionTaken() error {
	return Invalid{"session_id": {"User Session with this Session ID already exists."}}
}

// errSessionUnknown is the answer to a session_id that no session has.
func errSessionUnknown() error {
	return Invalid{"session_id": {"User with this session ID not found"}}
}
