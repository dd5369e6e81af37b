package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// navigation is what a browser sends along when somebody opens a page.
var navigation = []string{html, firefox, "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate", "Accept-Language: de-CH,de;q=0.9"}

// hello answers with a page.
func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html><title>Hello</title>")
}

// answering answers with a type, a status and a body.
func answering(kind string, status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// recorded closes a tracker, so that all is stored, and returns its page views.
func recorded(t *testing.T, tracker *behavior.Tracker) []behavior.PageView {
	t.Helper()
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	views, _, err := tracker.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return views
}

func TestTrackRecordsPagesAndNothingElse(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><p>Hello"
	with := func(header ...string) []string { return append(slices.Clone(navigation), header...) }
	tests := map[string]struct {
		app    http.HandlerFunc
		method string
		header []string
		want   bool
	}{
		"a-page":               {hello, "GET", navigation, true},
		"a-page-without-type":  {answering("", 200, page), "GET", navigation, true},
		"xhtml":                {answering("Application/XHTML+xml", 200, page), "GET", navigation, true},
		"another-good-status":  {answering("text/html", 203, page), "GET", navigation, true},
		"not-modified":         {answering("", 304, ""), "GET", navigation, true},
		"old-browser":          {hello, "GET", []string{html, firefox}, true},
		"objecting-to-nothing": {hello, "GET", with("DNT: 0"), true},
		"several-writes":       {func(w http.ResponseWriter, r *http.Request) { hello(w, r); fmt.Fprint(w, "more") }, "GET", navigation, true},
		"empty-page": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(200)
		}, "GET", navigation, true},
		"head":              {hello, "HEAD", navigation, false},
		"post":              {hello, "POST", navigation, false},
		"json":              {answering("application/json", 200, "{}"), "GET", navigation, false},
		"asset":             {answering("text/css", 200, "a{}"), "GET", []string{"Accept: text/css,*/*", firefox, "Sec-Fetch-Dest: style"}, false},
		"image-opened":      {answering("image/png", 200, "\x89PNG"), "GET", navigation, false},
		"text-without-type": {answering("", 200, "Hello"), "GET", navigation, false},
		"packed-without-type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, page)
		}, "GET", navigation, false},
		"fragment":               {hello, "GET", []string{html, firefox, "Sec-Fetch-Dest: empty"}, false},
		"frame":                  {hello, "GET", []string{html, firefox, "Sec-Fetch-Dest: iframe"}, false},
		"script-of-old-browser":  {hello, "GET", []string{html, firefox, "X-Requested-With: XMLHttpRequest"}, false},
		"program":                {hello, "GET", []string{"Accept: */*", firefox}, false},
		"prefetch":               {hello, "GET", with("Sec-Purpose: prefetch"), false},
		"prerender":              {hello, "GET", with("Sec-Purpose: prefetch;prerender"), false},
		"prefetch-of-before":     {hello, "GET", with("Purpose: Prefetch"), false},
		"preview":                {hello, "GET", with("X-Purpose: preview"), false},
		"missing":                {answering("text/html", 404, page), "GET", navigation, false},
		"redirect":               {answering("text/html", 302, page), "GET", navigation, false},
		"failure":                {answering("text/html", 500, page), "GET", navigation, false},
		"part":                   {answering("text/html", 206, page), "GET", navigation, false},
		"nothing":                {answering("", 204, ""), "GET", navigation, false},
		"no-answer":              {func(http.ResponseWriter, *http.Request) {}, "GET", navigation, false},
		"do-not-track":           {hello, "GET", with("DNT: 1"), false},
		"global-privacy-control": {hello, "GET", with("Sec-GPC: 1"), false},
		"robot":                  {hello, "GET", []string{html, "User-Agent: Googlebot/2.1 (+http://www.google.com/bot.html)"}, false},
		"user_behavior/own":      {hello, "GET", navigation, false},
	}
	tracker := newTracker(t, behavior.Settings{})
	mux := http.NewServeMux()
	want := []string{}
	for name, test := range tests {
		mux.Handle("/"+name, test.app)
		if test.want {
			want = append(want, "/"+name)
		}
	}
	h := web.Track(tracker, mux)
	for name, test := range tests {
		ask(t, h, test.method, "http://shop.example/"+name, "", test.header...)
	}
	got := []string{}
	for _, v := range recorded(t, tracker) {
		got = append(got, v.Path)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTrackTellsWhatIsKnown(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{
		CountryHeader: "CF-IPCountry", TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Collect: behavior.CollectSettings{TokenKey: strings.Repeat("k", 16)},
		Track: behavior.TrackSettings{User: func(r *http.Request) string { return r.Header.Get("X-User") }},
	})
	h := web.Track(tracker, http.HandlerFunc(hello))
	ask(t, h, "GET", "http://shop.example/a%20b/?id=secret&utm_source=letter&gclid=who&q=1&ref=", "", append([]string{
		"Referer: https://user:pw@www.google.com/search?q=secret&utm_medium=x#y", "X-Forwarded-For: 203.0.113.77", "X-Forwarded-Proto: https", "CF-IPCountry: CH", "X-User: ann",
	}, navigation...)...)
	views := recorded(t, tracker)
	if len(views) != 1 {
		t.Fatalf("%d page views", len(views))
	}
	teststore.Settle(t, tracker)
	v := recorded(t, tracker)[0]
	s := v.Session
	got := []string{v.URL, v.Referrer, s.IPAddress, s.Country, s.Language, s.Browser, *s.UserID, s.Visitor, s.Source, s.Channel, s.EntryPath, s.Referrer}
	want := []string{
		"https://shop.example/a%20b/?utm_source=letter&gclid=1", "https://www.google.com/search?utm_medium=x", "203.0.113.0", "CH", "de-CH", "Firefox",
		"ann", "ann", "letter", "Paid Search", "/a%20b/", "https://www.google.com/search?utm_medium=x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTrackKeepsRobotsApart(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{Track: behavior.TrackSettings{Bots: behavior.On}})
	ask(t, web.Track(tracker, http.HandlerFunc(hello)), "GET", "http://shop.example/", "", html, "User-Agent: Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)")
	views := recorded(t, tracker)
	if len(views) != 1 || !views[0].Session.Bot || views[0].Session.BotReason != "ai-crawler" {
		t.Errorf("recorded %+v", views)
	}
}

func TestTrackAsksForConsent(t *testing.T) {
	t.Parallel()
	asked := 0
	tracker := newTracker(t, behavior.Settings{Track: behavior.TrackSettings{
		Consent: func(r *http.Request) bool { asked++; return r.Header.Get("Cookie") == "consent=yes" },
		User:    func(*http.Request) string { return "ann" },
	}})
	var tag string
	h := web.Track(tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { tag = string(web.Snippet(r)); hello(w, r) }))
	ask(t, h, "GET", "http://shop.example/no", "", navigation...)
	if want := `<script defer src="/user_behavior/tracker.js" data-storage="none" data-consent="required"></script>`; tag != want {
		t.Errorf("without consent the tag is %s", tag)
	}
	ask(t, h, "GET", "http://shop.example/yes", "", append([]string{"Cookie: consent=yes"}, navigation...)...)
	if !strings.Contains(tag, ` data-user="ann"`) || strings.Contains(tag, "consent") {
		t.Errorf("with consent the tag is %s", tag)
	}
	if views := recorded(t, tracker); len(views) != 1 || views[0].Path != "/yes" || asked != 2 {
		t.Errorf("recorded %+v, asked %d times", views, asked)
	}
}

