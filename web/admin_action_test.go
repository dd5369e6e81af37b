package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// act sends a form to a page of the admin, with the token that pages carry.
func (b *browser) act(t *testing.T, path string, form url.Values) reply {
	t.Helper()
	if b.cookies["csrftoken"] == nil {
		b.ask(t, "GET", adminRoot+"sessions/", nil)
	}
	form.Set("csrfmiddlewaretoken", b.cookies["csrftoken"].Value)
	return b.ask(t, "POST", adminRoot+path, form)
}

// inputs are the fields of a form as a browser sends them.
func inputs(form *goquery.Selection) url.Values {
	values := url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		values.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	return values
}

// counts are how many records there are.
func (a adminHost) counts(t *testing.T) behavior.Counts { return stored(t, a.tracker) }

func TestActionsWithNothingToDo(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 12)
	b := a.as("owner")
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"action": {"delete_selected"}}, "Items must be selected in order to perform actions on them. No items have been changed."},
		{url.Values{"action": {"delete_selected"}, "_selected_action": {"x", "-1"}}, "Items must be selected in order to perform actions on them. No items have been changed."},
		{url.Values{}, "Items must be selected in order to perform actions on them. No items have been changed."},
		{url.Values{"action": {""}, "_selected_action": {"1"}}, "No action selected."},
		{url.Values{"action": {"destroy"}, "select_across": {"1"}}, "No action selected."},
		{url.Values{"action": {"export_xml"}, "select_across": {"1"}}, "No action selected."},
	} {
		res := b.act(t, "sessions/?o=1&p=2", c.form)
		if got := res.header.Get("Location"); res.status != http.StatusSeeOther || got != adminRoot+"sessions/?o=1&p=2" {
			t.Errorf("%v: %d to %q", c.form, res.status, got)
		}
		if got := spaced(b.list(t, "sessions/").Find(".message.warning")); got != c.want {
			t.Errorf("%v: %q", c.form, got)
		}
	}
	if n := a.counts(t).Sessions; n != 12 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestDeleteSelectedAsksFirst(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 30)
	b := a.as("owner")
	res := b.act(t, "sessions/?o=1&q=s0", url.Values{"action": {"delete_selected"}, "select_across": {"1"}, "_selected_action": {"1"}})
	doc := page(t, res)
	if got := doc.Find("h1").Text(); res.status != http.StatusOK || got != "Are you sure?" {
		t.Fatalf("%d %q", res.status, got)
	}
	if got := spaced(doc.Find("main > p").First()); got != "Are you sure you want to delete the selected User Sessions? All of the following objects and their related items will be deleted:" {
		t.Errorf("question: %q", got)
	}
	if diff := cmp.Diff([]string{"User Sessions: 30", "Page Views: 30", "User Interactions: 30"}, texts(doc.Find(".summary li"))); diff != "" {
		t.Error("summary:", diff)
	}
	objects := doc.Find(".objects > li")
	for i := range 3 {
		if n, more := objects.Eq(i).Find("a").Length(), objects.Eq(i).Find("li").Last().Text(); n != 20 || more != "… and 10 more" {
			t.Errorf("objects: %d and %q", n, more)
		}
	}
	if link := objects.First().Find("a").First(); link.Text() != "Session s001 - User ID: (None)" || link.AttrOr("href", "") != adminRoot+"sessions/1/change/" {
		t.Errorf("an object: %q to %q", link.Text(), link.AttrOr("href", ""))
	}
	if got := doc.Find(".actions a").AttrOr("href", ""); got != adminRoot+"sessions/?o=1&q=s0" || spaced(doc.Find(".actions button")) != "Yes, I’m sure" {
		t.Errorf("back to %q", got)
	}
	one := page(t, b.act(t, "sessions/", url.Values{"action": {"delete_selected"}, "_selected_action": {"5"}}))
	if got := spaced(one.Find("main > p").First()); !strings.HasPrefix(got, "Are you sure you want to delete the selected User Session?") {
		t.Errorf("one: %q", got)
	}
	if n := a.counts(t); n != (behavior.Counts{Sessions: 30, PageViews: 30, Interactions: 30}) {
		t.Errorf("left: %+v", n)
	}
}

