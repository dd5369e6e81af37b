package tracker_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSelectors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long-", 60)
	// The element with the attribute t is clicked; each stands in a div of its own.
	cases := []struct{ html, want string }{
		{`<input id=email t>`, `input#email`},
		{`<select name=plan t></select>`, `select[name="plan"]`},
		{`<div data-ub=buy t></div>`, `@buy`},
		{`<div data-ub=buy><p><i t></i></p></div>`, `@buy`}, // what is named is what is used
		{`<section id=top><p><i t></i></p></section>`, `section#top>p>i`},
		{`<form name=order><i t></i></form>`, `form[name="order"]>i`},
		{`<p id=user-12345><i t></i></p>`, `p>i`},
		{`<p id="a1b2c3d4"><i t></i></p>`, `p>i`},
		{`<p id="react:r1:"><i t></i></p>`, `p>i`},
		{`<p id="a.b"><i t></i></p>`, `p>i`},
		{`<p id=q4-2026><i t></i></p>`, `p>i`},
		{`<p id=step-2><i t></i></p>`, `p#step-2>i`},
		{`<i class="nav link extra" t></i>`, `i.nav.link`},
		{`<i class="is-open active card hover:bg-red css-1x2y3z Button_root__3xK9a sc-bdVaJa" t></i>`, `i.card`},
		{`<i class="col-md-6 w-100 2col" t></i>`, `i.col-md-6`},
		{`<b></b><i></i><i t></i>`, `i:nth-of-type(2)`},
		{`<i t></i><i></i>`, `i:nth-of-type(1)`},
		{`<u><s><q><b><i t></i></b></q></s></u>`, `s>q>b>i`},
		{`<svg class=icon><path d="M0 0" t></path></svg>`, `svg.icon>path`},
		{`<a href="/x" class=nav-link onclick="event.preventDefault()"><i t></i></a>`, `a.nav-link`},
		{`<p id="say-&quot;hi&quot;" t></p>`, `p#say-"hi"`},
		{`<custom-tag t></custom-tag>`, `custom-tag`},
		{`<p id=` + long + ` t></p>`, long[len(long)-200:]},
	}
	var body strings.Builder
	for i, c := range cases {
		fmt.Fprintf(&body, "<div id=case-%d>%s</div>", i%100, c.html)
	}
	s, p := visit(t, "data-flush=600", `<div class=tall><div class=hero><h1 id=h>h</h1></div></div>`+body.String())
	p.Do(`for (const el of document.querySelectorAll('[t]')) el.dispatchEvent(new MouseEvent('click', {bubbles: true})); behavior.flush()
		h.removeAttribute('id'); document.querySelector('h1').click(); document.body.click(); document.documentElement.click(); behavior.flush()`)
	clicks := s.waitFor("click", len(cases)+3)
	for i, c := range cases {
		got := strings.TrimPrefix(clicks[i].E, fmt.Sprintf("div#case-%d>", i))
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.html, got, c.want)
		}
	}
	var last []string
	for _, e := range clicks[len(cases):] {
		last = append(last, e.E)
	}
	if diff := cmp.Diff([]string{"body>div.tall>div.hero>h1", "body", "html"}, last); diff != "" {
		t.Error(diff)
	}
}

func TestFormsWhoseFieldsHideTheirProperties(t *testing.T) {
	t.Parallel()
	var inputs strings.Builder
	for _, name := range words("id name elements length action method title tagName className children parentNode type host") {
		fmt.Fprintf(&inputs, "<input name=%s>", name)
	}
	s, p := visit(t, "", `<form id=f onsubmit="event.preventDefault()">`+inputs.String()+`<b>b</b></form>`)
	p.Do(`document.querySelector('b').click(); f.dispatchEvent(new Event('submit', {bubbles: true, cancelable: true})); document.body.click(); behavior.flush()`)
	all := s.wait("the clicks", func(events []event) bool { return len(only(events, "click")) == 2 })
	var got []string
	for _, e := range only(all, "click", "form_submit") {
		got = append(got, e.K+" "+e.E)
	}
	if diff := cmp.Diff([]string{"click form#f>b", "form_submit form#f", "click body"}, got); diff != "" {
		t.Error(diff)
	}
}
