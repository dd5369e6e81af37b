package browser_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// dashboard is a server whose dashboard everybody may see.
type dashboard struct {
	tracker *behavior.Tracker
	url     string
	broken  atomic.Bool // it answers with nothing
	asked   atomic.Int64
}

const chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

func newDashboard(t *testing.T, sessions int) *dashboard {
	t.Helper()
	store := teststore.Open(t)
	tracker, err := behavior.New(store, behavior.Settings{ReportPermission: behavior.AllowAny, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := &dashboard{tracker: tracker}
	t.Cleanup(func() { _ = d.tracker.Close() })
	for n := range sessions {
		d.visit(t, n)
	}
	h := web.Handler(d.tracker)
	server := freshServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.asked.Add(1)
		if d.broken.Load() {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	d.url = server.URL + "/user_behavior/dashboard/"
	return d
}

// visit records a session that happens now, or some hours ago.
func (d *dashboard) visit(t *testing.T, n int) {
	t.Helper()
	name, at := fmt.Sprint("s", n), time.Now().Add(-time.Duration(n)*3*time.Hour)
	s, err := d.tracker.NewSession(behavior.SessionInput{SessionID: name, UserAgent: chrome, IPAddress: fmt.Sprint("192.0.2.", n%200), StartTime: at, Country: []string{"DE", "BR"}[n%2]})
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.tracker.NewPageView(behavior.ViewInput{SessionID: name, URL: fmt.Sprint("https://example.com/page/", n%15), Timestamp: at})
	if err != nil {
		t.Fatal(err)
	}
	i, err := d.tracker.NewInteraction(behavior.InteractionInput{SessionID: name, EventType: behavior.Click, Element: "#buy", Timestamp: at, URL: "https://example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.tracker.Record(t.Context(), []behavior.Row{{Session: &s}, {PageView: &v}, {Interaction: &i}}); err != nil {
		t.Fatal(err)
	}
}

// settled waits until no part of the page is asked for.
const settled = `document.querySelector(".dashboard") && !document.querySelector("[aria-busy], [data-waiting]")`

func press(keys ...string) []chromedp.Action[chromedp.Void] {
	var all []chromedp.Action[chromedp.Void]
	for _, key := range keys {
		all = append(all, chromedp.KeyEvent(key))
	}
	return all
}

// The page changes in place: by a click on a row, by one with Alt, by tabs, and
// back. Its address is what it shows.
func TestTheDashboardChangesInPlace(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 60)
	tab := testbrowser.NewWindow(t)
	text := func(expression string) string {
		t.Helper()
		return testbrowser.Eval[string](tab, "return String(%s)", expression)
	}
	tab.Size(1280, 900)
	tab.Open(d.url)
	tab.Until(settled + ` && document.querySelector("#main-chart.ready svg")`)
	tab.Do(`window.same = true`)

	tab.Do(`[...document.querySelectorAll("#places-chart a")].find(a => a.textContent === "Germany").click()`)
	tab.Until(`document.querySelector(".chip") && ` + settled)
	if got := text(`[same, location.search, document.querySelector(".chip bdi").textContent, document.querySelector(".kpi .value").textContent].join(" ")`); got != "true ?f=is,country,DE Germany 30" {
		t.Errorf("after a click on a row: %s", got)
	}
	tab.Do(`document.querySelector("#pages-chart tbody a").dispatchEvent(new MouseEvent("click", {altKey: true, bubbles: true, cancelable: true}))`)
	tab.Until(`document.querySelectorAll(".chip").length === 2 && ` + settled)
	if got := text(`location.search`); got != "?f=is,country,DE&f=is_not,path,/page/0" {
		t.Errorf("after a click with Alt: %s", got)
	}

	asked := d.asked.Load()
	tab.Do(`[...document.querySelectorAll("#devices-chart .tabs a")].find(a => a.textContent === "System").click()`)
	tab.Until(`document.querySelector("#devices-chart h2").textContent === "Operating systems" && ` + settled)
	if n := d.asked.Load() - asked; n > 2 { // the visitors of now may be among them
		t.Errorf("a tab asks for %d parts", n)
	}
	if got := text(`document.querySelector("#places-chart .tabs a:last-child").href`); got != d.url+"?devices=os&places=language&f=is,country,DE&f=is_not,path,/page/0" &&
		got != d.url+"?places=language&f=is%2Ccountry%2CDE&f=is_not%2Cpath%2C%2Fpage%2F0&devices=os" {
		t.Errorf("the links of the other parts: %s", got)
	}
	tab.Do(`history.go(-2)`)
	tab.Until(`document.querySelectorAll(".chip").length === 1 && ` + settled)
	if got := text(`[same, location.search, document.querySelector("#devices-chart h2").textContent].join(" ")`); got != "true ?f=is,country,DE Browsers" {
		t.Errorf("back: %s", got)
	}

	tab.Do(`document.querySelector("[data-menu=filter]").open = true; const f = document.querySelector("[data-form=filter]").elements;
		f.filter_by.value = "metadata:"; f.filter_by.dispatchEvent(new Event("change")); window.asksForKey = f.filter_key.checkVisibility();
		f.filter_by.value = "path"; f.filter_how.value = "contains"; f.filter_value.value = "page/1,2%%"; f.filter_by.form.requestSubmit()`)
	tab.Until(`document.querySelectorAll(".chip").length === 2 && ` + settled)
	if got := text(`[asksForKey, document.querySelector(".chip:last-child bdi").textContent, document.querySelector("#pages-chart").textContent.includes("No visits match.")].join(" ")`); got != "true page/1,2% true" {
		t.Errorf("after the form: %s", got)
	}
}

func TestTheKeysOfTheDashboard(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 40)
	tab := testbrowser.NewWindow(t)
	text := func(expression string) string {
		t.Helper()
		return testbrowser.Eval[string](tab, "return String(%s)", expression)
	}
	tab.Size(1280, 900)
	tab.Open(d.url)
	tab.Until(settled)
	tab.Do(`window.same = true`)
	for _, c := range []struct{ key, until string }{
		{"w", `location.search === "?date_range=7d"`},
		{kb.ArrowLeft, `/^\?date_range=\d{4}-\d\d-\d\d,\d{4}-\d\d-\d\d$/.test(location.search)`},
		{kb.ArrowRight, `document.querySelector(".toolbar .off")`},
		{"f", `location.search === ""`},
		{"x", `location.search === "?compare=none"`},
		{"x", `location.search === ""`},
		{"i", `location.search === "?interval=week"`},
	} {
		tab.Run(press(c.key)...)
		tab.Until(c.until + " && " + settled)
	}
	tab.Run(press("c")...)
	if got := text(`document.activeElement.id`); got != "from" {
		t.Errorf("c leads to %q", got)
	}
	tab.Run(press("w")...) // into the field
	tab.Run(press(kb.Escape)...)
	if got := text(`[document.querySelector("[data-menu=range]").open, location.search].join(" ")`); got != "false ?interval=week" {
		t.Errorf("after Escape: %s", got)
	}
	tab.Run(press("?")...)
	tab.Until(`document.querySelector("#keys").open`)
	tab.Do(`document.querySelector("[data-keys]").click()`)
	tab.Run(press(kb.Escape)...)
	tab.Run(press("d")...)
	if got := text(`[document.querySelector("#keys").open, location.search].join(" ")`); got != "false ?interval=week" {
		t.Errorf("keys that are switched off: %s", got)
	}
	tab.Do(`document.dispatchEvent(new KeyboardEvent("keydown", {key: "k", ctrlKey: true, bubbles: true}))`)
	tab.Until(`document.querySelector("#palette").open`)
	tab.Keys("#palette-text", "language")
	tab.Run(press(kb.Enter)...)
	tab.Until(`document.querySelector("#places-chart h2").textContent === "Languages" && ` + settled)
	if got := text(`[same, document.querySelector("#palette").open].join(" ")`); got != "true false" {
		t.Errorf("after the palette: %s", got)
	}
}

// What was seen stays when the server is not reached, and a panel that was
// never seen can be asked for again.
func TestTheServerIsNotReached(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 20)
	tab := testbrowser.NewWindow(t)
	tab.Size(1280, 900)
	tab.Open(d.url)
	tab.Until(settled)
	d.broken.Store(true)
	tab.Run(press("w")...)
	tab.Until(`document.querySelectorAll(".region.stale").length === 10`)
	if got := testbrowser.Eval[string](tab, `return document.querySelector("[data-updated]").textContent + document.querySelectorAll("#pages-chart tbody tr").length`); got[:11] != "Not reached" {
		t.Errorf("what is said: %s", got)
	}
	d.broken.Store(false)
	tab.Do(`window.dispatchEvent(new Event("online"))`)
	tab.Until(`!document.querySelector(".region.stale") && ` + settled)
}

func TestTheLivePart(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 1)
	tab := testbrowser.NewWindow(t)
	tab.Size(1280, 900)
	tab.Open(d.url + "?date_range=realtime")
	tab.Until(`document.querySelector(".big").textContent === "1" && document.querySelectorAll(".live .legend").length === 1`)
	tab.Until(`document.querySelector("header .live-now b").textContent === "1"`)
	d.visit(t, 200) // long ago
	if _, err := d.tracker.Start(t.Context(), behavior.SessionInput{SessionID: "new", UserAgent: chrome, IPAddress: "198.51.100.1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.tracker.View(t.Context(), behavior.ViewInput{SessionID: "new", URL: "https://example.com/<i>new"}); err != nil {
		t.Fatal(err)
	}
	tab.Until(`document.querySelector(".big").textContent === "2" && document.querySelector("[data-events] .what").textContent === "/<i>new"`)
	if got := testbrowser.Eval[string](tab, `return [document.querySelectorAll(".live figure.ready svg").length > 0, document.querySelector(".kpi.now .value").textContent,
		[...document.querySelectorAll("[data-pages] a")].some(a => a.textContent === "/<i>new")].join(" ")`); got != "true 2 true" {
		t.Errorf("the live part: %s", got)
	}
}

// The pages before the first event say when it comes, and show what there is then.
func TestTheFirstEvent(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 0)
	const waits = `document.querySelector("[data-wait]").textContent === "Waiting for the first event…"`
	note := `const first = document.querySelector(".first");
		new MutationObserver(() => { if (first.classList.contains("come")) sessionStorage.said = first.querySelector("[data-wait]").textContent }).observe(first, {attributes: true, subtree: true, childList: true})`
	pages := map[string]string{d.url: ".dashboard .kpi .value", strings.Replace(d.url, "dashboard", "report", 1): "#interactions.ready"}
	tabs := map[string]*testbrowser.Tab{}
	for url := range pages {
		tab := testbrowser.NewWindow(t)
		tab.Open(url)
		tab.Until(waits)
		tab.Do("%s", note)
		tabs[url] = tab
	}
	d.visit(t, 0)
	for url, shows := range pages {
		tabs[url].Until(`document.querySelector("` + shows + `")`)
		if got := testbrowser.Eval[string](tabs[url], "return sessionStorage.said"); !strings.HasPrefix(got, "The first event has come: ") {
			t.Errorf("%s said %q", url, got)
		}
	}
}

// wideFunnel is one with long names, and with all that a form of one can show.
var wideFunnel = "?step=page_view%3Blabel," + strings.Repeat("long", 50) + "&step=page_view%3Bcontains,path," + strings.Repeat("long", 50) +
	"%3Bis,metadata:plan,x%3Bis,country," + strings.Repeat("DE", 80) + ",BR&step=page_view%3Bis,mood,x&within=soon"

// Nothing is wider than the window, however small that is.
func TestTheDashboardFitsPhones(t *testing.T) {
	t.Parallel()
	d := newDashboard(t, 30)
	tab := testbrowser.NewWindow(t)
	for _, width := range []int64{320, 900} {
		tab.Size(width, 800)
		for _, query := range []string{"", "?date_range=realtime", "?f=is,country,DE&f=contains,path,page&users=user_id&behaviour=metadata:plan", "panels/pages/all/", "funnel/", "funnel/" + wideFunnel} {
			tab.Open(d.url + query)
			if query != "panels/pages/all/" {
				tab.Until(settled)
			}
			if over := testbrowser.Eval[int](tab, "return document.documentElement.scrollWidth - innerWidth"); over > 0 {
				t.Errorf("%q is %d px too wide at %d", query, over, width)
			}
		}
	}
}
