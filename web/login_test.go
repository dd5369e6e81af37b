package web_test

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const loginPath = "/user_behavior/login/"

// browser keeps cookies, as a browser does, and asks for pages.
type browser struct {
	h       http.Handler
	cookies map[string]*http.Cookie
	header  []string // of every request
}

func newBrowser(h http.Handler) *browser {
	return &browser{h: h, cookies: make(map[string]*http.Cookie)}
}

func (b *browser) ask(t *testing.T, method, path string, form url.Values, header ...string) reply {
	t.Helper()
	header = append(append([]string{html}, b.header...), header...)
	for name, cookie := range b.cookies {
		header = append(header, "Cookie: "+name+"="+cookie.Value)
	}
	if method == "POST" {
		header = append(header, "Content-Type: application/x-www-form-urlencoded")
	}
	res := ask(t, b.h, method, path, form.Encode(), header...)
	for _, cookie := range res.cookies() {
		if b.cookies[cookie.Name] = cookie; cookie.Value == "" {
			delete(b.cookies, cookie.Name)
		}
	}
	return res
}

// token is the token of the page's form, or what the client has already where
// the page leads elsewhere.
func (b *browser) token(t *testing.T, path string) string {
	t.Helper()
	res := b.ask(t, "GET", path, nil)
	if cookie := b.cookies["csrftoken"]; res.status == http.StatusFound && cookie != nil {
		return cookie.Value
	}
	return page(t, res).Find("input[name=csrfmiddlewaretoken]").AttrOr("value", "")
}

// submit sends a form with its token.
func (b *browser) submit(t *testing.T, path string, form url.Values, header ...string) reply {
	t.Helper()
	form.Set("csrfmiddlewaretoken", b.token(t, path))
	return b.ask(t, "POST", path, form, header...)
}

func (b *browser) signIn(t *testing.T, name, next string) reply {
	t.Helper()
	return b.ask(t, "POST", loginPath, url.Values{
		"username": {name}, "password": {password(name)}, "next": {next}, "csrfmiddlewaretoken": {b.token(t, loginPath)},
	})
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t), ReportPermission: behavior.IsAuthenticated})
	for _, name := range []string{"admin", "staff", "alice"} {
		b := newBrowser(h)
		if status := b.ask(t, "GET", "/user_behavior/report/", nil).status; status != http.StatusForbidden {
			t.Errorf("%s before signing in: %d", name, status)
		}
		res := b.signIn(t, name, "/user_behavior/report/")
		if res.status != http.StatusSeeOther || res.header.Get("Location") != "/user_behavior/report/" {
			t.Errorf("%s: %d to %q", name, res.status, res.header.Get("Location"))
		}
		res = b.ask(t, "GET", "/user_behavior/report/", nil)
		doc := page(t, res)
		if res.status != 200 || !strings.Contains(doc.Find(".who").Text(), name) {
			t.Errorf("%s signed in: %d %q", name, res.status, doc.Find(".who").Text())
		}
		old := *b.cookies["sessionid"]
		res = b.ask(t, "POST", "/user_behavior/logout/", url.Values{"csrfmiddlewaretoken": {doc.Find("input[name=csrfmiddlewaretoken]").AttrOr("value", "")}})
		if res.status != http.StatusSeeOther || b.cookies["sessionid"] != nil {
			t.Errorf("%s signing out: %d, cookie %v", name, res.status, b.cookies["sessionid"])
		}
		b.cookies["sessionid"] = &old
		if status := b.ask(t, "GET", "/user_behavior/report/", nil).status; status != http.StatusForbidden {
			t.Errorf("%s after signing out, with the old cookie: %d", name, status)
		}
	}
}

