package behavior

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// counting is how throttles count.
type counting struct {
	windows Windows // shared with other servers; nil: each by itself
	now     func() time.Time
}

// allowance is what each caller may do at a rate, here and, where windows are
// shared, at all servers together.
//
// A rate of up to 256 requests is then exact: each request asks the windows, but
// for those of a caller who is known to have to wait. Of a higher rate a server
// counts itself and asks once for a 32nd of it: what a caller may do is then
// exceeded by less than that at each server, and a caller who does less, as nearly
// all visitors, costs nothing.
type allowance struct {
	local *window // counts all that passes here: the last word when windows fail

	windows Windows
	name    string
	rate    Rate
	step    int // how many requests are taken at once

	mu      sync.Mutex
	refused recent[time.Time] // until when callers have to wait
}

const (
	// exactCount is the highest rate whose requests are counted one by one.
	exactCount = maxMarks
	// stepsOfRate is in how many steps higher ones are.
	stepsOfRate = 32
	// maxRefused bounds each generation of what is known of callers who wait.
	maxRefused = 1 << 14
)

// allowance returns one that no other shares its name with.
func (c counting) allowance(name string, rate Rate) *allowance {
	a := &allowance{local: newWindow(rate, c.now), windows: c.windows, name: name, rate: rate, step: 1}
	if c.windows != nil {
		a.refused = newRecent[time.Time](maxRefused)
	}
	if rate.Count > exactCount {
		a.step = rate.Count / stepsOfRate
	}
	return a
}

// take counts a request of a caller, or tells how long to wait for the next.
func (a *allowance) take(r *http.Request, key callerKey) (wait time.Duration, ok bool) {
	if a.windows == nil || a.rate.Count == 0 {
		return a.local.take(key)
	}
	name := a.name + " " + key.user
	if key.user == "" {
		name = a.name + " from " + key.addr.String()
	}
	if wait := a.waiting(name); wait > 0 {
		return wait, false
	}
	if a.step > 1 {
		return a.takeSteps(r.Context(), key, name)
	}
	wait, err := a.windows.Take(r.Context(), WindowKey{name, a.rate}, 1)
	switch {
	case err != nil:
		return a.local.take(key)
	case wait > 0:
		a.refuse(name, wait)
		return wait, false
	}
	a.local.pass(key)
	return 0, true
}

// takeSteps counts here, and tells the others of a whole step.
func (a *allowance) takeSteps(ctx context.Context, key callerKey, name string) (wait time.Duration, ok bool) {
	wait, ok, owed := a.local.takeOwing(key, a.step)
	if owed == 0 {
		return wait, ok
	}
	wait, err := a.windows.Take(ctx, WindowKey{name, a.rate}, owed)
	switch {
	case err != nil:
		a.local.owe(key, owed)
	case wait > 0:
		a.local.owe(key, owed-1) // this one does not pass
		a.refuse(name, wait)
		return wait, false
	}
	return 0, true
}

// waiting tells how long a caller has to wait who was refused; zero: not known.
func (a *allowance) waiting(name string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	until, ok := a.refused.get(name)
	if !ok {
		return 0
	}
	return min(a.rate.Per, until.Sub(a.local.now()))
}

// refuse remembers that a caller has to wait: until then nothing can pass.
func (a *allowance) refuse(name string, wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.refused.set(name, a.local.now().Add(wait))
}
