package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
)

// sessionValue is what the form sends for the session that it names.
const sessionValue = `document.querySelector("input[type=hidden][name=session]").value`

func TestSessionIsFoundByKeyboard(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 25), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "interactions/add/")
	tab.Keys("#id_session", "00000001")
	tab.Until(`document.querySelectorAll("[role=option]").length === 11`)
	tab.Run(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown))
	active := `return document.getElementById(document.querySelector("#id_session").getAttribute("aria-activedescendant")).textContent`
	if got := testbrowser.Eval[string](tab, "%s", active); got != "Session 0018-4f1c-4b2e-9d3a-000000000018 - User ID: (None)" {
		t.Errorf("the option is %q", got)
	}
	// The protocol's Enter would send the form as well, which a person's does not.
	enter := `document.querySelector("#id_session").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}))`
	tab.Do("%s", enter)
	state := "return " + sessionValue + ` + " " + document.querySelector("#id_session").ariaExpanded + " " + document.querySelector("a[data-pattern*=change]").getAttribute("href")`
	if got := testbrowser.Eval[string](tab, "%s", state); got != "19 false /user_behavior/admin/sessions/19/change/?_popup=1" {
		t.Errorf("chosen: %s", got)
	}

	tab.Do(`const input = document.querySelector("#id_session"); input.value = ""; input.dispatchEvent(new Event("input"))`)
	tab.Until(`document.querySelectorAll("[role=option]").length === 21`)
	tab.Run(chromedp.KeyEvent(kb.ArrowUp))
	tab.Do("%s", enter)
	tab.Until(`document.querySelectorAll("[role=option]").length === 25`)
	if got := testbrowser.Eval[string](tab, "%s", active); got != "Session 0004-4f1c-4b2e-9d3a-000000000004 - User ID: (None)" {
		t.Errorf("the first of the next page is %q", got)
	}
	tab.Run(chromedp.KeyEvent(kb.Escape))
	if got := testbrowser.Eval[string](tab, `return document.querySelector("#id_session").ariaExpanded`); got != "false" {
		t.Error("Escape does not close the list")
	}
}

func TestSmallWindowChoosesWhatItSaves(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 1), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "interactions/add/?event_type=click&element=%23buy")
	tab.Do(`document.querySelector("#id_metadata").closest("details").open = true`)
	tab.Do(`const area = document.querySelector("#id_metadata"); area.value = '{"n":12345678901234567890,"a":[]}'; document.querySelector("[data-json] button").click()`)
	if got := testbrowser.Eval[string](tab, `return document.querySelector("#id_metadata").value`); got != "{\n  \"n\": 12345678901234567890,\n  \"a\": []\n}" {
		t.Errorf("laid out: %s", got)
	}

	tab.Click(`a[data-window][href$="add/?_popup=1"]`)
	tab.Do(`window.small = window.open("", "behavior_session")`) // the one that is open
	tab.Until(`small.document.querySelector("form[data-zone]") !== null`)
	tab.Do(`const type = (name, text) => { small.document.getElementsByName(name)[0].value = text };
		type("session_id", "fresh"); type("user_agent", "u"); type("ip_address", "::1"); small.document.querySelector("[name=_save]").click()`)
	tab.Until(sessionValue + ` === "2"`)
	tab.Until(`small.closed`)
	if got := testbrowser.Eval[string](tab, `return document.querySelector("#id_session").value`); got != "Session fresh - User ID: (None)" {
		t.Errorf("picked: %s", got)
	}
	tab.Do(`window.postMessage({behaviorPick: {id: "1;", text: "no id"}}, location.origin)`)
	tab.Click("[name=_continue]")
	tab.Until(`document.querySelector(".message.success") !== null`)
	found, _, err := a.tracker.Interactions(t.Context(), behavior.ByID(1))
	if err != nil || len(found) != 1 || found[0].Session.SessionID != "fresh" || string(found[0].Metadata) != `{"n":12345678901234567890,"a":[]}` {
		t.Errorf("stored: %+v, %v", found, err)
	}
}
