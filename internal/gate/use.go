package gate

import (
	"context"
	"math"

	"golang.org/x/sync/semaphore"
)

// Use is what many hold at once, or one alone: a lock for readers and one
// writer, whose readers wait no longer than their contexts allow.
type Use struct{ held *semaphore.Weighted }

// NewUse is held by nobody.
func NewUse() *Use { return &Use{semaphore.NewWeighted(math.MaxInt64)} }

// Share runs do while nobody has it alone. When ctx ends before, its error is
// returned.
func (u *Use) Share(ctx context.Context, do func() error) error {
	if err := u.held.Acquire(ctx, 1); err != nil {
		return err
	}
	defer u.held.Release(1)
	return do()
}

// Alone waits until nobody else holds it, and keeps all others out until free
// is called.
func (u *Use) Alone() (free func()) {
	_ = u.held.Acquire(context.Background(), math.MaxInt64) // which does not end
	return func() { u.held.Release(math.MaxInt64) }
}
