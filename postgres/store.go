// Package postgres is the engine for a PostgreSQL server, version 14 or newer:
// a [behavior.Store] in a schema of its own.
//
//	store, err := postgres.Open(ctx, "postgres://app@db.example/app")
//
// Any number of processes may use one schema at once. What must be unique is
// so among all of them: whoever stores events holds a lock on their sessions'
// rows, and all that an Append changes is in its one transaction. Nothing
// depends on the state of a connection, so that a pooler may stand in between
// that gives each transaction another one, such as PgBouncer.
//
// Page views and interactions are partitioned by month; whole months are
// dropped at the cost of one.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/pgpool"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Options is how a store behaves. The zero Options are the defaults.
type Options struct {
	// Schema is the name of the schema that the store's tables are in: letters
	// a to z, digits and underscores. Empty: "behavior".
	Schema string

	// Migrate has the schema made or brought up to date. Without, one that is
	// not of this program's version is refused with [behavior.ErrSchema].
	Migrate bool

	// Reads is how many lists and reports are answered at once; others wait.
	// It keeps readers from taking all connections. Of several, one is kept
	// for lists. Zero: two less than the pool has connections, but at least one.
	Reads int

	// ReadTimeout is when a list or report is given up, waiting included, with
	// [behavior.ErrBusy]. Zero: 30 seconds.
	ReadTimeout time.Duration

	// WriteTimeout is when a write is given up, waiting included, with
	// [behavior.ErrUnavailable]; one whose connection was lost at its very end
	// waits no longer than ten seconds for the server to come back and tell
	// whether it was stored. Zero: 30 seconds.
	WriteTimeout time.Duration

	// CacheSessions is how many sessions are kept in memory, about 1 KB each,
	// so that to store their events does not begin with reading them. Zero:
	// 50,000.
	CacheSessions int
}

// Store is a schema in use. It implements [behavior.Store].
type Store struct {
	pool    *pgxpool.Pool
	own     bool // the pool is closed with the store
	options Options
	schema  string // quoted
	lockKey int64  // of the lock on ids, see writer
	dialect query.Dialect
	textual bool // the driver has values sent as text

	reads *gate.Gate // lists and reports

	mu     sync.Mutex
	closed bool
	under  sync.WaitGroup     // calls under way
	memory *memory            // of sessions
	months map[time.Time]bool // the months that have partitions, by their beginning
}

// Ping reports whether the database can be used. It does not wait for lists
// and reports.
func (s *Store) Ping(ctx context.Context) error {
	return s.reads.Now(ctx, "ping", func(ctx context.Context) error {
		return s.ask(ctx, func(ctx context.Context, r *reader) error { return r.finish(ctx, r.batch()) })
	})
}

// Close waits for what is under way. It closes the connections unless they are
// those of a pool that [New] was given. Every later call but Close returns
// [behavior.ErrUnavailable].
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	s.under.Wait()
	if s.own && !closed {
		s.pool.Close()
	}
	return nil
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

// attempts is how often a write is tried that others have got in the way of.
const attempts = 5

// write runs do in a transaction, as a whole and possibly more than once: when
// two transactions waited for each other, one of them begins anew, and so does
// one whose connection turns out to be dead before anything was to be stored.
func (s *Store) write(ctx context.Context, what string, do func(ctx context.Context, w *writer) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.under.Done()
	limited, cancel := context.WithTimeout(ctx, s.options.WriteTimeout)
	defer cancel()
	err := s.attemptAll(ctx, limited, do)
	var own record.Foreign
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.Err
	case gate.Ended(ctx) != nil: // the caller has not waited to be told what became of it
		return gate.Ended(ctx)
	case limited.Err() != nil && errors.Is(err, limited.Err()):
		return fmt.Errorf("%s: %w: no answer within %v", what, behavior.ErrUnavailable, s.options.WriteTimeout)
	}
	return translate(what, err)
}

// attemptAll runs do until it succeeds or cannot. limited is its caller's ctx
// with our own time-out.
func (s *Store) attemptAll(ctx, limited context.Context, do func(ctx context.Context, w *writer) error) (err error) {
	strict, careful := false, false
	for n := 0; n < attempts; n++ {
		w := &writer{store: s, strict: strict, careful: careful}
		err = s.attempt(limited, w, do)
		var open unsure
		if errors.As(err, &open) {
			err = s.outcome(ctx, open)
		}
		if err == nil {
			w.settle()
			return nil
		}
		switch pgpool.Code(err) {
		case noPartition:
			s.forgetMonths()
		case tooLong:
			if w.told || strict {
				return err
			}
			strict = true
			continue
		}
		if errors.Is(err, errMistaken) && !careful {
			careful = true
			n-- // this was not an attempt that others have got in the way of
			continue
		}
		if !again(err) || w.told && !collided(err) {
			return err
		}
	}
	return err
}

// attempt runs do once.
func (s *Store) attempt(ctx context.Context, w *writer, do func(ctx context.Context, w *writer) error) (err error) {
	if w.link, err = s.connect(ctx, beginWrite); err != nil {
		return err
	}
	defer w.release()
	return do(ctx, w)
}

// question is what a read asks.
type question func(ctx context.Context, r *reader) error

// read runs ask in a transaction that sees one moment of the store.
func (s *Store) read(ctx context.Context, what string, ask question) error {
	return s.reads.Read(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// readLong is read for what takes long: it leaves room for what does not.
func (s *Store) readLong(ctx context.Context, what string, ask question) error {
	return s.reads.Long(ctx, what, func(ctx context.Context) error { return s.ask(ctx, ask) })
}

// ask asks a question, once more if its connection turns out to be dead.
func (s *Store) ask(ctx context.Context, ask question) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.under.Done()
	var err error
	for range 2 {
		if err = s.askOnce(ctx, ask); !again(err) {
			break
		}
	}
	return err
}

func (s *Store) askOnce(ctx context.Context, ask question) error {
	l, err := s.connect(ctx, beginRead)
	if err != nil {
		return err
	}
	defer l.release()
	return ask(ctx, &reader{link: l, store: s})
}

// reader is a transaction that reads.
type reader struct {
	*link
	store *Store
}
