package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

const logPath = adminStart + "log/"

// logged opens people and a trail with entries of an hour each, the oldest
// first, before noon of a day.
func logged(t *testing.T, entries ...behavior.AuditEntry) (*account.Store, *browser) {
	t.Helper()
	people := openPeople(t)
	for i := range entries {
		entries[i].Time = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour)
	}
	if err := people.Note(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(handler(t, behavior.Settings{People: people, TimeZone: time.FixedZone("", 3600)}))
	b.signIn(t, "admin", "")
	return people, b
}

func session(id, text string, deed behavior.Deed) behavior.AuditEntry {
	return behavior.AuditEntry{UserID: "77", User: "ann", Deed: deed, Kind: behavior.KindSession, ObjectID: id, Object: text}
}

func TestLogIsFiltered(t *testing.T) {
	t.Parallel()
	change := session("6", "Session two", behavior.DeedChange)
	change.UserID, change.User = "78", "bob"
	change.Changes = []behavior.FieldChange{{Field: "user_id", Before: "", After: "<b>new</b>"}}
	view := behavior.AuditEntry{UserID: "77", User: "ann", Deed: behavior.DeedDelete, Kind: behavior.KindPageView, ObjectID: "6", Object: "Page View"}
	_, b := logged(t, session("5", "Session one", behavior.DeedAdd), change, view)
	for query, want := range map[string][]string{
		"":                                 {"Signed in", "Deleted Page View Page View", "Changed User Session Session two", "Added User Session Session one"},
		"?user=77":                         {"Deleted Page View Page View", "Added User Session Session one"},
		"?deed=change":                     {"Changed User Session Session two"},
		"?kind=session":                    {"Changed User Session Session two", "Added User Session Session one"},
		"?kind=session&object=5":           {"Added User Session Session one"},
		"?q=TWO":                           {"Changed User Session Session two"},
		"?q=%00bob+":                       {"Changed User Session Session two"},
		"?to=2026-03-01&deed=delete":       {"Deleted Page View Page View"},
		"?from=2026-03-01&to=2026-03-01":   {"Deleted Page View Page View", "Changed User Session Session two", "Added User Session Session one"},
		"?from=2026-03-02&to=2026-03-09":   nil,
		"?deed=nothing":                    nil,
		"?from=soon&deed=add&kind=session": {"Added User Session Session one"},
	} {
		doc := page(t, b.ask(t, "GET", logPath+query, nil))
		var got []string
		for _, row := range doc.Find(".log tbody tr").EachIter() {
			row.Find("details").Remove()
			got = append(got, strings.TrimSpace(strings.Join(strings.Fields(row.Find("td").Eq(2).Text()+" "+row.Find("td").Eq(3).Text()), " ")))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
		if problem := doc.Find(".alert").Text(); (problem == "Enter a valid date.") != strings.Contains(query, "soon") {
			t.Errorf("%q: it says %q", query, problem)
		}
	}
	doc := page(t, b.ask(t, "GET", logPath+"?deed=change", nil))
	if got := strings.Join(strings.Fields(doc.Find(".changes").Text()), " "); got != "user_id - →became <b>new</b>" {
		t.Errorf("the changes are %q", got)
	}
	if got := doc.Find("#deed option[selected]").Text(); got != "Changed" || doc.Find(`a[href="?"]`).Length() == 0 {
		t.Errorf("the filter shows %q", got)
	}
}

func TestLogLinksToWhatCanBeThere(t *testing.T) {
	t.Parallel()
	_, b := logged(t,
		session("5", "added", behavior.DeedAdd), session("6", "deleted", behavior.DeedDelete),
		behavior.AuditEntry{User: "ann", Deed: behavior.DeedAdd, Kind: behavior.KindPerson, ObjectID: "9", Object: "person"},
		session("../../x?", "odd", behavior.DeedAdd))
	doc := page(t, b.ask(t, "GET", logPath, nil))
	got := map[string]string{}
	for _, link := range doc.Find(".log a").EachIter() {
		got[link.Text()] = link.AttrOr("href", "")
	}
	want := map[string]string{
		"added": adminStart + "sessions/5/change/", "person": peoplePath + "9/", "odd": adminStart + "sessions/..%2F..%2Fx%3F/change/",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOthersSeeTheirOwnActions(t *testing.T) {
	t.Parallel()
	_, owner := logged(t, session("5", "of ann", behavior.DeedAdd))
	b := newBrowser(owner.h)
	b.signIn(t, "staff", "")
	for _, query := range []string{"", "?user=77", "?q=ann", "?user="} {
		doc := page(t, b.ask(t, "GET", logPath+query, nil))
		if text := doc.Find(".log").Text(); doc.Find("h1").Text() == "" || strings.Contains(text, "of ann") {
			t.Errorf("%q: %s", query, text)
		}
	}
	doc := page(t, b.ask(t, "GET", logPath, nil))
	if got := doc.Find(".log tbody tr").Length(); got != 1 || !strings.HasPrefix(doc.Find("h1").Text(), "My actions") {
		t.Errorf("%d of %q", got, doc.Find("h1").Text())
	}
	if text := b.ask(t, "GET", logPath+"?format=csv", nil).text(); strings.Contains(text, "of ann") {
		t.Error("the export has those of others")
	}
}

func TestPagesOfTheLog(t *testing.T) {
	t.Parallel()
	var entries []behavior.AuditEntry
	for i := range 110 {
		entries = append(entries, session("5", fmt.Sprint("entry ", i), behavior.DeedAdd))
	}
	_, b := logged(t, entries...)
	for query, want := range map[string]string{
		"?deed=add":        "entry 109 to entry 60, 1–50 of 110, Page 1 of 3, p=2",
		"?deed=add&p=2":    "entry 59 to entry 10, 51–100 of 110, Page 2 of 3, p=3",
		"?deed=add&p=3":    "entry 9 to entry 0, 101–110 of 110, Page 3 of 3, none",
		"?deed=add&p=99":   "entry 9 to entry 0, 101–110 of 110, Page 3 of 3, none",
		"?deed=add&p=-1":   "entry 109 to entry 60, 1–50 of 110, Page 1 of 3, p=2",
		"?deed=add&p=many": "entry 109 to entry 60, 1–50 of 110, Page 1 of 3, p=2",
	} {
		doc := page(t, b.ask(t, "GET", logPath+query, nil))
		links := doc.Find(".log a")
		next, err := url.Parse(doc.Find("a[rel=next]").AttrOr("href", "?p=none"))
		if err != nil || next.Query().Get("p") != "none" && next.Query().Get("deed") != "add" {
			t.Errorf("%s: next is %v, %v", query, next, err)
		}
		got := fmt.Sprintf("%s to %s, %s, %s, %s", links.First().Text(), links.Last().Text(),
			doc.Find(".pager span").First().Text(), doc.Find(".pager span").Eq(1).Text(), strings.TrimPrefix("p="+next.Query().Get("p"), "p=none"))
		if got = strings.TrimSuffix(got, ", "); !strings.Contains(got, "p=") {
			got += ", none"
		}
		if got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
}

func TestLogIsExported(t *testing.T) {
	t.Parallel()
	entries := []behavior.AuditEntry{{User: "=HYPERLINK(1)", Deed: behavior.DeedSignInFailed, Addr: "::1"}}
	entries = append(entries, session("5", "@SUM(1)\n\"two lines\"", behavior.DeedChange))
	entries[1].Changes = []behavior.FieldChange{{Field: "user_id", Before: "-1", After: "+1"}}
	for range 2100 {
		entries = append(entries, session("7", "many", behavior.DeedAdd))
	}
	people, b := logged(t, entries...)
	res := b.ask(t, "GET", logPath+"?format=csv&p=3", nil)
	if kind := res.header.Get("Content-Type"); kind != "text/csv; charset=utf-8" || !strings.HasPrefix(res.header.Get("Content-Disposition"), `attachment; filename="log-`) {
		t.Errorf("%d %s %s", res.status, kind, res.header.Get("Content-Disposition"))
	}
	rows, err := csv.NewReader(strings.NewReader(res.text())).ReadAll()
	if err != nil || len(rows) != 1+1+2102 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	want := [][]string{
		{"2026-03-01T01:00:00Z", "77", "ann", "", "change", "session", "5", "'@SUM(1)\n\"two lines\"", `user_id: "-1" -> "+1"`, ""},
		{"2026-03-01T00:00:00Z", "", "'=HYPERLINK(1)", "::1", "sign_in_failed", "", "", "", "", ""},
	}
	if diff := cmp.Diff(want, rows[len(rows)-2:]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"admin export Log"}, deeds(t, people, behavior.DeedExport)); diff != "" {
		t.Error(diff)
	}
}

// host is an application with users of its own.
func host(user behavior.User) behavior.Identify {
	return func(*http.Request) (behavior.User, error) { return user, nil }
}

func TestLogOfAHost(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	owner := behavior.User{ID: "host-1", Name: "hana", Staff: true, Superuser: true}
	b := newBrowser(handler(t, behavior.Settings{Identify: host(owner), People: people, Audit: people}))
	if err := people.Note(t.Context(), behavior.AuditEntry{UserID: "host-2", User: "hugo", Deed: behavior.DeedAdd, Kind: behavior.KindSession, ObjectID: "1", Object: "one"}); err != nil {
		t.Fatal(err)
	}
	doc := page(t, b.ask(t, "GET", logPath, nil))
	if got := doc.Find(".log td.who-did").Text(); got != "hugo" || doc.Find("input#user").Length() != 1 {
		t.Errorf("the log has %q", got)
	}
	b = newBrowser(handler(t, behavior.Settings{Identify: host(owner)}))
	if text := page(t, b.ask(t, "GET", logPath, nil)).Find("main").Text(); !strings.Contains(text, "keeps no log") {
		t.Errorf("without a trail: %s", text)
	}
}
