package behavior

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
)

// maxLater is how many batches may be under way in the background.
const maxLater = 1024

// CollectLater stores a batch in the background, as [Tracker.Collect] does: it
// never waits for the store, so that whoever calls it is not held up. Nothing
// is promised then but what Close keeps: it waits for all batches that are
// under way. When too many are, the batch is dropped. The log tells when
// batches begin to be lost, and when that is over how many were.
func (t *Tracker) CollectLater(in CollectInput) {
	if err := t.later.start(func() { t.later.tell(t.settings.Logger, t.collectAlone(in)) }); err != nil {
		t.later.tell(t.settings.Logger, err)
	}
}

// collectAlone stores a batch that nobody waits for. An observer that panics
// must not end the program with it.
func (t *Tracker) collectAlone(in CollectInput) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	_, err = t.Collect(context.Background(), in)
	return err
}

// later runs what nobody waits for. Its zero value is ready.
type later struct {
	mu      sync.Mutex
	running sync.WaitGroup
	n       int
	closed  bool

	lost atomic.Int64 // since a batch was stored for the last time
}

// start runs do in a goroutine, unless there are too many.
func (l *later) start(do func()) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return ErrUnavailable
	case l.n == maxLater:
		return ErrBusy
	}
	l.n++
	l.running.Go(func() {
		defer func() {
			l.mu.Lock()
			l.n--
			l.mu.Unlock()
		}()
		do()
	})
	return nil
}

// tell logs the first of several failures, and the end of them.
func (l *later) tell(log *slog.Logger, err error) {
	if err == nil {
		if n := l.lost.Swap(0); n > 0 {
			log.Warn("batches are recorded again", "lost", n)
		}
		return
	}
	if l.lost.Add(1) == 1 {
		log.Warn("batches in the background are not recorded", "error", err)
	}
}

// close refuses more and waits for all that runs.
func (l *later) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.running.Wait()
}
