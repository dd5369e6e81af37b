package behavior

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// looked is a hub over a look that counts itself, and what has been recorded.
type looked struct {
	*liveHub
	looks  atomic.Int64
	stored atomic.Uint64
	took   time.Duration
	err    error
}

func newLooked() *looked {
	l := &looked{}
	l.liveHub = newLiveHub(func(context.Context) (Live, error) {
		time.Sleep(l.took) // of the bubble's clock
		return Live{Visitors: int(l.looks.Add(1))}, l.err
	}, l.stored.Load, slog.New(slog.DiscardHandler))
	return l
}

func mustWatch(t *testing.T, h *liveHub, ctx context.Context) <-chan Live {
	t.Helper()
	news, err := h.watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return news
}

func TestNobodyLooksWhileNobodyWatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLooked()
		l.stored.Add(5)
		time.Sleep(time.Hour)
		if n := l.looks.Load(); n != 0 {
			t.Errorf("%d looks without watchers", n)
		}
		ctx, leave := context.WithCancel(t.Context())
		news := mustWatch(t, l.liveHub, ctx)
		<-news
		leave()
		synctest.Wait()
		if _, open := <-news; open {
			t.Error("the channel of a watcher who left is open")
		}
		n := l.looks.Load()
		l.stored.Add(5)
		time.Sleep(time.Hour)
		if l.looks.Load() != n {
			t.Error("it looks on after the last watcher has left")
		}
		l.close()
	})
}

func TestWatchersShareALook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLooked()
		var all []<-chan Live
		for range 100 {
			all = append(all, mustWatch(t, l.liveHub, t.Context()))
		}
		for _, news := range all {
			if got := <-news; got.Visitors != 1 {
				t.Fatalf("the answer of look %d", got.Visitors)
			}
		}
		if late := <-mustWatch(t, l.liveHub, t.Context()); late.Visitors != 1 {
			t.Errorf("who comes at once gets the answer of look %d", late.Visitors)
		}
		l.stored.Add(1)
		time.Sleep(livePause + time.Millisecond)
		synctest.Wait()
		for _, news := range all {
			if got := <-news; got.Visitors != 2 {
				t.Fatalf("news a second later are of look %d", got.Visitors)
			}
		}
		if _, err := l.now(t.Context()); err != nil || l.looks.Load() != 2 {
			t.Errorf("who asks once does not share: %d looks, %v", l.looks.Load(), err)
		}
		l.close()
	})
}

func TestLooksAreRareWithoutNewsAndWhenTheyAreSlow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		took     time.Duration
		busy     bool
		from, to int64 // looks in a minute
	}{
		"busy":  {busy: true, from: 55, to: 61},
		"quiet": {from: 11, to: 13},
		"slow":  {took: 2 * time.Second, busy: true, from: 2, to: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLooked()
				l.took = c.took
				mustWatch(t, l.liveHub, t.Context())
				for range 600 {
					time.Sleep(100 * time.Millisecond)
					if c.busy {
						l.stored.Add(1)
					}
				}
				if n := l.looks.Load(); n < c.from || n > c.to {
					t.Errorf("%d looks in a minute", n)
				}
				l.close()
			})
		})
	}
}

func TestASlowWatcherGetsTheNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLooked()
		news := mustWatch(t, l.liveHub, t.Context())
		for range 5 {
			l.stored.Add(1)
			time.Sleep(livePause)
		}
		synctest.Wait()
		if got := <-news; int64(got.Visitors) != l.looks.Load() {
			t.Errorf("got look %d of %d", got.Visitors, l.looks.Load())
		}
		l.close()
	})
}

func TestCloseEndsAllWatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLooked()
		l.err = errors.New("broken") // a look that fails tells nobody anything
		news := mustWatch(t, l.liveHub, t.Context())
		l.close()
		if _, open := <-news; open {
			t.Error("the channel is open")
		}
		if _, err := l.watch(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("a watcher after the end: %v", err)
		}
		l.close()
	})
}

func TestWatchersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLooked()
		ctx, leave := context.WithCancel(t.Context())
		for range maxWatchers {
			mustWatch(t, l.liveHub, ctx)
		}
		if _, err := l.watch(ctx); !errors.Is(err, ErrBusy) {
			t.Errorf("one too many: %v", err)
		}
		leave()
		synctest.Wait()
		mustWatch(t, l.liveHub, t.Context())
		l.close()
	})
}
