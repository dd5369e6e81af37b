package account

import (
	"fmt"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// openClock opens a store that counts by a clock of the test's.
func openClock(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	s, err := OpenPostgres(t.Context(), withParameter(postgresDSN(t), "pool_max_conns", "3"), Options{Schema: newSchema(t), Migrate: true, Now: now})
	return closing(t, s, err)
}

func TestAFileIsNotShared(t *testing.T) {
	t.Parallel()
	if w := open(t).Windows(); w != nil {
		t.Errorf("windows: %v", w)
	}
}

// What is counted in the database passes as a throttle in memory lets it pass,
// and waits as long.
func TestWindowsAreThoseOfAThrottle(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	w, keys := openClock(t, func() time.Time { return now }).Windows(), 0
	rapid.Check(t, func(rt *rapid.T) {
		keys++
		rate := behavior.Rate{Count: rapid.IntRange(0, 5).Draw(rt, "count"), Per: rapid.SampledFrom([]time.Duration{time.Second, time.Minute}).Draw(rt, "per")}
		throttle := behavior.UserThrottle(rate, func() time.Time { return now })
		for range rapid.IntRange(1, 25).Draw(rt, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 700).Draw(rt, "pause")) * rate.Per / 1000)
			want, ok := throttle(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), behavior.Caller{})
			got, err := w.Take(t.Context(), behavior.WindowKey{Name: fmt.Sprint(keys), Rate: rate}, 1)
			if err != nil || got != want || (got == 0) != ok {
				rt.Fatalf("wait %v, %v; want %v", got, err, want)
			}
		}
	})
}

// Many servers take at once: exactly as many pass as may.
func TestWindowsAreExactWithManyServers(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	stores := []*Store{openSchema(t, schema, true), openSchema(t, schema, false)}
	key := behavior.WindowKey{Name: "a", Rate: behavior.Rate{Count: 50, Per: time.Hour}}
	var passed atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 15 {
				wait, err := stores[i%2].Windows().Take(t.Context(), key, 1)
				switch {
				case err != nil:
					t.Error(err)
				case wait == 0:
					passed.Add(1)
				case wait > time.Hour || wait < time.Hour-time.Minute:
					t.Errorf("wait %v", wait)
				}
			}
		})
	}
	all.Wait()
	if n := passed.Load(); n != 50 {
		t.Errorf("%d of 120 passed", n)
	}
}

func TestManyAreTakenAtOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	w := openClock(t, func() time.Time { return now }).Windows()
	key := behavior.WindowKey{Name: "a", Rate: behavior.Rate{Count: 100, Per: time.Minute}}
	for i, want := range []time.Duration{0, 0, 40 * time.Second, 30 * time.Second, 20 * time.Second, 10 * time.Second, 0, 0} {
		if got, err := w.Take(t.Context(), key, 40); err != nil || got != want {
			t.Errorf("the %d. time: %v, %v, want %v", i+1, got, err, want)
		}
		now = now.Add(10 * time.Second)
	}
}

func TestNotedIsRememberedUpToTheRate(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s := openClock(t, func() time.Time { return now })
	w := s.Windows()
	one := behavior.WindowKey{Name: "one", Rate: behavior.Rate{Count: 2, Per: time.Minute}}
	other := behavior.WindowKey{Name: "other", Rate: behavior.Rate{Count: 1, Per: time.Hour}}
	sameName := behavior.WindowKey{Name: "one", Rate: behavior.Rate{Count: 1, Per: time.Minute}}
	for _, step := range []struct {
		pass time.Duration
		note []behavior.WindowKey
		want [3]time.Duration // of one, other and sameName
	}{
		{0, nil, [3]time.Duration{}},
		{0, []behavior.WindowKey{one}, [3]time.Duration{}},
		{20 * time.Second, []behavior.WindowKey{other, one}, [3]time.Duration{40 * time.Second, time.Hour, 0}},
		{20 * time.Second, []behavior.WindowKey{one, sameName}, [3]time.Duration{40 * time.Second, time.Hour - 20*time.Second, time.Minute}},
		{40 * time.Second, nil, [3]time.Duration{0, time.Hour - time.Minute, 20 * time.Second}},
		{2 * time.Hour, nil, [3]time.Duration{}},
	} {
		now = now.Add(step.pass)
		if err := w.Note(t.Context(), step.note...); err != nil {
			t.Fatal(err)
		}
		waits, err := w.Waits(t.Context(), one, other, sameName)
		if err != nil || len(waits) != 3 || [3]time.Duration(waits) != step.want {
			t.Errorf("%+v: %v, %v", step, waits, err)
		}
	}
}

func TestCountsAreForgotten(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s := openClock(t, func() time.Time { return now })
	for i := range 10 {
		key := behavior.WindowKey{Name: fmt.Sprint(i), Rate: behavior.Rate{Count: 1, Per: time.Duration(i+1) * time.Minute}}
		if _, err := s.Windows().Take(t.Context(), key, 1); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(3 * time.Minute)
	for _, step := range []struct{ most, left int }{{10, 7}, {2, 2}, {2, 2}} {
		if err := s.cleanWindows(t.Context(), step.most); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "windows"); n != step.left {
			t.Errorf("%d left of at most %d", n, step.most)
		}
	}
	waits, err := s.Windows().Waits(t.Context(), behavior.WindowKey{Name: "9", Rate: behavior.Rate{Count: 1, Per: 10 * time.Minute}})
	if err != nil || waits[0] != 7*time.Minute {
		t.Errorf("the last one waits %v, %v", waits, err)
	}
}

// BenchmarkTake is what one request of a throttle costs that servers share.
func BenchmarkTake(b *testing.B) {
	for name, keys := range map[string]int{"one caller": 1, "many callers": 5000} {
		b.Run(name, func(b *testing.B) {
			schema := fmt.Sprintf("bench_accounts_%d", schemas.Add(1))
			s, err := OpenPostgres(b.Context(), postgresDSN(b), Options{Schema: schema, Migrate: true})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var n atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					key := behavior.WindowKey{Name: fmt.Sprint(n.Add(1) % int64(keys)), Rate: behavior.Rate{Count: 100, Per: time.Minute}}
					if _, err := s.Windows().Take(b.Context(), key, 1); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
