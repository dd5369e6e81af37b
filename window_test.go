package behavior

import (
	"net/netip"
	"testing"
	"time"
)

func addressKey(n int) callerKey {
	return callerKey{addr: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})}
}

func TestIdleKeysAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	w := newWindow(Rate{Count: 3, Per: time.Minute}, func() time.Time { return now })
	for n := range 1000 {
		w.take(addressKey(n))
	}
	now = now.Add(time.Minute)
	for range 600 {
		w.take(addressKey(0))
	}
	if len(w.keys) != 1 || w.cost != keyCost+len(w.keys[addressKey(0)].marks) {
		t.Errorf("%d keys of cost %d are left", len(w.keys), w.cost)
	}
}

func TestAtTheCapTheQuietestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	w := newWindow(Rate{Count: 2, Per: time.Minute}, func() time.Time { return now })
	w.budget = 100 * (keyCost + 1)
	quiet, busy := addressKey(1<<20), addressKey(1<<20+1)
	w.take(quiet)
	for n := range 10_000 {
		now = now.Add(time.Millisecond)
		if n%50 == 0 {
			w.take(busy)
		}
		if _, ok := w.take(addressKey(n)); !ok {
			t.Fatal("a stranger's first request is refused")
		}
		if w.cost > w.budget+keyCost+maxMarks {
			t.Fatalf("cost is %d with a budget of %d", w.cost, w.budget)
		}
	}
	if w.keys[quiet] != nil {
		t.Error("the quietest key is still there")
	}
	cost := 0
	for _, h := range w.keys {
		cost += keyCost + len(h.marks)
	}
	if cost != w.cost {
		t.Errorf("the keys cost %d, noted are %d", cost, w.cost)
	}
}

func TestALargeRateNeedsFewMarks(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	w := newWindow(Rate{Count: 1_000_000, Per: time.Hour}, func() time.Time { return now })
	for range 100_000 {
		now = now.Add(36 * time.Millisecond)
		w.take(callerKey{user: "1"})
	}
	if h := w.keys[callerKey{user: "1"}]; len(h.marks) > 2*maxMarks || h.passed != 100_000 {
		t.Errorf("%d marks for %d requests", len(h.marks), h.passed)
	}
}
