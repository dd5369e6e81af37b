package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestLookups(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 6)
	b := a.as("owner")
	day := func(path string, at time.Time) string {
		return path + url.QueryEscape(at.Format("2006-01-02 15:04:05-07:00"))
	}
	for path, want := range map[string]string{
		"sessions/?session_id=s002":                                    "2",
		"sessions/?session_id__exact=s002":                             "2",
		"sessions/?session_id__startswith=S00":                         "6 5 4 3 2 1",
		"sessions/?session_id__iendswith=3":                            "3",
		"sessions/?session_id__iexact=S004":                            "4",
		"sessions/?session_id__iexact=S00":                             "",
		"sessions/?session_id__in=s001,s006":                           "6 1",
		"sessions/?session_id__range=s002,s003":                        "3 2",
		"sessions/?session_id__gt=s004":                                "6 5",
		"sessions/?session_id__lte=s002":                               "2 1",
		"sessions/?id=3":                                               "3",
		"sessions/?pk__gte=5":                                          "6 5",
		"sessions/?id__contains=4":                                     "4",
		"sessions/?user_id__isnull=True":                               "5 3 1",
		"sessions/?user_id__isnull=False":                              "6 4 2",
		"sessions/?user_id__isnull=0":                                  "6 4 2",
		"sessions/?user_id=user_1":                                     "4",
		"sessions/?user_id=":                                           "",
		"sessions/?user_id__icontains=":                                "6 5 4 3 2 1",
		"sessions/?browser_version__startswith=102":                    "6 2",
		"sessions/?ip_address=192.0.2.7&bot=false":                     "6 5 4 3 2 1",
		"sessions/?bot=1":                                              "",
		"sessions/?end_time__isnull=True":                              "5 3 1",
		"sessions/?start_time__date=2026-11-22":                        "6 5 4 3 2 1",
		"sessions/?start_time__date__gt=2026-11-22":                    "",
		"sessions/?start_time__date__lte=2026-11-21":                   "",
		"sessions/?start_time__date__gte=&start_time__date__lte=":      "6 5 4 3 2 1",
		"sessions/?start_time__year=2026":                              "6 5 4 3 2 1",
		"sessions/?start_time__year=2025":                              "",
		"sessions/?start_time__year=2026&start_time__month=11":         "6 5 4 3 2 1",
		"sessions/?start_time__year=2026&start_time__month=12":         "",
		"sessions/?start_time__gte=2026-11-22 23:00:00":                "6 5", // a clock in New York
		"sessions/?start_time__gte=2026-11-23T04:00:00Z":               "6 5",
		"sessions/?start_time__lt=2026-11-22T23:00":                    "4 3 2 1",
		"sessions/?start_time__gte=2026-11-22":                         "6 5 4 3 2 1",
		day("sessions/?start_time__gte=", adminNow):                    "6",
		day("sessions/?start_time__lt=", adminNow.Add(-time.Minute)):   "4 3 2 1",
		"pageviews/?session=2":                                         "2",
		"pageviews/?session__id=2":                                     "2",
		"pageviews/?session__in=2,3":                                   "3 2",
		"pageviews/?session__session_id__startswith=s00":               "6 5 4 3 2 1",
		"pageviews/?url__endswith=/4":                                  "4",
		"pageviews/?host=":                                             "6 5 4 3 2 1",
		"interactions/?event_type__exact=hover":                        "",
		"interactions/?event_type=scroll":                              "1",
		"interactions/?metadata__x=3":                                  "3",
		"interactions/?metadata__icontains=" + url.QueryEscape(`":5}`): "5",
	} {
		if got := rowIDs(b.list(t, strings.ReplaceAll(path, " ", "%20"))); got != want {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
}

func TestBadLookups(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	b := a.as("owner")
	for _, path := range []string{
		"sessions/?nothing=1", "sessions/?id=x", "sessions/?id__gte=1.5", "sessions/?start_time__gte=yesterday", "sessions/?start_time__gte=2026-13-01",
		"sessions/?session_id__nothing=1", "sessions/?session_id__exact__gte=1", "sessions/?session_id__regex=.", "sessions/?bot=maybe", "sessions/?bot__gt=1",
		"sessions/?start_time__month=11", "sessions/?start_time__year=x", "sessions/?start_time__date=x", "sessions/?start_time__date__contains=2026-11-22",
		"sessions/?start_time__contains=2026", "sessions/?id__range=1", "sessions/?user_id=%00", "sessions/?pageviews__url=x", "sessions/?__=1",
		"pageviews/?session__nothing=1", "pageviews/?session=x", "interactions/?metadata={}", "interactions/?start_time__isnull=1",
	} {
		res := b.ask(t, "GET", adminRoot+path, nil)
		where, _, _ := strings.Cut(path, "?")
		if got := res.header.Get("Location"); res.status != http.StatusFound || got != adminRoot+where+"?e=1" {
			t.Errorf("%s: %d to %q", path, res.status, got)
		}
		if status := b.ask(t, "GET", adminRoot+path+"&e=1", nil).status; status != http.StatusBadRequest {
			t.Errorf("%s, once more: %d", path, status)
		}
	}
	for _, path := range []string{"pageviews/?session__user_agent=x", "pageviews/?session__user_id__isnull=True", "interactions/?session__start_time__gte=2026-01-01"} {
		if status := b.ask(t, "GET", adminRoot+path, nil).status; status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, status)
		}
	}
	if got := b.list(t, "sessions/?e=1").Find(".message.warning").Text(); !strings.Contains(got, "shown without it") {
		t.Errorf("warning: %q", got)
	}
	if got := b.ask(t, "GET", adminRoot+"sessions/?x=1&_popup=1", nil).header.Get("Location"); got != adminRoot+"sessions/?e=1&_popup=1" {
		t.Errorf("a popup is left to %q", got)
	}
}

