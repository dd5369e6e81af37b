package gate

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// A reader that waits for whoever has it alone waits no longer than it may, and
// one that waits to have it alone lets no more readers in.
func TestUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := NewUse()
		nothing := func() error { return nil }
		leave, alone := make(chan struct{}), make(chan func())
		go func() {
			_ = u.Share(t.Context(), func() error { <-leave; return nil })
		}()
		synctest.Wait()
		go func() { alone <- u.Alone() }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := u.Share(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a reader behind one that is to be alone: error %v, want that of its context", err)
		}
		close(leave)
		free := <-alone
		if err := u.Share(ctx, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a reader beside one that is alone: error %v, want that of its context", err)
		}
		free()
		if err := u.Share(t.Context(), nothing); err != nil {
			t.Errorf("a reader afterwards: %v", err)
		}
	})
}
