package browser_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// admin is the server's admin, in which everybody is the owner.
type admin struct {
	tracker *behavior.Tracker
	url     string // of its start
	clock   *atomic.Int64
}

func newAdmin(t *testing.T, sessions int) admin {
	t.Helper()
	store := teststore.Open(t)
	clock := new(atomic.Int64)
	tracker, err := behavior.New(store, behavior.Settings{
		Logger: slog.New(slog.DiscardHandler),
		Now:    func() time.Time { return time.Unix(1_800_000_000+clock.Add(1), 0) },
		Identify: func(*http.Request) (behavior.User, error) {
			return behavior.User{ID: "1", Name: "owner", Staff: true, Superuser: true}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	var rows []behavior.Row
	for i := range sessions {
		id := fmt.Sprintf("%04d-4f1c-4b2e-9d3a-%012d", i, i)
		at := time.Unix(1_800_000_000-int64(i)*3600, 0)
		rows = append(rows,
			behavior.Row{Session: &behavior.Session{SessionID: id, UserAgent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0", IPAddress: "2001:db8:85a3::8a2e:370:7334", StartTime: at, Browser: "Firefox", OS: "Linux"}},
			behavior.Row{PageView: &behavior.PageView{Session: behavior.Session{SessionID: id}, URL: "https://example.com/a-page-with-a-name-that-does-not-end?" + id, Timestamp: at}})
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web.Handler(tracker))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return admin{tracker, server.URL + "/user_behavior/admin/", clock}
}

// keyEvents presses keys, one after the other.
func keyEvents(keys string) []chromedp.Action[chromedp.Void] {
	var all []chromedp.Action[chromedp.Void]
	for _, key := range keys {
		all = append(all, chromedp.KeyEvent(string(key)))
	}
	return all
}

// chosen is what the bar below a list says, and how many boxes are checked.
const chosen = `const seen = e => e && e.checkVisibility() ? e.textContent.trim() : "";
	const bar = ["[data-count]", "[data-across]", "[data-taken]", "[data-clear]"].map(s => seen(document.querySelector(s))).filter(s => s).join(", ");
	return bar + " | " + document.querySelectorAll("tbody input:checked").length + " " + document.querySelector("input[name=select_across]").value;`

func TestChoosingRecords(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 12), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "sessions/")
	box := func(n int) string { return fmt.Sprintf("document.querySelectorAll('tbody input')[%d]", n) }
	for _, c := range []struct{ do, want string }{
		{"", "0 of 10 selected | 0 0"},
		{box(1) + ".click()", "1 of 10 selected, Clear selection | 1 0"},
		{box(4) + ".dispatchEvent(new MouseEvent('click', {shiftKey: true, bubbles: true}))", "4 of 10 selected, Clear selection | 4 0"},
		{box(2) + ".dispatchEvent(new MouseEvent('click', {shiftKey: true, bubbles: true}))", "1 of 10 selected, Clear selection | 1 0"},
		{"document.querySelector('[data-all]').click()", "10 of 10 selected, Select all 12 User Sessions, Clear selection | 10 0"},
		{"document.querySelector('[data-across]').click()", "All 12 selected, Clear selection | 10 1"},
		{box(0) + ".click()", "9 of 10 selected, Clear selection | 9 0"},
		{"document.querySelector('[data-clear]').click()", "0 of 10 selected | 0 0"},
	} {
		tab.Do("%s", c.do)
		if got := testbrowser.Eval[string](tab, "%s", chosen); got != c.want {
			t.Errorf("%q: %q, not %q", c.do, got, c.want)
		}
	}
}

func TestKeysInLists(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 3), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "sessions/?o=1")
	at := func() string {
		return testbrowser.Eval[string](tab, `const row = document.querySelector("tr.here"); const e = document.activeElement;
			return (row ? row.querySelector("input").value : "-") + " " + (e.matches("[data-open]") ? "link" : e.id || e.localName) + " " +
				[...document.querySelectorAll("tbody input:checked")].map(box => box.value).join(",")`)
	}
	for _, c := range []struct{ keys, want string }{
		{"k", "1 link "},
		{"j", "2 link "},
		{"x", "2 link 2"},
		{"jjjj", "3 link 2"},
		{"kx", "2 link "},
		{"/", "2 q "},
		{"jx", "2 q "},
		{kb.Escape, "- body "},
		{"j", "1 link "},
	} {
		tab.Run(keyEvents(c.keys)...)
		if got := at(); got != c.want {
			t.Errorf("%q: %q, not %q", c.keys, got, c.want)
		}
	}
	tab.Do(`document.querySelector("[data-keys]").click()`)
	tab.Open(a.url + "sessions/?o=1")
	tab.Run(keyEvents("j")...)
	if got := at(); got != "- body " {
		t.Errorf("switched off: %q", got)
	}
	tab.Do(`document.querySelector("[data-keys]").click()`)
	tab.Run(keyEvents("jj" + kb.Enter)...)
	tab.Until(`location.pathname.endsWith("/sessions/2/change/")`)
}

func TestListsRememberTheirFilters(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 1), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "sessions/")
	tab.Do(`document.querySelector("[data-filter=end_time] summary").click()`)
	tab.Until(`sessionStorage.getItem("filter sessions end_time") == "closed"`)
	tab.Open(a.url + "sessions/?o=1")
	open := `return ["start_time", "end_time", "user_id"].map(f => document.querySelector("[data-filter=" + f + "]").open).join(" ")`
	if got := testbrowser.Eval[string](tab, "%s", open); got != "true false true" {
		t.Errorf("open: %s", got)
	}
	tab.Do(`const f = document.querySelector("[data-filter=start_time] form"); f.querySelector("input[type=date]").value = "2020-01-01"; f.querySelector("button").click()`)
	tab.Until(`location.search == "?o=1&start_time__date__gte=2020-01-01"`)
}

