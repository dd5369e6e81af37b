package tracker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior/internal/testbrowser"
)

const (
	// hasty makes waiting short; even chance makes each delay the middle one.
	hasty = `<script>haste = 100; Math.random = () => 0.5</script>`
	// down is the answer of a server that has to be left in peace.
	down = 503
)

// first answers the first n requests in one way, and takes the others.
func first(n int, r refusal) func(int) refusal {
	return func(request int) refusal {
		if request <= n {
			return r
		}
		return refusal{}
	}
}

// complete checks that each page load's events are numbered without a gap, so
// that none was lost, and that none was taken twice.
func (s *site) complete(events []event) {
	s.t.Helper()
	numbers := map[string][]int{}
	for _, e := range events {
		numbers[e.page] = append(numbers[e.page], e.N)
	}
	for page, n := range numbers {
		slices.Sort(n)
		for i := range n {
			if n[i] != i+1 {
				s.t.Fatalf("page load %s: events %v", page, n)
			}
		}
	}
}

func TestABatchAfterFiveSecondsOrFiftyEvents(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "data-flush", `<script>haste = 1e-3</script>`, ""))
	p.Do(`while (!delays.includes(5000)) await rest(10)`)
	p.Do(`for (let i = 0; i < 49; i++) behavior.track('x')`)
	all := s.waitFor("x", 49)
	s.complete(s.wait("", func([]event) bool { return true }))
	if n := len(s.requests(1)[0].B); n != 50 || len(all) != 49 {
		t.Errorf("a batch of %d events", n)
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	failures := map[string]refusal{
		"server down": {status: 503}, "broken gateway": {status: 502}, "too many requests": {status: 429}, "connection closed": {status: -1},
	}
	for name, failure := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			s.answers(first(4, failure))
			p.Open(s.add("/page", "", hasty, ""))
			p.Do(`behavior.track('one'); behavior.flush(); behavior.track('two'); behavior.flush(); behavior.track('three'); behavior.flush()`)
			s.complete(s.wait("all", func(events []event) bool { return len(only(events, "one", "two", "three")) == 3 }))
			if s.twice > 0 {
				t.Errorf("%d events twice", s.twice)
			}
			got := eval[[]float64](p, `return delays.filter((ms) => ms > 1000 && ms < 600000)`)
			if diff := cmp.Diff([]float64{2000, 4000, 8000, 16000}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDelaysVaryByHalfUpToFiveMinutes(t *testing.T) {
	t.Parallel()
	for chance, want := range map[string][]float64{
		"0": {1000, 2000, 4000, 8000, 16000, 32000, 64000, 100000, 100000},
		"1": {3000, 6000, 12000, 24000, 48000, 96000, 192000, 300000, 300000},
	} {
		t.Run("chance "+chance, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			s.answers(first(9, refusal{status: down}))
			p.Open(s.add("/page", "", `<script>haste = 3000; Math.random = () => `+chance+`</script>`, ""))
			flush(p)
			s.waitFor("view", 1)
			if diff := cmp.Diff(want, eval[[]float64](p, `return delays.filter((ms) => ms >= 1000 && ms < 600000)`)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		after string
		want  float64
	}{
		"later than the delay":   {"7", 7000},
		"earlier than the delay": {"1", 2000},
		"a date":                 {"Wed, 21 Oct 2015 07:28:00 GMT", 2000},
		"nonsense":               {"soon", 2000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			s.answers(first(1, refusal{status: down, after: c.after}))
			p.Open(s.add("/page", "", hasty, ""))
			flush(p)
			s.waitFor("view", 1)
			if got := eval[[]float64](p, `return delays.filter((ms) => ms > 500 && ms < 600000)`); !cmp.Equal(got, []float64{c.want}) {
				t.Errorf("delays %v, want %v", got, c.want)
			}
		})
	}
}

func TestARefusedBatchIsDropped(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 413, 403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			s.answers(first(1, refusal{status: status}))
			p.Open(s.add("/page", "", hasty, ""))
			flush(p)
			s.requests(1)
			p.Do(`await rest(50); behavior.track('next'); behavior.flush()`)
			if diff := cmp.Diff([]string{"next"}, kinds(s.waitFor("next", 1))); diff != "" {
				t.Error(diff)
			}
			if got := s.requests(2)[1].B[0]; got.U == "" || got.N != 2 {
				t.Errorf("the next batch begins with %+v", got)
			}
		})
	}
}

func TestAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	const impatient = `<script>const real = AbortSignal.timeout; AbortSignal.timeout = (ms) => real.call(AbortSignal, ms / 100)</script>`
	s, p := newSite(t), newTab(t)
	s.answers(first(1, refusal{status: -2}))
	p.Open(s.add("/page", "", hasty+impatient, ""))
	flush(p)
	s.complete(s.waitFor("view", 1))
}

func TestTheNextVisitSendsWhatWaits(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	s.answers(func(int) refusal { return refusal{status: down} })
	p.Open(s.add("/page", "", hasty, ""))
	p.Do(`behavior.track('one'); behavior.flush()`)
	s.requests(5)
	p.Do(`while (!localStorage['ub-q']) await rest(10)
		behavior.track('two'); behavior.flush(); behavior.track('three')`)
	p.Open("about:blank")
	s.answers(first(0, refusal{}))
	p.Open(s.URL + "/page?ref=later")
	flush(p)
	all := s.wait("both visits", func(events []event) bool {
		return len(only(events, "view")) == 2 && len(only(events, "one", "two", "three")) == 3
	})
	s.complete(all)
	if last := all[len(all)-1]; last.U != s.URL+"/page?ref=later" {
		t.Errorf("the backlog was not sent first: %v", kinds(all))
	}
	p.Do(`while (localStorage['ub-q']) await rest(10)`)
	if s.twice > 0 {
		t.Errorf("%d events twice", s.twice)
	}
}

func TestTheBacklogIsBounded(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	s.answers(func(int) refusal { return refusal{status: down} })
	p.Open(s.add("/page", "", hasty, ""))
	flush(p)
	s.requests(5)
	p.Do(`for (let i = 0; i < 60; i++) { behavior.track('n' + i, {text: 'x'.repeat(3000)}); behavior.flush(); await rest(9) }`)
	length := eval[int](p, `return localStorage['ub-q'].length`)
	if length > 100_000 || length < 80_000 {
		t.Errorf("%d characters wait", length)
	}
	s.answers(first(0, refusal{}))
	p.Open(s.URL + "/page?ref=later")
	s.waitFor("n59", 1) // the latest; the earliest fell away
}

func TestForeignTextInTheBacklog(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"nonsense", "{}", "[1]", "[null]", `[{"b":[]}]`, `"x"`, `[{"p":"1","b":[{"n":0}]}]`} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", "", `<script>localStorage['ub-q'] = `+fmt.Sprintf("%q", text)+`; localStorage.ub = sessionStorage.ub = '<b>.x.y'</script>`, ""))
			flush(p)
			if got := s.waitFor("view", 1)[0]; len(got.session) != 32 {
				t.Errorf("session %q", got.session)
			}
		})
	}
}

// TestOfflineAndOnline is not parallel: other tabs of the same process notice
// when one is taken off the network.
func TestOfflineAndOnline(t *testing.T) {
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "", `<script>haste = 1e-3</script>`, "")) // retries wait for ever
	flush(p)
	s.waitFor("view", 1)
	p.Offline(true)
	p.Do(`behavior.track('one'); behavior.flush(); while (!delays.some((ms) => ms >= 1000 && ms < 600000)) await rest(10); behavior.track('two'); behavior.flush()`)
	p.Offline(false)
	s.complete(s.wait("all", func(events []event) bool { return len(only(events, "one", "two")) == 2 }))
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "<i id=a>a</i>")
	p.Do(`a.click()`)
	p.Open("about:blank")
	all := s.waitFor("end", 1)
	s.complete(s.wait("", func([]event) bool { return true }))
	if _, ok := all[0].M["ms"].(float64); !ok {
		t.Errorf("end says %v", all[0].M)
	}
	last := s.requests(1)
	if len(last) != 1 || last[0].X != 1 {
		t.Errorf("%d requests, x = %d", len(last), last[0].X)
	}
}

func TestLeavingWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	s.answers(func(int) refusal { return refusal{status: down} })
	p.Open(s.add("/page", "", "", ""))
	flush(p)
	s.requests(1)
	p.Do(`while (!delays.some((ms) => ms >= 1000 && ms < 600000)) await rest(10); behavior.track('one')`)
	p.Open("about:blank")
	s.answers(first(0, refusal{}))
	p.Open(s.add("/later", "", "", ""))
	s.complete(s.wait("all of the first visit", func(events []event) bool { return len(only(events, "end")) == 1 && len(only(events, "one")) == 1 }))
}

func TestHiddenAndBack(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newWindow(t)
	p.Open(s.add("/page", "", "", "<i id=a>a</i>"))
	p.Cover()
	s.waitFor("end", 1)
	testbrowser.Call(p, page.BringToFront, cdp.Empty{})
	p.Do(`while (document.hidden) await rest(10); a.click()`)
	p.Open("about:blank")
	all := s.wait("both ends", func(events []event) bool { return len(only(events, "end")) == 2 })
	s.complete(all)
	if got := strings.Join(kinds(all), " "); got != "view end click end" {
		t.Error(got)
	}
	ends := only(all, "end")
	if a, b := ends[0].M["ms"].(float64), ends[1].M["ms"].(float64); a > b {
		t.Errorf("visible for %v ms, then for %v", a, b)
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "data-consent=required", "")
	p.Do(`for (let i = 0; i < 250; i++) behavior.track('x'); behavior.consent(true)`)
	if n := len(s.waitFor("x", 199)); n != 199 {
		t.Errorf("%d events", n)
	}
	if d := s.requests(1)[0].D; d != 51 {
		t.Errorf("d = %d", d)
	}
}

func TestLargeEvents(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "")
	// Bodies are checked to be under 60 kB as they arrive.
	p.Do(`for (let i = 0; i < 40; i++) behavior.track('x', {text: '漢'.repeat(2500)})
		behavior.track('huge', {text: 'x'.repeat(30000)})
		const loop = {}; loop.loop = loop; behavior.track('loop', loop); behavior.track('big', {n: 1n})
		behavior.flush()`)
	s.waitFor("x", 40)
	all := s.wait("", func([]event) bool { return true })
	if got := only(all, "huge", "loop", "big"); len(got) != 0 {
		t.Errorf("%v", kinds(got))
	}
	dropped := 0
	for _, b := range s.requests(1) {
		dropped += b.D
	}
	if dropped != 1 {
		t.Errorf("%d events dropped", dropped) // the huge one; the others are errors of the page
	}
}

func TestTheRateOfInvoluntaryEvents(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", "<button id=a>a</button><button id=b>b</button>")
	p.Do(`const over = (el) => el.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, pointerType: 'mouse'}))
		for (let i = 0; i < 25; i++) { over(a); skip(600); over(b); skip(600) }
		skip(61e3); over(a); skip(600); over(b); behavior.flush()`)
	all := s.wait("", func(events []event) bool { return len(only(events, "hover")) > 0 })
	if n := len(only(all, "hover")); n != 32 {
		t.Errorf("%d hovers", n)
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	const trail = `const move = (x) => document.body.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, pointerType: 'mouse', clientX: x, clientY: 9}))
		skip(300); move(100); skip(300); move(200); document.body.click(); behavior.flush()`
	cases := map[string]struct {
		attributes, session string
		want                []string
	}{
		"nobody":             {"data-sample=0", "00000000000000000000000000000000", words("view click")},
		"everybody":          {"", "fffffffff00000000000000000000000", words("view click mouse_move")},
		"half, in it":        {"data-sample=0.5", "7f000000000000000000000000000000", words("view click mouse_move")},
		"half, not in it":    {"data-sample=0.5", "80000000000000000000000000000000", words("view click")},
		"not of these kinds": {"data-events=keypress,hover", "00000000000000000000000000000000", words("view")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newSite(t), newTab(t)
			p.Open(s.add("/page", c.attributes, fmt.Sprintf("<script>sessionStorage.ub = '%s.' + Date.now()</script>", c.session), ""))
			p.Do(trail)
			s.waitFor("view", 1)
			if diff := cmp.Diff(c.want, kinds(s.wait("", func([]event) bool { return true }))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
