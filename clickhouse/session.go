package clickhouse

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
)

// sessionValues returns the columns of a session, in the order of its fields.
func sessionValues(s *behavior.Session) []any {
	var end, user any
	if s.EndTime != nil {
		end = s.EndTime.UnixMicro()
	}
	if s.UserID != nil {
		user = *s.UserID
	}
	return []any{
		s.ID, s.SessionID, s.UserAgent, s.IPAddress, s.StartTime.UnixMicro(), end, user,
		s.Visitor, s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device, flag(s.Bot), s.Country, s.Language, s.Screen,
		s.Referrer, s.Source, s.Channel, s.UTMSource, s.UTMMedium, s.UTMCampaign, s.UTMTerm, s.UTMContent, s.EntryPath, s.ExitPath, s.BotReason,
	}
}

// sessionTargets appends what the columns of a session are scanned into.
func sessionTargets(row []any, s *behavior.Session) []any {
	return append(row,
		&s.ID, &s.SessionID, &s.UserAgent, &s.IPAddress, micros{&s.StartTime}, nullableMicros{&s.EndTime}, &s.UserID,
		&s.Visitor, &s.Browser, &s.BrowserVersion, &s.BrowserFamily, &s.OS, &s.Device, &s.Bot, &s.Country, &s.Language, &s.Screen,
		&s.Referrer, &s.Source, &s.Channel, &s.UTMSource, &s.UTMMedium, &s.UTMCampaign, &s.UTMTerm, &s.UTMContent, &s.EntryPath, &s.ExitPath, &s.BotReason,
	)
}

var sessions = lister[behavior.Session]{
	kind: behavior.KindSession,
	scan: func(rows *sql.Rows, s *behavior.Session, more ...any) error {
		return rows.Scan(append(sessionTargets(nil, s), more...)...)
	},
	id: func(s *behavior.Session) int64 { return s.ID },
}

// Sessions lists sessions.
func (s *Store) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	return sessions.list(ctx, s, q)
}
