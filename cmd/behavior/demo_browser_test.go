package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/sample"
	"github.com/userbehavior/behavior/web"
)

// A visitor of the demo's shop looks around and buys: all of it arrives, and
// nothing of what is typed.
func TestAVisitToTheShop(t *testing.T) {
	t.Parallel()
	tab := testbrowser.New(t)
	store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	done := make(chan string, 1000)
	observe := func(_ context.Context, e behavior.Event) {
		switch {
		case e.PageView != nil:
			done <- "view " + e.PageView.Path
		case e.Interaction != nil:
			done <- string(e.Interaction.EventType) + " " + e.Interaction.Element
		}
	}
	tracker, err := behavior.New(store, behavior.Settings{
		Logger: slog.New(slog.DiscardHandler), EventTypes: sample.EventTypes(), Observers: []behavior.Observer{observe},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	server := httptest.NewServer(demoFront("/user_behavior/", web.Handler(tracker)))
	t.Cleanup(server.Close)

	tab.Open(server.URL)
	tab.Click("[data-ub=tab-lamps]")
	tab.Click("[data-ub=tab-all]")
	tab.Click("[data-category=lamps] .card")
	tab.Until("document.querySelector('#add')")
	tab.Click("#add")
	tab.Until("basket.value === '1'")
	tab.Click("[data-ub=to-checkout]")
	tab.Until("document.querySelector('#order')")
	tab.Keys("#customer", "Ada SECRET")
	tab.Keys("#email", "secret@example.com")
	tab.Keys("#card", "4711471147114711")
	tab.Click("#buy")
	tab.Until("location.pathname === '/shop/thanks/' && basket.value === '0'")
	if query := testbrowser.Eval[string](tab, "return location.search"); query != "" {
		t.Errorf("the form has sent %s", query)
	}
	tab.Open("about:blank")

	missing := map[string]bool{}
	for _, want := range []string{
		"view /shop/", "view /shop/lamps/", "view /shop/product/reading-lamp/", "view /shop/checkout/", "view /shop/thanks/",
		"click @tab-lamps", "click button#add", "add_to_cart window", "click @to-checkout", "keypress input#customer", "keypress input#email",
		"input_change input#customer", "click button#buy", "form_submit form#order", "purchase window",
	} {
		missing[want] = true
	}
	for len(missing) > 0 {
		select {
		case what := <-done:
			delete(missing, what)
			if what == "keypress input#card" || what == "input_change input#card" {
				t.Error("the card's number is told of: ", what)
			}
		case <-t.Context().Done():
			t.Fatal(fmt.Sprint("never arrived: ", missing))
		}
	}
}
