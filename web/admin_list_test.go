package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/web"
)

const adminRoot = "/user_behavior/admin/"

// adminNow is the clock of these tests: a Sunday, evening in New York.
var adminNow = time.Date(2026, 11, 22, 23, 1, 0, 0, newYork())

func newYork() *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	return zone
}

// adminHost is an application around the admin, with a person for each role.
type adminHost struct {
	tracker *behavior.Tracker
	trail   *account.Store
	h       http.Handler
}

// adminPersons are the users whom the application knows by name.
var adminPersons = map[string]behavior.User{
	"owner":  {ID: "1", Name: "owner", Staff: true, Superuser: true},
	"viewer": {ID: "2", Name: "viewer", Staff: true, Rights: behavior.ViewRights},
	"editor": {ID: "3", Name: "editor", Staff: true, Rights: behavior.ViewRights.With(behavior.KindSession, behavior.CanChange, behavior.CanDelete)},
	"adder":  {ID: "4", Name: "adder", Staff: true, Rights: behavior.Rights(0).With(behavior.KindPageView, behavior.CanAdd)},
	"reader": {ID: "5", Name: "reader", Staff: true, Rights: behavior.Rights(0).With(behavior.KindSession, behavior.CanView).With(behavior.KindInteraction, behavior.CanView)},
}

func newAdminHost(t *testing.T, settings behavior.Settings) adminHost {
	t.Helper()
	trail := openPeople(t)
	settings.Identify = func(r *http.Request) (behavior.User, error) { return adminPersons[r.Header.Get("X-User")], nil }
	settings.Audit, settings.TimeZone = trail, newYork()
	if settings.Now == nil {
		settings.Now = func() time.Time { return adminNow }
	}
	tracker := newTracker(t, settings)
	return adminHost{tracker, trail, web.Handler(tracker)}
}

// as is a browser in which somebody is signed in.
func (a adminHost) as(name string) *browser {
	b := newBrowser(a.h)
	b.header = []string{"X-User: " + name}
	return b
}

// record stores rows and fails the test if one is refused.
func (a adminHost) record(t *testing.T, rows ...behavior.Row) {
	t.Helper()
	if err := a.tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Err != nil {
			t.Fatal(row.Err)
		}
	}
}

// fill stores n sessions, each a minute younger than the next, and for each a
// page view and an interaction. Every second session has ended and belongs to
// one of three users.
func (a adminHost) fill(t *testing.T, n int) {
	t.Helper()
	var rows []behavior.Row
	for i := 1; i <= n; i++ {
		at := adminNow.Add(time.Duration(i-n) * time.Minute).UTC()
		s := behavior.Session{
			SessionID: fmt.Sprintf("s%03d", i), UserAgent: fmt.Sprintf("Mozilla/5.0 (X11) Firefox/%d.0", 100+i%4), IPAddress: "192.0.2.7", StartTime: at,
			Browser: "Firefox", BrowserVersion: fmt.Sprintf("%d.0", 100+i%4), OS: "Linux",
		}
		if i%2 == 0 {
			user, end := fmt.Sprintf("user_%d", i%3), at.Add(time.Second)
			s.UserID, s.EndTime = &user, &end
		}
		of := behavior.Session{SessionID: s.SessionID}
		rows = append(rows, behavior.Row{Session: &s},
			behavior.Row{PageView: &behavior.PageView{Session: of, URL: fmt.Sprintf("https://example.com/%d", i), Timestamp: at}},
			behavior.Row{Interaction: &behavior.Interaction{
				Session: of, EventType: behavior.EventTypes()[i%8], Element: "#buy", Timestamp: at, Metadata: []byte(`{"x":` + fmt.Sprint(i) + `}`),
			}})
	}
	a.record(t, rows...)
}

// list asks for a list, which must be there.
func (b *browser) list(t *testing.T, path string) *goquery.Document {
	t.Helper()
	res := b.ask(t, "GET", adminRoot+path, nil)
	if res.status != http.StatusOK {
		t.Fatalf("%s: %d to %q", path, res.status, res.header.Get("Location"))
	}
	return page(t, res)
}

