package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/pgpool"
	"github.com/userbehavior/behavior/internal/query"
)

// writer is a transaction that writes.
//
// Of whoever writes, each first makes the partitions it needs, then stores new
// sessions by name, then locks the sessions that are there by id: in this one
// order, so that nobody waits for anybody who waits for him. Ids are taken
// under a lock that many may hold at once; who brings ids along holds it
// alone, and so knows which are taken and sets the sequences past them.
type writer struct {
	*link
	store *Store
	xid   string    // the transaction's number
	pid   int32     // of the server process
	since time.Time // when the server was started

	// careful reads all that it must know; otherwise an Append may rely on what
	// the store remembers.
	careful bool

	// strict refuses what may be too long for an index, row by row, once all
	// rows have been refused for it.
	strict bool

	told  bool        // the caller's function has been called
	check check       // finds out whether this is stored
	made  []time.Time // months that have partitions once this is stored
	done  func()      // what is left to do once this is stored; may be nil
}

// check is a question, true if what a transaction stores is there. Without one
// the transaction may as well run twice.
type check query.Statement

// prepare tunes a transaction that looks everything up by an index: what the
// server believes of a table may be of a time when it was empty. A server
// that acknowledges what is not on disk is told not to.
const prepare = `SELECT pg_current_xact_id()::text, pg_backend_pid(), pg_postmaster_start_time(),
	set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true),
	set_config('idle_in_transaction_session_timeout', '60s', true),
	set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`

// batch is for the next statements.
func (w *writer) batch() *pgx.Batch {
	first := w.begin != ""
	b := w.link.batch()
	if first {
		b.Queue(prepare).QueryRow(func(row pgx.Row) error {
			var set string
			return row.Scan(&w.xid, &w.pid, &w.since, &set, &set, &set, &set, &set, &set)
		})
	}
	return b
}

// commit runs the last batch and commits.
func (w *writer) commit(ctx context.Context, b *pgx.Batch) error { return w.unsure(w.finish(ctx, b)) }

// unsure is the error of a commit.
func (w *writer) unsure(err error) error {
	if err != nil && w.conn.Conn().IsClosed() {
		return unsure{err, w}
	}
	return err
}

// number is the transaction's number.
func (w *writer) number() uint64 {
	n, _ := strconv.ParseUint(w.xid, 10, 64)
	return n
}

// settle takes note that the transaction is stored.
func (w *writer) settle() {
	w.store.noteMonths(w.made)
	if w.done != nil {
		w.done()
	}
}

// patience is how often a transaction whose connection was lost is found under
// way before it is ended: a busy server may have its last words still to read.
const patience = 3

// maxDoubt is how long a server that has gone away is waited for to tell. All
// that a tracker has still to store waits as well.
const maxDoubt = 10 * time.Second

// outcome finds out what became of a transaction whose connection ended while
// it was committed, as soon as the server can be asked. Nil: it is stored.
func (s *Store) outcome(ctx context.Context, open unsure) error {
	limited, cancel := context.WithTimeout(ctx, min(maxDoubt, s.options.WriteTimeout))
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for looks := 1; ; looks++ {
		switch stored, known := s.isStored(limited, open, looks > patience); {
		case known && stored:
			return nil
		case known:
			return lost{open.error}
		}
		select {
		case <-limited.Done():
			return fmt.Errorf("%w: the connection was lost while the last step was under way, and the server did not come back in time to tell whether it is done: %s",
				behavior.ErrUnavailable, pgpool.OneLine(open.error))
		case <-tick.C:
		}
	}
}

// isStored asks the server for the state of a transaction. With end it ends one
// that is still under way: a server does not notice at once that it has lost a
// client. A server that has crashed forgets the numbers that it gave to the
// last transactions, and gives them to others: that one of this number is
// stored does not mean that it is ours.
func (s *Store) isStored(ctx context.Context, open unsure, end bool) (stored, known bool) {
	if open.xid == "" { // not even begun
		return false, true
	}
	var status string
	err := s.pool.QueryRow(ctx, `SELECT coalesce(pg_xact_status($1::text::xid8), '')`, open.xid).Scan(&status)
	switch {
	case pgpool.Code(err) == "22023": // a number of the future
		return false, true
	case err != nil:
		return false, false
	case status == "aborted":
		return false, true
	case status != "in progress" && open.check.SQL == "":
		return false, true
	case status != "in progress":
		err = s.pool.QueryRow(ctx, open.check.SQL, open.check.Args...).Scan(&stored)
		return stored, err == nil
	}
	if !end {
		return false, false
	}
	_, _ = s.pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_xid = $2::text::xid8::xid`,
		open.pid, open.xid) // if it fails, it is tried again
	return false, false
}
