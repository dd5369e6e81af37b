package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// maxDirty is how many sessions may wait for their facts to be written; a
// full house is written at once.
const maxDirty = 10_000

// writeFacts brings the facts of sessions that wait into the file, and notes
// up to which records that is so.
func (w *writer) writeFacts(ctx context.Context) error {
	if len(w.dirty) == 0 && w.written.view >= w.followed.view && w.written.interaction >= w.followed.interaction {
		return nil
	}
	if err := w.transact(ctx, func() error { return w.storeFacts(ctx, w.dirty, w.followed) }); err != nil {
		return fmt.Errorf("write facts of sessions: %w", err)
	}
	clear(w.dirty)
	w.written = w.followed
	return nil
}

// storeFacts updates the facts of visits, and the marks up to which all are
// written, within a transaction.
func (w *writer) storeFacts(ctx context.Context, visits map[string]*visit, followed marks) error {
	if len(visits) > 0 {
		if err := w.updateFacts(ctx, visits); err != nil {
			return err
		}
	}
	_, err := w.conn.ExecContext(ctx, `UPDATE progress SET value = greatest(value, CASE name WHEN 'followed' THEN $1 ELSE $2 END)
		WHERE name IN ('followed', 'advanced')`, followed.view, followed.interaction)
	return err
}

// noEnd stands for the end of an open session: a moment before all others.
const noEnd = math.MinInt64

// updateFacts updates the columns that [behavior.Session.Follow] sets, and the
// end, which [behavior.Session.Advance] moves.
func (w *writer) updateFacts(ctx context.Context, visits map[string]*visit) error {
	ids, ends := make([]int64, 0, len(visits)), make([]int64, 0, len(visits))
	var facts [10][]string
	for _, v := range visits {
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

// repairChunk is how many page views are followed again in one go.
const repairChunk = 10_000

// repairFacts follows the page views again that were stored after the facts
// had been written for the last time, and then what the interactions since
// tell of the ends of sessions. To follow one twice does no harm. The
// facts stay in memory, to be written soon: a file that can be read but not
// written, on a full disk, can be opened all the same.
func (w *writer) repairFacts(ctx context.Context) error {
	for {
		views, err := collect(ctx, w.conn, query.Statement{
			SQL:  `SELECT ` + pageViewColumns + ` FROM page_views WHERE id > $1 ORDER BY id LIMIT $2`,
			Args: []any{w.followed.view, repairChunk},
		}, func(rows *sql.Rows, v *behavior.PageView) error { return scanPageView(rows, v) })
		if err != nil {
			return err
		}
		if len(views) == 0 {
			return w.repairEnds(ctx)
		}
		if err := w.follow(ctx, views); err != nil {
			return err
		}
		if len(w.dirty) > maxDirty {
			if err := w.writeFacts(ctx); err != nil {
				return err
			}
		}
	}
}

// follow moves the sessions of views on, in memory.
func (w *writer) follow(ctx context.Context, views []behavior.PageView) error {
	visits := map[int64]*visit{}
	for _, v := range views {
		visits[v.Session.ID] = nil
	}
	found, err := w.find(ctx, nil, slices.Collect(maps.Keys(visits)))
	if err != nil {
		return err
	}
	for _, v := range found {
		visits[v.ID] = v
	}
	for _, view := range views {
		if v := visits[view.Session.ID]; v != nil {
			v.Follow(view)
			v.outlast(view.EventKey, view.Timestamp)
			w.dirty[v.SessionID] = v
		}
	}
	w.followed.view = views[len(views)-1].ID
	return nil
}

// outlast moves the end of a visit to one of its events. Only events with a
// key are taken for a sign that progress was told of as well, and an open
// session stays open.
func (v *visit) outlast(key string, at time.Time) {
	if key != "" && v.EndTime != nil {
		v.Advance(behavior.Progress{At: at})
	}
}

// repairEnds moves the ends of sessions to the latest of their interactions,
// among those that were stored after the ends had been written.
func (w *writer) repairEnds(ctx context.Context) error {
	latest, err := collect(ctx, w.conn, query.Statement{
		SQL:  `SELECT session, max("timestamp") FROM interactions WHERE id > $1 AND event_key <> '' GROUP BY session`,
		Args: []any{w.followed.interaction},
	}, func(rows *sql.Rows, i *behavior.Interaction) error { return rows.Scan(&i.Session.ID, &i.Timestamp) })
	if err != nil {
		return err
	}
	ends := map[int64]time.Time{}
	for _, i := range latest {
		ends[i.Session.ID] = i.Timestamp
	}
	found, err := w.find(ctx, nil, keysOf(ends))
	for _, v := range found {
		v.outlast("known", ends[v.ID])
		w.dirty[v.SessionID] = v
	}
	w.followed.interaction = w.last[behavior.KindInteraction]
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
		_ = s.writer.writeFacts(context.WithoutCancel(ctx))
	}
	<-s.lock
}
