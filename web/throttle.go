package web

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// guard slows down those who guess passwords. It counts together with other
// servers where windows are shared, and by itself as well: that is what counts
// while they cannot be reached.
type guard struct {
	windows      behavior.Windows // nil: not shared
	addrs, names *attempts
	known        *attempts // pairs of an address and a name that has signed in from there
}

// knownRate is how a pair is remembered: noted once, it has to wait as long as
// it is known.
var knownRate = behavior.Rate{Count: 1, Per: knownFor}

func newGuard(windows behavior.Windows, now func() time.Time) *guard {
	return &guard{
		windows: windows, addrs: newAttempts(addrRate, now), names: newAttempts(nameRate, now), known: newAttempts(knownRate, now),
	}
}

// guess is one attempt to sign in, as a guard sees it.
type guess struct{ addr, name, pair attemptKey }

func newGuess(addr netip.Addr, name string) guess {
	from := network(addr).String()
	return guess{addr: keyOf(from), name: keyOf("", name), pair: keyOf(from, name)}
}

// The keys of a guess in windows that are shared.
func (g guess) addrKey() behavior.WindowKey  { return windowKey("address", g.addr, addrRate) }
func (g guess) nameKey() behavior.WindowKey  { return windowKey("name", g.name, nameRate) }
func (g guess) pairKey() behavior.WindowKey  { return windowKey("name", g.pair, nameRate) }
func (g guess) knownKey() behavior.WindowKey { return windowKey("known", g.pair, knownRate) }

func windowKey(what string, key attemptKey, rate behavior.Rate) behavior.WindowKey {
	return behavior.WindowKey{Name: "password " + what + " " + hex.EncodeToString(key[:]), Rate: rate}
}

// verdict is what a guard says of a guess.
type verdict struct {
	wait  time.Duration // zero: go on
	known bool          // the name has signed in from this address
	fresh bool          // and not long ago
}

// judge tells how long a guess has to wait. Where the name is known, what others
// do at its address does not count.
func (g *guard) judge(ctx context.Context, at guess) verdict {
	known := g.known.wait(at.pair)
	told := known                 // to the other servers
	var pair, alone time.Duration // at other servers
	if g.windows != nil {
		waits, err := g.windows.Waits(ctx, at.knownKey(), at.pairKey(), at.addrKey(), at.nameKey())
		if err == nil {
			told = waits[0]
			known, pair, alone = max(known, waits[0]), waits[1], max(waits[2], waits[3])
		}
	}
	if known > 0 {
		return verdict{wait: max(pair, g.names.wait(at.pair)), known: true, fresh: told > knownFor/2}
	}
	return verdict{wait: max(alone, g.addrs.wait(at.addr), g.names.wait(at.name))}
}

// judgeAddr tells how long an address has to wait, whatever the name.
func (g *guard) judgeAddr(ctx context.Context, at guess) time.Duration {
	wait := g.addrs.wait(at.addr)
	if g.windows != nil {
		if waits, err := g.windows.Waits(ctx, at.addrKey()); err == nil {
			wait = max(wait, waits[0])
		}
	}
	return wait
}

// failed counts a guess that was wrong.
func (g *guard) failed(ctx context.Context, at guess, known bool) {
	g.addrs.note(at.addr)
	name, key := at.name, at.nameKey()
	if known {
		name, key = at.pair, at.pairKey()
	}
	g.names.note(name)
	g.share(ctx, at.addrKey(), key)
}

// failedAddr counts an attempt of an address.
func (g *guard) failedAddr(ctx context.Context, at guess) {
	g.addrs.note(at.addr)
	g.share(ctx, at.addrKey())
}

// succeeded remembers where a name has signed in. Other servers are told now
// and then: credentials may come with every request.
func (g *guard) succeeded(ctx context.Context, at guess, v verdict) {
	g.known.note(at.pair)
	if !v.fresh {
		g.share(ctx, at.knownKey())
	}
}

// share tells other servers; where that fails, this one knows.
func (g *guard) share(ctx context.Context, keys ...behavior.WindowKey) {
	if g.windows != nil {
		_ = g.windows.Note(ctx, keys...)
	}
}
