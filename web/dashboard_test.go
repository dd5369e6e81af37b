package web_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

const dashboardPath = "/user_behavior/dashboard/"

// hostilePaths are texts as strangers send them.
var hostilePaths = []string{
	`/<script>alert(1)</script>`, `/"><img src=x onerror=alert(1)>`, "/\u202egnp.exe", `/=cmd|' /C calc'!A0`, "/שלום/עולם", "/" + strings.Repeat("long", 2500), "/a,b%2C",
}

// visited are sessions of four weeks, with everything that panels show.
func visited(t *testing.T, tracker *behavior.Tracker) []behavior.Row {
	t.Helper()
	agents := []string{foxAgent, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", "Googlebot/2.1 (+http://www.google.com/bot.html)"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var rows []behavior.Row
	for n := range 160 {
		name := "s" + strconv.Itoa(n)
		start := queryNow.Add(-time.Duration(n*n) * 5 * time.Minute)
		end := start.Add(time.Duration(n%7) * time.Minute)
		in := behavior.SessionInput{
			SessionID: name, UserAgent: agents[n%7%3], IPAddress: "192.0.2." + strconv.Itoa(n%50), StartTime: start,
			Country: []string{"DE", "BR", ""}[n%3], Language: "de-DE", Screen: "1920x1080",
		}
		if n%4 > 0 {
			in.EndTime = &end
		}
		if n%5 == 0 {
			user := "user " + strconv.Itoa(n%9)
			in.UserID = &user
		}
		s, err := tracker.NewSession(in)
		must(err)
		rows = append(rows, behavior.Row{Session: &s})
		for k := range n%3 + 1 {
			v, err := tracker.NewPageView(behavior.ViewInput{
				SessionID: name, URL: "https://example.com/?utm_campaign=spring", Timestamp: start.Add(time.Duration(k) * time.Second), Referrer: "https://www.google.com/",
			})
			must(err)
			v.Path, v.Title = hostilePaths[(n+k)%len(hostilePaths)], hostilePaths[n%len(hostilePaths)]
			v.Visible, v.ScrollDepth = time.Duration(n)*time.Second, n%100
			i, err := tracker.NewInteraction(behavior.InteractionInput{
				SessionID: name, EventType: behavior.EventTypes()[(n+k)%8], Element: hostilePaths[k], Metadata: []byte(`{"plan":"pro, yearly"}`), Timestamp: v.Timestamp,
			})
			must(err)
			i.Path = v.Path
			rows = append(rows, behavior.Row{PageView: &v}, behavior.Row{Interaction: &i})
		}
	}
	return rows
}

// dashboardOf is a server of the sessions above, in a zone whose clocks have
// just been set forward.
func dashboardOf(t *testing.T, settings behavior.Settings) http.Handler {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	settings.TimeZone, settings.Now = berlin, func() time.Time { return queryNow }
	return serveReport(t, settings, func(tracker *behavior.Tracker) []behavior.Row { return visited(t, tracker) })
}

// look asks for a page of the dashboard.
func look(t *testing.T, h http.Handler, query string, header ...string) *goquery.Document {
	t.Helper()
	res := ask(t, h, "GET", dashboardPath+query, "", header...)
	if res.status != http.StatusOK {
		t.Fatalf("%s: %d %s", query, res.status, res.text())
	}
	return page(t, res)
}

// TestAPartOfADayIsComparedWithThatPart: at noon, with the morning before.
func TestAPartOfADayIsComparedWithThatPart(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	doc := look(t, h, "?date_range=today")
	if text := doc.Find(".ends").Text(); !strings.Contains(text, "Compared with Sunday 30 March 2025, up to 30 March, 15:00") {
		t.Errorf("%q", text) // 14 hours have gone by, and the clocks were set forward
	}
	answer := askQuery(t, h, queryPath+"?metrics=sessions&date_range="+url.QueryEscape("2025-03-30T00:00:00+01:00,2025-03-30T15:00:00+02:00"))
	if want := fmt.Sprintf("from %v", *answer.Results[0].Metrics[0]); !strings.HasSuffix(doc.Find(".kpi .unseen").Eq(1).Text(), want) {
		t.Errorf("%q, not %q", doc.Find(".kpi .unseen").Eq(1).Text(), want)
	}
}

func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for _, query := range []string{
		"", "?pages=title", "?behaviour=element", "?date_range=realtime", "panels/pages/all/", "panels/pages/",
		"?f=" + url.QueryEscape(`is,path,/"><img src=x onerror=alert(1)>`), "?f=is,path," + strings.Repeat("y", 10_000),
		"?behaviour=" + url.QueryEscape(`metadata:<script>alert(1)</script>`), "?pages=%22%3E%3Cscript%3E", "panels/pages/all/?search=%3Cscript%3E&order=%22%3E",
	} {
		res := ask(t, h, "GET", dashboardPath+query, "")
		if res.status != http.StatusOK {
			t.Errorf("%.80s: %d", query, res.status)
			continue
		}
		doc := page(t, res)
		if n := doc.Find("script:not([src]), img, [onerror], [style], base, iframe").Length(); n > 0 {
			t.Errorf("%.80s: %d elements that no template has", query, n)
		}
		doc.Find("a[href], form[action]").Each(func(_ int, link *goquery.Selection) {
			if to := link.AttrOr("href", link.AttrOr("action", "")); !strings.HasPrefix(to, "/user_behavior/") && !strings.HasPrefix(to, "#") {
				t.Errorf("%.80s: a link leads to %.80q", query, to)
			}
		})
	}
	doc := look(t, h, "?date_range=all&bots=with")
	for _, text := range hostilePaths {
		found := doc.Find("#pages-chart bdi").FilterFunction(func(_ int, name *goquery.Selection) bool { return name.Text() == text })
		if found.Length() != 1 {
			t.Errorf("%.40q stands %d times in the panel", text, found.Length())
		}
	}
}

// TestRowsFilter follows the links of rows that have commas, signs of percent
// and quotes in their names.
func TestRowsFilter(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	sessions := func(doc *goquery.Document) string { return doc.Find(".kpi .value").Eq(2).Text() }
	all := look(t, h, "")
	rows := all.Find("#pages-chart tbody tr")
	if rows.Length() != len(hostilePaths) {
		t.Fatalf("%d pages", rows.Length())
	}
	rows.Each(func(_ int, row *goquery.Selection) {
		name, views := row.Find("bdi").Text(), row.Find("td").Last().Text()
		only := look(t, h, strings.TrimPrefix(row.Find(".name a").AttrOr("href", ""), dashboardPath))
		if got := sessions(only); got != views {
			t.Errorf("%.40q: %s page views alone, %s in the panel", name, got, views)
		}
		if chip := only.Find(".chip bdi").Text(); chip != name {
			t.Errorf("the chip says %.40q, not %.40q", chip, name)
		}
		current := only.Find(`#pages-chart tr[aria-current="true"] .name a`)
		if back := current.AttrOr("href", ""); current.Length() != 1 || back != dashboardPath {
			t.Errorf("%.40q leads from its filter to %q", name, back)
		}
		if to := only.Find(".chip a").AttrOr("href", ""); to != dashboardPath {
			t.Errorf("the chip of %.40q leads to %q", name, to)
		}
		without := look(t, h, strings.TrimPrefix(row.Find(".aside").AttrOr("href", ""), dashboardPath))
		if found := without.Find("#pages-chart bdi").FilterFunction(func(_ int, one *goquery.Selection) bool { return one.Text() == name }); found.Length() > 0 {
			t.Errorf("%.40q is still there", name)
		}
	})
}

func TestFormsLeadToAddresses(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for sent, want := range map[string]string{
		"from=2025-03-05&to=2025-03-01&metric=sessions":                        "?date_range=2025-03-01,2025-03-05&metric=sessions",
		"from=2025-03-05&to=":                                                  "?date_range=2025-03-05,2025-03-05",
		"compare_from=2024-03-01&compare_to=2024-03-05&f=is,country,DE":        "?compare=2024-03-01,2024-03-05&f=is,country,DE",
		"filter_by=path&filter_how=contains&filter_value=a,b%25&date_range=7d": "?date_range=7d&f=contains,path,a%252Cb%2525",
		"filter_by=metadata:&filter_key=plan&filter_how=is&filter_value=x":     "?f=is,metadata:plan,x",
		"metadata_key=a.b+&users=visitor":                                      "?behaviour=metadata:a.b&users=visitor",
	} {
		res := ask(t, h, "GET", dashboardPath+"?"+sent, "")
		if res.status != http.StatusSeeOther || res.header.Get("Location") != dashboardPath+want {
			t.Errorf("%s: %d %s, not %s", sent, res.status, res.header.Get("Location"), want)
			continue
		}
		look(t, h, strings.TrimPrefix(res.header.Get("Location"), dashboardPath))
	}
}

func TestAddressesThatAreWrong(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for query, want := range map[string]string{
		"?date_range=soon":               `"soon" is no range`,
		"?compare=2025-03-02,2025-03-01": "ends before it begins",
		"?f=is":                          "A filter is an operator",
		"?f=like,path,x":                 `There is no operator "like".`,
		"?f=is,mood,x":                   `There is no dimension "mood".`,
		"?f=is,time,x":                   "cannot be filtered by",
		"?bots=some":                     "Bots are counted without, with or only.",
		"panels/pages/?date_range=soon":  `"soon" is no range`,
	} {
		res := ask(t, h, "GET", dashboardPath+query, "")
		if res.status != http.StatusBadRequest || !strings.Contains(page(t, res).Find("main").Text(), want) {
			t.Errorf("%s: %d %s", query, res.status, page(t, res).Find("main").Text())
		}
	}
	for _, query := range []string{"panels/nothing/", "panels/nothing/all/", "panels/kpis/all/", "panels/users/all/"} {
		if res := ask(t, h, "GET", dashboardPath+query, ""); res.status != http.StatusNotFound {
			t.Errorf("%s: %d", query, res.status)
		}
	}
	// What another view has left in the address does no harm.
	look(t, h, "?interval=minute&date_range=12mo&metric=luck&pages=luck&colour=red&devices=metadata:x&f=")
}

// brokenStore is a store that cannot answer about one dimension.
type brokenStore struct {
	behavior.Store
	about behavior.Dimension
}

var errBroken = errors.New("the disk is on fire")

func (s brokenStore) Insight(ctx context.Context, i behavior.Insight) ([]behavior.InsightRow, error) {
	if len(i.Dimensions) > 0 && i.Dimensions[0] == s.about {
		return nil, errBroken
	}
	return s.Store.Insight(ctx, i)
}

func TestAPanelFailsAlone(t *testing.T) {
	t.Parallel()
	store := teststore.Open(t)
	tracker, err := behavior.New(brokenStore{store, behavior.DimensionChannel}, behavior.Settings{
		Now: func() time.Time { return queryNow }, ReportPermission: behavior.AllowAny, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	if err := tracker.Record(t.Context(), visited(t, tracker)); err != nil {
		t.Fatal(err)
	}
	h := web.Handler(tracker)
	doc := look(t, h, "?metric=sessions")
	broken := doc.Find("#region-sources")
	if doc.Find(".alert").Length() != 1 || broken.Find(".alert").Length() != 1 || doc.Find("figure.chart tbody").Length() < 6 {
		t.Errorf("%d alerts, %d figures", doc.Find(".alert").Length(), doc.Find("figure.chart tbody").Length())
	}
	if text := broken.Text(); !strings.Contains(text, "Request ") || strings.Contains(text, "fire") {
		t.Errorf("the region says %q", text)
	}
	if retry := broken.Find(".alert a").AttrOr("href", ""); retry != dashboardPath+"?metric=sessions" {
		t.Errorf("retry leads to %q", retry)
	}
	alone := ask(t, h, "GET", broken.AttrOr("data-url", ""), "")
	if alone.status != http.StatusInternalServerError || alone.header.Get("X-Region") != "sources" || page(t, alone).Find(".region-sources .alert").Length() != 1 {
		t.Errorf("alone: %d %s", alone.status, alone.text())
	}
	if res := ask(t, h, "GET", dashboardPath+"panels/sources/?sources=utm_campaign", ""); res.status != http.StatusOK {
		t.Errorf("another tab: %d", res.status)
	}
}

// TestPartsAreTheSameAlone compares each part of the page with what its own
// address gives.
func TestPartsAreTheSameAlone(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	doc := look(t, h, "?f=is,country,DE&users=sessions")
	regions := doc.Find("[data-region]")
	if regions.Length() != 11 {
		t.Errorf("%d parts", regions.Length())
	}
	regions.Each(func(_ int, region *goquery.Selection) {
		res := ask(t, h, "GET", region.AttrOr("data-url", ""), "")
		name := region.AttrOr("data-region", "")
		if res.status != http.StatusOK || res.header.Get("X-Region") != name {
			t.Fatalf("%s: %d %q", name, res.status, res.header.Get("X-Region"))
		}
		alone := page(t, res).Find(`[data-region="` + name + `"]`).First()
		if diff := cmp.Diff(strings.Fields(region.Text()), strings.Fields(alone.Text())); diff != "" {
			t.Errorf("%s (-page +alone):\n%s", name, diff)
		}
	})
	lazy := look(t, h, "?f=is,country,DE", "Cookie: dashboard=lazy")
	if waiting := lazy.Find("[data-waiting]").Length(); waiting != 7 || lazy.Find("#main-chart tbody tr").Length() == 0 {
		t.Errorf("%d parts wait", waiting)
	}
	whole := lazy.Find("noscript").Text()
	if !strings.Contains(whole, "panels=all") {
		t.Errorf("without script: %q", whole)
	}
	if n := look(t, h, "?panels=all", "Cookie: dashboard=lazy").Find("[data-waiting]").Length(); n != 0 {
		t.Errorf("%d parts of the whole page wait", n)
	}
}

func TestAllValuesOfAPanel(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	doc := look(t, h, "panels/pages/all/?date_range=all&bots=with&compare=none&order=page_views")
	if head := doc.Find("thead th").Eq(1).Text(); head != "Page views" || doc.Find("tbody tr").Length() != len(hostilePaths) {
		t.Errorf("%q first, %d rows", head, doc.Find("tbody tr").Length())
	}
	checkRows(t, "all pages", doc.Find("figure"), askQuery(t, h, doc.Find("figure .menu a").Last().AttrOr("href", "")))
	doc = look(t, h, "panels/pages/all/?date_range=all&bots=with&search=LONG")
	if n := doc.Find("tbody tr").Length(); n != 1 || doc.Find(".chip").Length() != 0 {
		t.Errorf("%d rows that contain it", n)
	}
	checkRows(t, "pages that contain it", doc.Find("figure"), askQuery(t, h, doc.Find("figure .menu a").Last().AttrOr("href", "")))
	if doc = look(t, h, "panels/pages/all/?offset=5&compare=none"); doc.Find("tbody tr").Length() != len(hostilePaths)-5 || doc.Find("[rel=prev]").Length() != 1 {
		t.Errorf("%d rows from the sixth on", doc.Find("tbody tr").Length())
	}
}

func TestFirstRunAndNothingFound(t *testing.T) {
	t.Parallel()
	empty := serveReport(t, behavior.Settings{Collect: behavior.CollectSettings{ScriptName: "stats.js"}}, noRows)
	doc := look(t, empty, "")
	first := doc.Find("[data-first]")
	if want := `<script defer src="http://example.com/user_behavior/stats.js"></script>`; first.Find("code").Eq(1).Text() != want {
		t.Errorf("the snippet is %s", first.Find("code").Eq(1).Text())
	}
	if first.AttrOr("data-first", "") != "/user_behavior/live/" || doc.Find(".dashboard").Length() != 0 {
		t.Error("the page of the first run is another")
	}
	if doc = look(t, empty, "?f=is,country,DE"); doc.Find("[data-first]").Length() != 0 {
		t.Error("a filter leads to the first run")
	}
	h := dashboardOf(t, behavior.Settings{})
	for query, want := range map[string]string{
		"?f=is,country,DE&f=is,country,FR":               "No visits match. Clear filters",
		"?date_range=2020-01-01":                         "",
		"?date_range=2020-01-01,2020-01-02&compare=none": "Nothing was recorded in this time. Show all time",
	} {
		if want == "" {
			continue
		}
		doc := look(t, h, query)
		for _, place := range []string{".nothing", "#main-chart", "#pages-chart", "#hours-chart", ".sessions"} {
			if text := strings.Join(strings.Fields(doc.Find(place).Text()), " "); !strings.Contains(text, want) {
				t.Errorf("%s %s: %q", query, place, text)
			}
		}
	}
}

func TestTheDashboardIsForThoseWhoMaySeeTheReport(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	for _, path := range []string{"dashboard/", "dashboard/panels/kpis/", "dashboard/panels/pages/all/", "dashboard/funnel/", "dashboard/funnel/panels/figure/", "live/"} {
		res := ask(t, h, "GET", "/user_behavior/"+path, "")
		if res.status != http.StatusForbidden || page(t, res).Find(`nav a[href$="dashboard/"]`).Length() != 0 {
			t.Errorf("%s by a stranger: %d", path, res.status)
		}
		if res := ask(t, h, "POST", "/user_behavior/"+path, ""); res.status != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", path, res.status)
		}
	}
	open := handler(t, behavior.Settings{ReportPermission: behavior.AllowAny})
	if first := look(t, open, "").Find("nav[aria-label=Main] a").First(); first.Text() != "Dashboard" || first.AttrOr("aria-current", "") != "page" {
		t.Errorf("the bar begins with %q", first.Text())
	}
}

// TestSessionsLeadToTheAdmin for those who may enter it, and for nobody else.
func TestSessionsLeadToTheAdmin(t *testing.T) {
	t.Parallel()
	for name, user := range map[string]behavior.User{
		"owner":  {ID: "1", Name: "owner", Staff: true, Superuser: true},
		"viewer": {ID: "2", Name: "viewer", Staff: true, Rights: behavior.ViewRights},
		"editor": {ID: "3", Name: "editor", Staff: true, Rights: behavior.Rights(0).With(behavior.KindPageView, behavior.CanView)},
		"guest":  {},
	} {
		h := dashboardOf(t, behavior.Settings{Identify: func(*http.Request) (behavior.User, error) { return user, nil }})
		doc := look(t, h, "?date_range=realtime")
		leads := doc.Find(".sessions li a").Length() > 0
		if live := doc.Find(".ticker li a").Length() > 0; leads != live || leads != (name == "owner" || name == "viewer") {
			t.Errorf("%s: sessions lead on %v, events %v", name, leads, live)
		}
		if rows := doc.Find(".sessions li").Length(); rows == 0 {
			t.Errorf("%s sees no sessions", name)
		}
	}
}

// TestLatestSessions are in the order of their beginning, also where few began
// in the last days.
func TestLatestSessions(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for _, query := range []string{"panels/users/?bots=with", "panels/users/?date_range=2025-02-01,2025-03-05&bots=with", "panels/users/?date_range=all&f=is,country,BR"} {
		var times []string
		look(t, h, query).Find(".sessions time").Each(func(_ int, at *goquery.Selection) { times = append(times, at.AttrOr("datetime", "")) })
		answer := askQuery(t, h, queryPath+"?metrics=sessions&dimensions=time,session_id&interval=hour&order_by=time:desc&limit=10&"+
			strings.ReplaceAll(strings.TrimPrefix(query, "panels/users/?"), "date_range=all", "date_range=12mo")+map[bool]string{true: "&date_range=28d"}[!strings.Contains(query, "date_range")])
		if len(times) != len(answer.Results) || len(times) == 0 {
			t.Fatalf("%s: %d sessions, %d", query, len(times), len(answer.Results))
		}
		for n, at := range times {
			hour, _ := time.Parse(time.RFC3339, answer.Results[n].Dimensions[0])
			moment, err := time.Parse(time.RFC3339, at)
			if err != nil || moment.Before(hour) || moment.After(hour.Add(time.Hour)) || n > 0 && at > times[n-1] {
				t.Errorf("%s: the session %d began at %s, not in the hour from %s", query, n, at, hour)
			}
		}
	}
}
