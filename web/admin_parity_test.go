package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// The lines of docs/admin-parity.md that no other test of the admin proves.

func TestModelsAreTheReferences(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 11)
	b := a.as("owner")
	type model struct{ Columns, Filters, Search, Sets string }
	for path, want := range map[string]model{
		"sessions": {
			"Session ID, User Agent, IP Address, Start Time, End Time, User ID", "By Start Time, By End Time, By User ID",
			"Search Session ID, User Agent, IP Address, User ID",
			"session_id user_agent ip_address user_id, folded Timestamps: start_time(read) end_time",
		},
		"pageviews":    {"Session, URL, Timestamp", "By Timestamp", "Search URL, session", "session(found) url, folded Timestamp: timestamp(read)"},
		"interactions": {"Session, Event Type, Element, Timestamp", "By Event Type, By Timestamp", "Search Element, session", "session(found) event_type element, folded Metadata: metadata, folded Timestamp: timestamp(read)"},
	} {
		list, form := b.list(t, path+"/"), b.list(t, path+"/1/change/")
		got := model{
			strings.Join(texts(list.Find("thead .head a:first-child")), ", "), strings.Join(texts(list.Find("[data-filter] > summary")), ", "),
			list.Find("#q").AttrOr("placeholder", ""), strings.Join(fieldsets(form), ", "),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if got := strings.Join(texts(list.Find("nav[aria-label='Records on a page'] a")), " "); got != "10 25 50 100 200" {
			t.Errorf("%s: lengths of a page: %s", path, got)
		}
	}
	for query, want := range map[string]string{"pageviews/?q=s003+example.com/3": "3", "interactions/?q=%23BUY+S004": "4"} {
		if got := rowIDs(b.list(t, query)); got != want {
			t.Errorf("%s: %q", query, got)
		}
	}
}

// fieldsets lists the parts of a form with their fields.
func fieldsets(form *goquery.Document) []string {
	return form.Find("form[data-zone] > .card").Map(func(_ int, set *goquery.Selection) string {
		head := ""
		if _, open := set.Attr("open"); goquery.NodeName(set) == "details" && !open {
			head = "folded " + spaced(set.Find("summary")) + ": "
		}
		return head + strings.Join(set.Find(".field").Map(func(_ int, field *goquery.Selection) string {
			name := field.AttrOr("data-field", "")
			if field.Find(".value").Length() > 0 {
				name += "(read)"
			}
			if field.Find("[data-combo]").Length() > 0 {
				name += "(found)"
			}
			return name
		}), " ")
	})
}

func TestColumnsHaveTheSameNumbersInAPopup(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 3)
	for _, query := range []string{"?o=1", "?o=1&_popup=1"} {
		doc := a.as("owner").list(t, "sessions/"+query)
		if got := spaced(doc.Find("tbody tr th a[data-open]").First()); got != "s001" {
			t.Errorf("%s: the first is %s", query, got)
		}
	}
}