// waiting is settings with an observer, and what waits for the next page view.
func waiting() (settings behavior.Settings, next func()) {
	seen := make(chan struct{}, 10)
	observe := func(_ context.Context, e behavior.Event) {
		if e.Kind == behavior.KindPageView {
			seen <- struct{}{}
		}
	}
	return behavior.Settings{Observers: []behavior.Observer{observe}}, func() { <-seen }
}

// pageKey is the key that a page's script tag has; empty for none.
func pageKey(page []byte) string {
	if found := regexp.MustCompile(` data-token="[^"~]*~([0-9a-f]{16})"`).FindSubmatch(page); found != nil {
		return string(found[1])
	}
	return ""
}

// load is the first batch of the nth load of a page, by a browser that keeps no
// session on its device.
func load(n int, key string) string {
	return fmt.Sprintf(`{"v":1,"p":"%032x","k":"~%s","w":[1280,720,1920,1080],"l":"de-CH","z":"Europe/Zurich","t":2000,"b":[`+
		`{"n":1,"t":1000,"k":"view","u":"http://shop.example/cart","i":1,"r":""},{"n":2,"t":1500,"k":"click","e":"#buy","m":{}},{"n":3,"t":2000,"k":"end","m":{"ms":900,"d":40}}]}`, n, key)
}

