package tracker_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// spy notes when a script of the tracker reads what it must not. spied lists it.
const spy = `<script>
const spied = []
for (const [type, names] of [
	[HTMLInputElement, ['value', 'valueAsNumber', 'valueAsDate', 'files', 'selectionStart', 'selectionEnd']],
	[HTMLTextAreaElement, ['value', 'textLength', 'selectionStart', 'selectionEnd']], [HTMLSelectElement, ['value', 'selectedOptions']],
	[HTMLOptionElement, ['value', 'text']], [KeyboardEvent, ['key', 'code', 'keyCode', 'charCode', 'which']], [InputEvent, ['data', 'dataTransfer']],
	[UIEvent, ['which']], [ClipboardEvent, ['clipboardData']],
	[Node, ['textContent', 'nodeValue']], [HTMLElement, ['innerText', 'outerText']], [Element, ['innerHTML', 'outerHTML']],
	[CharacterData, ['data']],
]) for (const name of names) {
	const own = Object.getOwnPropertyDescriptor(type.prototype, name)
	if (own && own.get) Object.defineProperty(type.prototype, name, {...own, get() {
		if (new Error().stack.includes('/ub/')) spied.push(type.name + '.' + name)
		return own.get.call(this)
	}})
}
for (const [of, name] of [[window, 'getSelection'], [document, 'getSelection'], [window, 'FormData'], [document, 'cookie']]) {
	const was = of[name]
	Object.defineProperty(of, name, {configurable: true, get() { if (new Error().stack.includes('/ub/')) spied.push(name); return was }})
}
</script>`

const fields = `<form id=f onsubmit="event.preventDefault()">
	<input name=plain><input name=secret type=password><input name=card autocomplete="section-a billing CC-Number">
	<input name=code autocomplete=one-time-code><input name=new autocomplete=new-password><textarea name=text></textarea>
	<input name=shown type=password><div id=free contenteditable>.</div><input type=hidden name=token>
	<input name=search type=search placeholder=what></form>`

func TestNothingTypedIsRead(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "", spy, fields))
	for _, name := range words("plain secret card code new text search") {
		p.Keys(fmt.Sprintf("[name=%s]", name), "abc")
	}
	p.Keys("#free", "abc")
	p.Do(`document.dispatchEvent(new ClipboardEvent('paste', {bubbles: true})); f.requestSubmit(); free.click()`)
	flush(p)
	all := s.waitFor("click", 1)
	if got := eval[[]string](p, `return spied`); len(got) != 0 {
		t.Errorf("the tracker read %v", got)
	}
	// That the spy can see anything at all.
	if got := eval[[]string](p, `const s = document.createElement('script'); s.src = '/ub/nothing.js'; return (() => { eval('document.querySelector("input").value //# sourceURL=/ub/x'); return spied })()`); len(got) != 1 {
		t.Errorf("the spy saw %v", got)
	}
	_ = all
}

func TestNoKeysNorChangesOfSecretFields(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", fields)
	for _, name := range words("plain secret card code new text shown") {
		p.Keys(fmt.Sprintf("[name=%s]", name), "abc")
	}
	// A password that is shown as text stays one.
	p.Do(`f.shown.type = 'text'; f.shown.focus()`)
	p.Run(chromedp.KeyEvent("abc"))
	p.Do(`f.token.dispatchEvent(new Event('change', {bubbles: true})); document.activeElement.blur(); behavior.track('done'); behavior.flush()`)
	s.waitFor("done", 1)
	all := s.wait("", func([]event) bool { return true })
	want := []row{
		{"input_change", `form#f>input[name="plain"]`, meta{"t": "text", "f": true}},
		{"input_change", `form#f>textarea[name="text"]`, meta{"t": "textarea", "f": true}},
		{"keypress", `form#f>input[name="plain"]`, meta{"n": 3.0}},
		{"keypress", `form#f>textarea[name="text"]`, meta{"n": 3.0}},
	}
	for i := range want {
		want[i].E = strings.TrimPrefix(want[i].E, "form#f>") // a name of its own is enough
	}
	if diff := cmp.Diff(want, rows(all, "input_change", "keypress")); diff != "" {
		t.Error(diff)
	}
}

