package tracker_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPagesThatBreakThings relies on every tab to report errors of its page.
func TestPagesThatBreakThings(t *testing.T) {
	t.Parallel()
	heads := map[string]string{
		"frozen prototypes": `<script>for (const name of Object.getOwnPropertyNames(window)) try {
			const it = window[name]; if (typeof it === 'function' && it.prototype && name !== 'Promise') Object.freeze(it.prototype) } catch {}</script>`,
		"frozen history": `<script>Object.defineProperty(window, 'navigation', {value: undefined}); Object.freeze(history); Object.freeze(History.prototype)</script>`,
		"throwing history": `<script>Object.defineProperty(window, 'navigation', {value: undefined})
			history.pushState = () => { throw new Error('no') }</script>`,
		"throwing fetch, once": `<script>haste = 100; const real = fetch; let calls = 0
			window.fetch = (...args) => { if (!calls++) throw new Error('no'); return real(...args) }</script>`,
		"no fetch to reach":  `<script>haste = 100; const real = fetch; let calls = 0; window.fetch = (...args) => calls++ ? real(...args) : Promise.reject(new Error('no'))</script>`,
		"no beacon":          `<script>navigator.sendBeacon = () => false</script>`,
		"no observers":       `<script>window.MutationObserver = undefined</script>`,
		"no Intl time zone":  `<script>Intl.DateTimeFormat.prototype.resolvedOptions = () => ({})</script>`,
		"changed prototypes": `<script>Object.prototype.extra = 1; Array.prototype.extra = 2</script>`,
	}
	for name, head := range heads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", "", head, `<button id=b>b</button><input id=i>`))
			p.Do(`b.click(); i.focus(); i.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', bubbles: true}))
				try { history.pushState({}, '', '/other') } catch {}
				document.body.click(); document.dispatchEvent(new Event('click')); behavior.flush()`)
			s.wait("clicks", func(events []event) bool { return len(only(events, "click")) >= 1 })
			p.Open("about:blank")
		})
	}
}

func TestContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	s.mu.Lock()
	s.headers["/page"] = http.Header{"Content-Security-Policy": {
		"default-src 'none'; img-src " + s.URL + "; script-src " + s.URL + "; connect-src " + s.URL + "; require-trusted-types-for 'script'"}}
	s.pages["/page"] = `<!doctype html><title>x</title><script defer src="/ub/tracker.js"></script>
		<script defer src="/ub/tracker-vitals.js"></script><script defer src="/ub/tracker-errors.js"></script><button id=b>b</button>`
	s.mu.Unlock()
	p.Open(s.URL + "/page")
	p.Click("#b")
	p.Open("about:blank")
	s.wait("all", func(events []event) bool {
		return len(only(events, "click")) == 1 && len(only(events, "end")) == 1 && len(only(events, "vitals")) == 1
	})
}

func TestTheGlobal(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		head, attributes, body string
		check                  string // true when all is as it should be
	}{
		"one name":              {`<script>const before = Object.keys(window)</script>`, "", "", `Object.keys(window).filter((name) => !before.includes(name)).join() === 'behavior'`},
		"a page's own":          {`<script>window.behavior = {mine: true}</script>`, "", "", `behavior.mine && !behavior.track`},
		"a page's own, renamed": {`<script>window.behavior = {mine: true}</script>`, "data-global=stats", "", `behavior.mine && !behavior.track && !!stats.track`},
		"an element's id":       {"", "", "<p id=behavior></p>", `behavior.nodeName === 'P'`},
		"a function":            {`<script>function behavior() { return 1 }</script>`, "", "", `behavior() === 1`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", c.attributes, c.head, c.body))
			if !eval[bool](p, "return %s", c.check) {
				t.Errorf("not %s", c.check)
			}
			p.Open("about:blank")
			s.waitFor("view", 1)
		})
	}
}

func TestCallsBeforeTheScriptIsLoaded(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "", `<script>window.behavior = window.behavior || {q: []}; behavior.q.push(['identify', 'ada']); behavior.q.push(['track', 'early', {a: [1, null, false]}]); behavior.q.push(['nonsense'], 1, null)</script>`, ""))
	p.Do(`behavior.q.push(['track', 'late']); behavior.q.push(['flush'])`)
	s.waitFor("late", 1)
	early := s.waitFor("early", 1)[0]
	if diff := cmp.Diff(meta{"a": []any{1.0, nil, false}}, early.M); diff != "" || early.user != "ada" {
		t.Error(early.user, diff)
	}
}