// snippetPage answers with a page that has the script.
func snippetPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<!doctype html>", web.Snippet(r))
}

func TestAPageSeenByServerAndScriptCountsOnce(t *testing.T) {
	t.Parallel()
	header := []string{plain, firefox}
	check := func(t *testing.T, tracker *behavior.Tracker) {
		t.Helper()
		views := recorded(t, tracker)
		if len(views) != 1 || stored(t, tracker) != (behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 1}) {
			t.Fatalf("%d page views, %+v in all", len(views), stored(t, tracker))
		}
		v := views[0]
		got := fmt.Sprint(v.URL, " ", v.Visible, " ", v.ScrollDepth, " ", v.Session.Screen, " ", v.Session.Country, " ", v.Session.Language)
		if want := "http://shop.example/cart 900ms 40 1920x1080 CH de-CH"; got != want {
			t.Errorf("stored %s, want %s", got, want)
		}
	}
	t.Run("the server first", func(t *testing.T) {
		t.Parallel()
		settings, next := waiting()
		tracker := newTracker(t, settings)
		page := ask(t, web.Track(tracker, http.HandlerFunc(snippetPage)), "GET", "http://shop.example/cart", "", navigation...)
		next()
		if got := send(t, web.Handler(tracker), load(1, pageKey(page.body)), header...); got != "204" {
			t.Fatal(got)
		}
		check(t, tracker)
	})
	t.Run("the script first", func(t *testing.T) {
		t.Parallel()
		tracker := newTracker(t, behavior.Settings{})
		h := web.Handler(tracker)
		app := func(w http.ResponseWriter, r *http.Request) {
			snippetPage(w, r)
			if got := send(t, h, load(1, pageKey([]byte(web.Snippet(r)))), header...); got != "204" {
				t.Error(got)
			}
		}
		ask(t, web.Track(tracker, http.HandlerFunc(app)), "GET", "http://shop.example/cart", "", navigation...)
		check(t, tracker)
	})
}

// A browser may show a page again out of its cache, with the key in it.
func TestAPageOutOfACacheCountsAgain(t *testing.T) {
	t.Parallel()
	settings, next := waiting()
	tracker := newTracker(t, settings)
	h := web.Handler(tracker)
	page := ask(t, web.Track(tracker, http.HandlerFunc(snippetPage)), "GET", "http://shop.example/cart", "", navigation...)
	next()
	for _, n := range []int{1, 2, 1, 2, 3} { // some come twice
		if got := send(t, h, load(n, pageKey(page.body)), plain, firefox); got != "204" {
			t.Fatal(got)
		}
	}
	if got := stored(t, tracker); got != (behavior.Counts{Sessions: 1, PageViews: 3, Interactions: 3}) {
		t.Errorf("%+v", got)
	}
}

