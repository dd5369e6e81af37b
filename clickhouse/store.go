// Package clickhouse is the engine for a ClickHouse server or a cluster of
// them, version 25.8 or newer: a [behavior.Store] in a database of its own.
//
//	store, err := clickhouse.Open(ctx, "clickhouse://app:secret@ch.example:9000/behavior")
//
// Any number of processes may use one database at once, without knowing of one
// another. ClickHouse has no transactions and keeps nothing unique, so the
// store decides what a batch becomes before it stores it, as the embedded
// engines do, and stores it by one insert for each table: first the sessions,
// then their page views and interactions. Everything is an insert: a row is
// changed by one of a higher version, and removed by one that says so. An insert
// of which nobody knows what became of it is repeated, which does no harm; when
// it is given up, its rows are taken back before the next one: at one version
// above theirs, so that what others have stored since then stays.
//
// Events have copies of some of their session's fields, see copies.go. They are
// never stored anew: a session of which such a field changes is marked before,
// and then asked itself.
//
// The suite of package storetest passes. Of the contract of [behavior.Store]
// ClickHouse cannot give this, whoever asks:
//
//   - A batch may be seen in part while it is stored: its sessions some
//     milliseconds before its events, page views apart from interactions; where
//     it goes to several months, or in a cluster to several shards, one before
//     the other. If the process dies in between, that part stays; nobody has
//     been told that the batch is stored.
//   - A list and its total are of one moment. Figures of different kinds of
//     record in one answer, and those of one report, may be some milliseconds
//     apart. In a cluster so may a list and its total, and a session whose copies
//     cease to count in the very moment of a question may be left out of the
//     answer, or be counted twice.
//   - A batch that fails half-way is not taken back whole. Its events with event
//     keys stay, as far as they were stored, with their sessions and what they and
//     progress tell of these: whoever sends them again, through any process, is
//     told [behavior.ErrDuplicate], and that is true.
//   - A deletion that fails half-way is completed later.
//
// A session_id is that of one session in the whole database, whichever processes
// store it at once, see names.go: unless [Options.Quorum] is 1 and replicas lag
// behind. This the store cannot give several processes:
//
//   - An event key that two of them store at the same moment: both are told that
//     they have stored it, and one event remains, unless one is a page view and
//     the other an interaction, or they are of different months.
//   - What one of them still has to take back. Until it does, for seconds after
//     the server is back, others see it: a session of which they say that it is
//     there already goes if it has no event by then, and so does an event without
//     a key; an interaction that comes in that very moment may be left without
//     its session. If the process dies before, it stays.
//   - A record that brings an id out of those that another open store has taken
//     for its own, 65,536 at a time: that one is told so and leaves them, for
//     which the record waits for ten seconds, once for all that have been taken
//     by then. A store that is held up for longer in the middle of a batch may
//     give the id to another record, which replaces it.
//   - Two changes of one record within some milliseconds: one of them may be
//     lost. A page view of a session that is deleted at the same moment may be
//     stored without one, and lists do not show it; or what it tells of the session
//     brings that back, also beside a new one of its name.
package clickhouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/query"
)

// Options is how a store behaves. The zero Options are the defaults. What a DSN
// says goes before them.
type Options struct {
	// Database is the name of the store's database: letters, digits and
	// underscores. Empty: "behavior".
	Database string

	// Cluster is the name of a cluster in the servers' configuration. The
	// tables are then made on all its servers: each shard has a share of the
	// sessions with all that is theirs, and its replicas have the same. The
	// servers need the macros {shard} and {replica}, and a Keeper. Empty: one
	// server, or a service that replicates by itself.
	Cluster string

	// Quorum is how many replicas of a cluster must have a row before it counts
	// as stored: a number, or "auto" for more than half. Readers then see it on
	// whichever replica they ask. "1": the one that was asked, and others follow;
	// what was just stored may not be known there yet, and two sessions of one
	// name may be stored. Empty: "auto".
	Quorum string

	// Async has the server gather inserts of many processes before it writes
	// them, and the process wait for that. It helps where dozens of them write
	// small batches: one process gathers what waits by itself.
	Async bool

	// Migrate has the tables made or brought up to date. Without, a database
	// that is not of this program's version is refused with [behavior.ErrSchema].
	Migrate bool

	// Reads is how many lists and reports are answered at once; others wait.
	// It keeps readers from starving the writer. Of several, one is kept for
	// lists. Zero: 8.
	Reads int

	// ReadTimeout is when a list or report is given up, waiting included, with
	// [behavior.ErrBusy]. Zero: 30 seconds.
	ReadTimeout time.Duration

	// WriteTimeout is when a write is given up, waiting included, with
	// [behavior.ErrUnavailable]. Zero: 30 seconds.
	WriteTimeout time.Duration

	// CacheSessions is how many sessions the writer keeps in memory, about
	// 1 KB each. An event key counts as a tenth of a session. Zero: 50,000.
	CacheSessions int

	// old has a store work with a server of 2018, as far as it only writes.
	old bool
}

