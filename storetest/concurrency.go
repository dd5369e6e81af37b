package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

var concurrencyCases = []testCase{
	{"of many sessions of one name exactly one is stored", concurrentNames},
	{"of many events with one key exactly one is stored", concurrentKeys},
	{"everything that is acknowledged is there", concurrentAppends},
	{"a reader never sees half of an append or a deletion", concurrentReaders},
	{"a caller who gives up leaves the store usable", concurrentCancel},
}

func concurrentNames(t *testing.T, h *house) {
	const callers, names = 16, 10
	for n := range names {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				switch err := put(t.Context(), h, newSession(numbered("s", n))); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, behavior.ErrConflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, "winners", int32(1), won.Load())
	}
	same(t, "count of sessions", names, len(sessions(t, h)))
}

func concurrentKeys(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	h.reopen(t)
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			switch err := put(t.Context(), h, keyed(newView("a", "/"), "k")); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, behavior.ErrDuplicate):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	same(t, "winners", int32(1), won.Load())
	same(t, "count of page views", 1, len(views(t, h)))
}

func concurrentAppends(t *testing.T, h *house) {
	const callers, each = 8, 25
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			name := numbered("s", n)
			err := put(t.Context(), h, newSession(name))
			for range each {
				err = errors.Join(err, put(t.Context(), h, newView(name, "/"), newInteraction(name, behavior.Click)))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.reopen(t)
	seen := map[int64]bool{}
	for _, v := range views(t, h) {
		seen[v.ID] = true
	}
	same(t, "different ids of page views", callers*each, len(seen))
	same(t, "count of interactions", callers*each, len(interactions(t, h)))
}

func concurrentReaders(t *testing.T, h *house) {
	const rounds, each = 30, 7
	add(t, h, newSession("keep"))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				list, total, err := h.PageViews(t.Context(), behavior.Query{})
				if err != nil || total%each != 0 || len(list) != total {
					t.Errorf("a reader sees %d page views of %d, error %v", len(list), total, err)
					return
				}
			}
		})
	}
	for n := range rounds {
		s := newSession(numbered("s", n))
		records := []any{s}
		for range each {
			records = append(records, newView(s.SessionID, "/"))
		}
		add(t, h, records...)
		if n%2 == 0 {
			remove(t, h, behavior.KindSession, s.ID)
		}
	}
	close(done)
	wg.Wait()
}

// concurrentCancel has a caller give up at any moment of an append.
func concurrentCancel(t *testing.T, h *house) {
	const rounds, each = 40, 2
	add(t, h, newSession("a"), newView("a", "/first"))
	began := time.Now()
	add(t, h, newView("a", "/ordinary"))
	took := time.Since(began)
	want := map[string]bool{}
	for n := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		path, after := numbered("/", n), rand.N(took)
		timer := time.AfterFunc(after, cancel)
		err := put(ctx, h, newView("a", path), newView("a", path))
		timer.Stop()
		cancel()
		if want[path] = err == nil; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who gave up after %v: error is %v, want that of the context", after, err)
		}
	}
	stored := map[string]int{}
	for _, v := range views(t, h) {
		stored[v.Path]++
	}
	for path, acknowledged := range want {
		if n := stored[path]; n != each && (n != 0 || acknowledged) {
			t.Errorf("of %d page views of %s %d are stored; acknowledged: %v", each, path, n, acknowledged)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := put(gone, h, newView("a", "/gone")); !errors.Is(err, context.Canceled) {
		t.Errorf("append: error is %v, want that of the context", err)
	}
	if _, _, err := h.Sessions(gone, behavior.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("list: error is %v, want that of the context", err)
	}
	if err := h.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	add(t, h, newView("a", "/later"))
}
