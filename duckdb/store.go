// Package duckdb is the embedded engine: a [behavior.Store] in one DuckDB file.
//
//	store, err := duckdb.Open(ctx, "behavior.duckdb")
//
// One process owns the file, also against readers. Within it one writer at a
// time appends through DuckDB's Appender, which is a hundred times faster than
// SQL; what uniqueness there is, it decides itself, see append.go. Readers do
// not wait for it: each reads the last committed state.
package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/userbehavior/behavior/internal/gate"
)

// Options is how a store behaves. The zero Options are the defaults.
type Options struct {
	// Memory is how many bytes DuckDB may use for its buffers. Larger
	// questions go through files in TempDir. The process needs some more, for
	// the session cache above all. Zero: 1 GiB, or a quarter of the machine's
	// memory where that is less.
	Memory int64

	// TempDir is where questions that exceed Memory put their intermediate
	// results. Empty: a folder beside the file, with ".tmp" added to its name.
	TempDir string

	// Threads is how many threads work on one question. Zero: one for each CPU.
	Threads int

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

// maxLog is the size of DuckDB's log, in bytes, that is moved into the file.
// The log is what is read again after a crash.
const maxLog = 16 << 20

// factsEvery is how long facts of sessions may wait in memory, see [behavior.Session.Follow].
const factsEvery = time.Second

// Store is a DuckDB file in use. It implements [behavior.Store].
type Store struct {
	path    string
	options Options
	release func() // gives the path free for this process

	lock  chan struct{} // holds one token; whoever took it may write
	reads *gate.Gate    // lists and reports

	// inUse is shared by reads, and held alone, together with lock,
	// to replace or close what is below.
	inUse  *gate.Use
	db     *sql.DB // nil while the file cannot be used
	cause  error   // why db is nil
	writer *writer // nil with db; used under lock only
	closed bool

	maxLog int64 // the size of DuckDB's log that calls for a checkpoint; used under lock

	bad  atomic.Bool   // a reader has met a fatal error: the file must be reopened
	wake chan struct{} // asks keep to look after the store now; holds one
	stop chan struct{}
	kept chan struct{} // closed when keep has returned
}

// Open opens the store in a file, which is made when it does not exist; its
// folder must. The schema is brought up to date. The error wraps
// [behavior.ErrLocked] when the file is in use, [behavior.ErrSchema] when a
// newer program has written it, and else says in a sentence what is wrong. A
// file that is not a store's is left as it is.
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
		lock: make(chan struct{}, 1), maxLog: maxLog,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), kept: make(chan struct{}),
	}
	s.reads = gate.New(s.options.Reads, s.options.ReadTimeout, s.failed)
	s.inUse = gate.NewUse()
	if err := s.open(ctx); err != nil {
		release()
		return nil, fmt.Errorf("open store: %w", err)
	}
	go s.keep()
	return s, nil
}

func (o Options) complete() Options {
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
			var one int
			return tx.QueryRowContext(ctx, "SELECT 1").Scan(&one)
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
	defer s.inUse.Alone()()
	defer s.release()
	return s.shut(context.Background())
}

// keep writes facts that wait and reopens a file that went bad, until Close.
func (s *Store) keep() {
	defer close(s.kept)
	tick := time.NewTicker(factsEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		case <-s.wake:
		}
		select {
		case <-s.stop:
			return
		case s.lock <- struct{}{}:
			s.tend(context.Background())
			<-s.lock
		}
	}
}

// tend does what there is to do between writes, under the lock. What fails
// now is tried again at the next tick: facts stay in memory until then, or are
// found again when the file is reopened.
func (s *Store) tend(ctx context.Context) {
	if s.closed {
		return
	}
	if s.db == nil || s.bad.Load() {
		s.reopen(ctx)
		return
	}
	err := s.writer.memory.WriteFacts(ctx)
	if err == nil {
		err = s.checkpoint(ctx)
	}
	if fatal(err) {
		s.reopen(ctx)
	}
}

// checkpoint moves DuckDB's log into the file when it has grown large.
//
// DuckDB would do so itself at the end of some transaction. But when that
// fails, on a full disk above all, the whole database is invalid until it is
// reopened, and the next transaction would try again. Here a failure costs one
// reopening, and the next try is made when the log has doubled; until then the
// log goes on taking what there is room for.
func (s *Store) checkpoint(ctx context.Context) error {
	log, err := os.Stat(s.path + ".wal")
	if err != nil || log.Size() < s.maxLog { // without a log there is nothing to do
		return nil
	}
	err = s.writer.checkpoint(ctx)
	switch {
	case err == nil:
		s.maxLog = maxLog
	case !busy(err): // a reader in the way will be gone at the next tick
		s.maxLog = 2 * log.Size()
	}
	return err
}

// busy reports whether somebody else's transaction stood in the way.
func busy(err error) bool {
	var engine *driver.Error
	return errors.As(err, &engine) && engine.Type == driver.ErrorTypeTransaction
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
	if s.db == nil {
		return fmt.Errorf("%s: %w", what, s.cause)
	}
	ctx = context.WithoutCancel(ctx)
	err := do(ctx, s.writer)
	if fatal(err) {
		s.reopen(ctx)
	}
	return translate(what, err)
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

// failed is the error of a read in the domain's words. A file that has gone bad
// is reopened.
func (s *Store) failed(what string, err error) error {
	if fatal(err) {
		s.bad.Store(true)
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return translate(what, err)
}

// ask asks a question while the file cannot be replaced or closed.
func (s *Store) ask(ctx context.Context, ask question) error {
	return s.inUse.Share(ctx, func() error {
		if s.closed {
			return gate.ErrClosed
		}
		if s.db == nil {
			return s.cause
		}
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		return ask(ctx, tx)
	})
}