func TestAdminSearch(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 8)
	b := a.as("owner")
	for q, want := range map[string]string{
		"firefox 101":                       "5 1",
		`"firefox/101.0"`:                   "5 1",
		`"101 firefox"`:                     "",
		`"(x11) firefox/102"`:               "6 2",
		`'s003'`:                            "3",
		"s00,s003":                          "", // a comma is a character
		"user_1":                            "4",
		"192.0.2 S008":                      "8",
		"%":                                 "",
		"   ":                               "8 7 6 5 4 3 2 1",
		`"\"s001\""`:                        "",
		strings.Repeat("s00 ", 32):          "8 7 6 5 4 3 2 1",
		"Session s001 - User ID: (nothing)": "",
	} {
		if got := rowIDs(b.list(t, "sessions/?q="+url.QueryEscape(q))); got != want {
			t.Errorf("%q: %q, not %q", q, got, want)
		}
	}
	if got := rowIDs(b.list(t, "pageviews/?q=s002+example")); got != "2" {
		t.Errorf("a page view by its session: %q", got)
	}
	for q, want := range map[string]string{
		"s001\x00":                  "Null characters are not allowed.",
		strings.Repeat("s001 ", 33): "Search for at most 32 words at once.",
	} {
		doc := b.list(t, "sessions/?q="+url.QueryEscape(q))
		if got := spaced(doc.Find(".message.error")); got != want || doc.Find("tbody tr").Length() != 8 {
			t.Errorf("%.8q: %q and %d rows", q, got, doc.Find("tbody tr").Length())
		}
	}
}

func TestListCountsResults(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 40)
	b := a.as("owner")
	doc := b.list(t, "sessions/?q=firefox+101&o=1&user_id__isnull=True")
	if got := spaced(doc.Find(".results")); got != "10 results (40 total)" || doc.Find(".results a").AttrOr("href", "") != "?" {
		t.Errorf("%q, to %q", got, doc.Find(".results a").AttrOr("href", ""))
	}
	if got := spaced(b.list(t, "sessions/?q=s001").Find(".results")); got != "1 result (40 total)" {
		t.Errorf("one: %q", got)
	}
	if n := b.list(t, "sessions/").Find(".results").Length(); n != 0 {
		t.Error("the whole list counts results")
	}
	kept := doc.Find("form.find input[type=hidden]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("name", "") + "=" + s.AttrOr("value", "") })
	if diff := cmp.Diff([]string{"o=1", "user_id__isnull=True"}, kept); diff != "" {
		t.Error("a search keeps:", diff)
	}
	if got := doc.Find("[data-filter=start_time] .choices a").First().AttrOr("href", ""); got != "?o=1&q=firefox+101&user_id__isnull=True" {
		t.Errorf("a filter keeps %q", got)
	}
}

// choices are the choices of a filter, each with what it leads to; "*" marks
// the one in force.
func choices(doc *goquery.Document, field string) []string {
	return doc.Find("[data-filter=" + field + "] .choices a").Map(func(_ int, s *goquery.Selection) string {
		query, _ := url.QueryUnescape(s.AttrOr("href", ""))
		if s.AttrOr("aria-current", "") == "true" {
			query = "*" + query
		}
		return spaced(s) + " " + query
	})
}

