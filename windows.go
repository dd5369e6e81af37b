package behavior

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Windows counts requests within sliding spans of time, for several servers
// that share it: a client then has one allowance at all of them. Package account
// provides one where people are in a PostgreSQL database.
//
// Each method is one step that nothing comes in between, whatever other servers
// do. One that takes long or fails does no harm: until it works again each server
// counts by itself.
type Windows interface {
	// Take counts n requests of a key and returns zero. Where more than its rate
	// allows would then be within its span it counts nothing, and returns how
	// long it is until enough of those before have left the span.
	Take(ctx context.Context, key WindowKey, n int) (wait time.Duration, err error)

	// Waits tells, for each key, how long it is until fewer than its rate's
	// count of what Note has noted are within its span; zero: it is so. It counts
	// nothing.
	Waits(ctx context.Context, keys ...WindowKey) ([]time.Duration, error)

	// Note counts one for each key, also beyond the rate. Keys are not mixed
	// with those of Take.
	Note(ctx context.Context, keys ...WindowKey) error
}

// WindowKey is what is counted, and the rate that it is held to. With another
// rate it is another key.
type WindowKey struct {
	Name string
	Rate Rate
}

const (
	// windowsTime is how long a request waits for what servers count together.
	windowsTime = time.Second
	// windowsRest is how long nobody asks again once that has failed.
	windowsRest = time.Second
)

var errWindowsRest = errors.New("what servers count together has failed a moment ago")

// steadyWindows are Windows that fail quickly: when they cannot be reached, one
// request a second finds out whether they can be again, and the log has one line
// at the beginning and one at the end. A client that goes away is counted.
type steadyWindows struct {
	windows Windows
	log     *slog.Logger

	mu   sync.Mutex
	down bool
	next time.Time // when to ask again
}

// newSteadyWindows wraps Windows; nil stays nil.
func newSteadyWindows(w Windows, log *slog.Logger) Windows {
	if _, ok := w.(*steadyWindows); ok || w == nil {
		return w
	}
	return &steadyWindows{windows: w, log: log}
}

// Take counts requests, see [Windows].
func (s *steadyWindows) Take(ctx context.Context, key WindowKey, n int) (wait time.Duration, err error) {
	err = s.ask(ctx, func(ctx context.Context) error {
		wait, err = s.windows.Take(ctx, key, n)
		return err
	})
	return wait, err
}

// Waits asks without counting, see [Windows].
func (s *steadyWindows) Waits(ctx context.Context, keys ...WindowKey) (waits []time.Duration, err error) {
	err = s.ask(ctx, func(ctx context.Context) error {
		waits, err = s.windows.Waits(ctx, keys...)
		return err
	})
	return waits, err
}

// Note counts without asking, see [Windows].
func (s *steadyWindows) Note(ctx context.Context, keys ...WindowKey) error {
	return s.ask(ctx, func(ctx context.Context) error { return s.windows.Note(ctx, keys...) })
}

// ask asks, unless that is known to fail.
func (s *steadyWindows) ask(ctx context.Context, do func(context.Context) error) error {
	if !s.enter() {
		return errWindowsRest
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), windowsTime)
	defer cancel()
	err := do(limited)
	s.leave(err)
	return err
}

// enter reports whether to ask.
func (s *steadyWindows) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now() // of the machine: it is about waiting, not about what is counted
	if s.down && now.Before(s.next) {
		return false
	}
	s.next = now.Add(windowsRest)
	return true
}

// leave takes note of how it went.
func (s *steadyWindows) leave(err error) {
	s.mu.Lock()
	was := s.down
	s.down = err != nil
	s.mu.Unlock()
	switch {
	case err != nil && !was:
		s.log.Warn("throttles: each server counts by itself until what servers count together can be reached again", "error", err)
	case err == nil && was:
		s.log.Info("throttles: servers count together again")
	}
}