func TestSignInRefuses(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	for name, pw := range map[string]string{"alice": "wrong", "nobody": "x", "ivan": password("ivan"), `"><script>`: ""} {
		res := b.ask(t, "POST", loginPath, url.Values{"username": {name}, "password": {pw}, "next": {"/x"}, "csrfmiddlewaretoken": {b.token(t, loginPath)}})
		doc := page(t, res)
		want := "Please enter a correct username and password. Note that both fields may be case-sensitive."
		if diff := cmp.Diff(want, doc.Find("[role=alert]").Text()); res.status != 200 || diff != "" {
			t.Errorf("%s: %d %s", name, res.status, diff)
		}
		if got := doc.Find("#username").AttrOr("value", ""); got != name || doc.Find("#password").AttrOr("value", "") != "" || doc.Find("script:not([src])").Length() > 0 {
			t.Errorf("the form keeps %q and the password %q", got, doc.Find("#password").AttrOr("value", ""))
		}
		if doc.Find("main input[name=next]").AttrOr("value", "") != "/x" || b.cookies["sessionid"] != nil {
			t.Errorf("%s: next is lost, or there is a cookie %v", name, b.cookies["sessionid"])
		}
	}
}

func TestSignInRenewsTheSession(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.cookies["sessionid"] = &http.Cookie{Name: "sessionid", Value: "planted-by-somebody-else"}
	b.signIn(t, "alice", "")
	first, token := b.cookies["sessionid"].Value, b.cookies["csrftoken"].Value
	if first == "planted-by-somebody-else" {
		t.Error("a planted cookie became a sign-in")
	}
	b.signIn(t, "staff", "")
	if b.cookies["sessionid"].Value == first || b.cookies["csrftoken"].Value == token {
		t.Error("the second sign-in has the cookies of the first")
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	sign := func(secure bool) map[string]*http.Cookie {
		b := newBrowser(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS = nil; secure {
				r.TLS = &tls.ConnectionState{}
			}
			h.ServeHTTP(w, r)
		}))
		b.signIn(t, "alice", "")
		return b.cookies
	}
	for _, secure := range []bool{true, false} {
		for name, cookie := range sign(secure) {
			script := name == "csrftoken" // clients of the API read it
			if cookie.Secure != secure || cookie.HttpOnly == script || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
				t.Errorf("encrypted %v: %s", secure, cookie)
			}
		}
	}
}