// TestTypedSecretsAreInNoBody types random text into every kind of field.
func TestTypedSecretsAreInNoBody(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	s, p := visit(t, "data-flush=0.1 data-query=utm", fields+`<p id=story>A story</p>`)
	var secrets []string
	for _, selector := range words("[name=plain] [name=secret] [name=card] [name=code] [name=new] [name=text] [name=search] #free") {
		secret := secretText(random)
		secrets = append(secrets, secret)
		p.Keys(selector, secret)
	}
	more := secretText(random)
	secrets = append(secrets, more)
	p.Do(`const secret = %q
		f.plain.value = secret; f.plain.dispatchEvent(new Event('change', {bubbles: true}))
		story.textContent = secret; getSelection().selectAllChildren(story); story.click(); document.title = secret
		history.pushState({}, '', '?q=' + encodeURIComponent(secret) + '#' + secret)
		f.requestSubmit(); behavior.track('done'); behavior.flush()`, more)
	s.waitFor("done", 1)
	bodies := s.allBodies()
	for _, secret := range secrets {
		asJSON, _ := json.Marshal(secret)
		for _, form := range []string{secret, strings.Trim(string(asJSON), `"`), url.QueryEscape(secret), url.PathEscape(secret)} {
			if strings.Contains(bodies, form) {
				t.Errorf("seed %d: %q was sent", seed, form)
			}
		}
	}
}

func secretText(random *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .@-+"
	text := make([]byte, 8+random.IntN(8))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return "x" + string(text) + "x"
}

func TestIgnoredParts(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-flush=60", `<div data-ub-ignore style="width:400px;height:300px;overflow:auto"><form id=in onsubmit="event.preventDefault()">
		<button id=b>b</button><input id=i><div style="height:900px"></div></form></div><shadow-host></shadow-host><button id=out>out</button>`)
	p.Do(`const root = document.querySelector('shadow-host').attachShadow({mode: 'open'})
		root.innerHTML = '<p data-ub-ignore><button>x</button></p>'
		const over = (el) => el.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, composed: true, pointerType: 'mouse'}))
		b.click(); root.querySelector('button').click(); over(b); skip(900); over(out)
		document.querySelector('[data-ub-ignore]').scrollTop = 200; await rest(100)
		i.dispatchEvent(new Event('change', {bubbles: true}))
		document.getElementById('in').requestSubmit()`)
	p.Move(20, 20)
	p.Do(`skip(300)`)
	p.Move(120, 120)
	p.Keys("#i", "abc")
	p.Do(`i.blur(); out.click(); await rest(1100); behavior.flush()`)
	s.waitFor("click", 1)
	all := s.wait("", func([]event) bool { return true })
	if diff := cmp.Diff([]row{{"click", "button#out", meta{"x": 0.0, "y": 0.0, "b": 0.0, "dead": 1.0}}}, rows(all, eight...)); diff != "" {
		t.Error(diff)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	addresses := words(`/a?utm_source=x&q=secret&utm_Campaign=y&ref=z&source=s&reference=n#part /a /?q=1 /caf%C3%A9/?UTM_source=x https://user:pass@other.example:8443/p?ref=1 ?ref=2`)
	cases := map[string]struct {
		attributes string
		want       []string
	}{
		"by default": {"", words(`/a?utm_source=x&utm_Campaign=y&ref=z&source=s /a / /caf%C3%A9/ https://other.example:8443/p?ref=1 /page?ref=2`)},
		"with all":   {"data-query=all", words(`/a?utm_source=x&q=secret&utm_Campaign=y&ref=z&source=s&reference=n /a /?q=1 /caf%C3%A9/?UTM_source=x https://other.example:8443/p?ref=1 /page?ref=2`)},
		"with none":  {"data-query=none", words(`/a /a / /caf%C3%A9/ https://other.example:8443/p /page`)},
		"with hash":  {"data-hash data-query=none", words(`/a#part /a / /caf%C3%A9/ https://other.example:8443/p /page`)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := visit(t, c.attributes, "")
			for _, a := range addresses {
				p.Do(`behavior.page(%q)`, a)
			}
			p.Do(`behavior.page('/' + 'x'.repeat(5000)); behavior.flush()`)
			views := s.views(s.waitFor("view", len(addresses)+2))
			var got []string
			for _, v := range views[1 : len(views)-1] {
				got = append(got, v.U)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if long := s.waitFor("view", 1)[len(views)-1].U; len(long) != 2048 {
				t.Errorf("an address of %d characters", len(long))
			}
		})
	}
}

