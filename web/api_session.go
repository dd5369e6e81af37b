package web

import (
	"context"

	"github.com/userbehavior/behavior"
)

// sessions is the resource of sessions.
func (h *handler) sessions() *resource[behavior.Session, behavior.SessionInput] {
	return &resource[behavior.Session, behavior.SessionInput]{
		noun: sessions{h}, h: h, settings: h.settings.API.Session, kind: behavior.KindSession,
		path: "sessions/", title: "User Session", record: "UserSession", fields: sessionFields,
	}
}

type sessions struct{ h *handler }

func (sessions) read(b *body, in *behavior.SessionInput) {
	b.text("session_id", &in.SessionID, messageText)
	b.text("user_agent", &in.UserAgent, messageText)
	b.address("ip_address", &in.IPAddress)
	b.moment("end_time", &in.EndTime)
	b.optionalText("user_id", &in.UserID)
}

func (sessions) check(in *behavior.SessionInput) error { return in.Check() }

func (sessions) sessionID(in behavior.SessionInput) string { return in.SessionID }

func (n sessions) list(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	return n.h.tracker.Sessions(ctx, q)
}

func (n sessions) create(ctx context.Context, in behavior.SessionInput) (behavior.Session, error) {
	return n.h.tracker.Start(ctx, in)
}

func (n sessions) update(ctx context.Context, id int64, change func(*behavior.Session) error) (behavior.Session, error) {
	return n.h.tracker.UpdateSession(ctx, id, change)
}

func (n sessions) remove(ctx context.Context, id int64) error {
	return n.h.tracker.DeleteSession(ctx, id)
}

func (sessions) id(s behavior.Session) int64 { return s.ID }

func (sessions) input(s behavior.Session) behavior.SessionInput {
	return behavior.SessionInput{SessionID: s.SessionID, UserAgent: s.UserAgent, IPAddress: s.IPAddress, EndTime: s.EndTime, UserID: s.UserID}
}

func (sessions) assign(s *behavior.Session, in behavior.SessionInput) {
	s.SessionID, s.UserAgent, s.IPAddress, s.EndTime, s.UserID = in.SessionID, in.UserAgent, in.IPAddress, in.EndTime, in.UserID
}

func (sessions) represent(s behavior.Session) any { return newSessionJSON(s) }

func (sessions) value(s behavior.Session, field string) any { return sessionValue(&s, field) }

// sessionValue is a field of a session, as filters take it; nil for none.
func sessionValue(s *behavior.Session, field string) any {
	switch field {
	case "id":
		return s.ID
	case "start_time":
		return s.StartTime
	case "end_time":
		if s.EndTime == nil {
			return nil
		}
		return *s.EndTime
	case "user_id":
		if s.UserID == nil {
			return nil
		}
		return *s.UserID
	case "bot":
		return s.Bot
	}
	if text := sessionText(s, field); text != nil {
		return *text
	}
	return nil
}

// sessionText is a text of a session; nil when the field is none.
func sessionText(s *behavior.Session, field string) *string {
	return map[string]*string{
		"session_id": &s.SessionID, "user_agent": &s.UserAgent, "ip_address": &s.IPAddress, "visitor": &s.Visitor,
		"browser": &s.Browser, "browser_version": &s.BrowserVersion, "browser_family": &s.BrowserFamily,
		"os": &s.OS, "device": &s.Device, "country": &s.Country, "language": &s.Language, "screen": &s.Screen,
		"referrer": &s.Referrer, "source": &s.Source, "channel": &s.Channel, "utm_source": &s.UTMSource,
		"utm_medium": &s.UTMMedium, "utm_campaign": &s.UTMCampaign, "utm_term": &s.UTMTerm,
		"utm_content": &s.UTMContent, "entry_path": &s.EntryPath, "exit_path": &s.ExitPath, "bot_reason": &s.BotReason,
	}[field]
}
