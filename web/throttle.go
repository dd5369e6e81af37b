package web

import (
	"container/list"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
)

// The rates at which passwords may be guessed: from one address, and for one
// name. Only failures count.
var (
	addrRate = behavior.Rate{Count: 30, Per: time.Minute}
	nameRate = behavior.Rate{Count: 10, Per: time.Minute}
)

// knownFor is how long an address is remembered from which a name has signed
// in: a stranger who guesses at the name does not keep its owner waiting there.
const knownFor = 24 * time.Hour

// maxAttemptKeys bounds what an attempts remembers, to about 12 MiB. Beyond it
// the keys that have been quiet longest are forgotten.
const maxAttemptKeys = 1 << 15

// attemptKey stands for an address or a name, however long.
type attemptKey [16]byte

func keyOf(parts ...string) (key attemptKey) {
	sum := sha256.New()
	for _, part := range parts {
		digest := sha256.Sum256([]byte(part))
		sum.Write(digest[:])
	}
	copy(key[:], sum.Sum(nil))
	return key
}

// attempts counts what was tried within a sliding span of time, for each key.
// Unlike a [behavior.Throttle] it can be asked without counting.
type attempts struct {
	rate  behavior.Rate
	now   func() time.Time
	start time.Time

	mu   sync.Mutex
	keys map[attemptKey]*list.Element // of *tries
	ring *list.List                   // the quietest first
}

// tries is what was tried with one key: the times since the start, the oldest
// first, and never more than the rate's count.
type tries struct {
	key attemptKey
	at  []time.Duration
}

func newAttempts(rate behavior.Rate, now func() time.Time) *attempts {
	return &attempts{rate: rate, now: now, start: now(), keys: make(map[attemptKey]*list.Element), ring: list.New()}
}

// wait tells how long a key has to wait until the next attempt; zero: not at all.
func (a *attempts) wait(key attemptKey) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	found, ok := a.keys[key]
	if !ok {
		return 0
	}
	at := found.Value.(*tries).at
	if len(at) < a.rate.Count {
		return 0
	}
	return min(a.rate.Per, max(0, at[0]+a.rate.Per-a.now().Sub(a.start)))
}

// note counts an attempt of a key.
func (a *attempts) note(key attemptKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now().Sub(a.start)
	a.forget(now)
	found, ok := a.keys[key]
	if !ok {
		found = a.ring.PushBack(&tries{key: key})
		a.keys[key] = found
	}
	t := found.Value.(*tries)
	if t.at = append(t.at, now); len(t.at) > a.rate.Count {
		t.at = append(t.at[:0], t.at[1:]...)
	}
	a.ring.MoveToBack(found)
}

// forget drops keys that no longer matter, a few at a time so that no attempt
// pays for many, and the quietest while there are too many.
func (a *attempts) forget(now time.Duration) {
	for i := 0; ; i++ {
		first := a.ring.Front()
		if first == nil {
			return
		}
		t := first.Value.(*tries)
		if len(a.keys) < maxAttemptKeys && (i == 2 || t.at[len(t.at)-1] > now-a.rate.Per) {
			return
		}
		a.ring.Remove(first)
		delete(a.keys, t.key)
	}
}

// guard slows down those who guess passwords.
type guard struct {
	addrs, names *attempts
	known        *attempts // pairs of an address and a name that has signed in from there
}

func newGuard(now func() time.Time) *guard {
	return &guard{
		addrs: newAttempts(addrRate, now), names: newAttempts(nameRate, now),
		known: newAttempts(behavior.Rate{Count: 1, Per: knownFor}, now),
	}
}

// guess is one attempt to sign in, as a guard sees it.
type guess struct{ addr, name, pair attemptKey }

func newGuess(addr netip.Addr, name string) guess {
	from := network(addr).String()
	return guess{addr: keyOf(from), name: keyOf("", name), pair: keyOf(from, name)}
}

// wait tells how long a guess has to wait; zero: not at all. Where the name is
// known, what others do at its address does not count.
func (g *guard) wait(at guess) time.Duration {
	if g.isKnown(at) {
		return g.names.wait(at.pair)
	}
	return max(g.addrs.wait(at.addr), g.names.wait(at.name))
}

// failed counts a guess that was wrong.
func (g *guard) failed(at guess) {
	g.addrs.note(at.addr)
	if g.isKnown(at) {
		g.names.note(at.pair)
		return
	}
	g.names.note(at.name)
}

// succeeded remembers where a name has signed in.
func (g *guard) succeeded(at guess) { g.known.note(at.pair) }

func (g *guard) isKnown(at guess) bool { return g.known.wait(at.pair) > 0 }
