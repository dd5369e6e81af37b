package tracker_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for the browser or for an event.
const patience = time.Minute

// browser is the one that all tests share; each has tabs of its own.
var browser struct {
	once   sync.Once
	ctx    context.Context
	cancel func()
	err    error
}

var errNoBrowser = errors.New("no Chromium in the path")

func TestMain(m *testing.M) {
	flag.Parse()
	// The tests wait for the browser and its timers most of the time.
	if err := flag.Set("test.parallel", strconv.Itoa(max(8, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err)
	}
	code := m.Run()
	if browser.cancel != nil {
		browser.cancel()
	}
	os.Exit(code)
}

func startBrowser() {
	names := []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"}
	i := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		browser.err = errNoBrowser
		return
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(names[i]),
		chromedp.NoSandbox, // there is none for root, as whom containers run
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	browser.ctx = ctx
	browser.cancel = func() { stop(); stopAllocator() }
	browser.err = chromedp.Do(ctx)
}

// required reports whether the environment says that a test must not be
// skipped for want of something.
func required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), what)
}

// tab is a tab of the browser while it is lent to a test.
type tab struct {
	t   *testing.T
	ctx context.Context
	// complaints go to the test that has the tab now; nil for none.
	complaints *atomic.Pointer[testing.T]
}

// spare are tabs that are open and not in use: to open one takes longer than
// most tests.
var spare = make(chan tab, 64)

// newTab lends an empty tab to a test. The test fails when its page complains
// of anything.
func newTab(t *testing.T) *tab {
	t.Helper()
	needBrowser(t)
	var p tab
	select {
	case p = <-spare:
	default:
		p.ctx, _ = chromedp.NewContext(browser.ctx) // ends with the browser
		p.listen(t)
	}
	p.t = t
	p.complaints.Store(t)
	p.run(chromedp.EmulateViewport(800, 600))
	t.Cleanup(func() {
		if t.Failed() {
			return // who knows in what state it is
		}
		p.open("about:blank")
		call(&p, page.ResetNavigationHistory, cdp.Empty{})
		p.complaints.Store(nil)
		spare <- p
	})
	return &p
}

// newWindow opens a tab in a window of its own, for tests that hide it.
func newWindow(t *testing.T) *tab {
	t.Helper()
	needBrowser(t)
	first := &tab{t: t, ctx: browser.ctx}
	return first.another(chromedp.WithNewBrowserContext())
}

func needBrowser(t *testing.T) {
	t.Helper()
	browser.once.Do(startBrowser)
	switch {
	case errors.Is(browser.err, errNoBrowser) && !required("chromium"):
		t.Skip(browser.err)
	case browser.err != nil:
		t.Fatal(browser.err)
	}
}

// another opens another tab with the same storage. With the option of no new
// window it covers the first, which is hidden then.
func (p *tab) another(options ...chromedp.ContextOption) *tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, options...)
	p.t.Cleanup(cancel)
	other := &tab{t: p.t, ctx: ctx}
	other.listen(p.t)
	other.complaints.Store(p.t)
	return other
}

// cover hides the tab behind another.
func (p *tab) cover() {
	p.t.Helper()
	p.another(chromedp.WithNewWindow(false)).open("about:blank")
}

// listen makes errors of the page errors of the test.
func (p *tab) listen(t *testing.T) {
	t.Helper()
	complaints := new(atomic.Pointer[testing.T])
	p.complaints = complaints
	err := chromedp.Listen(p.ctx, func(event any) {
		t := complaints.Load()
		if t == nil || t.Context().Err() != nil {
			return // the test is over
		}
		switch e := event.(type) {
		case *cdpruntime.EventExceptionThrown:
			t.Errorf("page error: %s %s", e.ExceptionDetails.Text, e.ExceptionDetails.Exception.Description)
		case *log.EventEntryAdded:
			// A failed request is logged by the browser, and part of some tests.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				t.Errorf("page log: %s", e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// call sends a command to the tab.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// open loads a page and waits until it is loaded.
func (p *tab) open(url string) { p.t.Helper(); p.run(chromedp.Navigate(url)) }

// eval runs the body of an async function and returns what it gives.
func eval[T any](p *tab, format string, args ...any) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	script := "(async () => {" + fmt.Sprintf(format, args...) + "})()"
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// do runs a script.
func (p *tab) do(format string, args ...any) {
	p.t.Helper()
	eval[int](p, format+";return 0", args...)
}

// click clicks with the mouse on the middle of an element.
func (p *tab) click(selector string) { p.t.Helper(); p.run(chromedp.Click(chromedp.CSS(selector))) }

// keys types into an element.
func (p *tab) keys(selector, text string) {
	p.t.Helper()
	p.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// move moves the mouse.
func (p *tab) move(x, y float64) {
	p.t.Helper()
	p.run(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
}

// flush sends what waits.
func (p *tab) flush() { p.t.Helper(); p.do("behavior.flush()") }
