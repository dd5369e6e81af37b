package web_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/sample"
	"github.com/userbehavior/behavior/web"
)

// funnelOf is the address of a funnel on its page.
func funnelOf(texts ...string) string {
	var pairs []string
	for _, text := range texts {
		pairs = append(pairs, "step="+url.QueryEscape(text))
	}
	return "funnel/?" + strings.Join(pairs, "&")
}

// hostileSteps are steps by what strangers have sent, with names to match.
var hostileSteps = []string{
	"page_view;is,path,/<script>alert(1)</script>;label,<script>alert(1)</script>",
	`page_view;is,path,/"><img src=x onerror=alert(1)>;label,` + "\u202e" + strings.Repeat("long", 300),
	"interaction;is,element,/<script>alert(1)</script>;is,event_type,click,scroll",
}

// funnelSteps are the steps in an answer of the query API.
type funnelSteps []struct {
	Label      string
	Count      float64
	OfFirst    *float64 `json:"of_first"`
	OfPrevious *float64 `json:"of_previous"`
	Lost       float64
}

func askFunnel(t *testing.T, h http.Handler, address string) funnelSteps {
	t.Helper()
	var body struct{ Results funnelSteps }
	res := ask(t, h, "GET", address, "")
	if err := json.Unmarshal(res.body, &body); err != nil || res.status != http.StatusOK {
		t.Fatalf("%.300s: %d %s", address, res.status, res.text())
	}
	return body.Results
}

// The figure has the numbers, the names and the shares of the query API, asked
// by the link of its menu, and those of the other time beside them.
func TestAFunnelHasTheNumbersOfTheQuery(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	const long, before = "&date_range=2025-03-20,2025-03-30&compare=2025-03-05,2025-03-15", "2025-03-05,2025-03-15"
	for _, query := range []string{
		funnelOf("page_view", "interaction") + long,
		funnelOf("page_view;label,A", "page_view;is_not,path,;label,B, and%3B %25", "interaction;is,event_type,click,scroll,hover") + long + "&count=sessions&bots=with&f=is,country,DE",
		funnelOf("page_view;contains,path,/", "page_view", "interaction;is,metadata:plan,pro%2C yearly") + long + "&within=90s",
		funnelOf("page_view;is,path,/a%2Cb%252C", "page_view;is,country,DE") + long + "&bots=only",
		funnelOf(hostileSteps...) + long,
	} {
		doc := look(t, h, query)
		figure := doc.Find("#funnel-chart")
		link := figure.Find(".menu a").Last().AttrOr("href", "")
		now := askFunnel(t, h, link)
		then := askFunnel(t, h, strings.Replace(link, "date_range=2025-03-20,2025-03-30", "date_range="+before, 1))
		rows, bars := figure.Find("tbody tr"), figure.Find(".funnel > li")
		if now[0].Count == 0 || rows.Length() != len(now) || bars.Length() != len(now) {
			t.Fatalf("%.200s: %d rows, %d bars for %v", query, rows.Length(), bars.Length(), now)
		}
		largest := max(now[0].Count, then[0].Count)
		for n, want := range now {
			row, bar := rows.Eq(n), bars.Eq(n)
			lost := &want.Lost
			if n == 0 {
				lost = nil
			}
			if diff := cmp.Diff(numbersOf(&want.Count, &then[n].Count, nil, want.OfFirst, want.OfPrevious, lost), rowNumbers(row, "")); diff != "" {
				t.Errorf("%.200s, step %d (-query +page):\n%s", query, n+1, diff)
			}
			if name := row.Find("bdi").Text(); name != want.Label || bar.Find(".name bdi").First().Text() != name {
				t.Errorf("%.200s, step %d is called %q, %q and %q", query, n+1, want.Label, name, bar.Find(".name").Text())
			}
			width, _ := strconv.ParseFloat(strings.TrimSuffix(bar.Find("rect.value").AttrOr("width", ""), "%"), 64)
			if off := width - 100*want.Count/largest; off < -0.051 || off > 0.051 {
				t.Errorf("%.200s, step %d: a bar of %v %% for %v of %v", query, n+1, width, want.Count, largest)
			}
			if value := bar.Find(".amount b").Text(); value != strconv.Itoa(int(want.Count)) {
				t.Errorf("%.200s, step %d says %s, not %v", query, n+1, value, want.Count)
			}
		}
		if res := ask(t, h, "GET", figure.Find(".menu a").First().AttrOr("href", ""), ""); !strings.HasPrefix(res.text(), "step,label,count,") || strings.Count(res.text(), "\r\n") != len(now)+1 {
			t.Errorf("%.200s as CSV: %d %s", query, res.status, res.text())
		}
	}
}

