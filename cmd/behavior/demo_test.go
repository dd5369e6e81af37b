package main

import (
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// madeUp is a tracker with sessions that the demo has made up.
func madeUp(t *testing.T, now time.Time, sessions int) (*behavior.Tracker, behavior.Counts) {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	tracker, err := behavior.New(store, behavior.Settings{Logger: slog.New(slog.DiscardHandler), EventTypes: demoEvents})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	counts, err := makeUp(t.Context(), tracker, "http://localhost:8000/shop/", now, sessions)
	if err != nil {
		t.Fatal(err)
	}
	return tracker, counts
}

func TestMadeUpSessionsAreBelievable(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tracker, counts := madeUp(t, now, 2000)
	if counts.Sessions != 2000 || counts.PageViews < 2*2000 || counts.Interactions < 5*2000 {
		t.Errorf("made up %+v", counts)
	}
	sessions, _, err := tracker.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]map[string]int{"browser": {}, "channel": {}, "country": {}, "device": {}, "entry": {}, "day": {}, "visitor": {}}
	bots := 0
	for _, s := range sessions {
		if s.StartTime.Before(now.AddDate(0, 0, -demoDaysBack).Add(-demoLongest)) || s.EndTime == nil || s.EndTime.Before(s.StartTime) || s.EndTime.After(now) {
			t.Errorf("a session from %v to %v", s.StartTime, s.EndTime)
		}
		if s.Bot {
			bots++
		}
		for name, value := range map[string]string{
			"browser": s.Browser, "channel": s.Channel, "country": s.Country, "device": s.Device, "entry": s.EntryPath, "day": s.StartTime.Format(time.DateOnly), "visitor": s.Visitor,
		} {
			seen[name][value]++
		}
	}
	for name, least := range map[string]int{"browser": 5, "channel": 7, "country": 10, "device": 3, "entry": 8, "day": 30, "visitor": 900} {
		if len(seen[name]) < least {
			t.Errorf("only %d of %s: %v", len(seen[name]), name, slices.Sorted(maps.Keys(seen[name])))
		}
	}
	if share := bots * 100 / len(sessions); share < 1 || share > 10 {
		t.Errorf("%d %% are bots", share)
	}
}

func TestSomeOfTheMadeUpBuy(t *testing.T) {
	t.Parallel()
	tracker, _ := madeUp(t, time.Now(), 2000)
	kinds, err := tracker.Values(t.Context(), behavior.KindInteraction, "event_type", behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	n := map[any]int{}
	for _, v := range kinds {
		n[v.Value] = v.Count
	}
	for _, kind := range append(behavior.EventTypes(), demoEvents...) {
		if n[string(kind)] == 0 {
			t.Errorf("nobody has done %s", kind)
		}
	}
	if carts, bought := n["add_to_cart"], n["purchase"]; bought < 10 || bought >= carts {
		t.Errorf("%d were put into a basket, %d were bought", carts, bought)
	}
}

func TestTheSameIsMadeUpEachTime(t *testing.T) {
	t.Parallel()
	now := time.Now()
	one, _ := madeUp(t, now, 60)
	two, _ := madeUp(t, now, 60)
	all := func(tracker *behavior.Tracker) []behavior.Interaction {
		list, _, err := tracker.Interactions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if diff := cmp.Diff(all(one), all(two)); diff != "" {
		t.Error(diff)
	}
}

func TestTheShop(t *testing.T) {
	t.Parallel()
	h := demoFront("/stats/", http.NotFoundHandler())
	ask := func(method, path string) *httptest.ResponseRecorder {
		out := httptest.NewRecorder()
		h.ServeHTTP(out, httptest.NewRequest(method, path, strings.NewReader("name=<script>")))
		return out
	}
	for path, want := range map[string]string{
		"/shop/": "200 Things for a quiet room", "/shop/chairs/": "200 Things", "/shop/product/desk/": "200 One drawer",
		"/shop/checkout/": "200 Checkout", "/shop/thanks/?name=%3Cscript%3E": "200 Thank you", "/shop/shop.js": "200 pushState",
		"/shop/shop.css": "200 prefers-color-scheme", "/shop/icon.svg": "200 <svg",
		"/shop/%3Cscript%3E/": "404 nothing here", "/shop/product/..%2f/": "404 nothing here", "/shop/list.html/": "404 nothing here", "/shop/a/b/c": "404 nothing here",
	} {
		res := ask(http.MethodGet, path)
		status, text, _ := strings.Cut(want, " ")
		if http.StatusText(res.Code) == "" || status != res.Result().Status[:3] || !strings.Contains(res.Body.String(), text) {
			t.Errorf("%s: %d %s", path, res.Code, res.Body)
		}
		if strings.Contains(res.Body.String(), "<script>") || res.Header().Get("Content-Security-Policy") != shopCSP {
			t.Errorf("%s: %q %s", path, res.Header(), res.Body)
		}
	}
	if res := ask(http.MethodGet, "/shop/"); !strings.Contains(res.Body.String(), `src="/stats/tracker.js"`) || !strings.Contains(res.Body.String(), `href="/stats/report/"`) {
		t.Error(res.Body)
	}
	if res := ask(http.MethodGet, "/"); res.Code != http.StatusFound || res.Header().Get("Location") != shopRoot {
		t.Errorf("the root is %d %s", res.Code, res.Header())
	}
}
