package tracker_test

import (
	"slices"
	"testing"
)

// layout notes which properties that need a layout the tracker reads.
const layout = `<script>
const measured = []
const note = (type, name) => {
	const own = Object.getOwnPropertyDescriptor(type, name)
	const seen = () => { if (new Error().stack.includes('/ub/')) measured.push(name) }
	if (own && own.get) Object.defineProperty(type, name, {...own, get() { seen(); return own.get.call(this) }})
	else if (own) type[name] = function (...args) { seen(); return own.value.apply(this, args) }
}
for (const name of ['clientTop', 'clientLeft', 'clientWidth', 'clientHeight', 'scrollTop', 'scrollLeft', 'scrollWidth', 'scrollHeight',
	'getBoundingClientRect', 'getClientRects', 'scrollIntoView', 'computedStyleMap', 'checkVisibility']) note(Element.prototype, name)
for (const name of ['offsetTop', 'offsetLeft', 'offsetWidth', 'offsetHeight', 'offsetParent', 'innerText', 'focus']) note(HTMLElement.prototype, name)
for (const name of ['offsetX', 'offsetY', 'layerX', 'layerY']) note(MouseEvent.prototype, name)
for (const name of ['getComputedStyle', 'scrollX', 'scrollY', 'pageXOffset', 'pageYOffset']) note(window, name)
for (const name of ['elementFromPoint', 'elementsFromPoint', 'caretRangeFromPoint']) note(Document.prototype, name)
</script>`

func TestLayoutIsReadOnlyAfterScrolling(t *testing.T) {
	t.Parallel()
	s, p := newSite(t), newTab(t)
	p.Open(s.add("/page", "", layout, `<button id=b>b</button><input id=i><div style="height:3000px"></div>`))
	p.Click("#b")
	p.Keys("#i", "abc")
	p.Move(300, 300)
	p.Do(`skip(300)`)
	p.Move(400, 400)
	p.Do(`dispatchEvent(new Event('resize')); await rest(600); behavior.flush()`)
	s.waitFor("page_resize", 1)
	if got := eval[[]string](p, `return measured`); len(got) != 0 {
		t.Errorf("without scrolling the tracker read %v", got)
	}
	p.Do(`scrollTo(0, 300); while (!delays.includes(1000)) await rest(10); await rest(1200)`)
	got := eval[[]string](p, `return [...new Set(measured)].sort()`)
	if !slices.Equal(got, []string{"clientHeight", "scrollHeight", "scrollTop"}) {
		t.Errorf("after scrolling the tracker read %v", got)
	}
}

// TestCostOfAPointerMove includes the browser's own dispatch of the event. It
// is not parallel: it measures.
func TestCostOfAPointerMove(t *testing.T) {
	_, p := visit(t, "", `<main><section><ul><li><a id=a href="/x"><b id=deep>b</b></a></ul></section></main>`)
	micros := eval[float64](p, `
		const times = []
		for (let round = 0; round < 300; round++) {
			const start = performance.now()
			for (let i = 0; i < 50; i++) deep.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, composed: true, pointerType: 'mouse', clientX: i * 30 %% 700, clientY: 9}))
			times.push((performance.now() - start) * 1000 / 50)
		}
		return times.sort((a, b) => a - b)[150]`)
	t.Logf("a pointermove costs %.1f µs at the median", micros)
	if micros > 20 {
		t.Errorf("%.1f µs, at most 20", micros)
	}
}

// TestBodySize looks at what a visit to a small shop sends: batches of five busy seconds.
func TestBodySize(t *testing.T) {
	t.Parallel()
	s, p := visit(t, "", `<nav><a class=nav-link href="#a">a</a></nav><div class="product card"><button class="btn btn-primary">Buy</button></div>
		<form id=order onsubmit="event.preventDefault()"><input name=email><input name=city></form><div style="height:2000px"></div>`)
	const batches = 6
	for i := range batches {
		p.Do(`const move = (x) => document.body.dispatchEvent(new PointerEvent('pointermove', {bubbles: true, pointerType: 'mouse', clientX: x, clientY: x}))
			for (let i = 0; i < 6; i++) { skip(800); move(50 * i) }
			for (const el of document.querySelectorAll('a, button')) el.click()
			for (let i = 0; i < 9; i++) order.city.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true}))
			order.city.dispatchEvent(new Event('change', {bubbles: true})); order.requestSubmit(); history.pushState({}, '', '/products/' + Math.round(Math.random() * 1e6)); behavior.flush()`)
		s.requests(i + 1)
	}
	mean := len(s.allBodies()) / batches
	t.Logf("%d bodies of %d bytes on average", batches, mean)
	if mean > 1024 {
		t.Errorf("%d bytes, at most 1024", mean)
	}
}
