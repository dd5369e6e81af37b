package behavior_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// anonymous is a batch of a browser that keeps nothing, sent now.
func anonymous(c *clock, page string, events ...behavior.CollectEvent) behavior.CollectInput {
	in := browserBatch(c, events...)
	in.SessionID, in.Page = "", page
	return in
}

// pages has a browser that keeps nothing see pages, each of them after a while,
// and returns the sessions as [minutes from noon to their start, page views].
func visits(t *testing.T, store behavior.Store) [][2]int {
	t.Helper()
	var all [][2]int
	views := viewsOf(t, store)
	for _, s := range sessionsOf(t, store) {
		n := 0
		for _, v := range views {
			if v.Session.ID == s.ID {
				n++
			}
		}
		all = append(all, [2]int{int(s.StartTime.Sub(noon).Minutes()), n})
	}
	return all
}

func TestADeviceThatKeepsNothingHasSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		waits []time.Duration // before each page view
		want  [][2]int
	}{
		"within half an hour": {[]time.Duration{0, 29 * time.Minute, 29 * time.Minute}, [][2]int{{0, 3}}},
		"after half an hour":  {[]time.Duration{0, 30 * time.Minute, time.Minute}, [][2]int{{0, 1}, {30, 2}}},
		"over midnight": {
			[]time.Duration{11*time.Hour + 50*time.Minute, 20 * time.Minute, 25 * time.Minute, 25 * time.Minute, 40 * time.Minute},
			[][2]int{{710, 4}, {820, 1}},
		},
		"over two midnights": {
			append([]time.Duration{11*time.Hour + 50*time.Minute}, same(25*time.Minute, 80)...), // to 09:10 of the third day
			[][2]int{{710, 58}, {2160, 23}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker, store, clock := collector(t, behavior.Settings{})
			for i, wait := range c.waits {
				clock.wait(wait)
				collect(t, tracker, anonymous(clock, fmt.Sprintf("%016x", i), seen(clock, 1, shop)))
			}
			got := visits(t, store)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("sessions (-want +got):\n%s", diff)
			}
		})
	}
}

// same is n times the same wait.
func same(wait time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = wait
	}
	return all
}

func TestDevicesThatKeepNothingAreToldApart(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	first := anonymous(c, pageOne, seen(c, 1, shop))
	for _, change := range []func(*behavior.CollectInput){
		func(*behavior.CollectInput) {},
		func(in *behavior.CollectInput) { in.Address = netip.MustParseAddr("192.0.2.78") }, // stored as the same
		func(in *behavior.CollectInput) { in.UserAgent += " Extra/1" },
		func(in *behavior.CollectInput) {
			in.Events = []behavior.CollectEvent{seen(c, 1, "https://other.example/")}
		},
	} {
		in := first
		change(&in)
		collect(t, tracker, in)
	}
	visitors := map[string]bool{}
	for _, s := range sessionsOf(t, store) {
		visitors[s.Visitor] = true
		if strings.Contains(s.SessionID, "192.0.2") || !strings.HasPrefix(s.SessionID, "none-") {
			t.Errorf("session is named %q", s.SessionID)
		}
	}
	if len(visitors) != 4 {
		t.Errorf("%d visitors, want 4", len(visitors))
	}
}

