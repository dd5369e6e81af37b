package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

func TestHistoryTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	b := a.as("owner")
	b.message(t, b.send(t, "sessions/add/", "session_id=a", "user_agent=u", "ip_address=::1"))
	b.message(t, a.as("editor").send(t, "sessions/1/change/", "user_id=ann"))
	b.message(t, b.send(t, "sessions/1/change/"))
	b.message(t, b.send(t, "sessions/1/change/", "session_id=b", "user_agent=<b>v</b>", "end_time=2026-11-22T23:59"))
	history := func(path string) (title, actions, total string) {
		doc := b.list(t, path)
		return spaced(doc.Find(".subtitle")), strings.Join(texts(doc.Find(".deed b")), " "), spaced(doc.Find(".headline > .muted"))
	}
	title, actions, total := history("sessions/1/history/")
	if title != "Session b - User ID: (ann)" || actions != "Added. Changed User ID. No fields changed. Changed Session ID, User Agent and End Time." || total != "4 entries" {
		t.Errorf("%q: %s, %s", title, actions, total)
	}
	doc := b.list(t, "sessions/1/history/")
	if got := spaced(doc.Find(".story li").Eq(1)); got != "Changed User ID. editor, Nov. 22, 2026, 11:01 p.m., 192.0.2.1 User IDann" {
		t.Error(got)
	}
	if got := spaced(doc.Find(".story li").Eq(3).Find("dl > div").Eq(1)); got != "User Agentu →became <b>v</b>" {
		t.Error(got)
	}
	if got := strings.Join(texts(doc.Find(".choices a")), " "); got != "Everyone editor owner" {
		t.Errorf("choices: %s", got)
	}
	if _, actions, total := history("sessions/1/history/" + doc.Find(".choices a").Eq(1).AttrOr("href", "")); actions != "Changed User ID." || total != "1 entry of 4" {
		t.Errorf("of the editor: %s, %s", actions, total)
	}

	b.message(t, b.act(t, "sessions/1/delete/", url.Values{"post": {"yes"}}))
	if title, actions, _ := history("sessions/1/history/"); title != "Session b - User ID: (ann) (deleted)" || !strings.HasSuffix(actions, " Deleted.") {
		t.Errorf("after deletion: %q: %s", title, actions)
	}
	if b.list(t, "sessions/1/history/").Find("main a[href*=change]").Length() > 0 {
		t.Error("the history links to what is deleted")
	}
}

func TestHistoryHasPages(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	var entries []behavior.AuditEntry
	for i := range 101 {
		entries = append(entries, behavior.AuditEntry{Time: adminNow, User: "x", UserID: "9", Deed: behavior.DeedChange, Kind: behavior.KindSession, ObjectID: "1", Note: fmt.Sprint("n", i)})
	}
	if err := a.trail.Note(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	doc := a.as("viewer").list(t, "sessions/1/history/")
	if n := doc.Find(".story > li").Length(); n != 100 || !strings.Contains(spaced(doc.Find(".story > li").First()), "n0") {
		t.Errorf("%d entries, first %q", n, spaced(doc.Find(".story > li").First()))
	}
	doc = a.as("viewer").list(t, "sessions/1/history/"+doc.Find("a[rel=next]").AttrOr("href", ""))
	if got := spaced(doc.Find(".story > li")); !strings.Contains(got, "n100") {
		t.Errorf("second page: %q", got)
	}
}

func TestHistoryWithoutATrail(t *testing.T) {
	t.Parallel()
	identify := func(*http.Request) (behavior.User, error) { return adminPersons["owner"], nil }
	a := adminHost{tracker: newTracker(t, behavior.Settings{Identify: identify})}
	a.h = web.Handler(a.tracker)
	a.fill(t, 1)
	if got := spaced(a.as("owner").list(t, "sessions/1/history/").Find(".card")); got != "This server keeps no history: its settings name no place for it." {
		t.Error(got)
	}
}
