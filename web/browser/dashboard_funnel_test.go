package browser_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp/kb"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// newFunnels is a server with four weeks of records whose funnels everybody may
// see; the address is that of their page.
func newFunnels(t *testing.T) string {
	t.Helper()
	tracker, err := behavior.New(teststore.Open(t), behavior.Settings{ReportPermission: behavior.AllowAny, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	fill(t, tracker)
	return freshServer(t, web.Handler(tracker)).URL + "/user_behavior/dashboard/funnel/"
}

// drawn waits for a figure that nothing is asked for any more.
const drawn = `document.querySelector(".region-figure .funnel") && !document.querySelector("[aria-busy], [data-waiting], .stale")`

// loaded waits for the end of a page too.
const loaded = ` && document.readyState === "complete"`

// numbers are those at the bars.
const numbers = `[...document.querySelectorAll(".funnel .amount b")].map(b => b.textContent).join(" ")`

// twoSteps is a funnel as its page has it.
const twoSteps = "?compare=none&step=page_view%3Bis,path,/%3Blabel,Home&step=page_view%3Bis,path,/pricing/&count=sessions"

func TestFunnelsWithoutScript(t *testing.T) {
	t.Parallel()
	url, tab := newFunnels(t), testbrowser.NewWindow(t)
	testbrowser.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	text := func(expression string) string {
		t.Helper()
		return testbrowser.Eval[string](tab, "return String(%s)", expression)
	}
	tab.Size(1280, 900)
	tab.Open(url + "?compare=none")
	tab.Click(".ideas li:last-child a")
	tab.Until(`document.querySelector(".funnel") && location.search.includes("step=")` + loaded)
	if got := text(`[document.querySelector("#of1").value, document.querySelector("[id='value1.1']").value, document.querySelector("[id='value2.1']").value,
		document.querySelector(".numbers tbody tr:last-child bdi").checkVisibility()].join(" ")`); got != "page_view / /pricing/ true" {
		t.Errorf("after a click on an idea: %s", got)
	}
	// Wrong input stays beside what is wrong with it.
	tab.Keys("#within", "soon")
	tab.Click("#show")
	tab.Until(`document.querySelector("#within-fault")` + loaded)
	if got := text(`[document.querySelector("#within").value, document.querySelector("[id='value2.1']").value, document.querySelectorAll(".funnel").length].join(" ")`); got != "soon /pricing/ 0" {
		t.Errorf("what is wrong: %s", got)
	}
	// Buttons change the steps, and Enter asks for them.
	tab.Do(`document.querySelector("#within").value = "30m"; document.querySelector("#count").value = "sessions"; document.querySelector("#label1").value = "Home"`)
	tab.Click("[value='add.interaction']")
	tab.Until(`document.querySelectorAll(".steps > ol > li").length === 3` + loaded)
	if got := text(`[location.hash, document.querySelector("#within").value, document.querySelector("[id='by3.1']").value].join(" ")`); got != "#step-3 30m event_type" {
		t.Errorf("one more step: %s", got)
	}
	tab.Click("[value='up.3']")
	tab.Until(`document.querySelector("#of2").value === "interaction"` + loaded)
	tab.Click("[value='remove.2']")
	tab.Until(`document.querySelectorAll(".steps > ol > li").length === 2` + loaded)
	tab.Keys("[id='value2.1']", kb.Enter)
	tab.Until(`document.querySelector(".funnel")` + loaded)
	if got := text(`[location.search, ` + numbers + `].join(" ")`); got != strings.Replace(twoSteps, "&count", "&within=30m&count", 1)+" 48 32" {
		t.Errorf("after Enter: %s", got)
	}
	tab.Click("a.back")
	tab.Until(`location.search === "?compare=none" && document.querySelector(".kpi")` + loaded)
	tab.Click(".toolbar a.place")
	tab.Until(`location.search === "?compare=none" && document.querySelector(".ideas")` + loaded)
}

func TestFunnelsChangeInPlace(t *testing.T) {
	t.Parallel()
	url, tab := newFunnels(t), testbrowser.NewWindow(t)
	text := func(expression string) string {
		t.Helper()
		return testbrowser.Eval[string](tab, "return String(%s)", expression)
	}
	tab.Size(1280, 900)
	tab.Open(url + "?compare=none")
	tab.Do(`window.same = true`)
	tab.Click(".ideas li:last-child a")
	tab.Until(drawn)
	if got := text(`[same, document.querySelector("[id='value2.1']").value, document.querySelector(".numbers").open, document.querySelector("[data-said]").textContent].join(" ")`); !strings.HasPrefix(got, "true /pricing/ false All of 10 visitors who began came to the end.") {
		t.Errorf("after a click on an idea: %s", got)
	}
	// A step more leaves the figure as it is, and the focus goes to it.
	tab.Click("[value='add.interaction']")
	tab.Until(`document.activeElement.id === "of3"`)
	if got := text(`[same, document.querySelector(".region-figure.stale .funnel") !== null, document.querySelector("[data-said]").textContent].join(" ")`); got != "true true Step 3 is new." {
		t.Errorf("one more step: %s", got)
	}
	tab.Do(`document.querySelector("[id='value3.1']").focus()`)
	tab.Until(`[...document.querySelectorAll("#values option")].some(o => o.value === "form_submit")`)
	tab.Click("[value='remove.3']")
	tab.Until(`document.activeElement.id === "of2"`)
	tab.Click("[value='down.1']")
	tab.Until(`document.activeElement.id === "of2" && document.querySelector("[id='value1.1']").value === "/pricing/"`)
	tab.Click("[value='up.2']")
	tab.Until(`document.querySelector("[id='value1.1']").value === "/"`)
	// Another kind of step asks for another thing first.
	tab.Do(`const kind = document.querySelector("#of2"); document.querySelector("[id='value2.1']").value = ""; kind.value = "interaction"; kind.dispatchEvent(new Event("change", {bubbles: true}))`)
	if got := text(`document.querySelector("[id='by2.1']").value`); got != "event_type" {
		t.Errorf("an interaction is asked for its %s", got)
	}
	tab.Do(`document.querySelector("#of2").value = "page_view"; document.querySelector("[id='by2.1']").value = "path"; document.querySelector("[id='value2.1']").value = "/pricing/";
		document.querySelector("#label1").value = "Home"; document.querySelector("#count").value = "sessions"; document.querySelector("#within").value = "soon"`)
	tab.Click("#show")
	tab.Until(`document.activeElement.id === "within" && document.querySelector("#within-fault").checkVisibility()`)
	tab.Do(`document.activeElement.value = ""`)
	tab.Keys("#within", kb.Enter)
	tab.Until(drawn + ` && location.search === "` + twoSteps + `"`)
	if got := text(`[same, ` + numbers + `, document.querySelector(".funnel rect.value").getBoundingClientRect().width > 400].join(" ")`); got != "true 48 32 true" {
		t.Errorf("the funnel: %s", got)
	}
	// The bar, its keys, and the way back.
	tab.Do(`document.activeElement.blur()`)
	tab.Run(press("w")...)
	tab.Until(drawn + ` && location.search.startsWith("?date_range=7d&compare=none&step=")`)
	tab.Do(`history.back()`)
	tab.Until(drawn + ` && ` + numbers + ` === "48 32" && document.querySelector(".toolbar summary b").textContent === "Last 28 days"`)
	tab.Do(`const f = document.querySelector("[data-form=filter]").elements; f.filter_by.value = "path"; f.filter_how.value = "is"; f.filter_value.value = "/a;b"; f.filter_by.form.requestSubmit()`)
	tab.Until(`document.querySelector("#funnel-chart .muted")?.textContent.startsWith("No session that matches the filters") && document.querySelector(".chip bdi").textContent === "/a;b"`)
	tab.Do(`document.querySelector(".chips .clear").click()`)
	tab.Until(drawn + ` && same`)
	tab.Run(press("g", "d")...)
	tab.Until(`document.querySelector(".kpi") && location.search === "?compare=none" && document.querySelector("[data-open=keys]")?.hidden === false`)
	tab.Run(press("g", "f")...)
	tab.Until(`document.querySelector(".ideas") && location.search === "?compare=none"`)
}

// The picture of a funnel has its names and numbers.
func TestThePictureOfAFunnel(t *testing.T) {
	t.Parallel()
	url, tab := newFunnels(t), testbrowser.NewWindow(t)
	tab.Size(1280, 900)
	tab.Open(url + twoSteps)
	tab.Until(`document.querySelector("#funnel-chart.ready")`)
	tab.Do(`URL.createObjectURL = (blob) => { window.saved = blob.text(); return "#" }; [...document.querySelectorAll("#funnel-chart .menu button")].find(b => b.textContent === "Save as SVG").click()`)
	got := testbrowser.Eval[string](tab, `return await saved`)
	for _, part := range []string{"Funnel of sessions", "Home", "Page /pricing/", ">48<", ">32<", "Of 48 sessions that began"} {
		if !strings.Contains(got, part) {
			t.Errorf("there is no %q in %s", part, got)
		}
	}
}
