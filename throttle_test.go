package behavior_test

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// clock is a clock that stands still until it is moved.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) wait(d time.Duration) { c.at = c.at.Add(d) }
func at(addr string) behavior.Caller  { return behavior.Caller{Addr: netip.MustParseAddr(addr)} }
func perMinute(n int) behavior.Rate   { return behavior.Rate{Count: n, Per: time.Minute} }
func user(id string) behavior.Caller {
	return behavior.Caller{User: behavior.User{ID: id}, Addr: netip.MustParseAddr("10.0.0.1")}
}
func staff(id string) behavior.Caller {
	return behavior.Caller{User: behavior.User{ID: id, Staff: true}}
}

// ask tells how many of n requests pass.
func ask(throttle behavior.Throttle, caller behavior.Caller, n int) (passed int) {
	for range n {
		if _, ok := throttle(get("/"), caller); ok {
			passed++
		}
	}
	return passed
}

func TestEachCallerHasAnAllowance(t *testing.T) {
	t.Parallel()
	throttle := behavior.RoleThrottle(perMinute(2), perMinute(5), newClock().now)
	for _, c := range []struct {
		name   string
		caller behavior.Caller
		passed int
	}{
		{"an address", at("10.0.0.1"), 2},
		{"another address", at("10.0.0.2"), 2},
		{"an address in IPv6", at("2001:db8::1"), 2},
		{"its neighbour, of the same subscriber", at("2001:db8::2"), 0},
		{"another subscriber", at("2001:db8:0:1::1"), 2},
		{"the first address, written as IPv6", at("::ffff:10.0.0.1"), 0},
		{"an address that is not known", behavior.Caller{}, 2},
		{"another one that is not known", behavior.Caller{}, 0},
		{"a user at the first address", user("1"), 2},
		{"another user there", user("2"), 2},
		{"staff", staff("3"), 5},
		{"other staff", staff("4"), 5},
	} {
		if got := ask(throttle, c.caller, 7); got != c.passed {
			t.Errorf("%s: %d of 7 requests pass, want %d", c.name, got, c.passed)
		}
	}
}

func TestAnonThrottleLetsUsersPass(t *testing.T) {
	t.Parallel()
	throttle := behavior.AnonThrottle(perMinute(2), newClock().now)
	if n := ask(throttle, user("1"), 50); n != 50 {
		t.Errorf("%d of 50 requests of a user pass", n)
	}
	if n := ask(throttle, at("10.0.0.1"), 50); n != 2 {
		t.Errorf("%d requests of a visitor pass, want 2", n)
	}
}

func TestUserThrottleGivesStaffNoMore(t *testing.T) {
	t.Parallel()
	throttle := behavior.UserThrottle(perMinute(2), newClock().now)
	for _, c := range []behavior.Caller{user("1"), staff("2"), at("10.0.0.1")} {
		if n := ask(throttle, c, 50); n != 2 {
			t.Errorf("%d requests of %v pass, want 2", n, c)
		}
	}
}

func TestTheWindowSlides(t *testing.T) {
	t.Parallel()
	clock := newClock()
	throttle := behavior.UserThrottle(perMinute(2), clock.now)
	visitor := at("10.0.0.1")
	ask(throttle, visitor, 1)
	clock.wait(40 * time.Second)
	ask(throttle, visitor, 1)
	if wait, ok := throttle(get("/"), visitor); ok || wait != 20*time.Second {
		t.Errorf("third request: %v, %v, want to wait 20 s", wait, ok)
	}
	clock.wait(20*time.Second - 1)
	if wait, ok := throttle(get("/"), visitor); ok || wait != 1 {
		t.Errorf("just before the first leaves: %v, %v", wait, ok)
	}
	clock.wait(1)
	if n := ask(throttle, visitor, 3); n != 1 {
		t.Errorf("when the first leaves %d requests pass, want 1", n)
	}
	if wait, _ := throttle(get("/"), visitor); wait != 40*time.Second {
		t.Errorf("then the wait is %v, want 40 s", wait)
	}
}

func TestARateOfZeroRefusesEverything(t *testing.T) {
	t.Parallel()
	clock := newClock()
	throttle := behavior.UserThrottle(behavior.Rate{Per: time.Hour}, clock.now)
	for range 3 {
		if wait, ok := throttle(get("/"), at("10.0.0.1")); ok || wait != time.Hour {
			t.Errorf("%v, %v, want to wait an hour", wait, ok)
		}
		clock.wait(2 * time.Hour)
	}
}

