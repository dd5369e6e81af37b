package browser_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// application is a Go application that is served through Track, and channels
// that tell of each page view and of each batch of the script.
func application(t *testing.T) (url string, tracker *behavior.Tracker, viewed, sent <-chan struct{}) {
	t.Helper()
	store := teststore.Open(t)
	views, batches := make(chan struct{}, 10), make(chan struct{}, 10)
	observe := func(_ context.Context, e behavior.Event) {
		if e.Kind == behavior.KindPageView {
			views <- struct{}{}
		}
	}
	tracker, err := behavior.New(store, behavior.Settings{Logger: slog.New(slog.DiscardHandler), Observers: []behavior.Observer{observe}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	own, mux := web.Handler(tracker), http.NewServeMux()
	mux.HandleFunc("/user_behavior/", func(w http.ResponseWriter, r *http.Request) {
		own.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/collect/") {
			batches <- struct{}{}
		}
	})
	mux.HandleFunc("/script", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Script</title>", web.Snippet(r))
	})
	mux.HandleFunc("/inline", func(w http.ResponseWriter, r *http.Request) {
		tag, source := web.InlineScript(r)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src "+source)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>Inline</title>", tag)
	})
	mux.HandleFunc("/favicon.ico", http.NotFound)
	return freshServer(t, web.Track(tracker, mux)).URL, tracker, views, batches
}

// Pages of an application that is served through Track count once each, with a
// script and without.
func TestPagesOfAnApplicationCountOnce(t *testing.T) {
	t.Parallel()
	url, tracker, viewed, sent := application(t)
	tab := testbrowser.NewWindow(t)
	visit := func(path string, scripted bool) {
		t.Helper()
		tab.Open(url + path)
		tab.Open("about:blank")
		<-viewed // by the server; that of the script is the same one
		if scripted {
			<-sent
		}
	}
	visit("/script?id=1&utm_source=letter", true)
	visit("/inline", true)
	testbrowser.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	visit("/script", false)

	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	views, _, err := tracker.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	sessions := map[int64]bool{}
	for _, v := range views {
		got = append(got, fmt.Sprintf("%s %v %v", strings.TrimPrefix(v.URL, url), v.Session.Screen != "", v.Visible > 0))
		sessions[v.Session.ID] = true
	}
	want := []string{"/script?utm_source=letter true true", "/inline true true", "/script true false"}
	if diff := cmp.Diff(want, got); diff != "" || len(sessions) != 1 {
		t.Errorf("%d sessions, %s", len(sessions), diff)
	}
}
