package tracker_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// seen is what a test expects of a page view.
type seen struct{ U, R string }

// views returns the page views among events, with addresses of the site cut.
func (s *site) views(events []event) []seen {
	all := []seen{}
	for _, e := range only(events, "view") {
		all = append(all, seen{strings.TrimPrefix(e.U, s.URL), strings.TrimPrefix(e.R, s.URL)})
	}
	return all
}

// waitViews waits for as many views as are wanted and compares them.
func (s *site) waitViews(want ...seen) []event {
	s.t.Helper()
	s.waitFor("view", len(want))
	all := s.wait("", func([]event) bool { return true })
	if diff := cmp.Diff(want, s.views(all)); diff != "" {
		s.t.Error(diff)
	}
	return all
}

func TestPageViewsOfAnApplication(t *testing.T) {
	t.Parallel()
	browsers := map[string]string{
		"with the Navigation API": "",
		"without":                 `<script>Object.defineProperty(window, 'navigation', {value: undefined})</script>`,
	}
	for name, head := range browsers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/", "", head, ""))
			p.Do(`const moved = () => new Promise((done) => addEventListener('popstate', () => timer(done, 20), {once: true}))
				history.pushState({}, '', '/cart?coupon=SECRET&utm_source=mail')
				history.replaceState({}, '', '/cart?utm_source=mail&x=1')
				history.replaceState({}, '', '/cart?utm_source=mail#top')
				history.replaceState({}, '', '/pay')
				history.back(); await moved()
				history.forward(); await moved()
				location.hash = 'end'; await rest(20)
				behavior.flush()`)
			s.waitViews(
				seen{"/", ""},
				seen{"/cart?utm_source=mail", "/"},
				seen{"/pay", "/cart?utm_source=mail"},
				seen{"/", "/pay"},
				seen{"/pay", "/"},
			)
		})
	}
}

func TestFragmentsCountWhenAsked(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-hash", "")
	p.Do(`location.hash = '#/inbox'; await rest(20); behavior.flush()`)
	s.waitViews(seen{"/page", ""}, seen{"/page#/inbox", "/page"})
}

func TestEventsBelongToTheirView(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "<i id=a>a</i>")
	p.Do(`a.click(); history.pushState({}, '', '/two'); a.click(); behavior.page('/three'); a.click(); behavior.flush()`)
	all := s.wait("three clicks", func(events []event) bool { return len(only(events, "click")) == 3 })
	var got []string
	number := map[int]string{}
	for _, e := range all {
		if e.K == "view" {
			number[e.N] = e.U
		}
		got = append(got, e.K+" "+strings.TrimPrefix(e.U, s.URL)+" "+strings.TrimPrefix(number[e.I], s.URL))
	}
	want := words(`view./page./page click./page./page end./page./page view./two./two click./two./two end./two./two view./three./three click./three./three`)
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], ".", " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReferrer(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", `<a id=next href="/next">next</a>`)
	s.add("/next", "", "", "")
	p.Open(s.URL + "/page?q=SECRET&ref=friend")
	p.Click("#next")
	s.waitFor("view", 2)
	p.Do(`while (!window.behavior) await new Promise((done) => setTimeout(done, 10)); behavior.flush()`)
	all := s.waitFor("view", 3)
	if diff := cmp.Diff([]seen{{"/page", ""}, {"/page?ref=friend", ""}, {"/next", "/page?ref=friend"}}, s.views(all)); diff != "" {
		t.Error(diff)
	}
}

func TestBackIntoAKeptPage(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "")
	p.Do(`behavior.flush(); dispatchEvent(new PageTransitionEvent('pageshow', {persisted: false}))
		dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})); behavior.flush()`)
	s.waitViews(seen{"/page", ""}, seen{"/page", ""})
}

func TestAPrerenderedPageIsSeenWhenItIsShown(t *testing.T) {
	t.Parallel()
	const head = `<script>let ahead = true; Object.defineProperty(document, 'prerendering', {get: () => ahead})</script>`
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "data-flush=0.05", head, ""))
	p.Do(`await rest(200); document.body.click()`)
	if n := eval[int](p, `return sessionStorage.length + localStorage.length`); n != 0 {
		t.Errorf("%d keys in storage while nobody sees the page", n)
	}
	p.Do(`ahead = false; document.dispatchEvent(new Event('prerenderingchange'))`)
	s.waitViews(seen{"/page", ""})
	if got := len(s.requests(1)); got != 1 {
		t.Errorf("%d requests", got)
	}
}

func TestVisibleTimeAndDepth(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newWindow(t)
	p.Run(chromedp.EmulateViewport(800, 600))
	p.Open(s.add("/page", "data-heartbeat=0", "", `<div style="height:2000px"></div>`))
	p.Do(`document.body.style.margin = 0; const start = clock(); Date.now = () => start + skew
		behavior.page(); skip(3000)
		scrollTo(0, 1000); while (!delays.includes(1000)) await rest(10); await rest(1100); scrollTo(0, 0)`)
	// The page is hidden for real by another tab in its window.
	p.Cover()
	ends := s.wait("the end", func(events []event) bool { return len(only(events, "end")) == 2 })
	got := only(ends, "end")[1].M
	if diff := cmp.Diff(meta{"ms": 3000.0, "d": 80.0}, got); diff != "" {
		t.Error(diff)
	}
	last := s.requests(1)
	if x := last[len(last)-1].X; x != 1 {
		t.Errorf("x = %d when the page is hidden", x)
	}
}