func TestPagesOfOneVisitorAreOneSession(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 14, 23, 50, 0, 0, time.UTC)
	settings, next := waiting()
	settings.Now = func() time.Time { return now }
	tracker := newTracker(t, settings)
	h := web.Track(tracker, http.HandlerFunc(hello))
	for _, after := range []time.Duration{0, 15 * time.Minute, 50 * time.Minute} { // over midnight, then a pause
		now = now.Add(after)
		ask(t, h, "GET", "http://shop.example/", "", navigation...)
		next()
	}
	ask(t, h, "GET", "http://shop.example/", "", html, "User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:125.0) Gecko/20100101 Firefox/125.0") // somebody else
	next()
	counts := map[string]int{}
	for _, v := range recorded(t, tracker) {
		counts[v.Session.SessionID]++
	}
	var sizes []int
	for _, n := range counts {
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	if diff := cmp.Diff([]int{1, 1, 2}, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{
		Prefix: "/stats/", Collect: behavior.CollectSettings{ScriptName: "app.js", TokenKey: strings.Repeat("k", 16)},
		Track: behavior.TrackSettings{User: func(*http.Request) string { return `"><script>alert(1)</script>` }},
	})
	res := ask(t, web.Track(tracker, http.HandlerFunc(snippetPage)), "GET", "http://shop.example/", "", navigation...)
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(res.body))
	if err != nil {
		t.Fatal(err)
	}
	script := doc.Find("script")
	attributes := map[string]string{}
	for _, a := range script.Nodes[0].Attr {
		attributes[a.Key] = a.Val
	}
	want := map[string]string{
		"defer": "", "src": "/stats/app.js", "data-storage": "none", "data-user": `"><script>alert(1)</script>`, "data-token": attributes["data-token"],
	}
	if diff := cmp.Diff(want, attributes); diff != "" || script.Length() != 1 || !strings.HasSuffix(attributes["data-token"], "~"+pageKey(res.body)) || len(attributes["data-token"]) < 40 {
		t.Errorf("%s %s", diff, res.body)
	}
	if got := res.header.Get("Cache-Control"); got != "private" {
		t.Errorf("Cache-Control is %q", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	if got := web.Snippet(r); got != "" {
		t.Errorf("a request that did not come through Track gets %s", got)
	}
	if tag, source := web.InlineScript(r); tag != "" || source == "" {
		t.Errorf("a request that did not come through Track gets %q and %q", tag, source)
	}
}

func TestPagesThatSharedCachesKeepAreLeftToTheScript(t *testing.T) {
	t.Parallel()
	for control, want := range map[string]bool{"": true, "no-store": true, "max-age=60": true, "Public, max-age=60": false, "s-maxage=5": false} {
		tracker := newTracker(t, behavior.Settings{})
		res := ask(t, web.Track(tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if control != "" {
				w.Header().Set("Cache-Control", control)
			}
			snippetPage(w, r)
		})), "GET", "http://shop.example/", "", navigation...)
		if hasKey := pageKey(res.body) != ""; hasKey != want || (len(recorded(t, tracker)) == 1) != want {
			t.Errorf("%q: %s", control, res.body)
		}
		if got := res.header.Get("Cache-Control"); control != "" && got != control {
			t.Errorf("%q became %q", control, got)
		}
	}
}

func TestInlineScriptHasItsHash(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{})
	var sources []string
	h := web.Track(tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag, source := web.InlineScript(r)
		sources = append(sources, source)
		w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src "+source)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><body>", tag)
	}))
	for range 2 {
		res := ask(t, h, "GET", "http://shop.example/", "", navigation...)
		doc, err := goquery.NewDocumentFromReader(bytes.NewReader(res.body))
		if err != nil {
			t.Fatal(err)
		}
		script := doc.Find("script")
		sum := sha256.Sum256([]byte(script.Text()))
		if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; sources[len(sources)-1] != want {
			t.Errorf("source %s, want %s", sources[len(sources)-1], want)
		}
		if script.Length() != 1 || script.AttrOr("data-endpoint", "") != "/user_behavior/collect/" || script.AttrOr("data-token", "") != "~"+pageKey(res.body) || script.AttrOr("src", "none") != "none" {
			t.Errorf("%.300s", res.body)
		}
		if len(script.Text()) < 1000 {
			t.Errorf("the script is %q", script.Text())
		}
	}
	if sources[0] != sources[1] {
		t.Errorf("sources are %v", sources)
	}
}
