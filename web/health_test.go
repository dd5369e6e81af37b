package web_test

import (
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	store := teststore.Open(t)
	tracker, err := behavior.New(store, behavior.Settings{Logger: quietLogger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	h := web.Handler(tracker)
	check := func(path string, status int, body string) {
		t.Helper()
		res := ask(t, h, "GET", "/user_behavior/"+path, "")
		if res.status != status || res.text() != body || res.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %d %q %v", path, res.status, res.text(), res.header)
		}
		if waits := res.header.Get("Retry-After") != ""; waits != (status == 503) {
			t.Errorf("%s: Retry-After %q", path, res.header.Get("Retry-After"))
		}
	}
	for range 40 { // it is not throttled
		check("healthz", 200, "ok\n")
	}
	check("readyz", 200, "ok\n")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	check("healthz", 200, "ok\n")
	check("readyz", 503, "not ready: the store cannot be used at the moment\n")
}