func TestHeartBeat(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-heartbeat=0.1 data-flush=0.1", "")
	pings := s.waitFor("ping", 2)
	if ms, _ := pings[1].M["ms"].(float64); ms < 150 || ms > patience.Seconds()*1000 {
		t.Errorf("ping says %v", pings[1].M)
	}
	// Nobody is there any more: no more pings, but what else happens is sent.
	from := eval[int64](p, `skip(61e3); const from = Date.now(); await rest(300); behavior.track('marker'); behavior.flush(); return from`)
	marker := s.waitFor("marker", 1)[0]
	for _, e := range s.waitFor("ping", 2) {
		if e.T >= from && e.T < marker.T {
			t.Errorf("a ping although nobody has moved for a minute")
		}
	}
}

func TestSessionOfAVisit(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		attributes string
		sameTab    bool // a page later in the same tab goes on with the session
		otherTab   bool
		named      bool
	}{
		"tab":     {"", true, false, true},
		"browser": {"data-storage=browser", true, true, true},
		"none":    {"data-storage=none", true, true, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := visit(t, c.attributes, "")
			p.Open(s.URL + "/page?ref=2")
			flush(p)
			s.waitFor("view", 2)
			other := p.Another()
			other.Open(s.URL + "/page?ref=3")
			flush(other)
			v := s.waitFor("view", 3)
			if got := v[0].session == v[1].session; got != c.sameTab {
				t.Errorf("same session on the next page: %v", got)
			}
			if got := v[0].session == v[2].session; got != c.otherTab {
				t.Errorf("same session in another tab: %v", got)
			}
			if named := len(v[0].session) == 32; named != c.named {
				t.Errorf("session %q", v[0].session)
			}
			if v[0].page == v[1].page || v[0].page == v[2].page || len(v[0].page) != 32 {
				t.Errorf("page loads %q %q %q", v[0].page, v[1].page, v[2].page)
			}
		})
	}
}

func TestASessionEndsAfterHalfAnHour(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "<i id=a>a</i>")
	p.Do(`a.click(); skip(29 * 6e4); a.click(); skip(31 * 6e4); a.click(); behavior.flush()`)
	all := s.wait("three clicks", func(events []event) bool { return len(only(events, "click")) == 3 })
	sessions := map[string][]string{}
	for _, e := range all {
		sessions[e.session] = append(sessions[e.session], e.K)
	}
	// The last batch of the first session may be overtaken.
	slices.SortFunc(all, func(a, b event) int { return int(a.T - b.T) })
	first, second := all[0].session, all[len(all)-1].session
	want := map[string][]string{first: words("view click click end"), second: words("view click")}
	if diff := cmp.Diff(want, sessions); diff != "" {
		t.Error(diff)
	}
}

func TestAnotherUserBeginsAnotherSession(t *testing.T) {
	t.Parallel()
	s, p := visit(t, `data-user=ada`, "")
	p.Do(`behavior.track('one'); behavior.identify('ada'); behavior.track('two'); behavior.identify('bob'); behavior.track('three')
		behavior.identify(null); behavior.track('four'); behavior.flush()`)
	all := s.wait("four events", func(events []event) bool { return len(only(events, "one", "two", "three", "four")) == 4 })
	users := map[string]string{}
	sessions := map[string]bool{}
	for _, e := range only(all, "one", "two", "three", "four") {
		users[e.K] = e.user
		sessions[e.session] = true
	}
	if diff := cmp.Diff(map[string]string{"one": "ada", "two": "ada", "three": "bob", "four": ""}, users); diff != "" {
		t.Error(diff)
	}
	if len(sessions) != 3 {
		t.Errorf("%d sessions", len(sessions))
	}
}

func TestStorageDenied(t *testing.T) {
	t.Parallel()
	const head = `<script>for (const area of ['localStorage', 'sessionStorage'])
		Object.defineProperty(window, area, {get() { throw new DOMException('denied', 'SecurityError') }})</script>`
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "data-flush=0.05", head, ""))
	p.Do(`document.body.click()`)
	s.waitFor("click", 1)
	if got := s.requests(1)[0].S; got != "" {
		t.Errorf("session %q without storage", got)
	}
}

func TestLanguageZoneAndSizes(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-token=abc", "")
	flush(p)
	got := s.requests(1)[0]
	want := batch{V: 1, K: "abc", L: eval[string](p, `return navigator.language`), Z: eval[string](p, `return Intl.DateTimeFormat().resolvedOptions().timeZone`), W: [4]int{800, 600, 800, 600}}
	want.S, want.P, want.T, want.B = got.S, got.P, got.T, got.B
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(event{})); diff != "" {
		t.Error(diff)
	}
	p.Run(chromedp.Navigate("about:blank"))
}
