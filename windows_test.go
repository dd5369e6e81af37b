package behavior

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// counter keeps windows in memory, for allowances that stand for servers.
type counter struct {
	now   func() time.Time
	asked atomic.Int64
	fails atomic.Bool

	mu    sync.Mutex
	taken map[WindowKey][]time.Time
}

func (c *counter) Take(_ context.Context, key WindowKey, n int) (time.Duration, error) {
	c.asked.Add(1)
	if c.fails.Load() {
		return 0, errors.New("the database is away")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now, list := c.now(), c.taken[key]
	for len(list) > 0 && !list[0].After(now.Add(-key.Rate.Per)) {
		list = list[1:]
	}
	if over := len(list) + n - key.Rate.Count; over > 0 {
		return list[over-1].Add(key.Rate.Per).Sub(now), nil
	}
	for range n {
		list = append(list, now)
	}
	c.taken[key] = list
	return 0, nil
}

func (c *counter) Waits(context.Context, ...WindowKey) ([]time.Duration, error) {
	return nil, errors.New("nobody asks for it here")
}

func (c *counter) Note(context.Context, ...WindowKey) error {
	return errors.New("nobody asks for it here")
}

// servers are throttles of two servers that count together, in a synctest bubble.
func servers(rate Rate) (c *counter, log *strings.Builder, throttles [2]Throttle) {
	c, log = &counter{now: time.Now, taken: map[WindowKey][]time.Time{}}, &strings.Builder{}
	for i := range throttles {
		shared := newSteadyWindows(c, slog.New(slog.NewTextHandler(log, nil)))
		throttles[i] = counting{shared, time.Now}.userThrottle("user", rate)
	}
	return c, log, throttles
}

// passed counts the requests of user 1 that pass, n at each server in turn.
func passed(throttles [2]Throttle, n int) (passed int, wait time.Duration) {
	r := httptest.NewRequest("GET", "/", nil)
	for i := range n {
		if w, ok := throttles[i%2](r, Caller{User: User{ID: "1"}}); ok {
			passed++
		} else {
			wait = w
		}
	}
	return passed, wait
}

func TestServersShareOneAllowance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, log, throttles := servers(Rate{Count: 5, Per: time.Minute})
		if n, _ := passed(throttles, 1); n != 1 {
			t.Fatal("the first request is refused")
		}
		time.Sleep(20 * time.Second)
		if n, wait := passed(throttles, 40); n != 4 || wait != 40*time.Second {
			t.Errorf("%d more passed, wait %v", n, wait)
		}
		if n := c.asked.Load(); n != 7 {
			t.Errorf("asked %d times: who is known to have to wait is asked about", n)
		}
		time.Sleep(40 * time.Second)
		if n, wait := passed(throttles, 10); n != 1 || wait != 20*time.Second {
			t.Errorf("when the first leaves %d pass, wait %v", n, wait)
		}
		if log.Len() > 0 {
			t.Error(log)
		}
	})
}

// Of a large rate whole steps are told, and who does little costs nothing.
func TestALargeRateIsSharedInSteps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rate, step = 1200, 37
		c, _, throttles := servers(Rate{Count: rate, Per: time.Minute})
		if n, _ := passed(throttles, 2*(step-1)); n != 2*(step-1) || c.asked.Load() != 0 {
			t.Errorf("%d passed, asked %d times", n, c.asked.Load())
		}
		time.Sleep(time.Minute)
		n, wait := passed(throttles, 4*rate)
		if n < rate || n > rate+2*(step-1) || wait <= 0 || wait > time.Minute {
			t.Errorf("%d of %d passed, wait %v", n, rate, wait)
		}
		if asked := c.asked.Load(); asked > 2*stepsOfRate {
			t.Errorf("asked %d times", asked)
		}
		time.Sleep(time.Minute)
		if n, _ := passed(throttles, 4*rate); n < rate-2*step || n > rate+2*step {
			t.Errorf("in the next minute %d passed", n)
		}
	})
}

func TestEachServerCountsByItselfWhileOthersCannotBeReached(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"one by one": 6, "in steps": 640} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, log, throttles := servers(Rate{Count: count, Per: time.Minute})
				_, _ = passed(throttles, count/2) // it is known here what has passed here
				c.fails.Store(true)
				for range 10 {
					_, _ = passed(throttles, count)
					time.Sleep(3 * time.Second)
				}
				if n := strings.Count(log.String(), "level=WARN"); n != 2 || !strings.Contains(log.String(), "the database is away") {
					t.Errorf("the log: %s", log)
				}
				if n := c.asked.Load(); n > int64(count/2)+2*10 {
					t.Errorf("asked %d times", n)
				}
				time.Sleep(time.Minute)
				if n, wait := passed(throttles, 4*count); n != 2*count || wait <= 0 {
					t.Errorf("%d passed at two servers, wait %v", n, wait)
				}
				c.fails.Store(false)
				time.Sleep(time.Minute)
				if n, _ := passed(throttles, 4*count); n < count || n > count+2*(count/stepsOfRate) {
					t.Errorf("once they can be reached %d passed", n)
				}
				if n := strings.Count(log.String(), "count together again"); n != 2 {
					t.Errorf("the log: %s", log)
				}
			})
		})
	}
}