func TestTheSentenceOfAFunnel(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for query, want := range map[string]string{
		funnelOf("page_view;is,path,;label,Home", "interaction;is,event_type,buy") + "&compare=none":                               "The one visitor who began came to the end.",
		funnelOf("page_view", "interaction") + "&compare=none&count=sessions":                                                      "All of 2 sessions that began came to the end.",
		funnelOf("page_view;label,\u2069\u202eA", "interaction;is,session_id,a") + "&compare=none&count=sessions":                  "Of 2 sessions that began, 1 (50 %) came to the end; most were lost after \u2068\u202eA\u2069, 1.",
		funnelOf("page_view", "page_view;is,path,no") + "&compare=none&count=sessions&within=1h":                                   "Of 2 sessions that began, none came to the end; most were lost after \u2068Any page view\u2069, 2.",
		funnelOf("page_view", "interaction") + "&count=sessions&date_range=2025-03-31,2025-03-31":                                  "The one session that began came to the end. Marks: Sunday 30 March 2025, up to 30 March, 15:00, when it was 100 %.",
		funnelOf("page_view;is,path,no", "page_view"):                                                                              "No visitor took the first step in this time. Show all time",
		funnelOf("page_view", "page_view") + "&f=is,country,FR&count=sessions":                                                     "No session that matches the filters took the first step. Clear filters",
		funnelOf("page_view;is,path,;is,country,DE", "interaction;is,element,%23b;is,event_type,buy;contains,browser,Fire,Chrome"): "",
	} {
		figure := look(t, h, query).Find("#funnel-chart")
		text := strings.Join(strings.Fields(strings.ReplaceAll(figure.Find(".summary, figure > p.muted").First().Text(), "\u00a0", " ")), " ")
		if want == "" {
			names := figure.Find("tbody bdi").Map(func(_ int, name *goquery.Selection) string { return name.Text() })
			if diff := cmp.Diff([]string{"Page (nothing), Country is Germany", "buy on #b, Browser contains Fire or Chrome"}, names); diff != "" {
				t.Error(diff)
			}
			continue
		}
		if text == "" {
			text = strings.Join(strings.Fields(figure.Find("p.muted").First().Text()), " ")
		}
		if text != want {
			t.Errorf("%s: %q, not %q", query, text, want)
		}
	}
}

func TestHostileFunnelsAreInert(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	const hostile = `"><script>alert(1)</script>`
	for _, query := range []string{
		"funnel/", funnelOf(hostileSteps...), funnelOf(hostileSteps...) + "&panels=all", "funnel/panels/figure/", "funnel/panels/" + strings.Replace(funnelOf(hostileSteps...), "funnel/", "figure/", 1),
		funnelOf(hostile+";"+hostile, "page_view;"+hostile+";label,"+hostile) + "&within=" + url.QueryEscape(hostile) + "&count=" + url.QueryEscape(hostile),
		"funnel/?of1=" + url.QueryEscape(hostile) + "&by1.1=" + url.QueryEscape(hostile) + "&value1.1=" + url.QueryEscape(hostile) + "&f1.2=" + url.QueryEscape(hostile) + "&do=" + url.QueryEscape(hostile),
		funnelOf("page_view;is,path,"+hostile, "interaction;is,metadata:"+hostile+",x") + "&f=" + url.QueryEscape("is,path,"+hostile),
	} {
		doc := page(t, ask(t, h, "GET", strings.Replace(dashboardPath+query, "funnel/panels/funnel", "funnel/panels/figure", 1), ""))
		if n := doc.Find("script:not([src]), img, [onerror], [style], base, iframe").Length(); n > 0 {
			t.Errorf("%.80s: %d elements that no template has", query, n)
		}
		doc.Find("a[href], form[action], button[formaction]").Each(func(_ int, link *goquery.Selection) {
			if to := link.AttrOr("href", link.AttrOr("action", link.AttrOr("formaction", ""))); !strings.HasPrefix(to, "/user_behavior/") && !strings.HasPrefix(to, "#") {
				t.Errorf("%.80s: a link leads to %.80q", query, to)
			}
		})
	}
	if text := look(t, h, funnelOf(hostileSteps...)).Find(".summary").Text(); len([]rune(text)) > 400 {
		t.Errorf("a sentence of %d letters: %.100s", len(text), text)
	}
}

