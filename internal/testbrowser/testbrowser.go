// Package testbrowser lends tabs of a real Chromium to tests.
//
// All tests of a package share one browser, which starts with the first tab:
//
//	func TestMain(m *testing.M) { testbrowser.Main(m) }
//
//	func TestTitle(t *testing.T) {
//		tab := testbrowser.New(t)
//		tab.Open(server.URL)
//		if title := testbrowser.Eval[string](tab, "return document.title"); title != "Hello" { ... }
//	}
//
// A test fails when its page complains of anything: an error of a script, of
// the console, or a breach of the page's Content-Security-Policy. Where there
// is no Chromium the test is skipped, unless BEHAVIOR_TEST_REQUIRE lists
// "chromium".
package testbrowser

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Patience is how long a test waits for the browser or for what it does.
const Patience = time.Minute

// Agent is the browser's user agent: that of a person's. Without a head it
// would say that it is a robot.
const Agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"

// browser is the one that all tests share.
var browser struct {
	once   sync.Once
	ctx    context.Context
	cancel func()
	err    error
}

var errNone = errors.New("no Chromium in the path")

// Main runs the tests of a package, ends the browser and then the process. At
// least eight tests run at once: they wait for the browser most of the time.
func Main(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(max(8, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err) // every test binary has the flag
	}
	code := m.Run()
	Close()
	os.Exit(code)
}

// Close ends the browser, for packages whose tests Main does not run. No tab
// can be lent after it.
func Close() {
	if browser.cancel != nil {
		browser.cancel()
	}
}

// need starts the browser, or skips the test.
func need(t *testing.T) {
	t.Helper()
	browser.once.Do(start)
	switch {
	case errors.Is(browser.err, errNone) && !Required("chromium"):
		t.Skip(browser.err)
	case browser.err != nil:
		t.Fatal(browser.err)
	}
}

// Required reports whether the environment says that a test must not be
// skipped for want of something.
func Required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), what)
}

func start() {
	names := []string{"chromium", "chromium-browser", "google-chrome", "headless_shell"}
	i := slices.IndexFunc(names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
	if i < 0 {
		browser.err = errNone
		return
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(names[i]),
		chromedp.NoSandbox, // there is none for root, as whom containers run
		chromedp.DisableGPU,
		chromedp.UserAgent(Agent),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	browser.ctx = ctx
	browser.cancel = func() { stop(); stopAllocator() }
	browser.err = chromedp.Do(ctx)
}
