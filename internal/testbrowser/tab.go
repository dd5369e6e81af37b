package testbrowser

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is a tab of the browser while it is lent to a test. Whatever fails ends
// the test.
type Tab struct {
	t   *testing.T
	ctx context.Context
	// complaints go to the test that has the tab now; nil for none.
	complaints *atomic.Pointer[testing.T]
}

// spare are tabs that are open and not in use: to open one takes longer than
// most tests.
var spare = make(chan Tab, 64)

// New lends an empty tab of 800 × 600 pixels. All tabs have one storage, which
// browsers keep apart by the host and port of pages.
func New(t *testing.T) *Tab {
	t.Helper()
	need(t)
	var tab Tab
	select {
	case tab = <-spare:
	default:
		tab.ctx, _ = chromedp.NewContext(browser.ctx) // ends with the browser
		tab.listen(t)
	}
	tab.t = t
	tab.complaints.Store(t)
	tab.Size(800, 600)
	t.Cleanup(func() {
		if t.Failed() {
			return // who knows in what state it is
		}
		tab.Open("about:blank")
		Call(&tab, page.ResetNavigationHistory, cdp.Empty{})
		tab.complaints.Store(nil)
		spare <- tab
	})
	return &tab
}

// NewWindow opens a tab in a window with a storage of its own, for tests that
// hide the tab or change the browser's ways.
func NewWindow(t *testing.T) *Tab {
	t.Helper()
	need(t)
	first := &Tab{t: t, ctx: browser.ctx}
	return first.Another(chromedp.WithNewBrowserContext())
}

// Another opens another tab with the same storage. With the option of no new
// window it covers the first, which is hidden then.
func (p *Tab) Another(options ...chromedp.ContextOption) *Tab {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx, options...)
	p.t.Cleanup(cancel)
	other := &Tab{t: p.t, ctx: ctx}
	other.listen(p.t)
	other.complaints.Store(p.t)
	return other
}

// Cover hides the tab behind another. It must have come from NewWindow.
func (p *Tab) Cover() {
	p.t.Helper()
	p.Another(chromedp.WithNewWindow(false)).Open("about:blank")
}

// listen makes complaints of the page errors of the test.
func (p *Tab) listen(t *testing.T) {
	t.Helper()
	complaints := new(atomic.Pointer[testing.T])
	p.complaints = complaints
	err := chromedp.Listen(p.ctx, func(event any) {
		t := complaints.Load()
		if t == nil || t.Context().Err() != nil {
			return // the test is over
		}
		if text := complaint(event); text != "" {
			t.Error(text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// complaint is what a page complains of; empty when an event is none.
func complaint(event any) string {
	switch e := event.(type) {
	case *cdpruntime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		return "page error: " + text
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == cdpruntime.ConsoleAPICalledTypeError || e.Type == cdpruntime.ConsoleAPICalledTypeAssert {
			return fmt.Sprintf("page console: %s %s", e.Type, consoleText(e.Args))
		}
	case *log.EventEntryAdded:
		// A failed request is logged by the browser, and part of some tests. A
		// breach of a Content-Security-Policy comes here too.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			return "page log: " + e.Entry.Text
		}
	case *inspector.EventTargetCrashed:
		return "the page has crashed"
	}
	return ""
}

// consoleText is what was written to the console, as JSON.
func consoleText(args []*cdpruntime.RemoteObject) string {
	text := ""
	for _, arg := range args {
		text += string(arg.Value) + arg.Description + " "
	}
	return text
}

// Call sends a command of the browser's protocol to the tab.
func Call[P, R any](p *Tab, command cdp.Command[P, R], params P) R {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		p.t.Fatal(err)
	}
	return result
}

// Run does one thing after the other.
func (p *Tab) Run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// Open loads a page and waits until it is loaded.
func (p *Tab) Open(url string) { p.t.Helper(); p.Run(chromedp.Navigate(url)) }

// Size sets the size of the page's window.
func (p *Tab) Size(width, height int64) {
	p.t.Helper()
	p.Run(chromedp.EmulateViewport(width, height))
}

// Eval runs the body of an async function, a format with its arguments, and
// returns what it gives.
func Eval[T any](p *Tab, format string, args ...any) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	script := "(async () => {" + fmt.Sprintf(format, args...) + "})()"
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// Do runs a script, as Eval does.
func (p *Tab) Do(format string, args ...any) {
	p.t.Helper()
	Eval[int](p, format+"\n;return 0", args...)
}

// Until waits for an expression of JavaScript to become true, also while pages
// come and go. An expression that throws is not true yet.
func (p *Tab) Until(expression string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("waited in vain for %s: %v", expression, err)
		}
	}
}

// Offline takes the tab off the network, or puts it back.
func (p *Tab) Offline(off bool) {
	p.t.Helper()
	Call(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
	})
	Call(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
}

// Click clicks with the mouse on the middle of an element.
func (p *Tab) Click(selector string) { p.t.Helper(); p.Run(chromedp.Click(chromedp.CSS(selector))) }

// Keys types into an element.
func (p *Tab) Keys(selector, text string) {
	p.t.Helper()
	p.Run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Move moves the mouse.
func (p *Tab) Move(x, y float64) {
	p.t.Helper()
	p.Run(chromedp.MouseEvent(chromedp.MouseMoved, x, y))
}
