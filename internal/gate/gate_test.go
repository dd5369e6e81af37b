package gate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/userbehavior/behavior"
)

var errEngine = errors.New("of the engine")

func translate(what string, err error) error {
	return fmt.Errorf("%s: %w: %w", what, behavior.ErrUnavailable, err)
}

func nothing(context.Context) error { return nil }

func TestGateLeavesRoomForWhatIsQuick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(2, time.Minute, translate)
		ended := make(chan struct{})
		hold := func(context.Context) error { <-ended; return nil }
		go func() { _ = g.Long(t.Context(), "report", hold) }()
		synctest.Wait()
		if err := g.Long(t.Context(), "insight", nothing); !errors.Is(err, behavior.ErrBusy) || err.Error() != "insight: "+behavior.ErrBusy.Error()+": no answer within 1m0s" {
			t.Errorf("a second long read: %v", err)
		}
		if err := g.Read(t.Context(), "list", nothing); err != nil {
			t.Errorf("a list: %v", err)
		}
		go func() { _ = g.Read(t.Context(), "list", hold) }()
		synctest.Wait()
		if err := g.Read(t.Context(), "list", nothing); !errors.Is(err, behavior.ErrBusy) {
			t.Errorf("a third read: %v", err)
		}
		if err := g.Now(t.Context(), "ping", nothing); err != nil {
			t.Errorf("what does not wait: %v", err)
		}
		close(ended)
		synctest.Wait()
		if err := errors.Join(g.Long(t.Context(), "report", nothing), g.Read(t.Context(), "list", nothing)); err != nil {
			t.Errorf("when all have gone: %v", err)
		}
	})
}

// unnoticed is a context whose deadline has passed a moment ago.
type unnoticed struct{ context.Context }

func (unnoticed) Deadline() (time.Time, bool) { return time.Now(), true }

func TestGateTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for what, c := range map[string]struct {
		ctx  context.Context
		err  error
		want error
		text string
	}{
		"the engine fails":           {t.Context(), errEngine, errEngine, "read: "},
		"the engine gives up":        {t.Context(), context.DeadlineExceeded, behavior.ErrBusy, "no answer within 1h0m0s"},
		"the caller has gone":        {gone, errEngine, context.Canceled, "canceled"},
		"a connection notices first": {unnoticed{t.Context()}, errEngine, context.DeadlineExceeded, "deadline"},
		"the store is closed":        {t.Context(), ErrClosed, behavior.ErrUnavailable, "it is closed"},
		"closed, to who gave it up":  {gone, ErrClosed, behavior.ErrUnavailable, "it is closed"},
	} {
		g := New(1, time.Hour, translate)
		fail := func(context.Context) error { return c.err }
		for _, err := range []error{g.Now(c.ctx, "read", fail), g.limited(c.ctx, "read", fail)} {
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if err := New(1, time.Hour, translate).answer(t.Context(), unnoticed{t.Context()}, "read", errEngine); !errors.Is(err, behavior.ErrBusy) {
		t.Errorf("a connection notices first that the time is over: %v", err)
	}
}

func TestDomain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ err, want error }{
		{nil, nil},
		{errEngine, nil},
		{ErrClosed, behavior.ErrUnavailable},
		{fmt.Errorf("page views: %w", behavior.ErrNoSession), behavior.ErrNoSession},
		{fmt.Errorf("%w: %w", errEngine, context.DeadlineExceeded), context.DeadlineExceeded},
	} {
		if got := Domain(c.err); got != c.want { //nolint:errorlint // it is that very error
			t.Errorf("%v: got %v, want %v", c.err, got, c.want)
		}
	}
}
