package web

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

func TestAttemptsLookBackOverASlidingSpan(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	a := newAttempts(behavior.Rate{Count: 2, Per: time.Minute}, func() time.Time { return now })
	key, other := keyOf("a"), keyOf("b")
	for _, step := range []struct {
		pass time.Duration
		note bool
		wait time.Duration
	}{
		{0, false, 0},
		{0, true, 0},
		{20 * time.Second, true, 40 * time.Second},
		{10 * time.Second, false, 30 * time.Second},
		{30 * time.Second, false, 0},
		{0, true, 20 * time.Second},
		{time.Hour, false, 0},
	} {
		now = now.Add(step.pass)
		if step.note {
			a.note(key)
		}
		if got := a.wait(key); got != step.wait {
			t.Errorf("%+v: wait %v", step, got)
		}
		if got := a.wait(other); got != 0 {
			t.Errorf("%+v: another key waits %v", step, got)
		}
	}
}

func TestAttemptsForgetTheQuietest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	a := newAttempts(behavior.Rate{Count: 1, Per: time.Hour}, func() time.Time { return now })
	for i := range maxAttemptKeys + 10 {
		a.note(keyOf(strconv.Itoa(i)))
	}
	if len(a.keys) != maxAttemptKeys || a.ring.Len() != maxAttemptKeys {
		t.Errorf("it remembers %d keys", len(a.keys))
	}
	if a.wait(keyOf("0")) != 0 || a.wait(keyOf("10")) == 0 {
		t.Error("others than the quietest are forgotten")
	}
	now = now.Add(time.Hour)
	for i := range 10 {
		a.note(keyOf("new", strconv.Itoa(i)))
	}
	if len(a.keys) != maxAttemptKeys-20+10 {
		t.Errorf("%d keys are left", len(a.keys))
	}
}

func TestKeysDoNotRunIntoEachOther(t *testing.T) {
	t.Parallel()
	if keyOf("a", "bc") == keyOf("ab", "c") || keyOf("a") == keyOf("", "a") {
		t.Error("two keys are one")
	}
	one, other := newGuess(netip.MustParseAddr("203.0.113.1"), "ann"), newGuess(netip.MustParseAddr("203.0.113.1"), "bob")
	if one.addr != other.addr || one.name == other.name || one.pair == other.pair || one.name == one.pair {
		t.Error("guesses are mixed up")
	}
}