// Without steps the page proposes some of what the site has, and each of them
// is a funnel that somebody has begun.
func TestFunnelsToBeginWith(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		h    http.Handler
		want []string
	}{
		"a shop":     {sampleShop(t), []string{"From the first page to the goal", "Through the form", "To the element that is clicked most", "On to the next page"}},
		"of all":     {dashboardOf(t, behavior.Settings{}), []string{"Through the form", "To the element that is clicked most", "On to the next page"}},
		"of no page": {serveReport(t, behavior.Settings{Now: func() time.Time { return queryNow }}, sessionOnly(t)), nil},
	} {
		doc := look(t, c.h, "funnel/?bots=with&compare=none")
		var titles []string
		doc.Find(".ideas > li > a").Each(func(_ int, link *goquery.Selection) {
			titles = append(titles, link.Text())
			to := link.AttrOr("href", "")
			funnel := look(t, c.h, strings.TrimPrefix(to, dashboardPath))
			if rows := funnel.Find("#funnel-chart tbody tr").Length(); rows != link.Parent().Find("ol li").Length() || !strings.Contains(to, "bots=with&compare=none") && !strings.Contains(to, "compare=none&bots=with") {
				t.Errorf("%s: %q leads to %d rows by %s", name, link.Text(), rows, to)
			}
			if shownSteps(funnel) == ":page_view(path is ) :page_view(path is )" {
				t.Errorf("%s: %q does not fill in the form", name, link.Text())
			}
		})
		if diff := cmp.Diff(c.want, titles); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if shownSteps(doc) != ":page_view(path is ) :page_view(path is )" {
			t.Errorf("%s: the form has %s", name, shownSteps(doc))
		}
	}
	h := queried(t)
	values := look(t, h, "funnel/").Find("#values-event_type option").Map(func(_ int, o *goquery.Selection) string { return o.AttrOr("value", "") })
	if diff := cmp.Diff([]string{"buy"}, values); diff != "" {
		t.Error(diff)
	}
	if text := look(t, h, "funnel/?date_range=2020-01-01,2020-01-02").Find(".start").Text(); !strings.Contains(text, "Nothing was recorded in this time.") {
		t.Errorf("a time without anything: %s", text)
	}
	empty := serveReport(t, behavior.Settings{}, noRows)
	for _, cookie := range []string{"", "dashboard=lazy"} {
		if doc := look(t, empty, "funnel/", "Cookie: "+cookie); doc.Find("[data-first]").Length() != 1 || doc.Find("form.steps").Length() != 0 {
			t.Error("the page of the first run is another")
		}
	}
}

// The demo shows by one click how many buy something.
func TestTheFunnelOfTheDemo(t *testing.T) {
	t.Parallel()
	h := sampleShop(t)
	first := look(t, h, "funnel/").Find(".ideas a").First().AttrOr("href", "")
	doc := look(t, h, strings.TrimPrefix(first, dashboardPath))
	names := doc.Find(".funnel .name bdi").Map(func(_ int, name *goquery.Selection) string { return name.Text() })
	if diff := cmp.Diff([]string{"Page /", "add_to_cart", "purchase"}, names); diff != "" {
		t.Error(diff)
	}
	steps := askFunnel(t, h, doc.Find("#funnel-chart .menu a").Last().AttrOr("href", ""))
	if steps[0].Count < 100 || steps[1].Count >= steps[0].Count || steps[2].Count >= steps[1].Count || steps[2].Count == 0 {
		t.Errorf("%v", steps)
	}
}

// sampleShop has the visits of the demo.
func sampleShop(t *testing.T) http.Handler {
	t.Helper()
	tracker := newTracker(t, behavior.Settings{
		ReportPermission: behavior.AllowAny, EventTypes: sample.EventTypes(), Now: func() time.Time { return queryNow },
	})
	if _, err := sample.Fill(t.Context(), tracker, sample.Options{Sessions: 400, Days: 28, Now: queryNow}); err != nil {
		t.Fatal(err)
	}
	return web.Handler(tracker)
}