func TestNextStaysOnThisHost(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	for next, want := range map[string]string{
		"":                                  "/user_behavior/",
		"/user_behavior/report/?a=1&b=%202": "/user_behavior/report/?a=1&b=%202",
		"/elsewhere":                        "/elsewhere",
		"//evil.example":                    "/user_behavior/",
		"///evil.example":                   "/user_behavior/",
		"/\\evil.example":                   "/user_behavior/",
		"\\\\evil.example":                  "/user_behavior/",
		"https://evil.example":              "/user_behavior/",
		"https:evil.example":                "/user_behavior/",
		"javascript:alert(1)":               "/user_behavior/",
		"/\t/evil.example":                  "/user_behavior/",
		"\n//evil.example":                  "/user_behavior/",
		"/a\r\nSet-Cookie: x=y":             "/user_behavior/",
		"evil.example":                      "/user_behavior/",
		"/%zz":                              "/user_behavior/",
	} {
		b := newBrowser(h)
		form := page(t, b.ask(t, "GET", loginPath+"?next="+url.QueryEscape(next), nil))
		if got := orElse(form.Find("main input[name=next]").AttrOr("value", ""), "/user_behavior/"); got != want {
			t.Errorf("%q: the form keeps %q, not %q", next, got, want)
		}
		if got := b.signIn(t, "alice", next).header.Get("Location"); got != want {
			t.Errorf("%q: to %q, not %q", next, got, want)
		}
		if got := b.ask(t, "GET", loginPath+"?next="+url.QueryEscape(next), nil).header.Get("Location"); got != want {
			t.Errorf("%q, signed in: to %q, not %q", next, got, want)
		}
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func TestFormsNeedTheirToken(t *testing.T) {
	t.Parallel()
	signedIn := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	signedIn.signIn(t, "alice", "")
	token := signedIn.cookies["csrftoken"].Value
	other := strings.Repeat("B", len(token))
	session := `{"session_id":"s","user_agent":"u","ip_address":"::1"}`
	for name, c := range map[string]struct {
		header []string
		want   string // "" when the request passes
	}{
		"token in the header": {[]string{"X-CSRFToken: " + token}, ""},
		"none":                {nil, "CSRF Failed: CSRF token missing."},
		"another":             {[]string{"X-CSRFToken: " + other}, "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."},
		"a short one":         {[]string{"X-CSRFToken: abc"}, "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header has incorrect length."},
		"from another site":   {[]string{"X-CSRFToken: " + token, "Origin: https://evil.example"}, "CSRF Failed: Origin checking failed - https://evil.example does not match any trusted origins."},
		"from this site":      {[]string{"X-CSRFToken: " + token, "Origin: http://example.com"}, ""},
		"sent by another":     {[]string{"X-CSRFToken: " + token, "Sec-Fetch-Site: cross-site", "Origin: null"}, "CSRF Failed: Origin checking failed - null does not match any trusted origins."},
	} {
		header := append([]string{"Content-Type: application/json", "Cookie: sessionid=" + signedIn.cookies["sessionid"].Value, "Cookie: csrftoken=" + token}, c.header...)
		res := ask(t, signedIn.h, "POST", "/user_behavior/sessions/", strings.Replace(session, `"s"`, `"`+name+`"`, 1), header...)
		body := res.text()
		switch {
		case c.want == "" && res.status != http.StatusCreated:
			t.Errorf("%s: %d %s", name, res.status, body)
		case c.want != "" && (res.status != http.StatusForbidden || body != `{"detail":"`+c.want+`"}`):
			t.Errorf("%s: %d %s", name, res.status, body)
		}
	}
	delete(signedIn.cookies, "csrftoken")
	res := signedIn.ask(t, "POST", "/user_behavior/sessions/?format=json", url.Values{"csrfmiddlewaretoken": {token}}, "Accept: application/json")
	if body := res.text(); body != `{"detail":"CSRF Failed: CSRF cookie not set."}` {
		t.Errorf("no cookie: %d %s", res.status, body)
	}
}

func TestPagesRefuseForgedPosts(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.signIn(t, "alice", "")
	for _, path := range []string{loginPath, "/user_behavior/logout/"} {
		res := b.ask(t, "POST", path, url.Values{"username": {"alice"}, "password": {password("alice")}})
		if doc := page(t, res); res.status != http.StatusForbidden || !strings.Contains(doc.Text(), "CSRF Failed: CSRF token missing.") {
			t.Errorf("%s: %d %s", path, res.status, doc.Find("main").Text())
		}
	}
	if status := b.ask(t, "GET", "/user_behavior/logout/", nil).status; status != http.StatusMethodNotAllowed {
		t.Errorf("a link can sign out: %d", status)
	}
	if status := page(t, b.ask(t, "GET", "/user_behavior/", nil)).Find(".who .name").Text(); status != "alice" {
		t.Errorf("signed in as %q", status)
	}
}

func TestSignInEndsWithTheUser(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "alice", "")
	alice, err := people.PersonByName(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	if err := people.RemovePerson(t.Context(), alice.ID); err != nil {
		t.Fatal(err)
	}
	if name := page(t, b.ask(t, "GET", "/user_behavior/", nil)).Find(".who .name").Text(); name != "" {
		t.Errorf("%q is still signed in", name)
	}
}

func TestNobodyCanSignInWithoutPeople(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	for _, path := range []string{loginPath, "/user_behavior/logout/"} {
		if status := ask(t, h, "POST", path, "").status; status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if n := page(t, ask(t, h, "GET", "/user_behavior/report/", "", html)).Find("a[href*=login]").Length(); n > 0 {
		t.Error("the page offers to sign in")
	}
	if status := ask(t, h, "GET", "/user_behavior/sessions/", "", "Authorization: Basic eDp5", "Cookie: sessionid=abc").status; status != 200 {
		t.Errorf("credentials for nobody: %d", status)
	}
}
