package plan

import (
	"context"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// maxDirty is how many sessions may wait for their facts to be written; a
// full house is written at once.
const maxDirty = 10_000

// Crowded reports whether so many sessions wait for their facts to be written
// that this should be done now.
func (m *Memory) Crowded() bool { return len(m.dirty) > maxDirty }

// WriteFacts brings the facts of sessions that wait into the file, and notes
// up to which records that is so.
//
// They are gathered in memory up to a mark: the last page view that they
// include. After a crash the page views above the mark are followed again.
func (m *Memory) WriteFacts(ctx context.Context) error {
	if m.file == nil || len(m.dirty) == 0 && m.written.View >= m.followed.View && m.written.Interaction >= m.followed.Interaction {
		return nil
	}
	sessions := make([]*behavior.Session, 0, len(m.dirty))
	for _, v := range m.dirty {
		sessions = append(sessions, &v.Session)
	}
	if err := m.file.Transact(ctx, func() error { return m.file.StoreFacts(ctx, sessions, m.followed) }); err != nil {
		return fmt.Errorf("write facts of sessions: %w", err)
	}
	clear(m.dirty)
	m.written = m.followed
	return nil
}

// repairChunk is how many page views are followed again in one go.
const repairChunk = 10_000

// repairFacts follows the page views again that were stored after the facts
// had been written for the last time, and then what the interactions since
// tell of the ends of sessions. To follow one twice does no harm. The
// facts stay in memory, to be written soon: a file that can be read but not
// written, on a full disk, can be opened all the same.
func (m *Memory) repairFacts(ctx context.Context) error {
	for {
		views, err := m.file.ViewsAfter(ctx, m.followed.View, repairChunk)
		if err != nil {
			return err
		}
		if len(views) == 0 {
			return m.repairEnds(ctx)
		}
		if err := m.follow(ctx, views); err != nil {
			return err
		}
		if m.Crowded() {
			if err := m.WriteFacts(ctx); err != nil {
				return err
			}
		}
	}
}

// follow moves the sessions of views on, in memory.
func (m *Memory) follow(ctx context.Context, views []behavior.PageView) error {
	visits := map[int64]*visit{}
	for _, v := range views {
		visits[v.Session.ID] = nil
	}
	found, err := m.find(ctx, nil, keysOf(visits))
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
			m.dirty[v.SessionID] = v
		}
	}
	m.followed.View = views[len(views)-1].ID
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
func (m *Memory) repairEnds(ctx context.Context) error {
	ends, err := m.file.EndsAfter(ctx, m.followed.Interaction)
	if err != nil {
		return err
	}
	found, err := m.find(ctx, nil, keysOf(ends))
	for _, v := range found {
		v.outlast("known", ends[v.ID])
		m.dirty[v.SessionID] = v
	}
	m.followed.Interaction = m.last[behavior.KindInteraction]
	return err
}