func TestDeleteSelected(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 12)
	b := a.as("owner")
	doc := page(t, b.act(t, "sessions/?o=1", url.Values{"action": {"delete_selected"}, "_selected_action": {"2", "4", "4", "999"}}))
	form := doc.Find("form[action$='/delete/']")
	res := b.act(t, "sessions/delete/", inputs(form))
	if got := res.header.Get("Location"); res.status != http.StatusSeeOther || got != adminRoot+"sessions/?o=1" {
		t.Fatalf("%d to %q: %s", res.status, got, res.text())
	}
	if got := spaced(b.list(t, "sessions/").Find(".message.success")); got != "Successfully deleted 2 User Sessions." {
		t.Errorf("message: %q", got)
	}
	if n := a.counts(t); n != (behavior.Counts{Sessions: 10, PageViews: 10, Interactions: 10}) {
		t.Errorf("left: %+v", n)
	}
	entries, n, err := a.trail.Entries(t.Context(), behavior.AuditQuery{OldestFirst: true})
	if err != nil || n != 2 {
		t.Fatalf("%d entries, %v", n, err)
	}
	e := entries[0]
	got := []string{string(e.Deed), string(e.Kind), e.ObjectID, e.Object, e.Note, e.User, e.UserID}
	want := []string{"delete", "session", "2", "Session s002 - User ID: (user_2)", "With it: 1 Page View, 1 User Interaction.", "owner", "1"}
	if diff := cmp.Diff(want, got); diff != "" || !e.Time.Equal(adminNow) {
		t.Errorf("entry of %s: %s", e.Time, diff)
	}
	// All at once, as the reference's clients do it; of one it says so.
	b.act(t, "interactions/?session=1", url.Values{"action": {"delete_selected"}, "select_across": {"1"}, "post": {"yes"}})
	if got := spaced(b.list(t, "interactions/").Find(".message.success")); got != "Successfully deleted 1 User Interaction." {
		t.Errorf("message: %q", got)
	}
	if n := a.counts(t); n != (behavior.Counts{Sessions: 10, PageViews: 10, Interactions: 9}) {
		t.Errorf("left: %+v", n)
	}
	res = b.act(t, "sessions/", url.Values{"action": {"delete_selected"}, "_selected_action": {"2"}})
	if got := spaced(b.list(t, "sessions/").Find(".message.warning")); res.status != http.StatusSeeOther || got != "The selected records were gone already. No items have been changed." {
		t.Errorf("gone already: %d %q", res.status, got)
	}
}

func TestDeleteSelectedTakesNoLaterRecords(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 3)
	b := a.as("owner")
	form := inputs(page(t, b.act(t, "sessions/", url.Values{"action": {"delete_selected"}, "select_across": {"1"}})).Find("form[action$='/delete/']"))
	a.record(t, behavior.Row{Session: &behavior.Session{SessionID: "later", UserAgent: "u", IPAddress: "::1", StartTime: adminNow}})
	b.act(t, "sessions/delete/", form)
	if got := rowIDs(b.list(t, "sessions/")); got != "4" {
		t.Errorf("left: %q", got)
	}
}

func TestDeleteSelectedNeedsRights(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	lonely := behavior.Session{SessionID: "lonely", UserAgent: "u", IPAddress: "::1", StartTime: adminNow}
	a.record(t, behavior.Row{Session: &lonely})
	ids := url.Values{"action": {"delete_selected"}, "_selected_action": {"1", "2"}}
	if res := a.as("viewer").act(t, "sessions/", ids); res.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", res.status)
	}
	editor := a.as("editor") // may delete sessions, but not what is theirs
	doc := page(t, editor.act(t, "sessions/", ids))
	if got := doc.Find("h1").Text(); got != "Cannot delete User Sessions" || doc.Find("form[action$='/delete/']").Length() > 0 {
		t.Errorf("title %q, or there is a button", got)
	}
	if diff := cmp.Diff([]string{"Page Views", "User Interactions"}, texts(doc.Find(".denied li"))); diff != "" {
		t.Error(diff)
	}
	ids.Set("post", "yes")
	for _, path := range []string{"sessions/", "sessions/delete/"} {
		if res := editor.act(t, path, ids); res.status != http.StatusForbidden {
			t.Errorf("forced, %s: %d", path, res.status)
		}
	}
	if n := a.counts(t); n.Sessions != 3 {
		t.Errorf("left: %+v", n)
	}
	editor.act(t, "sessions/delete/", url.Values{"_selected_action": {"3"}, "post": {"yes"}})
	if n := a.counts(t); n.Sessions != 2 {
		t.Errorf("one without anything: %+v left", n)
	}
	off := newAdminHost(t, behavior.Settings{Admin: behavior.AdminSettings{HasDelete: behavior.Off}})
	off.fill(t, 1)
	if res := off.as("owner").act(t, "sessions/delete/", url.Values{"_selected_action": {"1"}, "post": {"yes"}}); res.status != http.StatusForbidden {
		t.Errorf("with a setting against it: %d", res.status)
	}
	if res := a.as("owner").ask(t, "POST", adminRoot+"sessions/delete/", url.Values{"select_across": {"1"}, "post": {"yes"}}); res.status != http.StatusForbidden {
		t.Errorf("without a token: %d", res.status)
	}
	for filter, want := range map[string]int{"nothing=1": http.StatusFound, "q=%00": http.StatusBadRequest} {
		res := a.as("owner").act(t, "sessions/delete/", url.Values{"select_across": {"1"}, "post": {"yes"}, "filter": {filter}})
		if res.status != want || a.counts(t).Sessions != 2 {
			t.Errorf("with the filter %s: %d, %+v left", filter, res.status, a.counts(t))
		}
	}
}

