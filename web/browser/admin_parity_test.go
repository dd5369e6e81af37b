package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"github.com/userbehavior/behavior/internal/testbrowser"
)

func TestSelectedRowsAreTinted(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 2), testbrowser.New(t)
	tab.Size(1280, 900)
	tab.Open(a.url + "sessions/")
	tab.Do(`document.querySelector("tbody input").click()`)
	colours := `const rows = [...document.querySelectorAll("tbody tr")].map(row => getComputedStyle(row).backgroundColor); return rows[0] !== rows[1]`
	if !testbrowser.Eval[bool](tab, "%s", colours) {
		t.Error("a selected row looks like the others")
	}
}

// The server's clock is in UTC here, the browser's an hour ahead.
func TestFormsTellOfAnotherClock(t *testing.T) {
	t.Parallel()
	a, tab := newAdmin(t, 1), testbrowser.NewWindow(t)
	testbrowser.Call(tab, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Africa/Lagos"})
	tab.Open(a.url + "sessions/1/change/")
	tab.Do(`const set = document.querySelector("[data-moment]").closest("details"); set.open = true;
		[...set.querySelectorAll("button")].find(b => b.textContent === "Now").click()`)
	got := testbrowser.Eval[string](tab, `const value = document.querySelector("#id_end_time").value;
		return document.querySelector(".note").textContent + " " + (Math.abs(Date.parse(value + "Z") - Date.now()) < 60000)`)
	if got != "Note: You are 1 hour ahead of server time (UTC). true" {
		t.Error(got)
	}
}
