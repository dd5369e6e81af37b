package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestFormsKeepToRights(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	view := a.as("viewer").list(t, "sessions/1/change/")
	if spaced(view.Find("h1")) != "View User Session" || view.Find("main button, main input:not([type=hidden]), main a[href*=delete]").Length() > 0 || spaced(view.Find(".bar")) != "Close" {
		t.Errorf("a viewer gets %q with %q", spaced(view.Find("h1")), spaced(view.Find(".bar")))
	}
	if got := strings.Join(texts(view.Find(".value")), "|"); got != "s001|Mozilla/5.0 (X11) Firefox/101.0|192.0.2.7|-|Nov. 22, 2026, 11:01 p.m.|-" {
		t.Errorf("a viewer reads %s", got)
	}
	if got := strings.Join(texts(a.as("editor").list(t, "sessions/1/change/").Find(".bar > *")), "|"); got != "Save|Save and continue editing|Delete" {
		t.Errorf("an editor's buttons: %s", got)
	}
	if got := strings.Join(texts(a.as("adder").list(t, "pageviews/add/").Find(".bar > *, a[data-window]")), "|"); got != "Save|Save and add another" {
		t.Errorf("the buttons of one who may only add: %s", got)
	}
	adder := a.as("adder")
	res := adder.send(t, "pageviews/add/", "session=1", "url=https://example.com/")
	if res.header.Get("Location") != adminRoot {
		t.Errorf("one who may only add is led to %q", res.header.Get("Location"))
	}
	for name, paths := range map[string][]string{
		"viewer": {"sessions/add/", "sessions/1/delete/", "POST sessions/1/change/"}, "adder": {"pageviews/1/change/", "pageviews/1/history/", "sessions/add/", "sessions/1/timeline/"},
		"editor": {"sessions/add/", "POST sessions/add/", "POST interactions/1/change/", "interactions/1/delete/", "POST interactions/1/delete/"},
	} {
		for _, path := range paths {
			b := a.as(name)
			b.token(t, adminRoot)
			path, post := strings.CutPrefix(path, "POST ")
			res := b.ask(t, "GET", adminRoot+path, nil)
			if post {
				res = b.act(t, path, url.Values{"post": {"yes"}})
			}
			if res.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, res.status)
			}
		}
	}
}

