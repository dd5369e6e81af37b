package sqlite

import (
	"context"
	"database/sql"

	"github.com/userbehavior/behavior"
)

// sessionColumns are the columns of sessions, as sessionValues and
// sessionTargets have them.
const sessionColumns = `id, session_id, user_agent, ip_address, start_time, end_time, user_id,
	visitor, browser, browser_version, browser_family, os, device, bot, country, language, screen,
	referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_term, utm_content, entry_path, exit_path, bot_reason`

// sessionValues appends the columns of a session to row.
func sessionValues(row []any, s *behavior.Session) []any {
	var end, user any
	if s.EndTime != nil {
		end = s.EndTime.UnixMicro()
	}
	if s.UserID != nil {
		user = *s.UserID
	}
	return append(row, s.ID, s.SessionID, s.UserAgent, s.IPAddress, s.StartTime.UnixMicro(), end, user,
		s.Visitor, s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device, s.Bot, s.Country, s.Language, s.Screen,
		s.Referrer, s.Source, s.Channel, s.UTMSource, s.UTMMedium, s.UTMCampaign, s.UTMTerm, s.UTMContent, s.EntryPath, s.ExitPath, s.BotReason)
}

// sessionTargets appends what the columns of a session are scanned into.
func sessionTargets(row []any, s *behavior.Session) []any {
	return append(row, &s.ID, &s.SessionID, &s.UserAgent, &s.IPAddress, moment{&s.StartTime}, optionalMoment{&s.EndTime}, &s.UserID,
		&s.Visitor, &s.Browser, &s.BrowserVersion, &s.BrowserFamily, &s.OS, &s.Device, &s.Bot, &s.Country, &s.Language, &s.Screen,
		&s.Referrer, &s.Source, &s.Channel, &s.UTMSource, &s.UTMMedium, &s.UTMCampaign, &s.UTMTerm, &s.UTMContent, &s.EntryPath, &s.ExitPath, &s.BotReason)
}

// scanSession scans a row of a list of sessions.
func scanSession(rows *sql.Rows, s *behavior.Session) error {
	return rows.Scan(sessionTargets(nil, s)...)
}

var sessions = lister[behavior.Session]{
	kind: behavior.KindSession,
	scan: func(rows *sql.Rows, s *behavior.Session, _ ...any) error { return scanSession(rows, s) },
	id:   func(s *behavior.Session) int64 { return s.ID },
}

// Sessions lists sessions. Facts that wait are written first if nobody else
// is writing at the moment.
func (s *Store) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	s.freshen(ctx)
	return sessions.list(ctx, s, q)
}
