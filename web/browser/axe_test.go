package browser_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"github.com/userbehavior/behavior/internal/testbrowser"
)

// axePath is the checker of accessibility, as npm installs it.
const axePath = "../../ui/node_modules/axe-core/axe.min.js"

// walker leads a tab from page to page of one site and judges each.
type walker struct {
	t   *testing.T
	tab *testbrowser.Tab
	url string // of the prefix
}

// stay keeps forms with changes from asking before they are left, and long
// deletions from going on by themselves.
const stay = `;addEventListener("beforeunload", event => event.stopImmediatePropagation(), true); HTMLFormElement.prototype.submit = () => {}`

// newWalker opens a window with cookies of its own, in which each page has the
// checker at hand. The browser puts it there: the page's policy stays as it is.
func newWalker(t *testing.T, url string) *walker {
	t.Helper()
	axe, err := os.ReadFile(axePath)
	if err != nil {
		if testbrowser.Required("npm") {
			t.Fatal(err)
		}
		t.Skip("there is no checker of accessibility: npm ci --prefix ui")
	}
	w := &walker{t, testbrowser.NewWindow(t), url}
	testbrowser.Call(w.tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(axe) + stay})
	w.tab.Size(1280, 900)
	w.media("light")
	return w
}

// media sets the colours that the system is said to prefer.
func (w *walker) media(scheme string) {
	w.t.Helper()
	testbrowser.Call(w.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// stop is a page of a walk.
type stop struct {
	path  string // below the prefix
	do    string // a script to run on it; a first ">" says that it leads to another page
	shows string // a selector of what must be there then
}

// walk looks at pages one after the other.
func (w *walker) walk(stops ...stop) {
	w.t.Helper()
	for _, s := range stops {
		name := strings.TrimSpace(s.path + " " + s.do)
		w.tab.Open(w.url + s.path)
		w.do(s.do)
		if !testbrowser.Eval[bool](w.tab, "return document.querySelector(`%s`)?.checkVisibility() ?? false", s.shows) {
			w.t.Errorf("%s: there is no %s, but %q", name, s.shows, testbrowser.Eval[string](w.tab, `return document.querySelector("main").innerText.slice(0, 300)`))
			continue
		}
		w.look(name)
	}
}

// do runs the script of a stop and waits for what comes of it.
func (w *walker) do(script string) {
	w.t.Helper()
	if leads, ok := strings.CutPrefix(script, ">"); ok {
		w.tab.Do("window.before = true; %s", leads)
		w.tab.Until(`!window.before && document.readyState == "complete"`)
	} else if script != "" {
		w.tab.Do("%s", script)
	}
	w.tab.Until(`!document.querySelector("[data-waiting]")`)
}

// The rules that each page keeps: all of them; those that the dark can break;
// and those that a phone can.
const (
	everyRule  = `{runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}`
	darkRules  = `{runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}}`
	phoneRules = `{...` + everyRule + `, rules: {"color-contrast": {enabled: false}}}`
)

// judge is a script by which the checker judges the page by some rules.
const judge = `
	const found = await axe.run(document, {...%s, resultTypes: ["violations"], preload: false, iframes: false});
	return found.violations.map(v => v.id + " (" + v.help + "): " + v.nodes.slice(0, 3).map(n =>
		n.target.join(" ") + " " + n.html.slice(0, 160) + " " + n.any.concat(n.all, n.none).map(c => c.message).join("; ")).join(" | ")).join("\n")`

// tooWide names what makes the page scroll sideways.
const tooWide = `
	await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
	const over = document.scrollingElement.scrollWidth - innerWidth;
	if (over <= 0) return "";
	const wide = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest("svg svg"));
	return over + " pixels: " + wide.slice(-3).map(e => e.outerHTML.slice(0, 120)).join(" | ")`

// look judges the page that is there: in light and dark, wide and narrow, with
// all that can be unfolded.
func (w *walker) look(name string) {
	w.t.Helper()
	w.tab.Do(`for (const fold of document.querySelectorAll("main details:not(.menu)")) fold.open = true`)
	w.judge(name, everyRule)
	w.media("dark")
	w.judge(name+", in the dark", darkRules)
	w.media("light")
	w.fits(name, 320)
	w.fits(name, 390)
	w.tab.Size(390, 8000) // so that nothing sticks to the window's edge, over something else
	w.judge(name+", on a phone", phoneRules)
	w.fits(name, 1280)
}

func (w *walker) judge(name, rules string) {
	w.t.Helper()
	if found := testbrowser.Eval[string](w.tab, judge, rules); found != "" {
		w.t.Errorf("%s: %s", name, found)
	}
}

func (w *walker) fits(name string, width int64) {
	w.t.Helper()
	w.tab.Size(width, 900)
	if found := testbrowser.Eval[string](w.tab, "%s", tooWide); found != "" {
		w.t.Errorf("%s, %d wide: %s", name, width, found)
	}
}

// signIn is a script that fills in and sends the form of the login page.
func signIn(name, password string) string {
	return `>username.value = "` + name + `"; document.querySelector("#password").value = "` + password + `"; document.querySelector("main form .primary").click()`
}

const (
	// saveRecord sends the form of a record.
	saveRecord = `document.querySelector("[name=_save]").click()`

	// sendForm sends the form of a page without the browser's own checks.
	sendForm = `>const form = document.querySelector("main form:has([type=password], [name=event_type])"); form.noValidate = true; form.requestSubmit()`

	// deleteChosen asks for the deletion of what is marked.
	deleteChosen = `document.querySelector("#action").value = "delete_selected"; document.querySelector(".bulk > button").click()`

	// choose marks all records of a list.
	choose = `document.querySelector("[data-all]").click();`
)

func TestAccessibilityForPeople(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newFullSite(t))
	w.walk(
		stop{"login/", "", "#username"},
		stop{"login/?next=/user_behavior/admin/", signIn("ann", "wrong"), ".alert"},
		stop{"nothing/", "", "h1"},
		stop{"login/?next=/user_behavior/admin/", signIn("ann", sitePassword), ".kind"},
		stop{"admin/", "", ".kind"},
		stop{"admin/settings/", `document.querySelector("details.menu summary").click()`, "details.menu li"},
		stop{"admin/log/", "", "tbody tr"},
		stop{"admin/log/?q=nothing", "", "h1"},
		stop{"admin/settings/", "", ".columns li"},
		stop{"admin/people/", "", "tbody tr"},
		stop{"admin/people/1/", "", "h1"},
		stop{"admin/people/2/", "", "#password1"},
		stop{"admin/people/2/", `>document.querySelector("[value=delete]").click()`, "[name=post] + .danger"},
		stop{"admin/people/add/", "", "#username"},
		stop{"admin/people/add/", sendForm, ".alert"},
		stop{"account/", "", "[type=password]"},
		stop{"account/", sendForm, ".alert"},
		stop{"nothing/", "", "h1"},
		stop{"account/", `>document.querySelector("main [name=csrfmiddlewaretoken]").value = "x"; ` + sendForm[1:], "h1"},
		stop{"", "", ".exchange .good"},
		stop{"sessions/?format=api", "", ".pager"},
		stop{"sessions/1/?format=api", "", ".exchange .good"},
		stop{"interactions/?format=api", "", ".pager"},
		stop{"interactions/?format=api", sendForm, ".exchange .bad"},
	)
}

func TestAccessibilityOfRecords(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newFullSite(t))
	w.tab.Open(w.url + "login/")
	w.do(signIn("ann", sitePassword))
	for _, model := range []string{"sessions/", "pageviews/", "interactions/"} {
		path := "admin/" + model
		w.walk(
			stop{path, choose, "[data-clear]"},
			stop{path + "?q=nothing-like-it", "", "p.nothing"},
			stop{path + "?q=0000&o=-1.2&p=2&e=1", "", ".message.warning"},
			stop{path + "?_popup=1", "", "[data-pick]"},
			stop{path + "add/", "", "[name=_save]"},
			stop{path + "add/?_popup=1", ">" + saveRecord, ".faults"},
			stop{path + "16/change/", `>document.querySelector("textarea, #id_url").value = ""; ` + saveRecord, ".faults"},
			stop{path + "16/change/", `>document.querySelector("[name=_continue]").click()`, ".message.success"},
			stop{path + "16/delete/", "", "main form .danger"},
			stop{path + "16/history/", "", ".deed"},
			stop{path, ">" + choose + deleteChosen, "main form .danger"},
		)
	}
	w.walk(
		stop{"admin/sessions/add/?_popup=1&session_id=new&user_agent=u&ip_address=::1", ">" + saveRecord, "[data-pick]"},
		stop{"admin/sessions/?start_time__date__gte=2020-01-01&user_id=user-1", "", ".chips"},
		stop{"admin/interactions/?event_type__exact=click", "", ".chips"},
		stop{"admin/sessions/16/timeline/", "", ".steps details"},
		stop{"admin/sessions/1/timeline/", "", ".steps details"},
	)
}

