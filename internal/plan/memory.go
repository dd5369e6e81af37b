package plan

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// Store is what a [Memory] asks of its engine. All of it is asked by the one
// writer, on the connection that it writes by.
type Store interface {
	// Transact runs do in a transaction: all of it is stored, or nothing.
	Transact(ctx context.Context, do func() error) error

	// Taken returns those of ids that records of a kind have.
	Taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error)
	// FindSessions reads the sessions that have one of names or one of ids.
	FindSessions(ctx context.Context, names []string, ids []int64) ([]behavior.Session, error)
	// EventKeys reads the event keys of sessions: all that they have, or at
	// least those of keys, where the store is [Shared].
	EventKeys(ctx context.Context, sessions []int64, keys []string) ([]EventKey, error)
	// PageView and Interaction read one record with its session, or return
	// [behavior.ErrNotFound].
	PageView(ctx context.Context, id int64) (behavior.PageView, error)
	Interaction(ctx context.Context, id int64) (behavior.Interaction, error)

	// UpdateRecord stores a record in the place of the one with its id. Its
	// session is named by its id.
	UpdateRecord(ctx context.Context, row behavior.Row) error
}

// File is a store that nobody else writes to. Facts of sessions may be stored
// later than the page views that they are of.
type File interface {
	Store

	// LastID is the largest id that a record of a kind was ever given.
	LastID(ctx context.Context, kind behavior.Kind) (int64, error)
	// StoreFacts stores, within a transaction, what [behavior.Session.Follow]
	// sets in sessions, and their ends; and the marks, unless they were
	// further on before.
	StoreFacts(ctx context.Context, sessions []*behavior.Session, written Marks) error
	// Marks are those that StoreFacts has stored.
	Marks(ctx context.Context) (Marks, error)
	// ViewsAfter reads the page views with larger ids, in the order of their
	// ids and limit at most. Of their sessions only the ids are needed.
	ViewsAfter(ctx context.Context, id int64, limit int) ([]behavior.PageView, error)
	// EndsAfter finds the latest of the interactions with event keys and
	// larger ids, by session.
	EndsAfter(ctx context.Context, id int64) (map[int64]time.Time, error)
}

// Shared is a store that others may write to as well. What a plan moves of
// sessions is stored with its rows, see [Plan.Moved].
type Shared interface {
	Store

	// NextID is the next id above after that is the writer's to give.
	NextID(kind behavior.Kind, after int64) int64
}

// EventKey is the key of an event of a session.
type EventKey struct {
	Session int64
	Key     string
	View    int64 // the id of the page view that has it; zero for an interaction's
}

// Memory is what the one writer of a store knows: the ids given out, and the
// sessions that events come for. One goroutine at a time may use it.
type Memory struct {
	store  Store
	file   File   // the store, where nobody else writes to it; else nil
	shared Shared // the store, where others do; else nil

	last  map[behavior.Kind]int64 // the last id given out
	cache *otter.Cache[string, *visit]

	// dirty are the sessions whose facts the file lacks, by session_id. A
	// session is looked for here before the file is asked.
	dirty    map[string]*visit
	followed Marks // the last records that all this includes
	written  Marks // the last records that the sessions in the file include

	// age rises when what is known of sessions may have become wrong.
	age int
}

// Marks are the ids of a page view and of an interaction.
type Marks struct{ View, Interaction int64 }

// visit is a session as the writer knows it.
type visit struct {
	behavior.Session
	keys map[string]int64 // the event keys it has, and the ids of the page views among them; nil when they are not known yet
	age  int              // the memory's age when this was true
}

// sessionWeight is the weight of a cached session; that of a key is 1.
const sessionWeight = 10

// Open reads what the writer of a file must know, and the page views whose
// facts the last process could not write. It writes nothing unless they are
// very many. It keeps up to cached sessions in memory.
func Open(ctx context.Context, file File, cached int) (*Memory, error) {
	m := newMemory(file, cached)
	m.file = file
	for kind := range m.last {
		last, err := file.LastID(ctx, kind)
		if err != nil {
			return nil, fmt.Errorf("read the last id of a %s: %w", kind, err)
		}
		m.last[kind] = last
	}
	var err error
	if m.written, err = file.Marks(ctx); err != nil {
		return nil, fmt.Errorf("read progress: %w", err)
	}
	m.followed = m.written
	// An id that came with a row which was refused may have been counted before,
	// and no record shows it: ids go on above the marks, or what is stored next
	// would be taken for followed.
	m.last[behavior.KindPageView] = max(m.last[behavior.KindPageView], m.written.View)
	m.last[behavior.KindInteraction] = max(m.last[behavior.KindInteraction], m.written.Interaction)
	if err := m.repairFacts(ctx); err != nil {
		return nil, fmt.Errorf("repair facts of sessions: %w", err)
	}
	return m, nil
}

