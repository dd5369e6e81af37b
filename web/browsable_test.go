package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// hostile is what a stranger may write into every text.
const hostile = `"></pre></script><script>alert(1)</script><img src=x onerror=alert(2)>{{.}}` + "\u202e'`\\"

// post creates a record.
func post(t *testing.T, h http.Handler, path string, fields map[string]any) {
	t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	if res := ask(t, h, "POST", path, string(body), "Content-Type: application/json"); res.status != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", path, res.status, res.text())
	}
}

func postHostile(t *testing.T, h http.Handler) {
	t.Helper()
	post(t, h, "/user_behavior/sessions/", map[string]any{"session_id": hostile, "user_agent": hostile, "ip_address": "::1", "user_id": "javascript:alert(1)"})
	post(t, h, "/user_behavior/pageviews/", map[string]any{"session_id": hostile, "url": "http://example.com/?\"><script>alert(1)</script>"})
	post(t, h, "/user_behavior/interactions/", map[string]any{"session_id": hostile, "event_type": "click", "element": hostile, "metadata": map[string]any{"id": 7, hostile: hostile}})
}

func TestHostileTextIsInertOnPages(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{ReportPermission: behavior.AllowAny})
	postHostile(t, h)
	for _, path := range []string{
		"", "sessions/", "sessions/1/", "pageviews/", "pageviews/1/", "interactions/", "interactions/1/", "report/",
		"sessions/?search=" + url.QueryEscape(hostile), "sessions/?limit=1&x=" + url.QueryEscape("'\"><script>alert(3)</script>"),
		url.PathEscape("<script>alert(4)</script>") + "/", "sessions/" + url.PathEscape("<script>") + "/",
	} {
		res := ask(t, h, "GET", "/user_behavior/"+path, "", html)
		policy := res.header.Get("Content-Security-Policy")
		doc := page(t, res)
		if n := doc.Find("script:not([src^='/user_behavior/static/']), img, style, iframe, object, [style]").Length(); n > 0 {
			t.Errorf("%s: %d elements that nobody wrote", path, n)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, attr := range s.Nodes[0].Attr {
				if strings.HasPrefix(attr.Key, "on") || strings.HasPrefix(strings.ToLower(attr.Val), "javascript:") {
					t.Errorf("%s: attribute %s=%q", path, attr.Key, attr.Val)
				}
			}
		})
		want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		if diff := cmp.Diff(want, policy); diff != "" {
			t.Errorf("%s: policy %s", path, diff)
		}
		if res.header.Get("X-Content-Type-Options") != "nosniff" || res.header.Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: headers %v", path, res.header)
		}
	}
}

func TestBrowsablePageShowsTheWholeAnswer(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	postHostile(t, h)
	for _, path := range []string{"sessions/", "pageviews/1/", "interactions/", ""} {
		shown := page(t, ask(t, h, "GET", "/user_behavior/"+path, "", html)).Find("pre.json").First().Text()
		want := ask(t, h, "GET", "/user_behavior/"+path, "", "Accept: application/json; indent=4").text()
		want = strings.ReplaceAll(want, "\u202e", `\u202e`) // shown, not obeyed
		if diff := cmp.Diff(want, shown); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestBrowsablePageLeadsOn(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	for _, name := range []string{"a", "b", "c"} {
		post(t, h, "/user_behavior/sessions/", map[string]any{"session_id": name, "user_agent": "u", "ip_address": "::1"})
	}
	post(t, h, "/user_behavior/interactions/", map[string]any{"session_id": "b", "event_type": "click", "element": "#x", "metadata": map[string]any{"id": 9, "session": map[string]any{"id": 8}}})

	for path, links := range map[string][]string{
		"interactions/":  {"/user_behavior/interactions/1/", "/user_behavior/sessions/2/"},
		"sessions/2/":    nil,
		"sessions.api":   {"/user_behavior/sessions/1/", "/user_behavior/sessions/2/", "/user_behavior/sessions/3/"},
		"interactions/1": nil,
	} {
		var found []string
		page(t, follow(t, h, "/user_behavior/"+path)).Find("pre.json a.number").Each(func(_ int, s *goquery.Selection) {
			found = append(found, s.AttrOr("href", ""))
		})
		if path == "interactions/1" {
			links = []string{"/user_behavior/sessions/2/"}
		}
		if diff := cmp.Diff(links, found); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}

	doc := page(t, ask(t, h, "GET", "/user_behavior/sessions/?limit=1&offset=1", "", html))
	base := "http://example.com/user_behavior/sessions/"
	for what, pair := range map[string][2]string{
		"place":     {"2 of 3", doc.Find(".pager span").First().Text()},
		"previous":  {base + "?limit=1", doc.Find("a[rel=prev]").First().AttrOr("href", "")},
		"next":      {base + "?limit=1&offset=2", doc.Find("a[rel=next]").First().AttrOr("href", "")},
		"crumbs":    {"Api Root User Session List", strings.Join(strings.Fields(doc.Find(".crumbs").Text()), " ")},
		"JSON":      {"/user_behavior/sessions/?format=json&limit=1&offset=1", doc.Find(".actions a").AttrOr("href", "")},
		"status":    {"HTTP 200 OK", doc.Find(".head p").Text()},
		"line":      {"GET /user_behavior/sessions/?limit=1&offset=1", doc.Find(".line").Text()},
		"curl":      {"curl -H 'Accept: application/json' '" + base + "?limit=1&offset=1'", doc.Find("details pre").First().Text()},
		"form":      {"/user_behavior/sessions/", doc.Find("main form").AttrOr("action", "")},
		"fields":    {"session_id user_agent ip_address end_time user_id", names(doc.Find("main form .field [name]"))},
		"sign-in":   {"", doc.Find(".who").Find("a").Text()},
		"no script": {"", doc.Find("script").Text()},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, not %q", what, pair[1], pair[0])
		}
	}
}

// names lists the names of inputs.
func names(inputs *goquery.Selection) string {
	return strings.Join(inputs.Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("name", "") }), " ")
}

