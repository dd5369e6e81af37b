// Package gate lets the readers of a store in: so many at once, and each for so
// long. It knows which errors come out as they are, see [Domain].
package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// ErrClosed is what a closed store answers.
var ErrClosed = fmt.Errorf("%w: it is closed", behavior.ErrUnavailable)

// Gate keeps readers from starving the writer, and what takes long from
// starving what does not.
type Gate struct {
	reads     chan struct{} // holds a token for each read under way
	long      chan struct{} // holds one for each long read as well; has room for fewer
	timeout   time.Duration
	translate func(what string, err error) error
}

// New makes the gate of a store that answers so many reads at once. Of several,
// one is kept for what is not long. After timeout, waiting included, a read is
// given up. translate puts what else goes wrong with a read into the domain's
// words.
func New(reads int, timeout time.Duration, translate func(what string, err error) error) *Gate {
	return &Gate{
		reads: make(chan struct{}, reads), long: make(chan struct{}, max(1, reads-1)),
		timeout: timeout, translate: translate,
	}
}

// Read runs do when it is its turn. When ctx ends, its error is returned; when
// the time is over, [behavior.ErrBusy].
func (g *Gate) Read(ctx context.Context, what string, do func(ctx context.Context) error) error {
	return g.limited(ctx, what, func(ctx context.Context) error {
		return within(ctx, g.reads, func() error { return do(ctx) })
	})
}

// Long is Read for what takes long: it leaves room for what does not.
func (g *Gate) Long(ctx context.Context, what string, do func(ctx context.Context) error) error {
	return g.limited(ctx, what, func(ctx context.Context) error {
		return within(ctx, g.long, func() error {
			return within(ctx, g.reads, func() error { return do(ctx) })
		})
	})
}

// Now runs do at once, whoever else reads, and for as long as ctx allows.
func (g *Gate) Now(ctx context.Context, what string, do func(ctx context.Context) error) error {
	return g.answer(ctx, ctx, what, do(ctx))
}

// limited gives do no more than the time there is.
func (g *Gate) limited(ctx context.Context, what string, do func(ctx context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	return g.answer(ctx, limited, what, do(limited))
}

// within runs do with one of the tokens that a channel has room for.
func within(ctx context.Context, tokens chan struct{}, do func() error) error {
	select {
	case tokens <- struct{}{}:
		defer func() { <-tokens }()
		return do()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is the error of a read in the domain's words. limited is its caller's
// ctx with our own time-out.
func (g *Gate) answer(ctx, limited context.Context, what string, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrClosed):
		return err
	case Ended(ctx) != nil:
		return Ended(ctx)
	case Ended(limited) != nil, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: no answer within %v", what, behavior.ErrBusy, g.timeout)
	}
	return g.translate(what, err)
}

// Ended is the error of a context, also in the moment in which its deadline has
// passed and only a connection, which has the same one, has noticed.
func Ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && ctx.Err() == nil && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}
