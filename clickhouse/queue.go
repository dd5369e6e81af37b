package clickhouse

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
)

// queue is the appends that wait for their turn.
type queue struct {
	mu      sync.Mutex
	waiting []*waiting
	crowd   int // how many were stored together the last time; used under the store's lock
}

// waiting is an append that waits.
type waiting struct {
	rows []behavior.Row
	done chan error
}

// maxTogether is how many rows are stored together, unless one append has more.
const maxTogether = 10_000

// gather is how long one waits for others where there were others before: those
// who have just got their answer come again. An insert takes many times as long.
const gather = 3 * time.Millisecond

func (q *queue) add(rows []behavior.Row) *waiting {
	one := &waiting{rows: rows, done: make(chan error, 1)}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, one)
	return one
}

// withdraw takes an append out again, unless it is under way.
func (q *queue) withdraw(one *waiting) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, w := range q.waiting {
		if w == one {
			q.waiting = append(q.waiting[:i:i], q.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// take takes appends out, the first ones first.
func (q *queue) take() (taken []*waiting) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rows := 0
	for len(q.waiting) > 0 && (rows == 0 || rows+len(q.waiting[0].rows) <= maxTogether) {
		rows += len(q.waiting[0].rows)
		taken, q.waiting = append(taken, q.waiting[0]), q.waiting[1:]
	}
	return taken
}

// together appends rows, with those of others who wait: whoever comes to write
// first does so for all.
func (s *Store) together(ctx context.Context, rows []behavior.Row) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.under.Done()
	limited, cancel := context.WithTimeout(ctx, s.options.WriteTimeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return err
	}
	mine := s.queue.add(rows)
	for {
		select {
		case err := <-mine.done:
			return err
		case <-limited.Done():
			if !s.queue.withdraw(mine) {
				return <-mine.done // under way, and not interrupted
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("append: %w: no answer within %v", behavior.ErrUnavailable, s.options.WriteTimeout)
		case s.lock <- struct{}{}:
			s.appendAll(ctx)
			<-s.lock
		}
	}
}

// appendAll stores, under the lock, what waits.
func (s *Store) appendAll(ctx context.Context) {
	if s.queue.crowd > 1 {
		time.Sleep(gather)
	}
	taken := s.queue.take()
	s.queue.crowd = len(taken)
	if len(taken) == 0 {
		return
	}
	var all []behavior.Row
	for _, one := range taken {
		all = append(all, one.rows...)
	}
	err := translate("append", s.alone(ctx, func(ctx context.Context, w *writer) error { return w.append(ctx, all) }))
	for _, one := range taken {
		for i := range one.rows {
			if err == nil {
				one.rows[i].Err = all[i].Err
			}
		}
		all = all[len(one.rows):]
		one.done <- err
	}
}
