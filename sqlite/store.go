// Package sqlite is the embedded engine that needs no cgo: a [behavior.Store]
// in one SQLite file.
//
//	store, err := sqlite.Open(ctx, "behavior.sqlite")
//
// It is for small sites and for builds without a C compiler. Questions about
// many records take many times longer than in package duckdb, and so do
// appends once the file has outgrown the memory.
//
// One process owns the file, by a lock in FILE-lock beside it, which stays
// there; other programs may read. While the file is open its newest records are
// in FILE-wal: a plain copy is no backup then, what VACUUM INTO makes is one.
// Within the process one writer at a time appends, and readers do not wait for
// it: each reads the last committed state.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
)

// Options is how a store behaves. The zero Options are the defaults.
type Options struct {
	// Memory is how many bytes of the file the writer keeps in memory, and
	// all readers together. Zero: 64 MiB for each side.
	Memory int64

	// Reads is how many lists and reports are answered at once; others wait.
	// It keeps readers from starving the writer. Of several, one is kept for
	// lists. Zero: 2.
	Reads int

	// ReadTimeout is when a list or report is given up, waiting included, with
	// [behavior.ErrBusy]. Zero: 30 seconds.
	ReadTimeout time.Duration

	// CacheSessions is how many sessions the writer keeps in memory, about
	// 1 KB each, to know an event's session without asking the file. An event
	// key counts as a tenth of a session. Zero: 50,000.
	CacheSessions int
}

// factsEvery is how long facts of sessions may wait in memory, see [behavior.Session.Follow].
const factsEvery = time.Second

// Store is a SQLite file in use. It implements [behavior.Store].
type Store struct {
	path    string
	options Options
	release func() // gives the path free for this process and others

	lock  chan struct{} // holds one token; whoever took it may write
	reads *gate.Gate    // lists and reports

	own    *sql.DB // the writer's
	writer *writer // used under lock only

	// inUse is shared by reads, and held alone, together with lock,
	// to close what they read.
	inUse   *gate.Use
	readers *sql.DB
	closed  bool

	stop chan struct{}
	kept chan struct{} // closed when keep has returned
}

var _ behavior.Store = (*Store)(nil)

// Open opens the store in a file, which is made when it does not exist; its
// folder must. The schema is brought up to date. The error wraps
// [behavior.ErrLocked] when another process has the file open as a store,
// [behavior.ErrSchema] when a newer program has written it, and else says in a
// sentence what is wrong. A file that is not a store's is left as it is.
func Open(ctx context.Context, path string) (*Store, error) {
	return OpenWith(ctx, path, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, path string, options Options) (*Store, error) {
	path, release, err := claim(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		path: path, options: options.complete(), release: release,
		lock: make(chan struct{}, 1), stop: make(chan struct{}), kept: make(chan struct{}),
	}
	s.reads = gate.New(s.options.Reads, s.options.ReadTimeout, s.translate)
	s.inUse = gate.NewUse()
	if err := s.open(ctx); err != nil {
		s.release()
		return nil, fmt.Errorf("open store: %w", err)
	}
	go s.keep()
	return s, nil
}

func (o Options) complete() Options {
	if o.Memory <= 0 {
		o.Memory = 64 << 20
	}
	if o.Reads <= 0 {
		o.Reads = 2
	}
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = 30 * time.Second
	}
	if o.CacheSessions <= 0 {
		o.CacheSessions = 50_000
	}
	return o
}

// Ping reports whether the file can be used. It does not wait for lists and reports.
func (s *Store) Ping(ctx context.Context) error {
	return s.reads.Now(ctx, "ping", func(ctx context.Context) error {
		return s.ask(ctx, func(ctx context.Context, tx *sql.Tx) error {
			var n int
			return tx.QueryRowContext(ctx, "SELECT count(*) FROM progress").Scan(&n)
		})
	})
}

// Close waits for what is under way, writes the facts that wait, and closes
// the file. Every later call but Close returns [behavior.ErrUnavailable].
func (s *Store) Close() error {
	s.lock <- struct{}{}
	defer func() { <-s.lock }()
	free := s.inUse.Alone()
	closed := s.closed
	s.closed = true
	free()
	if closed {
		return nil
	}
	close(s.stop)
	<-s.kept
	defer s.release()
	return s.shut(context.Background())
}

// keep writes facts that wait, until Close. What fails now is tried again at
// the next tick: they stay in memory until then.
func (s *Store) keep() {
	defer close(s.kept)
	tick := time.NewTicker(factsEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		select {
		case <-s.stop:
			return
		case s.lock <- struct{}{}:
			_ = s.writer.memory.WriteFacts(context.Background())
			<-s.lock
		}
	}
}

// write runs do as the only writer. Once begun it is not interrupted: ctx only
// bounds the waiting.
func (s *Store) write(ctx context.Context, what string, do func(ctx context.Context, w *writer) error) error {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed {
		return gate.ErrClosed
	}
	ctx = context.WithoutCancel(ctx)
	err := do(ctx, s.writer)
	if isConstraint(err) {
		// Somebody else has written into the file: what was known of it is
		// wrong. If it cannot be read now, that is met again.
		_ = errors.Join(s.writer.memory.WriteFacts(ctx), s.writer.recall(ctx))
	}
	return s.translate(what, err)
}

// question is what a read asks.
type question func(ctx context.Context, tx *sql.Tx) error

// read runs ask in a transaction that sees one moment of the store.
func (s *Store) read(ctx context.Context, what string, ask question) error {
	return s.reads.Read(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// readLong is read for what takes long: it leaves room for what does not.
func (s *Store) readLong(ctx context.Context, what string, ask question) error {
	return s.reads.Long(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// ask asks a question while the file cannot be closed.
func (s *Store) ask(ctx context.Context, ask question) error {
	return s.inUse.Share(ctx, func() error {
		if s.closed {
			return gate.ErrClosed
		}
		tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		return ask(ctx, tx)
	})
}
