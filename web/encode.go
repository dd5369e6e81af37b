package web

import (
	"encoding/json"
	"time"

	"github.com/userbehavior/behavior"
)

// sessionJSON is what a client sees of a session, in the order of the reference.
type sessionJSON struct {
	ID        int64   `json:"id"`
	SessionID string  `json:"session_id"`
	UserAgent string  `json:"user_agent"`
	IPAddress string  `json:"ip_address"`
	StartTime string  `json:"start_time"`
	EndTime   *string `json:"end_time"`
	UserID    *string `json:"user_id"`
}

// pageViewJSON is what a client sees of a page view.
type pageViewJSON struct {
	ID        int64       `json:"id"`
	URL       string      `json:"url"`
	Timestamp string      `json:"timestamp"`
	Session   sessionJSON `json:"session"`
}

// interactionJSON is what a client sees of an interaction.
type interactionJSON struct {
	ID        int64              `json:"id"`
	Session   sessionJSON        `json:"session"`
	EventType behavior.EventType `json:"event_type"`
	Element   string             `json:"element"`
	Metadata  json.RawMessage    `json:"metadata"`
	Timestamp string             `json:"timestamp,omitempty"` // by setting
}

func newSessionJSON(s behavior.Session) sessionJSON {
	out := sessionJSON{
		ID: s.ID, SessionID: s.SessionID, UserAgent: s.UserAgent, IPAddress: s.IPAddress,
		StartTime: momentText(s.StartTime), UserID: s.UserID,
	}
	if s.EndTime != nil {
		end := momentText(*s.EndTime)
		out.EndTime = &end
	}
	return out
}

// momentText writes a moment as the reference does: in UTC, to the
// microsecond, without a fraction that is zero.
func momentText(at time.Time) string {
	at = at.UTC()
	if at.Nanosecond() < int(time.Microsecond) {
		return at.Format("2006-01-02T15:04:05Z")
	}
	return at.Format("2006-01-02T15:04:05.000000Z")
}
