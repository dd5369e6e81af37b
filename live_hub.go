package behavior

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// livePause is the least time between two looks. A look that takes long is
	// followed by a longer one: nine times what it took, so that watching costs
	// the engine a tenth of its time at most.
	livePause = time.Second

	// liveIdle is how long nothing is looked at while nothing is recorded here:
	// visitors leave all the same, and another process may write to the store.
	liveIdle = 5 * time.Second

	// maxWatchers is how many can watch. Each holds a connection.
	maxWatchers = 1000
)

// liveHub shares looks among those who want to know what happens. While nobody
// watches it does nothing, and the way of writing never does anything for it:
// the hub sees by the recorder's count that there is news.
type liveHub struct {
	look   func(context.Context) (Live, error)
	stored func() uint64 // rows recorded here so far
	log    *slog.Logger

	turn   chan struct{} // capacity 1: held by who looks; guards the next three
	latest sight
	looked time.Time     // when latest was; zero: never
	pause  time.Duration // how long nobody looks again
	come   chan struct{} // capacity 1: a new watcher waits for the first answer

	mu       sync.Mutex
	watchers map[*watcher]struct{}
	stop     context.CancelFunc // ends run; nil while it does not run
	running  sync.WaitGroup
	closed   bool
}

// sight is what one look has found.
type sight struct {
	Live
	n int // of the look
}

// watcher is one who watches.
type watcher struct {
	news   chan Live // capacity 1
	told   int       // the last sight; zero: none
	forget func() bool
}

func newLiveHub(look func(context.Context) (Live, error), stored func() uint64, log *slog.Logger) *liveHub {
	return &liveHub{look: look, stored: stored, log: log, turn: make(chan struct{}, 1), come: make(chan struct{}, 1), watchers: make(map[*watcher]struct{})}
}

// now returns what was seen a moment ago, or looks.
func (h *liveHub) now(ctx context.Context) (sight, error) {
	select {
	case h.turn <- struct{}{}:
	case <-ctx.Done():
		return sight{}, ctx.Err()
	}
	defer func() { <-h.turn }()
	start := time.Now()
	if !h.looked.IsZero() && start.Sub(h.looked) < h.pause {
		return h.latest, nil
	}
	found, err := h.look(ctx)
	if err != nil {
		return sight{}, err
	}
	h.latest, h.looked = sight{found, h.latest.n + 1}, time.Now()
	h.pause = max(livePause, 9*h.looked.Sub(start))
	return h.latest, nil
}

// watch adds a watcher. The first one starts run.
func (h *liveHub) watch(ctx context.Context) (<-chan Live, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, ErrUnavailable
	case len(h.watchers) == maxWatchers:
		return nil, ErrBusy
	}
	w := &watcher{news: make(chan Live, 1)}
	w.forget = context.AfterFunc(ctx, func() { h.leave(w) })
	h.watchers[w] = struct{}{}
	select {
	case h.come <- struct{}{}:
	default:
	}
	if h.stop == nil {
		running, stop := context.WithCancel(context.Background())
		h.stop = stop
		h.running.Go(func() { h.run(running) })
	}
	return w.news, nil
}

// leave removes a watcher. With the last one run ends.
func (h *liveHub) leave(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, there := h.watchers[w]; !there {
		return
	}
	delete(h.watchers, w)
	close(w.news)
	if len(h.watchers) == 0 {
		h.stop()
		h.stop = nil
	}
}

// close removes all watchers and refuses others. It may be called more than once.
func (h *liveHub) close() {
	h.mu.Lock()
	h.closed = true
	for w := range h.watchers {
		w.forget()
		delete(h.watchers, w)
		close(w.news)
	}
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	h.mu.Unlock()
	h.running.Wait()
}

// run looks and tells until ctx ends.
func (h *liveHub) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-h.come: // whoever has come by now is told
		default:
		}
		seen := h.stored()
		found, err := h.now(ctx)
		switch {
		case err == nil:
			h.tell(found)
		case ctx.Err() == nil:
			h.log.WarnContext(ctx, "what happens now cannot be told", "error", err)
		}
		h.rest(ctx, seen)
	}
}

// rest waits until there is news, or a new watcher, or the last look is old.
func (h *liveHub) rest(ctx context.Context, seen uint64) {
	tick := time.NewTicker(livePause)
	defer tick.Stop()
	for waited := time.Duration(0); waited < liveIdle; waited += livePause {
		select {
		case <-ctx.Done():
			return
		case <-h.come:
			return
		case <-tick.C:
		}
		if h.stored() != seen {
			return
		}
	}
}

// tell gives an answer to all who have not had it. What a slow watcher has not
// taken is replaced.
func (h *liveHub) tell(found sight) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		if w.told == found.n {
			continue
		}
		select {
		case <-w.news:
		default:
		}
		w.told = found.n
		w.news <- found.Live
	}
}
