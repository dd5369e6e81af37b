package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// chromium is a tab of a browser that says it is a person's.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), "chromium") {
			t.Fatal(err)
		}
		t.Skip("no Chromium in the path")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserAgent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"))
	allocator, stopAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stopAllocator)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// A real browser opens pages of an application that is served through Track:
// each counts once, with a script and without.
func TestPagesInARealBrowser(t *testing.T) {
	t.Parallel()
	tab := chromium(t)
	settings, next := waiting()
	tracker := newTracker(t, settings)
	sent := make(chan struct{}, 10)
	own := web.Handler(tracker)
	mux := http.NewServeMux()
	mux.HandleFunc("/user_behavior/", func(w http.ResponseWriter, r *http.Request) {
		own.ServeHTTP(w, r)
		if r.URL.Path == collectPath {
			sent <- struct{}{}
		}
	})
	mux.HandleFunc("/script", snippetPage)
	mux.HandleFunc("/inline", func(w http.ResponseWriter, r *http.Request) {
		tag, source := web.InlineScript(r)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src "+source)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Inline</title>", tag)
	})
	mux.HandleFunc("/favicon.ico", http.NotFound)
	server := httptest.NewServer(web.Track(tracker, mux))
	t.Cleanup(server.Close)

	visit := func(path string, scripted bool) {
		t.Helper()
		steps := []chromedp.Action[chromedp.Void]{chromedp.Navigate(server.URL + path), chromedp.Navigate("about:blank")}
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatal(err)
		}
		next() // the page view; that of the script is the same one
		if scripted {
			<-sent
		}
	}
	visit("/script?id=1&utm_source=letter", true)
	visit("/inline", true)
	if _, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	visit("/script", false)

	var got []string
	for _, v := range recorded(t, tracker) {
		got = append(got, fmt.Sprintf("%s %v %v", strings.TrimPrefix(v.URL, server.URL), v.Session.Screen != "", v.Visible > 0))
	}
	want := []string{"/script?utm_source=letter true true", "/inline true true", "/script true false"}
	if !slices.Equal(got, want) || stored(t, tracker) != (behavior.Counts{Sessions: 1, PageViews: 3}) {
		t.Errorf("recorded %q, %+v", got, stored(t, tracker))
	}
}