func TestAClockThatGoesBackDoesNoHarm(t *testing.T) {
	t.Parallel()
	clock := newClock()
	throttle := behavior.UserThrottle(perMinute(1), clock.now)
	ask(throttle, at("10.0.0.1"), 1)
	clock.wait(-time.Hour)
	if wait, ok := throttle(get("/"), at("10.0.0.1")); ok || wait != time.Minute {
		t.Errorf("%v, %v, want to wait a minute", wait, ok)
	}
}

// A rate of many requests is counted in steps. It never lets more pass than it
// says, and a step later than it must it lets as many pass again.
func TestALargeRate(t *testing.T) {
	t.Parallel()
	const rate = 10_000
	clock := newClock()
	throttle := behavior.UserThrottle(behavior.Rate{Count: rate, Per: time.Hour}, clock.now)
	visitor := at("10.0.0.1")
	for range rate / 10 {
		if ask(throttle, visitor, 10) != 10 {
			t.Fatal("a request within the rate is refused")
		}
		clock.wait(time.Second)
	}
	if wait, ok := throttle(get("/"), visitor); ok || wait <= 0 || wait > time.Hour {
		t.Errorf("one more: %v, %v", wait, ok)
	}
	clock.wait(time.Hour - rate/10*time.Second)
	if n := ask(throttle, visitor, rate); n > 10 {
		t.Errorf("%d requests pass when ten have left the window", n)
	}
	clock.wait(time.Hour + time.Hour/256)
	if n := ask(throttle, visitor, 2*rate); n != rate {
		t.Errorf("%d requests pass in an empty window", n)
	}
}

// model is the reference's throttle: a list of the requests that have passed.
type model struct {
	rate    behavior.Rate
	history map[netip.Addr][]time.Time
}

func (m *model) take(addr netip.Addr, now time.Time) (time.Duration, bool) {
	var inWindow []time.Time
	for _, at := range m.history[addr] {
		if at.After(now.Add(-m.rate.Per)) {
			inWindow = append(inWindow, at)
		}
	}
	m.history[addr] = inWindow
	if len(inWindow) < m.rate.Count {
		m.history[addr] = append(inWindow, now)
		return 0, true
	}
	wait := m.rate.Per
	if len(inWindow) > 0 {
		wait -= now.Sub(inWindow[0])
	}
	return wait / time.Duration(m.rate.Count-len(inWindow)+1), false
}

func TestAThrottleIsTheReferencesList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := behavior.Rate{
			Count: rapid.IntRange(0, 9).Draw(t, "count"),
			Per:   rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(t, "per"),
		}
		clock := newClock()
		m := model{rate: rate, history: map[netip.Addr][]time.Time{}}
		throttle := behavior.UserThrottle(rate, clock.now)
		for range rapid.IntRange(1, 200).Draw(t, "requests") {
			clock.wait(time.Duration(rapid.Int64Range(0, int64(rate.Per)/3).Draw(t, "pause")))
			caller := behavior.Caller{Addr: netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 4).Draw(t, "addr"))})}
			wantWait, want := m.take(caller.Addr, clock.at)
			gotWait, got := throttle(get("/"), caller)
			if got != want || gotWait != wantWait {
				t.Fatalf("at %v: %v, %v, want %v, %v", clock.at, gotWait, got, wantWait, want)
			}
		}
	})
}

func TestManyGoroutinesGetNoMoreThanTheRate(t *testing.T) {
	t.Parallel()
	throttle := behavior.RoleThrottle(perMinute(100), perMinute(1), newClock().now)
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { passed.Add(int64(ask(throttle, at("10.0.0.1"), 50))) })
	}
	wg.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d requests pass, want 100", passed.Load())
	}
}

// BenchmarkThrottle has every processor ask for callers of its own and for
// ever new ones, the worst that strangers can do.
func BenchmarkThrottle(b *testing.B) {
	for name, churn := range map[string]uint32{"100 callers": 100, "ever new callers": 1 << 31} {
		b.Run(name, func(b *testing.B) {
			throttle := behavior.RoleThrottle(perMinute(30), perMinute(100), time.Now)
			var next atomic.Uint32
			r := get("/")
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					n := next.Add(1) % churn
					throttle(r, behavior.Caller{Addr: netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})})
				}
			})
		})
	}
}