// follow asks for a page and follows one redirect.
func follow(t *testing.T, h http.Handler, path string) reply {
	t.Helper()
	res := ask(t, h, "GET", path, "", html)
	if target := res.header.Get("Location"); target != "" {
		res = ask(t, h, "GET", target, "", html)
	}
	return res
}

func TestPagerWords(t *testing.T) {
	t.Parallel()
	for name, pagination := range map[string]behavior.Pagination{"limit and offset": behavior.LimitOffset{}, "page numbers": behavior.PageNumber{}} {
		h := handler(t, behavior.Settings{API: behavior.APISettings{Pagination: pagination}, BaseThrottleRate: behavior.Rate{Count: 100, Per: 1e9}})
		for i := range 25 {
			post(t, h, "/user_behavior/sessions/", map[string]any{"session_id": string(rune('a' + i)), "user_agent": "u", "ip_address": "::1"})
		}
		address := "/user_behavior/sessions/"
		for _, want := range []string{"1–10 of 25", "11–20 of 25", "21–25 of 25"} {
			doc := page(t, ask(t, h, "GET", address, "", html))
			if got := doc.Find("nav.pager").First().Find("span:not(.off)").Text(); got != want {
				t.Errorf("%s: %q, not %q", name, got, want)
			}
			address = doc.Find("a[rel=next]").First().AttrOr("href", "")
		}
	}
}

func TestFormOfThePage(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	for _, user := range []string{"", "alice"} {
		if user != "" {
			b.signIn(t, user, "")
		}
		form := page(t, b.ask(t, "GET", "/user_behavior/sessions/", nil)).Find("main form")
		fields := url.Values{"session_id": {"form" + user}, "user_agent": {hostile}, "ip_address": {"nowhere"}, "user_id": {"u"}}
		if token := form.Find("input[name=csrfmiddlewaretoken]").AttrOr("value", ""); token != "" {
			fields.Set("csrfmiddlewaretoken", token)
		}
		res := b.ask(t, "POST", form.AttrOr("action", ""), fields)
		doc := page(t, res)
		if res.status != http.StatusBadRequest || doc.Find("#e-ip_address").Text() != "Enter a valid IPv4 or IPv6 address." {
			t.Errorf("%q: %d, %q", user, res.status, doc.Find("#e-ip_address").Text())
		}
		if got := doc.Find("#f-user_agent").AttrOr("value", "") + doc.Find("#f-user_agent").Text(); got != hostile {
			t.Errorf("the form forgot what was typed: %q", got)
		}
		fields.Set("ip_address", "192.0.2.7")
		res = b.ask(t, "POST", form.AttrOr("action", ""), fields)
		doc = page(t, res)
		if res.status != http.StatusCreated || doc.Find("#f-session_id").AttrOr("value", "") != "" {
			t.Errorf("%q: %d, the form holds %q", user, res.status, doc.Find("#f-session_id").AttrOr("value", ""))
		}
	}
}

func TestPageWithoutAForm(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{API: behavior.APISettings{AllowCreate: behavior.Off}})
	for _, path := range []string{"", "sessions/", "sessions/1/"} {
		if n := page(t, ask(t, h, "GET", "/user_behavior/"+path, "", html)).Find("main form").Length(); n != 0 {
			t.Errorf("%q has a form for what is not allowed", path)
		}
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	address := page(t, ask(t, h, "GET", "/user_behavior/", "", html)).Find("link[rel=stylesheet]").First().AttrOr("href", "")
	res := ask(t, h, "GET", address, "")
	if res.status != 200 || res.header.Get("Content-Type") != "text/css; charset=utf-8" || res.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("%s: %d %v", address, res.status, res.header)
	}
	etag := res.header.Get("ETag")
	if res := ask(t, h, "GET", address, "", "If-None-Match: "+etag); res.status != http.StatusNotModified {
		t.Errorf("with its ETag %s: %d", etag, res.status)
	}
	plain, _, _ := strings.Cut(address, "?")
	if res := ask(t, h, "GET", plain, ""); res.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("without a version: %v", res.header)
	}
	if res := ask(t, h, "POST", plain, ""); res.status != http.StatusMethodNotAllowed || res.header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: %d %v", res.status, res.header)
	}
}

func TestAnswerTooLargeForAPage(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	agent := strings.Repeat("<", 1<<16)
	for i := range 20 {
		post(t, h, "/user_behavior/sessions/", map[string]any{"session_id": fmt.Sprint("s", i), "user_agent": agent, "ip_address": "::1"})
	}
	if text := follow(t, h, "/user_behavior/sessions/?limit=1").text(); strings.Contains(text, "too large") {
		t.Error("one large record is not shown")
	}
	page := follow(t, h, "/user_behavior/sessions/?limit=100").text()
	if !strings.Contains(page, "too large for a page") || len(page) > 1<<20 {
		t.Errorf("a page of %d bytes is answered", len(page))
	}
}
