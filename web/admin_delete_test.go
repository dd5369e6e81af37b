package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestDeleteAsksFirst(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	var rows []behavior.Row
	for i := range 24 {
		rows = append(rows, behavior.Row{PageView: &behavior.PageView{
			Session: behavior.Session{SessionID: "s001"}, URL: fmt.Sprintf("https://example.com/more/%d", i), Timestamp: adminNow,
		}})
	}
	a.record(t, rows...)
	b := a.as("owner")
	doc := b.list(t, "sessions/1/delete/?_changelist_filters=q%3Ds")
	if got := spaced(doc.Find("h1 + p")); got != "Are you sure you want to delete the User Session “Session s001 - User ID: (None)”? All of the following related items will be deleted:" {
		t.Error(got)
	}
	if got := strings.Join(texts(doc.Find(".counts > div")), "; "); got != "User Sessions1; Page Views25; User Interactions1" {
		t.Errorf("counts: %s", got)
	}
	examples := doc.Find(".examples").First()
	if examples.Find("a").Length() != 20 || spaced(examples.Find("li").Last()) != "… and 5 more" {
		t.Errorf("%d examples, then %q", examples.Find("a").Length(), spaced(examples.Find("li").Last()))
	}
	if status := b.act(t, "sessions/1/delete/", url.Values{}).status; status != http.StatusOK || a.counts(t).Sessions != 1 {
		t.Errorf("without an answer: %d", status)
	}
	res := b.act(t, "sessions/1/delete/?_changelist_filters=q%3Ds", url.Values{"post": {"yes"}})
	if got := b.message(t, res); got != "The User Session “Session s001 - User ID: (None)” was deleted successfully." || res.header.Get("Location") != adminRoot+"sessions/?q=s" {
		t.Errorf("%q, then %q", got, res.header.Get("Location"))
	}
	if got := a.counts(t); got != (behavior.Counts{}) {
		t.Errorf("left: %+v", got)
	}
	entries, _, err := a.trail.Entries(t.Context(), behavior.AuditQuery{Deed: behavior.DeedDelete})
	if err != nil || len(entries) != 1 {
		t.Fatalf("entries %v, %v", entries, err)
	}
	e := entries[0]
	if e.Kind != behavior.KindSession || e.ObjectID != "1" || e.Note != "With it: 25 Page Views, 1 User Interaction." {
		t.Errorf("noted %+v", e)
	}
	want := []behavior.FieldChange{
		{Field: "session_id", Before: "s001"}, {Field: "user_agent", Before: "Mozilla/5.0 (X11) Firefox/101.0"},
		{Field: "ip_address", Before: "192.0.2.7"}, {Field: "start_time", Before: "2026-11-23 04:01:00+00:00"},
	}
	if diff := cmp.Diff(want, e.Changes); diff != "" {
		t.Error(diff)
	}
}

func TestDeletingMuchWantsItsNumber(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	see := func(times int) {
		var rows []behavior.Row
		for range times {
			rows = append(rows, behavior.Row{PageView: &behavior.PageView{Session: behavior.Session{SessionID: "s001"}, URL: "https://example.com/", Timestamp: adminNow}})
		}
		a.record(t, rows...)
	}
	see(998)
	b := a.as("owner")
	if b.list(t, "sessions/1/delete/").Find("#count").Length() > 0 {
		t.Error("the number is asked for too early")
	}
	see(1)
	if got := spaced(b.list(t, "sessions/1/delete/").Find("label[for=count]")); got != "Type 1,002, the number of records that go, to confirm" {
		t.Errorf("asks %q", got)
	}
	for _, typed := range []string{"", "1,001", "yes"} {
		res := b.act(t, "sessions/1/delete/", url.Values{"post": {"yes"}, "count": {typed}})
		if got := spaced(page(t, res).Find("#mistake")); res.status != http.StatusOK || got != "That is not the number of records." {
			t.Errorf("%q: %d %q", typed, res.status, got)
		}
	}
	b.message(t, b.act(t, "sessions/1/delete/", url.Values{"post": {"yes"}, "count": {"1,002"}}))
	if got := a.counts(t); got != (behavior.Counts{}) {
		t.Errorf("left: %+v", got)
	}
}

func TestDeleteNeedsRightsOnAllThatGoes(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	a.record(t, behavior.Row{Session: &behavior.Session{SessionID: "alone", StartTime: adminNow}})
	b := a.as("editor") // of sessions only
	doc := b.list(t, "sessions/1/delete/")
	if spaced(doc.Find("h1")) != "Cannot delete User Session" || doc.Find("main button").Length() > 0 || strings.Join(texts(doc.Find(".denied li")), ",") != "Page Views,User Interactions" {
		t.Errorf("%q, %q", spaced(doc.Find("h1")), spaced(doc.Find(".denied")))
	}
	if status := b.act(t, "sessions/1/delete/", url.Values{"post": {"yes"}}).status; status != http.StatusForbidden {
		t.Errorf("forced: %d", status)
	}
	b.message(t, b.act(t, "sessions/2/delete/", url.Values{"post": {"yes"}}))
	if got := a.counts(t); got != (behavior.Counts{Sessions: 1, PageViews: 1, Interactions: 1}) {
		t.Errorf("left: %+v", got)
	}
}
