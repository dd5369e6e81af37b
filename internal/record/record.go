// Package record says what can be stored of the rows of an Append, and what
// becomes of them: the same in every engine.
package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// MaxID is the largest id that a record may bring along: the largest whole
// number that every JSON reader keeps exact.
const MaxID = 1<<53 - 1

// Foreign is an error of the caller's own, which an engine returns as it is. It
// does not unwrap: it is none of the engine's, whatever it wraps.
type Foreign struct{ Err error }

// Error is the error of the caller.
func (f Foreign) Error() string { return f.Err.Error() }

// Check refuses rows for one that is not exactly one record, or progress.
func Check(rows []behavior.Row) error {
	for i, row := range rows {
		n := 0
		for _, set := range [...]bool{row.Session != nil, row.PageView != nil, row.Interaction != nil, row.Progress != nil} {
			if set {
				n++
			}
		}
		if n != 1 {
			return fmt.Errorf("append: row %d: a row must be exactly one record, or progress", i)
		}
	}
	return nil
}

// Fault says what keeps a row from being stored by itself, as
// [behavior.Invalid]; nil: nothing. Engines might take such values for none,
// refuse the whole batch for them, or lose them.
func Fault(row behavior.Row) error {
	switch {
	case row.Session != nil:
		return sessionFault(row.Session)
	case row.PageView != nil:
		return pageViewFault(row.PageView)
	case row.Interaction != nil:
		return interactionFault(row.Interaction)
	}
	return progressFault(row.Progress)
}

// named is a text with the name of its field.
type named struct{ field, text string }

func sessionFault(s *behavior.Session) error {
	user := ""
	if s.UserID != nil {
		user = *s.UserID
	}
	if err := TimeFault("start_time", s.StartTime); err != nil {
		return err
	}
	if s.EndTime != nil {
		if err := TimeFault("end_time", *s.EndTime); err != nil {
			return err
		}
	}
	texts := [...]named{
		{"session_id", s.SessionID}, {"user_agent", s.UserAgent}, {"ip_address", s.IPAddress}, {"user_id", user}, {"visitor", s.Visitor},
		{"browser", s.Browser}, {"browser_version", s.BrowserVersion}, {"browser_family", s.BrowserFamily}, {"os", s.OS},
		{"device", s.Device}, {"country", s.Country}, {"language", s.Language}, {"screen", s.Screen}, {"referrer", s.Referrer},
		{"source", s.Source}, {"channel", s.Channel}, {"utm_source", s.UTMSource}, {"utm_medium", s.UTMMedium},
		{"utm_campaign", s.UTMCampaign}, {"utm_term", s.UTMTerm}, {"utm_content", s.UTMContent}, {"entry_path", s.EntryPath},
		{"exit_path", s.ExitPath}, {"bot_reason", s.BotReason},
	}
	return recordFault(s.ID, texts[:])
}

func pageViewFault(v *behavior.PageView) error {
	if err := TimeFault("timestamp", v.Timestamp); err != nil {
		return err
	}
	texts := [...]named{
		{"url", v.URL}, {"host", v.Host}, {"path", v.Path}, {"title", v.Title}, {"referrer", v.Referrer}, {"event_key", v.EventKey},
	}
	return recordFault(v.ID, texts[:])
}

func interactionFault(i *behavior.Interaction) error {
	if len(i.Metadata) > 0 && !json.Valid(i.Metadata) {
		return behavior.Invalid{"metadata": {"Value must be valid JSON."}}
	}
	if err := TimeFault("timestamp", i.Timestamp); err != nil {
		return err
	}
	texts := [...]named{
		{"event_type", string(i.EventType)}, {"element", i.Element}, {"metadata", string(i.Metadata)}, {"host", i.Host}, {"path", i.Path},
		{"viewport", i.Viewport}, {"event_key", i.EventKey},
	}
	return recordFault(i.ID, texts[:])
}

func progressFault(p *behavior.Progress) error {
	if err := TimeFault("end_time", p.At); err != nil {
		return err
	}
	return recordFault(0, []named{{"user_id", p.UserID}, {"country", p.Country}, {"language", p.Language}, {"screen", p.Screen}})
}

// recordFault is the first thing that is wrong with a record's id or its texts.
func recordFault(id int64, texts []named) error {
	if id < 0 || id > MaxID {
		return behavior.Invalid{"id": {"An id is a whole number from 1 to 9007199254740991."}}
	}
	for _, t := range texts {
		switch {
		case !utf8.ValidString(t.text):
			return behavior.Invalid{t.field: {"Text must be UTF-8."}}
		case strings.IndexByte(t.text, 0) >= 0:
			return behavior.Invalid{t.field: {"Null characters are not allowed."}}
		}
	}
	return nil
}

// TimeFault refuses years that RFC 3339, and so JSON, does not know.
func TimeFault(field string, t time.Time) error {
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return behavior.Invalid{field: {"The year must be from 0 to 9999."}}
	}
	return nil
}

// Storable reports whether a text can be in a store at all.
func Storable(text string) bool { return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0 }

// Normalize makes a row's record what it is when it is read again.
func Normalize(row behavior.Row) {
	switch {
	case row.Session != nil:
		s := row.Session
		s.StartTime = moment(s.StartTime)
		if s.EndTime != nil {
			end := moment(*s.EndTime)
			s.EndTime = &end
		}
	case row.PageView != nil:
		v := row.PageView
		v.Timestamp, v.Visible = moment(v.Timestamp), v.Visible.Truncate(time.Millisecond)
	case row.Interaction != nil:
		i := row.Interaction
		i.Timestamp = moment(i.Timestamp)
		if len(i.Metadata) == 0 {
			i.Metadata = json.RawMessage("{}")
		}
	}
}

// moment is a time as stores keep it.
func moment(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }

// Clone copies a session, so that what a caller does to the copy does
// not reach the original.
func Clone(s behavior.Session) behavior.Session {
	if s.EndTime != nil {
		end := *s.EndTime
		s.EndTime = &end
	}
	if s.UserID != nil {
		user := *s.UserID
		s.UserID = &user
	}
	return s
}

// Identity is a row's kind and the id that it came with; progress has neither.
func Identity(row behavior.Row) (behavior.Kind, int64) {
	switch {
	case row.Session != nil:
		return behavior.KindSession, row.Session.ID
	case row.PageView != nil:
		return behavior.KindPageView, row.PageView.ID
	case row.Interaction != nil:
		return behavior.KindInteraction, row.Interaction.ID
	}
	return "", 0
}

// Session is the session that a row other than a session names: that of the
// event itself, or a new one.
func Session(row behavior.Row) *behavior.Session {
	switch {
	case row.PageView != nil:
		return &row.PageView.Session
	case row.Progress != nil:
		return &behavior.Session{SessionID: row.Progress.SessionID}
	}
	return &row.Interaction.Session
}

// Key is the event key that a row other than a session has or names.
func Key(row behavior.Row) string {
	switch {
	case row.PageView != nil:
		return row.PageView.EventKey
	case row.Progress != nil:
		return row.Progress.ViewKey
	}
	return row.Interaction.EventKey
}
