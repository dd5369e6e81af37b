package behavior

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// maxGroup is how many rows the recorder gathers into one Append. Larger
// groups cost the first waiter more time than they save.
const maxGroup = 1000

// recorder gathers the rows that wait into groups and stores each group in one
// transaction, so that a thousand clients share one write to the disk. There
// is no lingering: a group is what came in while the last one was stored.
//
// Nothing is acknowledged before [Store.Append] has returned.
type recorder struct {
	store   Store
	maxRows int

	mu      sync.Mutex
	waiting []*recording
	rows    int // in waiting
	closed  bool
	wake    chan struct{} // capacity 1
	done    chan struct{} // closed when run has returned

	stored atomic.Uint64 // rows, since the start
	took   durations     // of each append
}

// recording is the rows of one caller on their way into the store.
type recording struct {
	rows []Row
	err  error
	done chan struct{}
}

func newRecorder(store Store, maxRows int) *recorder {
	r := &recorder{store: store, maxRows: maxRows, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go r.run()
	return r
}

// record stores rows and returns when they are on disk. When ctx ends first it
// returns ctx's error; the rows may be stored all the same, and are the
// recorder's until then: the caller must not look at them again.
func (r *recorder) record(ctx context.Context, rows []Row) error {
	rec := &recording{rows: rows, done: make(chan struct{})}
	if err := r.enqueue(rec); err != nil {
		return err
	}
	select {
	case <-rec.done:
		return rec.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enqueue puts a recording into the queue. The queue is bounded by rows; a
// single recording larger than the bound is let in when the queue is empty.
func (r *recorder) enqueue(rec *recording) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrUnavailable
	}
	if r.rows > 0 && r.rows+len(rec.rows) > r.maxRows {
		return ErrBusy
	}
	r.waiting = append(r.waiting, rec)
	r.rows += len(rec.rows)
	select {
	case r.wake <- struct{}{}:
	default:
	}
	return nil
}

// run stores group after group until the recorder is closed and empty.
func (r *recorder) run() {
	defer close(r.done)
	for {
		group, more := r.next()
		switch {
		case len(group) > 0:
			r.commit(group)
		case more:
			<-r.wake
		default:
			return
		}
	}
}

// next takes a group from the front of the queue. more is false when the
// recorder is closed and nothing is left.
func (r *recorder) next() (group []*recording, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, rows := 0, 0
	for n < len(r.waiting) && (n == 0 || rows+len(r.waiting[n].rows) <= maxGroup) {
		rows += len(r.waiting[n].rows)
		n++
	}
	group = r.waiting[:n:n]
	if r.waiting = r.waiting[n:]; len(r.waiting) == 0 {
		r.waiting = nil
	}
	r.rows -= rows
	return group, !r.closed
}

// commit stores one group and tells each caller of it how its rows went.
func (r *recorder) commit(group []*recording) {
	rows := group[0].rows
	if len(group) > 1 {
		rows = nil
		for _, rec := range group {
			rows = append(rows, rec.rows...)
		}
	}
	err := r.append(rows)
	if err == nil {
		r.count(rows)
	}
	for _, rec := range group {
		if len(group) > 1 {
			copy(rec.rows, rows)
			rows = rows[len(rec.rows):]
		}
		rec.err = err
		close(rec.done)
	}
}

// append calls the store. The callers' contexts do not reach it: one of them
// giving up must not fail the others.
func (r *recorder) append(rows []Row) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("append: panic: %v", p)
		}
	}()
	start := time.Now()
	err = r.store.Append(context.Background(), rows)
	r.took.note(time.Since(start))
	return err
}

// count adds the rows of a group that the store has taken.
func (r *recorder) count(rows []Row) {
	n := 0
	for i := range rows {
		if rows[i].Err == nil {
			n++
		}
	}
	r.stored.Add(uint64(n))
}

// queue is how many rows wait.
func (r *recorder) queue() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rows
}

// close refuses further rows, waits until all that wait are stored, and
// returns. It may be called more than once.
func (r *recorder) close() {
	r.mu.Lock()
	r.closed = true
	select {
	case r.wake <- struct{}{}:
	default:
	}
	r.mu.Unlock()
	<-r.done
}