func TestAccessibilityOfInsight(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newFullSite(t))
	w.tab.Open(w.url + "login/")
	w.do(signIn("ann", sitePassword))
	key := func(options string) string {
		return `document.body.dispatchEvent(new KeyboardEvent("keydown", {bubbles: true, ` + options + `}))`
	}
	w.walk(
		stop{"report/", "", "main svg"},
		stop{"report/?start=2020-01-01&end=2020-01-07", "", "h1"},
		stop{"dashboard/", "", ".kpi"},
		stop{"dashboard/", `for (const menu of ["range", "filter"]) document.querySelector("[data-menu=" + menu + "]").open = true`, "#filter-by"},
		stop{"dashboard/", `document.querySelector("[popovertarget=definitions]").click()`, "#definitions"},
		stop{"dashboard/", key(`key: "?"`), "#keys"},
		stop{"dashboard/", key(`key: "k", ctrlKey: true`), "#palette"},
		stop{"dashboard/?f=is,path,/&metric=sessions&compare=none&devices=os&behaviour=metadata", "", "#metadata-key"},
		stop{"dashboard/?f=is,path,/nothing", "", ".nothing"},
		stop{"dashboard/?date_range=realtime", "", "#region-live"},
		stop{"dashboard/?date_range=rubbish", "", "h1"},
		stop{"dashboard/panels/pages/all/", "", "tbody tr"},
		stop{"dashboard/panels/places/all/?search=nothing", "", "#search"},
		stop{"dashboard/funnel/", "", ".ideas a"},
		stop{"dashboard/funnel/" + twoSteps, "", ".funnel"},
		stop{"dashboard/funnel/?step=page_view&step=interaction%3Bis,element,x,y%3Bis,metadata:,x", "", "[id='key2.2-fault']"},
		stop{"dashboard/funnel/?of1=page_view&do=add.interaction&within=1h", "", "[data-unasked]"},
		stop{"dashboard/funnel/?date_range=2020-01-01,2020-01-02&step=page_view&step=page_view", "", "#funnel-chart"},
	)
}