func TestFilterPanel(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{EventTypes: []behavior.EventType{"swipe"}})
	a.fill(t, 6)
	b := a.as("owner")
	doc := b.list(t, "sessions/")
	want := []string{
		"Any date *?",
		"Today ?end_time__gte=2026-11-22 00:00:00-05:00&end_time__lt=2026-11-23 00:00:00-05:00",
		"Past 7 days ?end_time__gte=2026-11-15 00:00:00-05:00&end_time__lt=2026-11-23 00:00:00-05:00",
		"This month ?end_time__gte=2026-11-01 00:00:00-04:00&end_time__lt=2026-12-01 00:00:00-05:00",
		"This year ?end_time__gte=2026-01-01 00:00:00-05:00&end_time__lt=2027-01-01 00:00:00-05:00",
		"No date ?end_time__isnull=True", "Has date ?end_time__isnull=False",
	}
	if diff := cmp.Diff(want, choices(doc, "end_time")); diff != "" {
		t.Error("dates:", diff)
	}
	if got := choices(doc, "start_time"); len(got) != 5 {
		t.Errorf("a date that is always there has %d choices", len(got))
	}
	want = []string{"All *?", "user_0 1 ?user_id=user_0", "user_1 1 ?user_id=user_1", "user_2 1 ?user_id=user_2", "- 3 ?user_id__isnull=True"}
	if diff := cmp.Diff(want, choices(doc, "user_id")); diff != "" {
		t.Error("values:", diff)
	}
	got := choices(b.list(t, "interactions/?event_type__exact=click&q=buy"), "event_type")
	if len(got) != 10 || got[0] != "All ?q=buy" || got[1] != "Click *?event_type__exact=click&q=buy" || got[9] != "swipe ?event_type__exact=swipe&q=buy" {
		t.Errorf("event types: %q", got)
	}
	// Every choice works, and is then the one in force.
	doc.Find(".choices a").Each(func(_ int, s *goquery.Selection) {
		chosen := b.list(t, "sessions/"+s.AttrOr("href", ""))
		if n := chosen.Find(".choices [aria-current=true]").Length(); n != 3 {
			t.Errorf("%s: %d choices in force", spaced(s), n)
		}
	})
}

func TestValueFilterIsBounded(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	var rows []behavior.Row
	for i := range 30 {
		user := string(rune('A'+i%26)) + strings.Repeat("x", i/26)
		rows = append(rows, behavior.Row{Session: &behavior.Session{SessionID: user, UserAgent: "u", IPAddress: "::1", UserID: &user, StartTime: adminNow}})
	}
	a.record(t, rows...)
	doc := a.as("owner").list(t, "sessions/?user_id=Z&size=100")
	got := choices(doc, "user_id")
	if len(got) != 13 || got[11] != "Z *?size=100&user_id=Z" || !strings.HasPrefix(got[12], "- ?") {
		t.Errorf("%d choices: %q", len(got), got)
	}
	find := doc.Find("[data-filter=user_id] form")
	if find.Find("input[name=user_id__icontains]").Length() != 1 || find.Find("input[name=size]").AttrOr("value", "") != "100" || find.Find("input[name=user_id]").Length() != 0 {
		t.Error("the search among values is not there, or forgets the list")
	}
}

func TestChips(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	b := a.as("owner")
	today := "start_time__gte=2026-11-22+00%3A00%3A00-05%3A00&start_time__lt=2026-11-23+00%3A00%3A00-05%3A00"
	doc := b.list(t, "sessions/?"+today+"&user_id__icontains=user&session_id__startswith=s&q=fire&o=1&end_time__date__gte=2026-11-01")
	want := []string{
		"Start Time: Today", "End Time from 2026-11-01", "Session ID begins with s", "User ID contains user", "Search: fire",
	}
	if diff := cmp.Diff(want, texts(doc.Find(".chips li:not(.clear) > bdi"))); diff != "" {
		t.Error(diff)
	}
	links := doc.Find(".chips a").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("href", "") })
	if first := links[0]; first != "?end_time__date__gte=2026-11-01&o=1&q=fire&session_id__startswith=s&user_id__icontains=user" {
		t.Errorf("without the first: %q", first)
	}
	if last := links[len(links)-1]; last != "?" {
		t.Errorf("without all: %q", last)
	}
	if n := b.list(t, "sessions/?o=1").Find(".chips").Length(); n != 0 {
		t.Error("chips of nothing")
	}
}