// A batch that comes again is the same one, although the visitor has begun
// another session since, and whether or not the process was started anew.
func TestABatchWithoutASessionIsStoredOnce(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	old := anonymous(c, pageOne, seen(c, 1, shop), clicked(c, 2))
	collect(t, tracker, old)
	c.wait(40 * time.Minute)
	collect(t, tracker, anonymous(c, pageTwo, seen(c, 1, shop)))
	c.wait(time.Minute)
	old.Sent = millis(c.now()) + 3 // another way through the network
	for _, again := range []*behavior.Tracker{tracker, newTracker(t, store, behavior.Settings{Now: c.now})} {
		if diff := cmp.Diff(behavior.Collected{Duplicate: 2}, collect(t, again, old)); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff([][2]int{{0, 1}, {40, 1}}, visits(t, store)); diff != "" {
		t.Error(diff)
	}
}

func TestManyCopiesOfABatchWithoutASessionAreOne(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			in := anonymous(c, pageOne, seen(c, 1, shop), clicked(c, 2))
			in.Sent += float64(i) // as if sent a little later
			if _, err := tracker.Collect(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff([][2]int{{0, 1}}, visits(t, store)); diff != "" {
		t.Error(diff)
	}
}

func TestVisitorsAreThoseOfADay(t *testing.T) {
	t.Parallel()
	for key, days := range map[behavior.VisitorKey]int{"": 2, behavior.DailyVisitors: 2, behavior.StableVisitors: 1} {
		t.Run(string(key), func(t *testing.T) {
			t.Parallel()
			tracker, store, c := collector(t, behavior.Settings{Collect: behavior.CollectSettings{Visitors: key}})
			for day := range 2 {
				for n := range 2 {
					in := browserBatch(c, seen(c, 1, shop))
					in.SessionID = fmt.Sprintf("%032x", 10*day+n)
					collect(t, tracker, in)
					collect(t, tracker, anonymous(c, fmt.Sprintf("%016x", n), seen(c, 1, shop)))
				}
				c.wait(24 * time.Hour)
			}
			visitors := map[string]bool{}
			for _, s := range sessionsOf(t, store) {
				visitors[s.Visitor] = true
			}
			if len(visitors) != days {
				t.Errorf("%d visitors, want %d", len(visitors), days)
			}
		})
	}
}

// The visitor's key of a session cannot be made again from what is stored.
func TestUpdatingASessionKeepsItsVisitor(t *testing.T) {
	t.Parallel()
	tracker, store, c := collector(t, behavior.Settings{})
	collect(t, tracker, browserBatch(c, seen(c, 1, shop)))
	before := sessionsOf(t, store)[0]
	end := noon.Add(time.Hour)
	after, err := tracker.UpdateSession(t.Context(), before.ID, func(s *behavior.Session) error { s.EndTime = &end; return nil })
	if err != nil || after.Visitor != before.Visitor || !after.EndTime.Equal(end) {
		t.Errorf("%q became %q, %v", before.Visitor, after.Visitor, err)
	}
}

// TestOldSaltsAreDeletedThoughNobodyComes lets days pass without a visitor.
func TestOldSaltsAreDeletedThoughNobodyComes(t *testing.T) {
	store := openStore(t)
	today := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where time begins in a bubble
	ask := func(fresh string) string {
		salt, err := store.Salt(context.Background(), today, []byte(fresh))
		if err != nil {
			t.Fatal(err)
		}
		return string(salt)
	}
	ask("old")
	synctest.Test(t, func(t *testing.T) {
		tracker, err := behavior.New(store, behavior.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(47 * time.Hour)
		if got := ask("new"); got != "old" {
			t.Errorf("the salt is %q before its time has come", got)
		}
		time.Sleep(3 * time.Hour)
		tracker.Close()
		tracker.Close() // does no harm
	})
	if got := ask("new"); got != "new" {
		t.Errorf("the salt is still %q", got)
	}
}

func TestDefinitionsTellWhatIsCounted(t *testing.T) {
	t.Parallel()
	daily, _, _ := collector(t, behavior.Settings{})
	stable, _, _ := collector(t, behavior.Settings{Collect: behavior.CollectSettings{Visitors: behavior.StableVisitors}})
	for text, words := range map[string]string{
		daily.VisitorDefinition():             "deleted after two days",
		stable.VisitorDefinition():            "the same stored address",
		behavior.SessionDefinition(""):        "one tab",
		behavior.SessionDefinition("tab"):     "one tab",
		behavior.SessionDefinition("browser"): "all tabs",
		behavior.SessionDefinition("none"):    "nothing is kept on the device",
	} {
		if !strings.Contains(text, words) {
			t.Errorf("%q does not say %q", text, words)
		}
	}
	if text := behavior.SessionDefinition("cookie"); text != "" {
		t.Errorf("there is a definition of nothing: %q", text)
	}
}