func TestTitlesAndButtonsOfForms(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	owner := a.as("owner")
	for path, want := range map[string]string{
		"sessions/add/":       "Add User Session: Save|Save and add another|Save and continue editing",
		"pageviews/1/change/": "Change Page View: Save|Save and add another|Save and continue editing|Delete",
	} {
		doc := owner.list(t, path)
		if got := spaced(doc.Find("h1")) + ": " + strings.Join(texts(doc.Find(".bar > *")), "|"); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	user := behavior.User{ID: "9", Name: "filler", Staff: true, Rights: behavior.Rights(0).With(behavior.KindSession, behavior.CanView, behavior.CanAdd)}
	b := newBrowser(handler(t, behavior.Settings{Identify: host(user)}))
	if got := strings.Join(texts(b.list(t, "sessions/add/").Find(".bar > *")), "|"); got != "Save|Save and add another|Save and view" {
		t.Errorf("without the right to change: %s", got)
	}
	res := b.send(t, "sessions/add/", "session_id=a", "user_agent=u", "ip_address=::1", "_continue=1")
	if got := spaced(page(t, b.ask(t, "GET", res.header.Get("Location"), nil)).Find("h1")); got != "View User Session" {
		t.Errorf("what was saved is shown under %q, at %q", got, res.header.Get("Location"))
	}
}

func TestCrumbsLeadBack(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	const record = "Session s001 - User ID: (None)"
	for path, want := range map[string][]string{
		"":                    {},
		"sessions/":           {"Data", "User Sessions"},
		"sessions/add/":       {"Data", "User Sessions", "Add User Session"},
		"sessions/1/change/":  {"Data", "User Sessions", record},
		"sessions/1/history/": {"Data", "User Sessions", record, "History"},
		"sessions/1/delete/":  {"Data", "User Sessions", record, "Delete"},
	} {
		doc := a.as("owner").list(t, path)
		if diff := cmp.Diff(want, texts(doc.Find(".crumbs li"))); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if last := doc.Find(".crumbs li").Last(); last.Find("a").Length() > 0 || last.Find("[aria-current=page]").Length() != min(1, len(want)) {
			t.Errorf("%s: the last crumb is not the page itself", path)
		}
	}
}

func TestRecentActionsHaveIcons(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	b := a.as("owner")
	b.message(t, b.send(t, "sessions/add/", "session_id=a", "user_agent=u", "ip_address=::1"))
	b.message(t, b.send(t, "sessions/1/change/", "user_id=ann"))
	b.message(t, b.act(t, "sessions/1/delete/", url.Values{"post": {"yes"}}))
	got := b.list(t, "").Find(".recent li").Map(func(_ int, s *goquery.Selection) string {
		return s.Find("svg").AttrOr("class", "") + " " + spaced(s.Find(".what"))
	})
	want := []string{
		"icon icon-delete Deleted User Session Session a - User ID: (ann)",
		"icon icon-change Changed User Session Session a - User ID: (ann)",
		"icon icon-add Added User Session Session a - User ID: (None)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPostOfTheAdminNeedsItsToken(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	before := a.counts(t)
	form := url.Values{
		"post": {"yes"}, "action": {"delete_selected"}, "_selected_action": {"1"}, "session": {"1"}, "event_type": {"click"}, "element": {"x"},
		"session_id": {"new"}, "user_agent": {"u"}, "ip_address": {"::1"}, "url": {"https://example.com/"},
	}
	for _, model := range []string{"sessions/", "pageviews/", "interactions/"} {
		for _, path := range []string{"", "delete/", "add/", "1/change/", "1/delete/"} {
			b := a.as("owner")
			b.list(t, "") // there is a cookie
			for name, header := range map[string]string{"no token": "", "another site": "Sec-Fetch-Site: cross-site"} {
				sent := form
				if header != "" {
					sent = url.Values{"csrfmiddlewaretoken": {b.token(t, adminRoot+model)}}
					for name, values := range form {
						sent[name] = values
					}
				}
				if res := b.ask(t, "POST", adminRoot+model+path, sent, orElse(header, "X-None: 1")); res.status != http.StatusForbidden {
					t.Errorf("%s%s, %s: %d", model, path, name, res.status)
				}
			}
		}
	}
	if got := a.counts(t); got != before || a.session(t, 1).SessionID != "s001" {
		t.Errorf("something has changed: %+v", got)
	}
}

func TestAddressesWithoutTheirSlash(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	for _, path := range []string{"sessions", "pageviews/add", "interactions/1/change", "sessions/1/history"} {
		res := a.as("owner").ask(t, "GET", adminRoot+path+"?q=a%20b", nil)
		if got := res.header.Get("Location"); res.status != http.StatusMovedPermanently || got != adminRoot+path+"/?q=a%20b" {
			t.Errorf("%s: %d to %q", path, res.status, got)
		}
	}
}

func TestStaffMayDoAllWhereThatIsSet(t *testing.T) {
	t.Parallel()
	staff := behavior.User{ID: "9", Name: "sam", Staff: true}
	for set, want := range map[behavior.Switch]int{behavior.On: http.StatusOK, behavior.Off: http.StatusForbidden} {
		tracker := newTracker(t, behavior.Settings{Identify: host(staff), Admin: behavior.AdminSettings{StaffHasAll: set}})
		if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: "a", UserAgent: "u", IPAddress: "::1"}); err != nil {
			t.Fatal(err)
		}
		b := newBrowser(web.Handler(tracker))
		for _, path := range []string{
			"", "sessions/", "pageviews/add/", "sessions/1/change/", "sessions/1/delete/", "interactions/",
			"autocomplete/?app_label=user_behavior&model_name=pageview&field_name=session",
		} {
			if status := b.ask(t, "GET", adminRoot+path, nil).status; status != want {
				t.Errorf("%v, %s: %d", set, path, status)
			}
		}
	}
}

// The reference fails on this form.
func TestMetadataCanBeEmptied(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	b := a.as("owner")
	b.message(t, b.send(t, "interactions/1/change/", "metadata="))
	found, _, err := a.tracker.Interactions(t.Context(), behavior.ByID(1))
	if err != nil || len(found) != 1 || string(found[0].Metadata) != "{}" {
		t.Errorf("stored: %+v, %v", found, err)
	}
}