// Store is a database in use. It implements [behavior.Store].
type Store struct {
	options Options
	layout  layout
	dialect query.Dialect
	db      *sql.DB     // asks
	conn    driver.Conn // inserts

	lock   chan struct{} // holds one token; whoever took it may write
	writer *writer       // used under lock only
	queue  queue         // appends that wait for lock

	reads *gate.Gate // lists and reports

	mu     sync.Mutex
	closed bool
	under  sync.WaitGroup // calls under way
	stop   chan struct{}  // closed by Close
	tidies bool           // tidy is running; used under lock only
}

// Ping reports whether the server can be used. It does not wait for lists and
// reports.
func (s *Store) Ping(ctx context.Context) error {
	return s.reads.Now(ctx, "ping", func(ctx context.Context) error {
		return s.ask(ctx, func(ctx context.Context, r *reader) error {
			var one uint8
			return r.db.QueryRowContext(ctx, "SELECT count() > 0 FROM "+r.store.layout.whole("sessions")+" WHERE 0").Scan(&one)
		})
	})
}

// Close waits for what is under way and closes the connections. Every later
// call but Close returns [behavior.ErrUnavailable].
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	if !closed {
		close(s.stop)
	}
	s.mu.Unlock()
	s.under.Wait()
	if closed {
		return nil
	}
	if s.writer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), tidyEvery)
		defer cancel()
		_ = s.writer.takeBack(ctx) // nobody can do more
	}
	return translate("close store", errors.Join(s.conn.Close(), s.db.Close()))
}

// enter notes that a call is under way, unless the store is closed; s.under
// must be told of its end.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return gate.ErrClosed
	}
	s.under.Add(1)
	return nil
}

// write runs do as the only writer of this process. Once begun it is not
// interrupted: ctx only bounds the waiting.
func (s *Store) write(ctx context.Context, what string, do func(ctx context.Context, w *writer) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.under.Done()
	limited, cancel := context.WithTimeout(ctx, s.options.WriteTimeout)
	defer cancel()
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-limited.Done():
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s: %w: no answer within %v", what, behavior.ErrUnavailable, s.options.WriteTimeout)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return translate(what, s.alone(ctx, do))
}

// alone runs do under the lock, once what an earlier write has left is taken
// back.
func (s *Store) alone(ctx context.Context, do func(ctx context.Context, w *writer) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.WriteTimeout)
	defer cancel()
	err := s.writer.takeBack(ctx)
	if err == nil {
		err = do(ctx, s.writer)
	}
	if s.writer.left() && !s.tidies {
		s.tidies = true
		s.under.Add(1)
		go s.tidy()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: no answer within %v", behavior.ErrUnavailable, s.options.WriteTimeout)
	}
	return err
}

// tidyEvery is how often it is tried to take back what a failed write has left.
const tidyEvery = time.Second

// tidy takes back what a failed write has left, also when nobody writes any
// more, until nothing is left or the store is closed.
func (s *Store) tidy() {
	defer s.under.Done()
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		s.lock <- struct{}{}
		ctx, cancel := context.WithTimeout(context.Background(), tidyEvery)
		_ = s.writer.takeBack(ctx) // it is tried again
		cancel()
		s.tidies = s.writer.left()
		left := s.tidies
		<-s.lock
		if !left {
			return
		}
	}
}

// question is what a read asks.
type question func(ctx context.Context, r *reader) error

// reader asks for what counts of the rows of each key.
type reader struct {
	db    *sql.DB
	store *Store
}

// read runs ask as one of the lists and reports.
func (s *Store) read(ctx context.Context, what string, ask question) error {
	return s.reads.Read(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// readLong is read for what takes long: it leaves room for what does not.
func (s *Store) readLong(ctx context.Context, what string, ask question) error {
	return s.reads.Long(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// ask asks a question, once more if its connection turns out to be dead. The
// server may be the first to notice that the time is over.
func (s *Store) ask(ctx context.Context, ask question) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.under.Done()
	r := &reader{db: s.db, store: s}
	err := ask(ctx, r)
	if lost(err) && !unreached(err) && gate.Ended(ctx) == nil {
		err = ask(ctx, r)
	}
	if code(err) == timeoutExceeded {
		return fmt.Errorf("%w: %s", context.DeadlineExceeded, oneLine(err))
	}
	return err
}

// live is what to select from for the rows of a table that count, and what
// their condition begins with.
func (s *Store) live(kind behavior.Kind) (from, condition string) {
	from = " FROM " + s.layout.whole(query.Table(kind))
	if s.options.old { // knows no setting for this
		return from + " FINAL", " WHERE deleted = 0 AND "
	}
	return from, " WHERE "
}