func TestTheScriptTwice(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", `<script src="/ub/tracker.js"></script>`)
	p.Do(`const again = document.createElement('script'); again.src = '/ub/tracker.js'; document.head.append(again)
		await new Promise((done) => again.onload = done); document.body.click(); behavior.flush()`)
	s.waitFor("click", 1)
	if diff := cmp.Diff(words("view click"), kinds(s.wait("", func([]event) bool { return true }))); diff != "" {
		t.Error(diff)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "")
	p.Do(`document.body.click(); behavior.stop(); document.body.click(); behavior.track('x'); history.pushState({}, '', '/y'); behavior.consent(true); behavior.flush()`)
	s.waitFor("end", 1)
	p.Open(s.add("/marker", "", "", ""))
	flush(p)
	all := s.waitFor("view", 2)
	if diff := cmp.Diff(words("view click end view"), kinds(s.wait("", func([]event) bool { return true }))); diff != "" {
		t.Error(diff)
	}
	if all[0].session != all[1].session {
		t.Error("another session on the next page")
	}
}

func TestRageAndDeadClicks(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", `<button id=dead>x</button><button id=live onclick="this.classList.toggle('on')">x</button>
		<button id=late onclick="timer(() => this.textContent = 'y', 300)">x</button><button id=goes onclick="history.pushState({}, '', '/else')">x</button>
		<button id=focuses onclick="i.focus()">x</button><input id=i><a id=link href="#x">x</a><a id=empty href="#">x</a>`)
	p.Do(`for (const id of ['dead', 'live', 'late', 'goes', 'focuses', 'i', 'link', 'empty']) {
			document.getElementById(id).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true, clientX: 9, clientY: 9}))
			skip(5000); await rest(1200)
		}
		for (const id of ['i', 'i', 'i', 'i']) { document.getElementById(id).click(); skip(200) }
		skip(5000); i.click()
		behavior.flush()`)
	clicks := s.waitFor("click", 13)
	got := map[string]any{}
	for _, e := range clicks[:8] {
		got[e.E] = e.M["dead"]
	}
	want := map[string]any{"button#dead": 1.0, "button#live": nil, "button#late": nil, "button#goes": nil, "button#focuses": nil, "input#i": nil, "a#link": nil, "a#empty": 1.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var rage []any
	for _, e := range clicks[8:] {
		rage = append(rage, e.M["rage"])
	}
	if diff := cmp.Diff([]any{nil, nil, 3.0, 4.0, nil}, rage); diff != "" {
		t.Error(diff)
	}
}

func TestVitals(t *testing.T) {
	t.Parallel()
	for name, tags := range map[string]string{
		"after the tracker":  `<script defer src="/ub/tracker-vitals.js"></script>`,
		"before the tracker": `<script src="/ub/tracker-vitals.js"></script>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			head, body := "", "<h1>Heading</h1>"
			if name == "before the tracker" {
				head = tags
			} else {
				body += tags
			}
			p.Open(s.add("/page", "", head, body))
			p.Do(`await new Promise(requestAnimationFrame); await rest(200)
				const block = document.createElement('div'); block.style.height = '200px'; document.body.prepend(block); await rest(200)`)
			p.Open("about:blank")
			m := s.waitFor("vitals", 1)[0].M
			for _, name := range words("ttfb fcp lcp cls") {
				if v, ok := m[name].(float64); !ok || v < 0 || v > 60_000 {
					t.Errorf("%s: %v", name, m[name])
				}
			}
		})
	}
}

func TestScriptErrors(t *testing.T) {
	t.Parallel()
	for attributes, want := range map[string][]row{
		"": {{"error", "", meta{"type": "TypeError"}}, {"error", "", meta{"type": "RangeError"}}},
		"data-message": {
			{"error", "", meta{"type": "TypeError", "message": "bad value \"... for ..."}},
			{"error", "", meta{"type": "RangeError", "message": "code ..."}},
		},
	} {
		t.Run("with "+attributes, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", "", "", "<script defer src=/ub/tracker-errors.js "+attributes+"></script>"))
			p.Do(`for (let i = 0; i < 3; i++) dispatchEvent(new ErrorEvent('error', {error: new TypeError('bad value "secret" for ada@example.com'), filename: location.href + '?q=secret', lineno: 3, colno: 4}))
				dispatchEvent(new PromiseRejectionEvent('unhandledrejection', {promise: Promise.resolve(), reason: new RangeError('code 4711')}))
				for (let i = 0; i < 20; i++) dispatchEvent(new ErrorEvent('error', {error: new SyntaxError('x'), filename: '', lineno: i}))
				behavior.flush()`)
			s.waitFor("error", 10)
			got := rows(s.wait("", func([]event) bool { return true }), "error")
			if len(got) != 10 {
				t.Errorf("%d errors", len(got))
			}
			want[0].M["file"], want[0].M["line"], want[0].M["column"] = s.URL+"/page", 3.0, 4.0
			if diff := cmp.Diff(want, got[:2]); diff != "" {
				t.Error(diff)
			}
		})
	}
}
