package duckdb

import (
	"context"
	"math"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
)

// StoreFacts updates the facts of sessions, and the marks up to which all are
// written, within a transaction.
func (w *writer) StoreFacts(ctx context.Context, sessions []*behavior.Session, written plan.Marks) error {
	if len(sessions) > 0 {
		if err := w.updateFacts(ctx, sessions); err != nil {
			return err
		}
	}
	_, err := w.conn.ExecContext(ctx, `UPDATE progress SET value = greatest(value, CASE name WHEN 'followed' THEN $1 ELSE $2 END)
		WHERE name IN ('followed', 'advanced')`, written.View, written.Interaction)
	return err
}

// Marks reads the marks that StoreFacts has stored.
func (w *writer) Marks(ctx context.Context) (m plan.Marks, err error) {
	err = w.conn.QueryRowContext(ctx, `SELECT (SELECT value FROM progress WHERE name = 'followed'),
		(SELECT value FROM progress WHERE name = 'advanced')`).Scan(&m.View, &m.Interaction)
	return m, err
}

// noEnd stands for the end of an open session: a moment before all others.
const noEnd = math.MinInt64

// updateFacts updates the columns that [behavior.Session.Follow] sets, and the
// end, which [behavior.Session.Advance] moves.
func (w *writer) updateFacts(ctx context.Context, sessions []*behavior.Session) error {
	ids, ends := make([]int64, 0, len(sessions)), make([]int64, 0, len(sessions))
	var facts [10][]string
	for _, v := range sessions {
		end := int64(noEnd)
		if v.EndTime != nil {
			end = v.EndTime.UnixMicro()
		}
		ids, ends = append(ids, v.ID), append(ends, end)
		for i, fact := range [...]string{v.Referrer, v.Source, v.Channel, v.UTMSource, v.UTMMedium, v.UTMCampaign,
			v.UTMTerm, v.UTMContent, v.EntryPath, v.ExitPath} {
			facts[i] = append(facts[i], fact)
		}
	}
	args := []any{ids, ends, int64(noEnd)}
	for _, column := range facts {
		args = append(args, column)
	}
	_, err := w.conn.ExecContext(ctx, `
		UPDATE sessions SET referrer = f.referrer, source = f.source, channel = f.channel,
			utm_source = f.utm_source, utm_medium = f.utm_medium, utm_campaign = f.utm_campaign,
			utm_term = f.utm_term, utm_content = f.utm_content, entry_path = f.entry_path, exit_path = f.exit_path,
			end_time = CASE WHEN f.ending <> $3 THEN make_timestamp(f.ending) END
		FROM (SELECT unnest($1::BIGINT[]) AS id, unnest($2::BIGINT[]) AS ending, unnest($4::VARCHAR[]) AS referrer,
			unnest($5::VARCHAR[]) AS source, unnest($6::VARCHAR[]) AS channel, unnest($7::VARCHAR[]) AS utm_source,
			unnest($8::VARCHAR[]) AS utm_medium, unnest($9::VARCHAR[]) AS utm_campaign, unnest($10::VARCHAR[]) AS utm_term,
			unnest($11::VARCHAR[]) AS utm_content, unnest($12::VARCHAR[]) AS entry_path, unnest($13::VARCHAR[]) AS exit_path) AS f
		WHERE sessions.id = f.id`, args...)
	return err
}

// freshen writes facts that wait before sessions are read, unless somebody is
// writing: readers do not wait for writers.
func (s *Store) freshen(ctx context.Context) {
	select {
	case s.lock <- struct{}{}:
	default:
		return
	}
	if s.db != nil {
		// A failure is met again at keep's next tick.
		_ = s.writer.memory.WriteFacts(context.WithoutCancel(ctx))
	}
	<-s.lock
}
