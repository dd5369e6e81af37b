package sqlite

import (
	"context"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
)

// StoreFacts updates the facts of sessions, and the marks up to which all are
// written, within a transaction: the columns that [behavior.Session.Follow]
// sets, and the end, which [behavior.Session.Advance] moves. One statement for
// each session is what SQLite does fastest.
func (w *writer) StoreFacts(ctx context.Context, sessions []*behavior.Session, written plan.Marks) error {
	for _, s := range sessions {
		var end any
		if s.EndTime != nil {
			end = s.EndTime.UnixMicro()
		}
		err := w.exec(ctx, `UPDATE sessions SET referrer = ?, source = ?, channel = ?, utm_source = ?, utm_medium = ?, utm_campaign = ?,
			utm_term = ?, utm_content = ?, entry_path = ?, exit_path = ?, end_time = ? WHERE id = ?`,
			s.Referrer, s.Source, s.Channel, s.UTMSource, s.UTMMedium, s.UTMCampaign,
			s.UTMTerm, s.UTMContent, s.EntryPath, s.ExitPath, end, s.ID)
		if err != nil {
			return err
		}
	}
	return w.exec(ctx, `UPDATE progress SET value = max(value, CASE name WHEN 'followed' THEN ? ELSE ? END)
		WHERE name IN ('followed', 'advanced')`, written.View, written.Interaction)
}

// Marks reads the marks that StoreFacts has stored.
func (w *writer) Marks(ctx context.Context) (m plan.Marks, err error) {
	err = w.conn.QueryRowContext(ctx, `SELECT (SELECT value FROM progress WHERE name = 'followed'),
		(SELECT value FROM progress WHERE name = 'advanced')`).Scan(&m.View, &m.Interaction)
	return m, err
}

// freshen writes facts that wait before sessions are read, unless somebody is
// writing: readers do not wait for writers.
func (s *Store) freshen(ctx context.Context) {
	select {
	case s.lock <- struct{}{}:
	default:
		return
	}
	if !s.closed {
		// A failure is met again at keep's next tick.
		_ = s.writer.memory.WriteFacts(context.WithoutCancel(ctx))
	}
	<-s.lock
}
