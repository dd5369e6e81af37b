package postgres

import (
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// memory is what a store remembers of sessions: what was stored of them when
// this process last had to do with them, and by which transaction. It may be
// wrong, as others write too. Whoever uses it has the server compare the
// transaction's number, which changes with whatever is stored of a session,
// while he takes its lock. So it saves to read what is known, and a mistake
// costs an attempt. Numbers are those of one server, from its start on: another
// that takes its place, from a copy that lags behind, gives some once more.
type memory struct {
	cache *otter.Cache[string, *state] // by session_id; what is in it is not changed

	mu    sync.Mutex
	since time.Time // when the server was started that was written to last
	skip  int       // how many Appends shall not rely on it, because others write the same sessions
	wrong int       // grows with each mistake that others are the cause of
}

// maxSkipped is how many Appends read the sessions after a mistake, at most.
const maxSkipped = 63

func newMemory(sessions int) *memory {
	return &memory{cache: otter.Must(&otter.Options[string, *state]{
		MaximumSize: sessions,
		Executor:    func(do func()) { do() },
	})}
}

// recall returns a session as it is remembered of the server that was started
// at a time; nil if it is not.
func (m *memory) recall(name string, since time.Time) *state {
	s, ok := m.cache.GetIfPresent(name)
	if !ok || !s.since.Equal(since) {
		return nil
	}
	return s
}

// remember takes note of sessions as a transaction has left them, of this
// number, on the server that was started at a time. They are the memory's from
// then on.
func (m *memory) remember(stays map[string]*stay, xid uint64, since time.Time) {
	m.mu.Lock()
	m.since = since
	m.mu.Unlock()
	for name, s := range stays {
		if s.written {
			s.version = uint32(xid)
		}
		s.seen, s.since = xid, since
		m.cache.Set(name, s.state)
	}
}

// trusted reports whether an Append should rely on what is remembered, of the
// server that was started at a time.
func (m *memory) trusted() (since time.Time, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.skip > 0 {
		m.skip--
		return m.since, false
	}
	return m.since, true
}

// proved takes note of whether what was remembered of all of stays was right.
// Else they are forgotten: some may be gone. With each mistake twice as many
// Appends do without the memory, and with each success half as many.
func (m *memory) proved(right bool, stays []*stay) {
	if !right {
		for _, s := range stays {
			m.cache.Invalidate(s.was.SessionID)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if right {
		m.wrong /= 2
		return
	}
	m.wrong = min(2*m.wrong+1, maxSkipped)
	m.skip = m.wrong
}
