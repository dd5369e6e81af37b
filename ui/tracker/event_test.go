package tracker_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// eight are the built-in event types.
var eight = words("click scroll mouse_move form_submit input_change page_resize keypress hover")

// row is what a test expects of an event.
type row struct {
	K, E string
	M    map[string]any
}

// rows returns the rows that some kinds of events become.
func rows(events []event, kinds ...string) []row {
	all := []row{}
	for _, e := range only(events, kinds...) {
		all = append(all, row{e.K, e.E, e.M})
	}
	return all
}

type meta = map[string]any

func TestEachEventType(t *testing.T) {
	t.Parallel()
	const at = `style="position:absolute;left:100px;top:50px;width:40px;height:20px"`
	cases := map[string]struct {
		body string
		do   func(p *tab)
		want []row
	}{
		"click": {
			`<div class="card selected" ` + at + `></div>`,
			func(p *tab) { p.Click(".card") },
			[]row{{"click", "body>div.card", meta{"x": 120.0, "y": 60.0, "b": 0.0}}},
		},
		"click on what is in a button, and on a link away": {
			`<button id=buy><b>Buy</b></button><a href="https://other.example:8080/x" onclick="event.preventDefault()">away</a>`,
			func(p *tab) {
				p.Do(`document.querySelector('b').click(); skip(9000); document.querySelector('a').click(); document.title = 'sign of life'`)
			},
			[]row{
				{"click", "button#buy", meta{"x": 0.0, "y": 0.0, "b": 0.0}},
				{"click", "body>a", meta{"x": 0.0, "y": 0.0, "b": 0.0, "h": "other.example:8080"}},
			},
		},
		"scroll": {
			`<div style="height:2000px"></div>`,
			func(p *tab) {
				p.Do(`document.body.style.margin = 0; scrollTo(0, 400); await rest(100); scrollTo(0, 500); while (!delays.includes(1000)) await rest(10); await rest(1100)`)
			},
			[]row{{"scroll", "window", meta{"y": 500.0, "d": 55.0}}}, // 500 + 600 of 2000
		},
		"scroll of a part": {
			`<ul id=list style="height:100px;overflow:auto"><li style="height:400px"></ul>`,
			func(p *tab) {
				p.Do(`list.scrollTop = 300; while (!delays.includes(1000)) await rest(10); await rest(1100)`)
			},
			[]row{{"scroll", "ul#list", meta{"y": 300.0, "d": 100.0}}},
		},
		"mouse_move": {
			``,
			func(p *tab) {
				p.Do(`const now = clock(); Date.now = () => now + skew`)
				p.Move(100, 100)
				p.Do(`skip(100)`)
				p.Move(200, 100) // too early
				p.Do(`skip(300)`)
				p.Move(105, 105) // too near
				p.Do(`skip(300)`)
				p.Move(220, 120)
				p.Do(`skip(250)`)
				p.Move(300, 200)
			},
			[]row{{"mouse_move", "window", meta{"p": []any{0.0, 100.0, 100.0, 700.0, 220.0, 120.0, 250.0, 300.0, 200.0}}}},
		},
		"form_submit": {
			`<form id=order onsubmit="event.preventDefault()"><input name=a><input name=b><button id=go>Go</button></form>`,
			func(p *tab) { p.Do(`order.requestSubmit()`) },
			[]row{{"form_submit", "form#order", meta{"n": 3.0}}},
		},
		"input_change": {
			`<input name=city><input name=zip required><input type=checkbox name=news><select id=plan><option>a<option>b</select>`,
			func(p *tab) {
				p.Do(`for (const el of document.querySelectorAll('input,select')) {
					if (el.type === 'checkbox') el.checked = true
					el.dispatchEvent(new Event('input', {bubbles: true}))
					el.dispatchEvent(new Event('change', {bubbles: true}))
				}`)
			},
			[]row{
				{"input_change", `input[name="city"]`, meta{"t": "text", "f": true}},
				{"input_change", `input[name="zip"]`, meta{"t": "text", "f": false}},
				{"input_change", `input[name="news"]`, meta{"t": "checkbox", "f": true}},
				{"input_change", "select#plan", meta{"t": "select-one", "f": true}},
			},
		},
		"page_resize": {
			``,
			func(p *tab) {
				p.Do(`haste = 1e-3`) // nothing settles
				p.Run(chromedp.EmulateViewport(700, 500), chromedp.EmulateViewport(640, 480))
				p.Do(`haste = 1; dispatchEvent(new Event('resize')); await rest(700)`)
			},
			[]row{{"page_resize", "window", meta{"w": 640.0, "h": 480.0}}},
		},
		"keypress": {
			`<input name=city><textarea id=note></textarea>`,
			func(p *tab) {
				p.Do(`document.querySelector('input').focus()`)
				p.Run(chromedp.KeyEvent("Rome"))
				p.Do(`note.focus(); note.dispatchEvent(new KeyboardEvent('keydown', {key: 'x', repeat: true, bubbles: true}))`)
				p.Run(chromedp.KeyEvent("hi"))
			},
			[]row{
				{"input_change", `input[name="city"]`, meta{"t": "text", "f": true}}, // on leaving it
				{"keypress", `input[name="city"]`, meta{"n": 4.0}},
				{"keypress", "textarea#note", meta{"n": 2.0}},
			},
		},
		"hover": {
			`<button id=buy ` + at + `><b>Buy</b></button>`,
			func(p *tab) {
				p.Do(`Date.now = () => skew; skip(1e6); const to = (el) => el.dispatchEvent(new PointerEvent('pointerover', {bubbles: true, pointerType: 'mouse'}));
					to(buy); skip(400); to(document.querySelector('b')); skip(300); to(document.body); to(buy); skip(400); to(document.body)`)
			},
			[]row{{"hover", "button#buy", meta{"ms": 700.0}}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := visit(t, "data-flush=60", c.body)
			c.do(p)
			flush(p)
			all := s.wait("all rows", func(events []event) bool { return len(only(events, eight...)) >= len(c.want) })
			if diff := cmp.Diff(c.want, rows(all, eight...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