// OpenShared is Open for a store that others write to as well. It reads nothing.
func OpenShared(store Shared, cached int) *Memory {
	m := newMemory(store, cached)
	m.shared = store
	return m
}

func newMemory(store Store, cached int) *Memory {
	return &Memory{
		store: store, dirty: map[string]*visit{},
		last: map[behavior.Kind]int64{behavior.KindSession: 0, behavior.KindPageView: 0, behavior.KindInteraction: 0},
		cache: otter.Must(&otter.Options[string, *visit]{
			MaximumWeight: uint64(cached) * sessionWeight,
			Weigher:       func(_ string, v *visit) uint32 { return sessionWeight + uint32(len(v.keys)) },
			Executor:      func(do func()) { do() },
		}),
	}
}

// Distrust has what is known of sessions looked up again before it is used:
// others may have changed it.
func (m *Memory) Distrust() { m.age++ }

// LastIDs are the last ids given out. They must not be changed.
func (m *Memory) LastIDs() map[behavior.Kind]int64 { return m.last }

// Size is about how many sessions are in memory.
func (m *Memory) Size() int { return m.cache.EstimatedSize() }

// known returns the session of that name if it is in memory.
func (m *Memory) known(sessionID string) *visit {
	if v, ok := m.cache.GetIfPresent(sessionID); ok {
		return v
	}
	return m.dirty[sessionID]
}

// remember keeps a session in memory, as long as there is room.
func (m *Memory) remember(v *visit) {
	v.age = m.age
	m.cache.Set(v.SessionID, v)
}

// Forget drops a session from memory: its records have been changed. Its facts
// must be in the file.
func (m *Memory) Forget(sessionID string) {
	m.cache.Invalidate(sessionID)
	delete(m.dirty, sessionID)
}

// refresh looks those of names up again of which is known what may be wrong.
func (m *Memory) refresh(ctx context.Context, names map[string]bool) error {
	old := map[int64]*visit{}
	for name := range names {
		if v := m.known(name); v != nil && v.age < m.age {
			old[v.ID] = v
			m.Forget(name)
		}
	}
	_, err := m.find(ctx, nil, keysOf(old))
	return err
}

// find reads sessions by name or id, and remembers them. What is known already
// is not replaced by what the store has, unless it may be wrong.
func (m *Memory) find(ctx context.Context, names []string, ids []int64) ([]*visit, error) {
	// No session has a name that cannot be stored, nor can it be asked for.
	names = slices.DeleteFunc(names, func(name string) bool { return !record.Storable(name) })
	if len(names) == 0 && len(ids) == 0 {
		return nil, nil
	}
	sessions, err := m.store.FindSessions(ctx, names, ids)
	if err != nil {
		return nil, fmt.Errorf("find sessions: %w", err)
	}
	var found []*visit
	for _, s := range sessions {
		v := m.known(s.SessionID)
		if v != nil && v.age == m.age && v.ID != s.ID {
			// Two processes have stored it at the same moment: the first counts.
			found = append(found, &visit{Session: s, age: m.age})
			continue
		}
		if v == nil || v.age < m.age {
			v = &visit{Session: s}
			m.remember(v)
		}
		found = append(found, v)
	}
	return found, nil
}

// session returns a session by its name, or by its id where the name is
// empty; nil when there is none.
func (m *Memory) session(ctx context.Context, name string, id int64) (*visit, error) {
	names, ids := []string{name}, []int64(nil)
	if name == "" {
		names, ids = nil, []int64{id}
	} else if v := m.known(name); v != nil && v.age == m.age {
		return v, nil
	}
	found, err := m.find(ctx, names, ids)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// taken returns those of ids that records of a kind have.
func (m *Memory) taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	if m.shared == nil { // most ids that come along are new, and above all others
		ids = slices.DeleteFunc(ids, func(id int64) bool { return id > m.last[kind] })
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return m.store.Taken(ctx, kind, ids)
}

// loadKeys reads the event keys of sessions that are not known yet; of a shared
// store, those of wanted.
func (m *Memory) loadKeys(ctx context.Context, visits map[int64]*visit, wanted map[string]bool) error {
	if len(visits) == 0 {
		return nil
	}
	keys, err := m.store.EventKeys(ctx, keysOf(visits), keysOf(wanted))
	if err != nil {
		return fmt.Errorf("read event keys: %w", err)
	}
	for _, v := range visits {
		v.keys = map[string]int64{}
	}
	for _, k := range keys {
		visits[k.Session].keys[k.Key] = k.View
	}
	return nil
}
