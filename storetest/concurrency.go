package storetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

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
				switch err := try(t, h, newSession(numbered("s", n)))[0]; {
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
			if try(t, h, keyed(newView("a", "/"), "k"))[0] == nil {
				won.Add(1)
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
			add(t, h, newSession(name))
			for range each {
				add(t, h, newView(name, "/"), newInteraction(name, behavior.Click))
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

func concurrentCancel(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rows := rowsOf(newView("a", "/1"), newView("a", "/2"))
	err := h.Append(ctx, rows)
	if n := len(views(t, h)); err == nil && n != 2 || err != nil && n != 0 && n != 2 {
		t.Errorf("%d page views are stored, error %v", n, err)
	}
	if _, _, err := h.Sessions(ctx, behavior.Query{}); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("list: error is %v, want that of the context", err)
	}
	if err := h.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	add(t, h, newView("a", "/3"))
}