// sessionOnly is a session in which nothing happened.
func sessionOnly(t *testing.T) func(*behavior.Tracker) []behavior.Row {
	return func(tracker *behavior.Tracker) []behavior.Row {
		s, err := tracker.NewSession(behavior.SessionInput{SessionID: "alone", UserAgent: foxAgent, IPAddress: "192.0.2.1", StartTime: queryNow.Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return []behavior.Row{{Session: &s}}
	}
}

// The dashboard and the page lead to each other with range and filters, and the
// forms of the bar keep the steps.
func TestFunnelAndDashboardLeadToEachOther(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	const view = "?date_range=7d&compare=none&bots=with&f=is,country,DE"
	there := look(t, h, view+"&metric=sessions&pages=entry").Find(".toolbar a.place").AttrOr("href", "")
	if there != dashboardPath+"funnel/"+view {
		t.Errorf("the dashboard leads to %s", there)
	}
	funnel := funnelOf("page_view;is,path,/a", "interaction") + "&" + view[1:] + "&within=1h"
	doc := look(t, h, funnel)
	if to := doc.Find("a.back").AttrOr("href", ""); to != dashboardPath+view {
		t.Errorf("the page leads back to %s", to)
	}
	if doc.Find(".live-link").Length() != 0 || doc.Find("nav [aria-current=page]").Text() != "Dashboard" {
		t.Error("the bar is not that of the page")
	}
	doc.Find(".toolbar a[href], .chips a[href]").Each(func(_ int, link *goquery.Selection) {
		to, _ := url.Parse(link.AttrOr("href", ""))
		if to.Path != dashboardPath+"funnel/" || len(to.Query()["step"]) != 2 || to.Query().Get("within") != "1h" {
			t.Errorf("%q leads to %s", link.Text(), to)
		}
	})
	for sent, want := range map[string]string{
		"&from=2025-03-05&to=2025-03-01":                         "?date_range=2025-03-01,2025-03-05&compare=none&bots=with&f=is,country,DE",
		"&filter_by=path&filter_how=is&filter_value=/x;y":        view + "&f=is,path,/x%3By",
		"&compare_from=2024-03-01&compare_to=2024-03-05&f=&do=x": "?date_range=7d&compare=2024-03-01,2024-03-05&bots=with&f=is,country,DE",
	} {
		res := ask(t, h, "GET", dashboardPath+funnel+sent, "")
		if to := res.header.Get("Location"); to != dashboardPath+"funnel/"+want+"&step=page_view%3Bis,path,/a&step=interaction&within=1h" {
			t.Errorf("%s: %d %s", sent, res.status, to)
		}
	}
}

// A browser that runs the script asks for the figure itself.
func TestTheFigureOfAFunnelAlone(t *testing.T) {
	t.Parallel()
	h := dashboardOf(t, behavior.Settings{})
	for _, query := range []string{"funnel/", funnelOf("page_view;contains,path,a", "interaction") + "&f=is,country,DE&count=sessions"} {
		lazy := look(t, h, query, "Cookie: dashboard=lazy")
		figure := lazy.Find("#region-figure")
		if _, waits := figure.Attr("data-waiting"); !waits || lazy.Find("datalist[id^=values]").Length() != 0 || !strings.Contains(lazy.Find("noscript").Text(), "panels=all") {
			t.Errorf("%s: the page does not wait", query)
		}
		res := ask(t, h, "GET", figure.AttrOr("data-url", ""), "")
		if res.status != http.StatusOK || res.header.Get("X-Region") != "figure" {
			t.Fatalf("%s: %d %q", query, res.status, res.header.Get("X-Region"))
		}
		whole := look(t, h, query).Find("#region-figure").Text()
		if diff := cmp.Diff(strings.Fields(whole), strings.Fields(page(t, res).Find("#region-figure").Text())); diff != "" {
			t.Errorf("%s (-page +alone):\n%s", query, diff)
		}
	}
}

// slowStore never comes to the end of a funnel.
type slowStore struct{ behavior.Store }

func (slowStore) Funnel(ctx context.Context, _ behavior.Funnel) ([]int, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAFunnelThatTakesTooLong(t *testing.T) {
	t.Parallel()
	tracker, err := behavior.New(slowStore{teststore.Open(t)}, behavior.Settings{ReportPermission: behavior.AllowAny, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	h := web.Handler(tracker)
	query := funnelOf("page_view", "interaction")
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		res := ask(t, h, "GET", dashboardPath+query, "", "Cookie: dashboard=no")
		doc := page(t, res)
		if took := time.Since(began); took < 20*time.Second || took > 30*time.Second {
			t.Errorf("it took %s", took)
		}
		alert := doc.Find("#region-figure .alert")
		if !strings.Contains(alert.Text(), "longer than 20 seconds") || alert.Find("a").AttrOr("href", "") != dashboardPath+strings.ReplaceAll(query, "%2C", ",") || doc.Find("form.steps li").Length() != 2 {
			t.Errorf("%d: %s", res.status, alert.Text())
		}
		if res := ask(t, h, "GET", dashboardPath+strings.Replace(query, "funnel/", "funnel/panels/figure/", 1), ""); res.status != http.StatusServiceUnavailable {
			t.Errorf("alone: %d", res.status)
		}
	})
}