// Many records go in parts, each in an answer of its own, and want their
// number first.
func TestDeleteSelectedInParts(t *testing.T) {
	t.Parallel()
	var fast atomic.Bool
	var clock atomic.Int64
	a := newAdminHost(t, behavior.Settings{Now: func() time.Time {
		if !fast.Load() {
			return adminNow
		}
		return adminNow.Add(time.Duration(clock.Add(1)) * time.Second * 3)
	}})
	var rows []behavior.Row
	for i := range 2500 {
		rows = append(rows, behavior.Row{Session: &behavior.Session{SessionID: fmt.Sprint(i), UserAgent: "u", IPAddress: "::1", StartTime: adminNow}})
	}
	a.record(t, rows...)
	b := a.as("owner")
	doc := page(t, b.act(t, "sessions/", url.Values{"action": {"delete_selected"}, "select_across": {"1"}}))
	if got := spaced(doc.Find("label[for=count]")); got != "Type 2,500 to confirm" {
		t.Fatalf("label %q", got)
	}
	form := inputs(doc.Find("form[action$='/delete/']"))
	for _, typed := range []string{"", "2499", "yes"} {
		form.Set("count", typed)
		doc = page(t, b.act(t, "sessions/delete/", form))
		if got := spaced(doc.Find("[role=alert]")); got != "That is not the number of objects." || a.counts(t).Sessions != 2500 {
			t.Errorf("%q: %q, %d are left", typed, got, a.counts(t).Sessions)
		}
	}
	form.Set("count", "2,500")
	fast.Store(true)
	for _, want := range []string{"Deleted 1,000 of 2,500 User Sessions.", "Deleted 2,000 of 2,500 User Sessions."} {
		doc = page(t, b.act(t, "sessions/delete/", form))
		if got := spaced(doc.Find("[role=status]")); got != want || doc.Find("form[data-continue] button").Length() != 1 {
			t.Fatalf("%q, not %q", got, want)
		}
		if p := doc.Find("progress"); p.AttrOr("max", "") != "2500" || !strings.HasPrefix(strings.TrimPrefix(want, "Deleted "), p.AttrOr("value", "")[:1]) {
			t.Errorf("progress %s of %s", p.AttrOr("value", ""), p.AttrOr("max", ""))
		}
		form = inputs(doc.Find("form[data-continue]"))
	}
	res := b.act(t, "sessions/delete/", form)
	if res.status != http.StatusSeeOther {
		t.Fatalf("the last part: %d %s", res.status, res.text())
	}
	if got := spaced(b.list(t, "sessions/").Find(".message.success")); got != "Successfully deleted 2,500 User Sessions." || a.counts(t).Sessions != 0 {
		t.Errorf("%q, %d are left", got, a.counts(t).Sessions)
	}
	if _, n, err := a.trail.Entries(t.Context(), behavior.AuditQuery{Deed: behavior.DeedDelete}); n != 2500 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

func TestDeletionThatCannotBeNotedSaysSo(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	b := a.as("owner")
	form := inputs(page(t, b.act(t, "sessions/", url.Values{"action": {"delete_selected"}, "_selected_action": {"1"}})).Find("form[action$='/delete/']"))
	if err := a.trail.Close(); err != nil {
		t.Fatal(err)
	}
	b.act(t, "sessions/delete/", form)
	if got := spaced(b.list(t, "sessions/").Find(".message.warning")); got != "The history could not be written for all of them." || a.counts(t).Sessions != 0 {
		t.Errorf("%q, %d are left", got, a.counts(t).Sessions)
	}
}

func TestHostileRecordsAreInertInADeletion(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	evil := `"><script>alert(1)</script>` + strings.Repeat("x", 5000)
	a.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: "s", UserAgent: "u", IPAddress: "::1", UserID: &evil, StartTime: adminNow}},
		behavior.Row{Interaction: &behavior.Interaction{Session: behavior.Session{ID: 1}, EventType: "click", Element: evil, Metadata: []byte("{}"), Timestamp: adminNow}})
	res := a.as("owner").act(t, "sessions/?user_id__icontains="+url.QueryEscape(evil[:20]), url.Values{"action": {"delete_selected"}, "_selected_action": {"1"}})
	if doc := page(t, res); doc.Find("main script").Length() > 0 || len(res.body) > 20_000 || doc.Find(".objects a").Length() != 2 {
		t.Errorf("a page of %d bytes: %s", len(res.body), spaced(doc.Find("main")))
	}
}
