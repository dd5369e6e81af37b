package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestHeadersOfPages(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.signIn(t, "admin", "")
	for _, address := range []string{adminStart, logPath, peoplePath, accountPath, adminStart + "nothing/", "/user_behavior/report/"} {
		res := b.ask(t, "GET", address, nil)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"X-Frame-Options": "DENY", "Cache-Control": "no-cache, no-store, must-revalidate, private",
		} {
			if got := res.header.Get(name); got != want {
				t.Errorf("%s: %s: %q", address, name, got)
			}
		}
	}
	res := b.ask(t, "GET", "/user_behavior/admin/log?q=a%20b", nil)
	if res.status != http.StatusMovedPermanently || res.header.Get("Location") != logPath+"?q=a%20b" {
		t.Errorf("without its slash: %d to %q", res.status, res.header.Get("Location"))
	}
}

func TestPopupsHaveNoBar(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.signIn(t, "admin", "")
	for address, bars := range map[string]int{
		adminStart: 1, logPath + "?_popup=1": 0, logPath + "?_popup=no": 1, "/user_behavior/report/?_popup=1": 1,
	} {
		if n := page(t, b.ask(t, "GET", address, nil)).Find("header.top").Length(); n != bars {
			t.Errorf("%s: %d bars", address, n)
		}
	}
}

func TestThemeWithoutAScript(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.signIn(t, "admin", "")
	var seen []string
	for range 4 {
		doc := page(t, b.ask(t, "GET", logPath+"?q=a%20b", nil))
		button := doc.Find("form.theme button")
		seen = append(seen, doc.Find("html").AttrOr("data-theme", "")+" to "+button.AttrOr("value", ""))
		res := b.ask(t, "POST", doc.Find("form.theme").AttrOr("action", ""), url.Values{
			"theme": {button.AttrOr("value", "")}, "next": {doc.Find("form.theme input").AttrOr("value", "")},
		})
		if to := res.header.Get("Location"); res.status != http.StatusSeeOther || to != logPath+"?q=a%20b" {
			t.Fatalf("%d to %q", res.status, to)
		}
	}
	if got := strings.Join(seen, ", "); got != "auto to dark, dark to light, light to auto, auto to dark" {
		t.Error(got)
	}
}

// A host's users have no cookie of ours before their first page: the form on it
// works all the same.
func TestTheFirstFormOfAHostsUser(t *testing.T) {
	t.Parallel()
	owner := behavior.User{ID: "1", Name: "ann", Staff: true, Superuser: true}
	b := newBrowser(handler(t, behavior.Settings{Identify: host(owner)}))
	const add = adminStart + "sessions/add/"
	form := url.Values{"session_id": {"s1"}, "user_agent": {"u"}, "ip_address": {"::1"}, "_save": {"Save"}}
	if status := b.ask(t, "POST", add, form).status; status != http.StatusForbidden {
		t.Errorf("without a token: %d", status)
	}
	if res := b.submit(t, add, form); res.status != http.StatusSeeOther && res.status != http.StatusFound {
		t.Errorf("with the page's token: %d", res.status)
	}
}

func TestErrorPagesLeadOn(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t), ReportPermission: behavior.IsAdminUser})
	owner, alice, nobody := newBrowser(h), newBrowser(h), newBrowser(h)
	owner.signIn(t, "admin", "")
	alice.signIn(t, "alice", "")
	for name, c := range map[string]struct {
		b          *browser
		path, want string
	}{
		"nobody, not allowed": {nobody, "/user_behavior/report/?a=b", loginPath + "?next=%2Fuser_behavior%2Freport%2F%3Fa%3Db"},
		"alice, not allowed":  {alice, "/user_behavior/report/", "/user_behavior/"},
		"nothing there":       {owner, "/user_behavior/nothing/", "/user_behavior/"},
		"nobody of that id":   {owner, peoplePath + "99/", adminStart},
	} {
		doc := page(t, c.b.ask(t, "GET", c.path, nil))
		links := doc.Find("main a")
		if got := links.AttrOr("href", ""); links.Length() != 1 || got != c.want || !strings.HasPrefix(doc.Find("main .small").Text(), "Request ") {
			t.Errorf("%s: %d links, to %q", name, links.Length(), got)
		}
	}
}