// A deletion of many records goes on by itself from part to part; each read of
// the clock is a second here.
func TestALongDeletionGoesOnByItself(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 2300), testbrowser.New(t)
	tab.Open(a.url + "sessions/")
	tab.Do(`document.querySelector("[data-all]").click(); document.querySelector("[data-across]").click();
		document.querySelector("#action").value = "delete_selected"; document.querySelector(".bulk > button").click()`)
	tab.Until(`document.querySelector("h1").textContent == "Are you sure?" && document.readyState == "complete"`)
	tab.Keys("#count", "4600")
	tab.Click("main form .danger")
	tab.Until(`document.querySelector(".message.success").textContent.includes("Successfully deleted 2,300 User Sessions.")`)
	if _, n, err := a.tracker.PageViews(t.Context(), behavior.Query{Limit: 1}); n != 0 || err != nil {
		t.Errorf("%d page views are left, %v", n, err)
	}
}

func TestAListInAPopupTellsItsOpener(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 1), testbrowser.New(t)
	tab.Open(a.url + "sessions/?_popup=1")
	// The page plays both parts: a window can open none in a test.
	got := testbrowser.Eval[string](tab, `const told = new Promise(done => addEventListener("message", e => done(e.data)));
		Object.defineProperty(window, "opener", {value: window}); window.close = () => {}; window.name = "id_session";
		document.querySelector("[data-pick]").click(); return JSON.stringify(await told)`)
	want := `{"behaviorPick":{"id":"1","text":"Session 0000-4f1c-4b2e-9d3a-000000000000 - User ID: (None)","field":"id_session"}}`
	if got != want {
		t.Errorf("told: %s", got)
	}
}

// Without a script the list is whole, and so is its form; and it never needs
// to be scrolled sideways.
func TestListsWithoutAScript(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 3), testbrowser.NewWindow(t)
	testbrowser.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	for _, width := range []int64{320, 390, 800, 1280} {
		tab.Size(width, 800)
		for _, path := range []string{"sessions/", "pageviews/?o=1.-2&q=page", "interactions/"} {
			tab.Open(a.url + path)
			if over := testbrowser.Eval[int](tab, "return document.documentElement.scrollWidth - innerWidth"); over > 0 {
				t.Errorf("%s at %d: %d pixels too wide", path, width, over)
			}
		}
	}
	tab.Open(a.url + "pageviews/")
	if dead := testbrowser.Eval[string](tab, `return [...document.querySelectorAll("main [type=button], [data-all], [data-count], .keys")].filter(e => e.checkVisibility()).map(e => e.outerHTML).join()`); dead != "" {
		t.Errorf("of no use without a script: %s", dead)
	}
	tab.Click("tbody tr:first-child .hit")
	tab.Do(`document.querySelector("#action").value = "delete_selected"`)
	tab.Click(".bulk > button")
	tab.Until(`document.querySelector("h1").textContent == "Are you sure?"`)
	tab.Click("main form .danger")
	tab.Until(`document.querySelector(".message.success").textContent.includes("Successfully deleted 1 Page View.")`)
}
