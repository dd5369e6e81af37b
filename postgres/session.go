package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// sessionValues returns the columns of a session, in the order of its fields.
func sessionValues(s *behavior.Session) []any {
	var end, user any
	if s.EndTime != nil {
		end = *s.EndTime
	}
	if s.UserID != nil {
		user = *s.UserID
	}
	return []any{
		s.ID, s.SessionID, s.UserAgent, s.IPAddress, s.StartTime, end, user,
		s.Visitor, s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device, s.Bot, s.Country, s.Language, s.Screen,
		s.Referrer, s.Source, s.Channel, s.UTMSource, s.UTMMedium, s.UTMCampaign, s.UTMTerm, s.UTMContent, s.EntryPath, s.ExitPath, s.BotReason,
	}
}

// sessionTargets returns what the columns of a session are scanned into.
func sessionTargets(s *behavior.Session) []any {
	return []any{
		&s.ID, &s.SessionID, &s.UserAgent, &s.IPAddress, &s.StartTime, &s.EndTime, &s.UserID,
		&s.Visitor, &s.Browser, &s.BrowserVersion, &s.BrowserFamily, &s.OS, &s.Device, &s.Bot, &s.Country, &s.Language, &s.Screen,
		&s.Referrer, &s.Source, &s.Channel, &s.UTMSource, &s.UTMMedium, &s.UTMCampaign, &s.UTMTerm, &s.UTMContent, &s.EntryPath, &s.ExitPath, &s.BotReason,
	}
}

// scanSession scans a row that begins with the columns of a session, and those
// of more after them.
func scanSession(rows pgx.Rows, s *behavior.Session, more ...any) error {
	err := rows.Scan(append(sessionTargets(s), more...)...)
	record.Normalize(behavior.Row{Session: s}) // times are in UTC
	return err
}

var sessions = lister[behavior.Session]{kind: behavior.KindSession, scan: scanSession}

// Sessions lists sessions.
func (s *Store) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	return sessions.list(ctx, s, q)
}