// TestRefusal looks for the requests that pages make in spite of a wish.
func TestRefusal(t *testing.T) {
	t.Parallel()
	const (
		gpc  = `<script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})</script>`
		dnt  = `<script>Object.defineProperty(Navigator.prototype, 'doNotTrack', {value: '1'})</script>`
		no   = `<script>Object.defineProperty(Navigator.prototype, 'doNotTrack', {value: '0'})</script>`
		left = `<script>localStorage.setItem('ub-off', '1')</script>`
	)
	cases := map[string]struct {
		head, attributes string
		recorded         bool
	}{
		"nothing is said":                     {"", "", true},
		"Global Privacy Control":              {gpc, "", false},
		"Global Privacy Control is overruled": {gpc, "data-gpc=off", true},
		"Do Not Track":                        {dnt, "", false},
		"Do Not Track is overruled":           {dnt, "data-gpc=off", true},
		"Do Not Track is 0":                   {no, "", true},
		"opted out before":                    {left, "", false},
		"opting out is not overruled":         {left, "data-gpc=off", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", c.attributes, c.head, ""))
			p.Do(`document.body.click(); behavior.track('x'); behavior.page('/y'); behavior.consent(true); behavior.flush()
				await rest(50); await fetch('/favicon.ico')`)
			p.Open("about:blank")
			s.quiet(p, !c.recorded)
		})
	}
}

// quiet checks that no request has been made, or that one was.
func (s *site) quiet(p *tab, want bool) {
	s.t.Helper()
	// A page that is recorded shows that requests of before have arrived.
	p.Open(s.add("/marker", "data-gpc=off", "<script>localStorage.removeItem('ub-off')</script>", ""))
	p.Do(`behavior.track('marker'); behavior.flush()`)
	s.waitFor("marker", 1)
	var before []string
	for _, e := range s.wait("", func([]event) bool { return true }) {
		if !strings.HasSuffix(e.U, "/marker") {
			before = append(before, e.K)
		}
	}
	if got := len(before) == 0; got != want {
		s.t.Errorf("recorded: %v", before)
	}
}

func TestOptOut(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "")
	p.Do(`behavior.optOut(); document.body.click(); behavior.consent(true); behavior.track('x'); behavior.flush()`)
	if got := eval[map[string]string](p, `return {...localStorage, ...sessionStorage}`); len(got) != 1 || got["ub-off"] != "1" {
		t.Errorf("storage: %v", got)
	}
	p.Open(s.URL + "/page?ref=again")
	p.Do(`document.body.click(); behavior.flush(); behavior.optOut(false); behavior.track('x')`)
	p.Open(s.URL + "/page?ref=third")
	flush(p)
	s.waitViews(seen{"/page?ref=third", ""})
}

func TestConsent(t *testing.T) {
	t.Parallel()
	const stored = `return Object.keys({...localStorage, ...sessionStorage})`
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "data-consent=required data-flush=0.05", "", "<i id=a>a</i>"))
	p.Do(`a.click(); await rest(300)`)
	p.Open(s.URL + "/page?ref=2")
	p.Do(`a.click(); a.click(); await rest(300)`)
	if got := eval[[]string](p, stored); len(got) != 0 {
		t.Errorf("stored before consent: %v", got)
	}
	p.Do(`behavior.consent(true)`)
	all := s.waitFor("click", 2)
	if got := eval[[]string](p, stored); !cmp.Equal(got, []string{"ub"}) {
		t.Errorf("stored with consent: %v", got)
	}
	p.Do(`behavior.track('late'); behavior.consent(false); a.click(); behavior.flush()`)
	if got := eval[[]string](p, stored); len(got) != 0 {
		t.Errorf("stored after withdrawal: %v", got)
	}
	p.Do(`behavior.consent(true); a.click(); behavior.flush()`)
	s.waitFor("click", 3)
	s.waitViews(seen{"/page?ref=2", ""}, seen{"/page?ref=2", ""})
	if late := only(s.wait("", func([]event) bool { return true }), "late"); len(late) != 0 {
		t.Error("what was dropped was sent")
	}
	if all[0].session == s.waitFor("click", 3)[2].session {
		t.Error("the session went on after a withdrawal")
	}
}

func TestNoDeviceStorage(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-storage=none", "")
	s.answers(func(int) refusal { return refusal{status: 503} })
	p.Do(`haste = 100; behavior.track('x'); behavior.flush(); await rest(1000)`)
	if got := eval[int](p, `return localStorage.length + sessionStorage.length + document.cookie.length + (await indexedDB.databases()).length`); got != 0 {
		t.Errorf("%d things stored", got)
	}
	s.requests(2)
}