func TestPopupsAnswerWithAPick(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	b := a.as("owner")
	doc := b.list(t, "sessions/add/?_popup=1")
	if doc.Find("header, .crumbs").Length() > 0 || strings.Join(texts(doc.Find(".bar > *")), "|") != "Save" {
		t.Error("a popup shows more than its form")
	}
	res := b.send(t, "sessions/add/?_popup=1", "session_id=</script><b>", "user_agent=u", "ip_address=::1")
	pick := page(t, res).Find("[data-pick]")
	if res.status != http.StatusOK || pick.AttrOr("data-pick", "") != "1" || pick.AttrOr("data-text", "") != "Session </script><b> - User ID: (None)" || pick.AttrOr("data-field", "") != "session" {
		t.Errorf("%d, picks %q, %q", res.status, pick.AttrOr("data-pick", ""), pick.AttrOr("data-text", ""))
	}
	if !strings.Contains(spaced(pick), "Its id is 1.") {
		t.Errorf("without script: %q", spaced(pick))
	}
	res = b.send(t, "sessions/1/change/?_popup=1", "session_id=")
	if diff := cmp.Diff(map[string]string{"session_id": messageRequired}, faults(t, res)); diff != "" || page(t, res).Find("header").Length() > 0 {
		t.Error("a popup with faults:", diff)
	}
	related := b.list(t, "pageviews/add/?session=1").Find("a[data-window]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
	want := []string{
		adminRoot + "sessions/?_popup=1", adminRoot + "sessions/1/change/?_popup=1", adminRoot + "sessions/add/?_popup=1", adminRoot + "sessions/1/timeline/?_popup=1",
	}
	if diff := cmp.Diff(want, related); diff != "" {
		t.Error(diff)
	}
}

func TestFormsNote(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	b := a.as("owner")
	b.message(t, b.send(t, "pageviews/add/", "session=1", "url=https://example.com/new"))
	b.message(t, b.send(t, "pageviews/3/change/", "session=2", "url=https://example.com/other"))
	b.message(t, b.send(t, "pageviews/3/change/"))
	entries, _, err := a.trail.Entries(t.Context(), behavior.AuditQuery{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		entries[i].ID = 0
	}
	entry := func(deed behavior.Deed, url string, changes ...behavior.FieldChange) behavior.AuditEntry {
		return behavior.AuditEntry{
			Time: adminNow.UTC(), UserID: "1", User: "owner", Addr: "192.0.2.1", Deed: deed, Kind: behavior.KindPageView, ObjectID: "3",
			Object: "Page View https://example.com/" + url + " at 2026-11-23 04:01:00+00:00", Changes: changes,
		}
	}
	want := []behavior.AuditEntry{
		entry(behavior.DeedAdd, "new", behavior.FieldChange{Field: "session", After: "1"}, behavior.FieldChange{Field: "url", After: "https://example.com/new"},
			behavior.FieldChange{Field: "timestamp", After: "2026-11-23 04:01:00+00:00"}),
		entry(behavior.DeedChange, "other", behavior.FieldChange{Field: "session", Before: "1", After: "2"},
			behavior.FieldChange{Field: "url", Before: "https://example.com/new", After: "https://example.com/other"}),
		entry(behavior.DeedChange, "other"),
	}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Error(diff)
	}
	if err := a.trail.Close(); err != nil {
		t.Fatal(err)
	}
	if got := b.message(t, b.send(t, "pageviews/3/change/")); !strings.Contains(got, "was changed successfully.") || !strings.HasSuffix(got, "The history could not be written: this is not in it.") {
		t.Errorf("without a trail: %q", got)
	}
}

func TestHostileRecordsAreInertInForms(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	script := "</textarea></title><script>alert(1)</script>\u202etxt"
	of := behavior.Session{SessionID: script}
	a.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: script, UserAgent: script, UserID: &script, StartTime: adminNow, IPAddress: script}},
		behavior.Row{PageView: &behavior.PageView{Session: of, URL: "javascript:" + script, Title: script, Timestamp: adminNow}},
		behavior.Row{Interaction: &behavior.Interaction{
			Session: of, EventType: behavior.EventType(script), Element: strings.Repeat(script, 200), Metadata: json.RawMessage(`{"</textarea>":"\u202e<b>"}`), Timestamp: adminNow,
		}})
	for _, path := range []string{
		"sessions/1/change/", "pageviews/1/change/", "interactions/1/change/", "sessions/1/delete/", "interactions/1/delete/", "sessions/1/history/",
		"sessions/1/timeline/", "sessions/1/timeline/?raw=1", "sessions/1/timeline/?type=" + url.QueryEscape(script), "pageviews/add/?session=1&url=" + url.QueryEscape(script),
	} {
		for _, name := range []string{"owner", "viewer"} {
			res := a.as(name).ask(t, "GET", adminRoot+path, nil)
			if res.status == http.StatusForbidden {
				continue
			}
			doc := page(t, res)
			scripts := doc.Find("script").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("src", "") == "" })
			links := doc.Find("a").FilterFunction(func(_ int, s *goquery.Selection) bool {
				return !strings.HasPrefix(s.AttrOr("href", "/"), "/") && !strings.HasPrefix(s.AttrOr("href", ""), "#") && !strings.HasPrefix(s.AttrOr("href", ""), "?")
			})
			if scripts.Length() > 0 || links.Length() > 0 || doc.Find("b, [style], [onerror]").FilterFunction(func(_ int, s *goquery.Selection) bool { return strings.Contains(s.Text(), "\u202e") }).Length() > 0 {
				t.Errorf("%s for %s runs what a stranger wrote", path, name)
			}
			if text := doc.Find("h1, .crumbs, title, .subtitle").Text(); strings.Contains(text, "\u202e") {
				t.Errorf("%s for %s turns the words of the page", path, name)
			}
		}
	}
	b := a.as("owner")
	b.message(t, b.send(t, "interactions/1/change/", "metadata={}"))
}
