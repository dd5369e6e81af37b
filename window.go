package behavior

import (
	"sync"
	"time"
)

const (
	// maxMarks is how many points in time one key remembers. A rate of more
	// requests than that is counted in steps of a 256th of its span.
	maxMarks = 256
	// windowBudget is how many marks a window holds for all keys together; a
	// mark takes 16 bytes. keyCost is what a key takes besides its marks.
	windowBudget = 1 << 20
	keyCost      = 16
)

// window lets a number of requests pass for each key within a sliding span of
// time. One lock guards all keys: a request holds it for about 0.1 µs, or 1 µs
// when its key is new.
type window struct {
	count  int
	per    time.Duration
	grain  time.Duration // marks are rounded up to it; zero: not rounded
	budget int
	now    func() time.Time
	start  time.Time

	mu    sync.Mutex
	keys  map[callerKey]*history
	quiet history // the ring of all histories; next is the one quiet longest
	cost  int     // of all keys, see windowBudget
}

// history is what has passed for one key.
type history struct {
	key        callerKey
	prev, next *history // by the latest request
	passed     int      // the sum of the marks
	owed       int      // how much of it other servers have not been told
	marks      []mark   // a ring, from first on, oldest first
	first, n   int
}

// mark is a point in time, since the window's start, and how many requests passed at it.
type mark struct {
	at    time.Duration
	count int
}

func newWindow(rate Rate, now func() time.Time) *window {
	w := &window{
		count: rate.Count, per: rate.Per, budget: windowBudget,
		now: now, start: now(), keys: make(map[callerKey]*history),
	}
	if rate.Count > maxMarks {
		w.grain = rate.Per / maxMarks
	}
	w.quiet.prev, w.quiet.next = &w.quiet, &w.quiet
	return w
}

// take counts a request of a key, or tells how long to wait for the next: until
// the oldest request that passed leaves the window.
func (w *window) take(key callerKey) (wait time.Duration, ok bool) {
	wait, ok, _ = w.takeOwing(key, 0)
	return wait, ok
}

// takeOwing is take for a window of which others are told: each time that they
// have not been told of a whole step, owed is what to tell them. A step of zero
// owes nothing.
func (w *window) takeOwing(key callerKey, step int) (wait time.Duration, ok bool, owed int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now().Sub(w.start)
	w.forget(now)
	if w.count == 0 {
		return w.per, false, 0
	}
	h := w.of(key)
	h.expire(now - w.per)
	if h.passed >= w.count {
		return min(w.per, w.per-(now-h.marks[h.first].at)), false, 0
	}
	w.mark(h, now)
	if step > 0 {
		h.owed = min(h.owed+1, h.passed) // what has left the window is not owed
	}
	if step > 0 && h.owed >= step {
		owed, h.owed = h.owed, 0
	}
	return 0, true, owed
}

// pass counts a request that has been let pass elsewhere.
func (w *window) pass(key callerKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now().Sub(w.start)
	w.forget(now)
	h := w.of(key)
	h.expire(now - w.per)
	w.mark(h, now)
}

// owe takes note that others could not be told.
func (w *window) owe(key callerKey, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.keys[key]; h != nil { // else it has left the window
		h.owed += n
	}
}

// of returns the history of a key, which begins where there is none.
func (w *window) of(key callerKey) *history {
	if h := w.keys[key]; h != nil {
		return h
	}
	return w.add(key)
}

// add begins the history of a key.
func (w *window) add(key callerKey) *history {
	h := &history{key: key, marks: make([]mark, 1)}
	w.keys[key] = h
	w.cost += keyCost + len(h.marks)
	return h
}

// mark notes a request that passes, and makes its key the least quiet one.
func (w *window) mark(h *history, now time.Duration) {
	if w.grain > 0 {
		now = (now + w.grain - 1) / w.grain * w.grain
	}
	h.passed++
	h.unlink()
	h.link(w.quiet.prev, &w.quiet)
	if h.n > 0 {
		if latest := &h.marks[(h.first+h.n-1)%len(h.marks)]; w.grain > 0 && latest.at == now {
			latest.count++
			return
		}
	}
	if h.n == len(h.marks) {
		w.cost += h.grow()
	}
	h.marks[(h.first+h.n)%len(h.marks)] = mark{at: now, count: 1}
	h.n++
}

// forget drops the keys whose window is empty, a few at a time so that no
// request pays for many, and the quietest ones while the budget is exceeded.
func (w *window) forget(now time.Duration) {
	for i := 0; ; i++ {
		h := w.quiet.next
		if h == &w.quiet || w.cost <= w.budget && (i == 2 || h.latest() > now-w.per) {
			return
		}
		h.unlink()
		delete(w.keys, h.key)
		w.cost -= keyCost + len(h.marks)
	}
}

// expire drops the marks at a point in time and before it.
func (h *history) expire(until time.Duration) {
	for h.n > 0 && h.marks[h.first].at <= until {
		h.passed -= h.marks[h.first].count
		h.first = (h.first + 1) % len(h.marks)
		h.n--
	}
}

// latest is when the key's last request passed. A history in the ring has one.
func (h *history) latest() time.Duration {
	return h.marks[(h.first+h.n-1+len(h.marks))%len(h.marks)].at
}

// grow doubles the ring and returns by how many marks.
func (h *history) grow() int {
	marks := make([]mark, 2*len(h.marks))
	n := copy(marks, h.marks[h.first:])
	copy(marks[n:], h.marks[:h.first])
	grown := len(h.marks)
	h.marks, h.first = marks, 0
	return grown
}

func (h *history) link(prev, next *history) {
	h.prev, h.next = prev, next
	prev.next, next.prev = h, h
}

func (h *history) unlink() {
	if h.next != nil {
		h.prev.next, h.next.prev = h.next, h.prev
	}
}