// Who may only look sees pages of their own.
func TestAccessibilityForViewers(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newFullSite(t))
	w.tab.Open(w.url + "login/")
	w.do(signIn(siteViewer, sitePassword))
	w.walk(
		stop{"report/", "", "main svg"},
		stop{"dashboard/", "", ".kpi"},
		stop{"account/", "", "[type=password]"},
		stop{"admin/", "", ".kind"},
		stop{"admin/sessions/", "", "tbody tr"},
		stop{"admin/sessions/16/change/", "", "h1"},
		stop{"admin/people/", "", "h1"},
	)
}

func TestAccessibilityOfALongDeletion(t *testing.T) {
	t.Parallel()
	a := newAdmin(t, 4000)
	w := newWalker(t, strings.TrimSuffix(a.url, "admin/"))
	answer := func(count string) string {
		return `>document.querySelector("#count").value = "` + count + `"; document.querySelector("main form .danger").click()`
	}
	w.walk(stop{"admin/sessions/", ">" + choose + `document.querySelector("[data-across]").click(); ` + deleteChosen, "#count"})
	w.do(answer("1"))
	w.look("the wrong number")
	w.do(answer("8000"))
	if !testbrowser.Eval[bool](w.tab, `return document.querySelector("progress").checkVisibility()`) {
		t.Error("there is no progress")
	}
	w.look("a deletion that is not done")
}

func TestAccessibilityOfANewSite(t *testing.T) {
	t.Parallel()
	url, token, _ := strings.Cut(newWelcome(t), "welcome/")
	w := newWalker(t, url)
	accept := `>username.value = "ann"; for (const id of ["password1", "password2"]) document.getElementById(id).value = "` + sitePassword + `"; document.querySelector("main form .primary").click()`
	w.walk(
		stop{"welcome/nothing/", "", "h1"},
		stop{"welcome/" + token, "", "#password2"},
		stop{"welcome/" + token, sendForm, ".alert"},
		stop{"welcome/" + token, accept, ".kind"},
		stop{"admin/sessions/", "", ".nothing"},
		stop{"report/", "", ".first"},
		stop{"dashboard/", "", ".first"},
		stop{"dashboard/panels/pages/all/", "", "h1"},
		stop{"dashboard/funnel/", "", ".first"},
		stop{"dashboard/", `>document.querySelector(".first form button").click()`, ".sample button"},
		stop{"report/", "", ".sample button"},
		stop{"dashboard/", `>document.querySelector(".sample button").click()`, ".message.success"},
	)
}
