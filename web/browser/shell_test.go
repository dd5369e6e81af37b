package browser_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// newWelcome is a server on which nobody can sign in yet, and the address of
// the invitation.
func newWelcome(t *testing.T) string {
	t.Helper()
	store := teststore.Open(t)
	people := teststore.OpenPeople(t)
	tracker, err := behavior.New(store, behavior.Settings{People: people, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	token, err := people.Invite(t.Context(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return freshServer(t, web.Handler(tracker)).URL + "/user_behavior/welcome/" + token + "/"
}

// The first person: rules that are ticked off, a password that can be shown, a
// theme that changes in place, and the way to the start of the admin.
func TestTheFirstPerson(t *testing.T) {
	t.Parallel()
	tab := testbrowser.NewWindow(t) // with cookies of its own
	text := func(expression string) string {
		t.Helper()
		return testbrowser.Eval[string](tab, "return %s", expression)
	}
	tab.Open(newWelcome(t))
	tab.Do(`window.type = (id, text) => { const f = document.getElementById(id); f.value = text; f.dispatchEvent(new Event("input")) };
		window.met = () => [...document.querySelectorAll(".rules .met")].map((e) => e.dataset.rule).join(" ")`)
	for _, c := range []struct{ name, first, second, want string }{
		{"ann", "1234567", "", "similar"},
		{"ann", "12345678", "12345678", "length similar match"},
		{"ann", "ann-and-more", "", "length numeric"},
		{"ann", "correct horse", "correct horse", "length numeric similar match"},
	} {
		tab.Do("type('username', %q); type('password1', %q); type('password2', %q)", c.name, c.first, c.second)
		if got := text("met()"); got != c.want {
			t.Errorf("%q: the rules that are met are %q", c.first, got)
		}
	}

	tab.Do(`window.button = document.querySelector("[data-show=password1]"); button.click()`)
	if got := text(`[password1.type, button.textContent, button.ariaPressed].join(" ")`); got != "text Hide Password true" {
		t.Errorf("the password is shown: %s", got)
	}
	tab.Do(`document.querySelector("form.theme button").click()`)
	if got := text(`[!!window.met, document.documentElement.dataset.theme, document.querySelector("form.theme button").value].join(" ")`); got != "true dark light" {
		t.Errorf("the theme: %s", got)
	}
	tab.Until(`document.cookie.includes("theme=dark")`)

	tab.Do(`document.querySelector("main form .primary").click()`)
	tab.Until(`document.querySelectorAll(".kind").length == 3`)
	if got := text(`[document.documentElement.dataset.theme, document.querySelector(".who .name").textContent].join(" ")`); got != "dark ann" {
		t.Errorf("the start of the admin: %s", got)
	}
	tab.Do(`window.menu = document.querySelector("details.menu"); menu.querySelector("summary").click(); window.opened = menu.open;
		document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}))`)
	if got := text(`[opened, menu.open, document.activeElement.tagName].join(" ")`); got != "true false SUMMARY" {
		t.Errorf("the menu: %s", got)
	}
}
