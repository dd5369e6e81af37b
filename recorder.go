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

// maxGather is the longest that a group waits to grow.
const maxGather = 2 * time.Millisecond

// recorder gathers the rows that wait into groups and stores each group in one
// transaction, so that a thousand clients share one write to the disk.
//
// A group is what came in while the last one was stored. Clients that wait for
// their answers before they send again would fall into two halves that way,
// each waiting for the other's write; so a group also waits for those who have
// just been answered, but not longer than half of what the last write took. A
// client alone waits for nobody.
//
// Nothing is acknowledged before [Store.Append] has returned.
type recorder struct {
	store   Store
	maxRows int

	mu      sync.Mutex
	waiting []*recording
	rows    int // in waiting
	need    int // how many recordings must wait for run to be woken
	closed  bool
	wake    chan struct{} // capacity 1
	done    chan struct{} // closed when run has returned

	expected int           // how many callers may come; only run looks at it
	patience time.Duration // how long to wait for them; only run looks at it

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
	if len(r.waiting) >= r.need || r.rows >= maxGroup {
		r.rouse()
	}
	return nil
}

// rouse wakes run, or keeps it from falling asleep.
func (r *recorder) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run stores group after group until the recorder is closed and empty.
func (r *recorder) run() {
	defer close(r.done)
	for {
		r.gather()
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

// gather gives those who were just answered a moment to come back, if others
// wait already.
func (r *recorder) gather() {
	if !r.short(r.expected) {
		return
	}
	timer := time.NewTimer(r.patience)
	defer timer.Stop()
	for r.short(r.expected) {
		select {
		case <-r.wake:
		case <-timer.C:
			r.short(0)
			return
		}
	}
}

// short reports whether some recordings wait, but fewer than n, and asks to be
// woken when they are as many; without any, by the first.
func (r *recorder) short(n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.need = 1
	if len(r.waiting) == 0 || len(r.waiting) >= n || r.rows >= maxGroup || r.closed {
		return false
	}
	r.need = n
	return true
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
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected = len(group) + len(r.waiting)
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
	took := time.Since(start)
	r.took.note(took)
	r.patience = min(took/2, maxGather)
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
	r.rouse()
	r.mu.Unlock()
	<-r.done
}