// rowIDs are the ids of a list's rows, with blanks between them.
func rowIDs(doc *goquery.Document) string {
	ids := doc.Find("input[name=_selected_action]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "") })
	return strings.Join(ids, " ")
}

// spaced is a text with single blanks.
func spaced(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// texts are the texts of elements.
func texts(s *goquery.Selection) []string {
	return s.Map(func(_ int, s *goquery.Selection) string { return spaced(s) })
}

func TestListTitleTellsWhatOneMayDo(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	for _, c := range []struct{ user, path, want string }{
		{"owner", "sessions/", "Select User Session to change"},
		{"viewer", "sessions/", "Select User Session to view"},
		{"editor", "sessions/", "Select User Session to change"},
		{"editor", "pageviews/", "Select Page View to view"},
		{"owner", "interactions/?_popup=1", "Select User Interaction"},
	} {
		doc := a.as(c.user).list(t, c.path)
		if got := doc.Find("h1").Text(); got != c.want || !strings.HasPrefix(doc.Find("title").Text(), c.want+" · ") {
			t.Errorf("%s, %s: %q %q", c.user, c.path, got, doc.Find("title").Text())
		}
	}
	if res := a.as("adder").ask(t, "GET", adminRoot+"pageviews/", nil); res.status != http.StatusForbidden {
		t.Errorf("without the right to view: %d", res.status)
	}
	off := newAdminHost(t, behavior.Settings{Admin: behavior.AdminSettings{HasModule: behavior.Off}})
	if res := off.as("owner").ask(t, "GET", adminRoot+"sessions/", nil); res.status != http.StatusForbidden {
		t.Errorf("with no module: %d", res.status)
	}
}

func TestListOffersOnlyWhatOneMayDo(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	for _, c := range []struct {
		user, path string
		want       []string
	}{
		{"owner", "sessions/", []string{"---------", "Delete selected User Sessions", "Export selected as CSV", "Export selected as JSON Lines"}},
		{"viewer", "sessions/", []string{"---------", "Export selected as CSV", "Export selected as JSON Lines"}},
		{"owner", "sessions/?_popup=1", []string{}},
	} {
		doc := a.as(c.user).list(t, c.path)
		if diff := cmp.Diff(c.want, texts(doc.Find("select[name=action] option"))); diff != "" {
			t.Errorf("%s, %s: %s", c.user, c.path, diff)
		}
		if add := doc.Find("a.add").Length() > 0; add != (c.user == "owner") {
			t.Errorf("%s, %s: offers to add: %v", c.user, c.path, add)
		}
	}
}

func TestListSorts(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 4)
	b := a.as("owner")
	for query, want := range map[string]string{
		"":         "4 3 2 1", // the newest first
		"o=1":      "1 2 3 4",
		"o=-1":     "4 3 2 1",
		"o=3.-1":   "4 3 2 1",
		"o=3.1":    "1 2 3 4",
		"o=6":      "3 1 4 2", // no user first, then user_1, user_2, and of equals the newest
		"o=-6.1":   "2 4 1 3",
		"o=99":     "4 3 2 1",
		"o=x.1.-2": "1 2 3 4",
		"o=0.1":    "1 2 3 4",
		"o=1.-1":   "1 2 3 4",
		"o=--1":    "4 3 2 1",
	} {
		if got := rowIDs(b.list(t, "sessions/?"+query)); got != want {
			t.Errorf("%q: %s, not %s", query, got, want)
		}
	}
}

func TestListHeadersSort(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	b := a.as("owner")
	links := func(query, selector string) []string {
		return b.list(t, "sessions/"+query).Find("thead " + selector).Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
	}
	want := []string{"?o=1.-3&q=s", "?o=2.-3&q=s", "?o=3&q=s", "?o=4.-3&q=s", "?o=5.-3&q=s", "?o=6.-3&q=s"}
	if diff := cmp.Diff(want, links("?o=-3&q=s", ".head a:first-child")); diff != "" {
		t.Error("one column:", diff)
	}
	want = []string{"?o=-1.-3", "?o=2.-3.1", "?o=3.1", "?o=4.-3.1", "?o=5.-3.1", "?o=6.-3.1"}
	if diff := cmp.Diff(want, links("?o=-3.1", ".head a:first-child")); diff != "" {
		t.Error("two columns:", diff)
	}
	if diff := cmp.Diff([]string{"?o=-3", "?o=1"}, links("?o=-3.1", "a.unsort")); diff != "" {
		t.Error("removing:", diff)
	}
	doc := b.list(t, "sessions/?o=-3.1")
	if diff := cmp.Diff([]string{", sorted as number 2", ", sorted as number 1"}, texts(doc.Find(".priority"))); diff != "" {
		t.Error("priorities:", diff)
	}
	sorted := doc.Find("th[aria-sort]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("aria-sort", "") })
	if diff := cmp.Diff([]string{"ascending", "descending"}, sorted); diff != "" {
		t.Error(diff)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 158)
	b := a.as("owner")
	for _, c := range []struct {
		query, amount, pages string
		rows                 int
	}{
		{"", "158 User Sessions Show all", "1 2 3 4 … 15 16", 10},
		{"?p=8", "158 User Sessions Show all", "1 2 … 5 6 7 8 9 10 11 … 15 16", 10},
		{"?p=16", "158 User Sessions Show all", "1 2 … 13 14 15 16", 8},
		{"?p=7", "158 User Sessions Show all", "1 2 3 4 5 6 7 8 9 10 … 15 16", 10},
		{"?p=abc", "158 User Sessions Show all", "1 2 3 4 … 15 16", 10},
		{"?size=50", "158 User Sessions Show all", "1 2 3 4", 50},
		{"?size=7", "158 User Sessions Show all", "1 2 3 4 … 15 16", 10},
		{"?size=200", "158 User Sessions", "", 158},
		{"?all=", "158 User Sessions", "", 158},
		{"?all=&p=9", "158 User Sessions", "", 158},
		{"?q=s001", "1 User Session", "", 1},
	} {
		doc := b.list(t, "sessions/"+c.query)
		if got := spaced(doc.Find(".amount")); got != c.amount {
			t.Errorf("%q: amount %q", c.query, got)
		}
		if got := spaced(doc.Find("nav[aria-label=Pages]")); got != c.pages {
			t.Errorf("%q: pages %q", c.query, got)
		}
		if got := doc.Find("tbody tr").Length(); got != c.rows {
			t.Errorf("%q: %d rows", c.query, got)
		}
	}
	for _, query := range []string{"?p=0", "?p=17", "?p=-1", "?p=99999999999999999999", "?p=17&q=s"} {
		res := b.ask(t, "GET", adminRoot+"sessions/"+query, nil)
		if got := res.header.Get("Location"); res.status != http.StatusFound || got != adminRoot+"sessions/?e=1" {
			t.Errorf("%q: %d to %q", query, res.status, got)
		}
	}
	doc := b.list(t, "sessions/?p=2&o=1&q=s&size=25")
	if got := doc.Find(".pages [aria-current=page]").AttrOr("href", ""); got != "?o=1&p=2&q=s&size=25" {
		t.Errorf("the page itself is %q", got)
	}
	if got := doc.Find("nav[aria-label='Records on a page'] a").First().AttrOr("href", ""); got != "?o=1&q=s&size=10" {
		t.Errorf("another length leads to %q", got)
	}
}

func TestListWithTooManyForOnePage(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{Admin: behavior.AdminSettings{PageSize: 37}})
	a.fill(t, 201)
	doc := a.as("owner").list(t, "sessions/?all=")
	if n := doc.Find("tbody tr").Length(); n != 37 || spaced(doc.Find(".amount")) != "201 User Sessions" {
		t.Errorf("%d rows, %q", n, spaced(doc.Find(".amount")))
	}
}

func TestListCells(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	b := a.as("owner")
	doc := b.list(t, "sessions/?o=1")
	first, second := doc.Find("tbody tr").Eq(0), doc.Find("tbody tr").Eq(1)
	if got := texts(first.Find("td:not(.box)")); !cmp.Equal(got, []string{"Firefox 101 · LinuxMozilla/5.0 (X11) Firefox/101.0", "192.0.2.7", "1 min ago", "-", "-"}) {
		t.Errorf("open session: %q", got)
	}
	if title := first.Find("td .more summary").AttrOr("title", ""); title != "Mozilla/5.0 (X11) Firefox/101.0" {
		t.Errorf("the agent is %q", title)
	}
	at := second.Find("time").First()
	if at.Text() != "just now" || at.AttrOr("title", "") != "Nov. 22, 2026, 11:01 p.m." || at.AttrOr("datetime", "") != "2026-11-23T04:01:00Z" {
		t.Errorf("time: %q, %q, %q", at.Text(), at.AttrOr("title", ""), at.AttrOr("datetime", ""))
	}
	if got := first.Find("th a[data-open]").AttrOr("href", ""); got != adminRoot+"sessions/1/change/?_changelist_filters=o%3D1" {
		t.Errorf("the session opens by %q", got)
	}
	row := b.list(t, "interactions/").Find("tbody tr").First()
	if got := texts(row.Find("td:not(.box)")); !cmp.Equal(got, []string{"Mouse Move", "#buy", "just now"}) {
		t.Errorf("interaction: %q", got)
	}
	if got := spaced(row.Find("th a[data-open]")); got != "Session s002 - User ID: (user_2)" || row.Find("th a[data-open]").AttrOr("href", "") != adminRoot+"interactions/2/change/" {
		t.Errorf("its first column: %q", got)
	}
	if got := row.Find("th a.aside").AttrOr("href", ""); got != adminRoot+"sessions/2/change/" {
		t.Errorf("its session is at %q", got)
	}
}

func TestListInAPopupChooses(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	doc := a.as("owner").list(t, "sessions/?_popup=1&_to_field=id")
	link := doc.Find("tbody a[data-open]")
	if link.AttrOr("data-pick", "") != "1" || link.AttrOr("data-pick-text", "") != "Session s001 - User ID: (None)" {
		t.Errorf("the link picks %q, %q", link.AttrOr("data-pick", ""), link.AttrOr("data-pick-text", ""))
	}
	if doc.Find("input[type=checkbox][name]").Length() > 0 || doc.Find(".export").Length() > 0 {
		t.Error("a popup offers more than to choose")
	}
	if got := doc.Find("form.find input[name=_popup]").AttrOr("value", ""); got != "1" {
		t.Error("a search leaves the popup")
	}
	if status := a.as("owner").ask(t, "GET", adminRoot+"sessions/?_to_field=user_id", nil).status; status != http.StatusBadRequest {
		t.Errorf("another field to choose by: %d", status)
	}
}

func TestEmptyLists(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	b := a.as("owner")
	doc := b.list(t, "sessions/")
	if !strings.Contains(doc.Find(".nothing h2").Text(), "No User Sessions yet") || !strings.Contains(doc.Find(".nothing code").Text(), `src="http://example.com/user_behavior/tracker.js"`) {
		t.Errorf("first run: %q", spaced(doc.Find("main")))
	}
	if doc.Find("table, .filters").Length() > 0 {
		t.Error("there is a table of nothing")
	}
	a.fill(t, 1)
	doc = b.list(t, "sessions/?q=nobody&o=1")
	if got := spaced(doc.Find(".nothing")); got != "No User Sessions match. Clear all filters" || doc.Find(".nothing a").AttrOr("href", "") != "?" {
		t.Errorf("filtered: %q to %q", got, doc.Find(".nothing a").AttrOr("href", ""))
	}
}

func TestHostileRecordsAreInertInLists(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	evil := `"><script>alert(1)</script>`
	long := strings.Repeat("é", 5000) + "<img src=x onerror=alert(1)>"
	a.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: evil + "\u202egnp.exe", UserAgent: evil, IPAddress: "::1", UserID: &evil, Browser: evil, OS: "\u2067", StartTime: adminNow}},
		behavior.Row{PageView: &behavior.PageView{Session: behavior.Session{ID: 1}, URL: "javascript:alert(1)", Timestamp: adminNow}},
		behavior.Row{Interaction: &behavior.Interaction{Session: behavior.Session{ID: 1}, EventType: "click", Element: long, Metadata: []byte("{}"), Timestamp: adminNow}})
	b := a.as("owner")
	for _, path := range []string{
		"sessions/", "pageviews/", "interactions/", "sessions/?_popup=1",
		"sessions/?q=" + url.QueryEscape(evil), "sessions/?user_id=" + url.QueryEscape(evil), "sessions/?user_id__icontains=" + url.QueryEscape(evil),
	} {
		res := b.ask(t, "GET", adminRoot+path, nil)
		doc := page(t, res)
		if doc.Find("main script, main img, [onerror]").Length() > 0 || doc.Find("tbody tr").Length() != 1 {
			t.Errorf("%s: a record became a part of the page", path)
		}
		doc.Find("a").Each(func(_ int, s *goquery.Selection) {
			if href := s.AttrOr("href", ""); !strings.HasPrefix(href, "?") && !strings.HasPrefix(href, "/user_behavior/") && !strings.HasPrefix(href, "#") {
				t.Errorf("%s: a link to %q", path, href)
			}
		})
		if n := len(res.body); n > 60_000 {
			t.Errorf("%s: a page of %d bytes", path, n)
		}
		doc.Find("tbody *").Each(func(_ int, s *goquery.Selection) {
			own := s.Contents().FilterFunction(func(_ int, s *goquery.Selection) bool { return goquery.NodeName(s) == "#text" }).Text()
			if strings.ContainsAny(own, "\u202e\u2067") && s.Closest("bdi, .unseen").Length() == 0 {
				t.Errorf("%s: %q is not isolated", path, own)
			}
		})
	}
}
