package web_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// serveReport returns a server over rows whose report everybody may see,
// unless the settings say otherwise.
func serveReport(t *testing.T, settings behavior.Settings, rows func(*behavior.Tracker) []behavior.Row) http.Handler {
	t.Helper()
	store := teststore.Open(t)
	settings.Logger = slog.New(slog.DiscardHandler)
	if settings.ReportPermission == nil {
		settings.ReportPermission = behavior.AllowAny
	}
	tracker, err := behavior.New(store, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	batch := rows(tracker)
	if err := tracker.Record(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for _, row := range batch {
		if row.Err != nil {
			t.Fatal(row.Err)
		}
	}
	teststore.Settle(t, tracker)
	return web.Handler(tracker)
}

func noRows(*behavior.Tracker) []behavior.Row { return nil }

func askReport(h http.Handler, method, query string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, "/user_behavior/report/"+query, nil))
	return w
}

// reportPage asks for the page and reads it.
func reportPage(t *testing.T, h http.Handler) *goquery.Selection {
	t.Helper()
	w := askReport(h, http.MethodGet, "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Content-Type"))
	}
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Find("main")
}

// cells is the text of a chart's table, row by row.
func cells(page *goquery.Selection, id string) []string {
	return page.Find("figure#" + id + " tbody tr").Map(func(_ int, row *goquery.Selection) string {
		return strings.ReplaceAll(strings.Join(row.Find("th, td").Map(func(_ int, cell *goquery.Selection) string { return cell.Text() }), " | "), "\u00a0", " ")
	})
}

// TestReportFigures compares the report with the reference's, see
// [reportCase.expected].
func TestReportFigures(t *testing.T) {
	t.Parallel()
	recorded := 0
	for _, c := range readReportCases(t) {
		zone := c.zone(t)
		want, recounted := c.expected(zone)
		if !recounted {
			recorded++
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			h := serveReport(t, c.settings(zone), func(tracker *behavior.Tracker) []behavior.Row { return c.rows(t, tracker) })
			w := askReport(h, http.MethodGet, "?format=json")
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("%d %s", w.Code, w.Header().Get("Content-Type"))
			}
			var got figures
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.sorted()); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(reportPage(t, h).Text(), "Time zone: "+zone.String()+".") {
				t.Error("the page does not name the time zone")
			}
		})
	}
	if recorded < 10 {
		t.Errorf("only %d cases are compared with the recorded figures", recorded)
	}
}

func (c reportCase) settings(zone *time.Location) behavior.Settings {
	return behavior.Settings{TimeZone: zone, Now: func() time.Time { return c.Now }}
}

func TestReportFiguresAreRecountedRightly(t *testing.T) {
	t.Parallel()
	for _, c := range readReportCases(t) {
		if _, recounted := c.expected(c.zone(t)); recounted {
			continue
		}
		// Where both must agree, the recount is put to the test itself.
		if diff := cmp.Diff(c.Context.sorted(), c.count(c.zone(t), c.Now.Add(-6*24*time.Hour)).figures(c.zone(t))); diff != "" {
			t.Errorf("%s: %s", c.Name, diff)
		}
	}
}

func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{}, noRows)
	page := reportPage(t, h)
	if text := page.Find(".card").Text(); !strings.Contains(text, "Nothing has been recorded yet") ||
		!strings.Contains(text, `<script defer src="http://example.com/user_behavior/tracker.js"></script>`) || page.Find("table").Length() > 0 {
		t.Errorf("the page says %q", text)
	}
	want := `{"interaction_data":[],"timestamps_data":[],"page_views":[],"start_end_times_data":[],"browser_data":[]}`
	if got := askReport(h, http.MethodGet, "?format=json").Body.String(); got != want {
		t.Errorf("the figures are %s", got)
	}
}

func TestReportPage(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{Now: noon, EventTypes: []behavior.EventType{"rage_click"}}, sampleRows(t))
	page := reportPageOf(t, h, "?compare=none")
	want := map[string][]string{
		"types": {
			"Click | 2 | 66.67 %", "Scroll | 0 | 0.00 %", "Mouse Move | 0 | 0.00 %", "Form Submit | 0 | 0.00 %", "Input Change | 0 | 0.00 %",
			"Page Resize | 0 | 0.00 %", "Key Press | 0 | 0.00 %", "Hover | 0 | 0.00 %", "rage_click | 1 | 33.33 %",
		},
		"interactions": {
			"Saturday 8 March | 1", "Sunday 9 March | 0", "Monday 10 March | 0", "Tuesday 11 March | 0", "Wednesday 12 March | 0",
			"Thursday 13 March | 0", "Friday 14 March so far | 2",
		},
		"lengths": {
			"Saturday 8 March | – | 0", "Sunday 9 March | – | 0", "Monday 10 March | – | 0", "Tuesday 11 March | – | 0",
			"Wednesday 12 March | – | 0", "Thursday 13 March | – | 0", "Friday 14 March so far | 90.0 | 3",
		},
		"browsers": {"Firefox | 2 | 66.67 %", "Unknown | 1 | 33.33 %"},
	}
	got := map[string][]string{}
	for id := range want {
		got[id] = cells(page, id)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if title := page.Find("h1").Text(); title != "Report" || page.Find("h1").AttrOr("title", "") != "User Behavior Report" {
		t.Errorf("the title is %q", title)
	}
	if open := page.Find("#lengths .note").Text(); open != "2 sessions have not ended and are not counted here." {
		t.Errorf("of open sessions it says %q", open)
	}
	if span := page.Find("h1").Parent().Next().Text(); span != "8–14 March 2025. Time zone: UTC." {
		t.Errorf("of the range it says %q", span)
	}
	if diff := cmp.Diff([]string{"Sessions 3", "Page views 1,231", "Interactions 3", "Average session length 1h 30m median 1h 30m"}, strip(page)); diff != "" {
		t.Error(diff)
	}
	if sentence := page.Find("#interactions .summary").Text(); sentence != "3 in all; highest Friday 14 March, 2." {
		t.Errorf("the interactions are summed up as %q", sentence)
	}
}

// strip is the figures at the top, each with its name.
func strip(page *goquery.Selection) []string {
	return page.Find(".kpi").Map(func(_ int, s *goquery.Selection) string {
		return strings.ReplaceAll(s.Find("dt").Text()+" "+s.Find("dd.value").Text(), "\u00a0", " ")
	})
}

// reportPageOf asks for the page of a query.
func reportPageOf(t *testing.T, h http.Handler, query string) *goquery.Selection {
	t.Helper()
	w := askReport(h, http.MethodGet, query)
	doc, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: %d %v", query, w.Code, err)
	}
	return doc.Find("main")
}

func TestReportListsOnlySoManyURLs(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{Now: noon}, sampleRows(t))
	page := reportPageOf(t, h, "?compare=none")
	pages := cells(page, "pages")
	if len(pages) != 10 || pages[0] != `/</script>"' | 3 | 0.24 %` || pages[1] != "/0000 | 1 | 0.08 %" {
		t.Errorf("%d rows: %q", len(pages), pages)
	}
	next := page.Find("#pages .more a")
	if next.Length() != 1 || next.Text() != "Next 10" {
		t.Fatalf("behind the list stands %q", next.Text())
	}
	address, _, _ := strings.Cut(next.AttrOr("href", ""), "#")
	if second := cells(reportPageOf(t, h, address), "pages"); len(second) != 10 || second[0] != "/0009 | 1 | 0.08 %" {
		t.Errorf("the second page is %q", second)
	}
	address, _, _ = strings.Cut(page.Find("#pages tbody a").First().AttrOr("href", ""), "#")
	one := reportPageOf(t, h, address)
	if days := cells(one, "views"); len(days) != 7 || days[6] != "Friday 14 March so far | 3" {
		t.Errorf("the views of the first page are %q", days)
	}
	if row := one.Find("#pages tr[aria-current=true] th").Text(); row != `/</script>"'` {
		t.Errorf("%q is marked as the page that is shown", row)
	}
	if kept := one.Find("form.find [name=compare]").AttrOr("value", ""); kept != "none" || one.Find("#url").AttrOr("value", "") != `https://example.com/</script>"'` {
		t.Errorf("the form keeps %q", kept)
	}
	var figures struct {
		PageViews []struct {
			URLs []any
			More int
		} `json:"page_views"`
	}
	if err := json.Unmarshal(askReport(h, http.MethodGet, "?format=json").Body.Bytes(), &figures); err != nil {
		t.Fatal(err)
	}
	if day := figures.PageViews[0]; len(day.URLs) != 1000 || day.More != 229 {
		t.Errorf("the figures list %d URLs and leave out %d", len(day.URLs), day.More)
	}
}

// noon is a moment to ask for reports at.
func noon() time.Time { return time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC) }

// sampleRows is three sessions, one of which has ended, three interactions,
// and views of 1,229 pages, of which one was seen three times.
func sampleRows(t *testing.T) func(*behavior.Tracker) []behavior.Row {
	return func(tracker *behavior.Tracker) []behavior.Row {
		const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
		var rows []behavior.Row
		end := noon().Add(-30 * time.Minute)
		for _, in := range []behavior.SessionInput{
			{SessionID: "a", UserAgent: firefox, EndTime: &end}, {SessionID: "b", UserAgent: firefox}, {SessionID: "c", UserAgent: "abc"},
		} {
			in.IPAddress, in.StartTime = "192.0.2.1", noon().Add(-2*time.Hour)
			s, err := tracker.NewSession(in)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, behavior.Row{Session: &s})
		}
		for n := range 1231 {
			in := behavior.ViewInput{SessionID: "a", URL: fmt.Sprintf("https://example.com/%04d", n), Timestamp: noon()}
			if n >= 1228 {
				in.URL = `https://example.com/</script>"'`
			}
			v, err := tracker.NewPageView(in)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, behavior.Row{PageView: &v})
		}
		for ago, kind := range map[time.Duration]behavior.EventType{0: "rage_click", time.Minute: "click", 156*time.Hour - time.Second: "click"} {
			i := behavior.Interaction{Session: behavior.Session{SessionID: "b"}, EventType: kind, Element: "x", Metadata: []byte("{}"), Timestamp: noon().Add(-ago)}
			rows = append(rows, behavior.Row{Interaction: &i})
		}
		return rows
	}
}

// TestReportWhereMidnightDoesNotExist is the day in São Paulo whose clocks
// jump from midnight to one o'clock.
func TestReportWhereMidnightDoesNotExist(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2018, 11, 5, 12, 0, 0, 0, zone)
	h := serveReport(t, behavior.Settings{TimeZone: zone, Now: func() time.Time { return now }}, func(tracker *behavior.Tracker) []behavior.Row {
		s, err := tracker.NewSession(behavior.SessionInput{
			SessionID: "a", UserAgent: "abc", IPAddress: "192.0.2.1", StartTime: now.Add(-30 * time.Hour), EndTime: &now,
		})
		if err != nil {
			t.Fatal(err)
		}
		return []behavior.Row{{Session: &s}}
	})
	want := `"start_end_times_data":[{"day":"Sunday","duration":"1800","count":1,"timestamp":"2018-11-04T00:00:00-03:00"}]`
	if got := askReport(h, http.MethodGet, "?format=json").Body.String(); !strings.Contains(got, want) {
		t.Errorf("the figures are %s", got)
	}
	if days := cells(reportPageOf(t, h, "?compare=none"), "lengths"); len(days) != 7 || days[5] != "Sunday 4 November | 1,800.0 | 1" {
		t.Errorf("the days are %q", days)
	}
}

func TestReportAccess(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{ReportPermission: behavior.IsAdminUser, Identify: func(r *http.Request) (behavior.User, error) {
		switch name := r.Header.Get("X-User"); name {
		case "":
			return behavior.User{}, nil
		case "mallory":
			return behavior.User{}, behavior.ErrCredentials
		default:
			return behavior.User{ID: name, Name: name, Staff: name == "staff"}, nil
		}
	}}, noRows)
	tests := []struct {
		user, query string
		status      int
		contentType string
	}{
		{"", "", http.StatusForbidden, "text/html; charset=utf-8"},
		{"", "?format=json", http.StatusForbidden, "application/json"},
		{"alice", "", http.StatusForbidden, "text/html; charset=utf-8"},
		{"alice", "?format=json", http.StatusForbidden, "application/json"},
		{"mallory", "", http.StatusForbidden, "text/html; charset=utf-8"},
		{"mallory", "?format=json", http.StatusForbidden, "application/json"},
		{"staff", "", http.StatusOK, "text/html; charset=utf-8"},
		{"staff", "?format=json", http.StatusOK, "application/json"},
		{"staff", "?format=csv", http.StatusOK, "text/html; charset=utf-8"},
	}
	for _, test := range tests {
		r := httptest.NewRequest(http.MethodGet, "/user_behavior/report/"+test.query, nil)
		r.Header.Set("X-User", test.user)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.status || w.Header().Get("Content-Type") != test.contentType {
			t.Errorf("%q %s: %d %s", test.user, test.query, w.Code, w.Header().Get("Content-Type"))
		}
	}
}

func TestReportMethods(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{}, noRows)
	for _, query := range []string{"", "?format=json"} {
		options := askReport(h, http.MethodOptions, query)
		if options.Code != http.StatusOK || options.Header().Get("Allow") != "GET, HEAD, OPTIONS" || options.Body.Len() > 0 {
			t.Errorf("OPTIONS %s: %d %q", query, options.Code, options.Header().Get("Allow"))
		}
		if post := askReport(h, http.MethodPost, query); post.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", query, post.Code)
		}
		if head := askReport(h, http.MethodHead, query); head.Code != http.StatusOK || head.Header().Get("Content-Length") == "" {
			t.Errorf("HEAD %s: %d", query, head.Code)
		}
	}
}

// TestReportJudgesThePermissionFirst: the page asks who comes before what is
// wanted, and counts only sign-ins, as the reference does.
func TestReportJudgesThePermissionFirst(t *testing.T) {
	t.Parallel()
	closed := serveReport(t, behavior.Settings{ReportPermission: behavior.IsAdminUser}, noRows)
	for _, method := range []string{http.MethodOptions, http.MethodPost, http.MethodHead} {
		if w := askReport(closed, method, ""); w.Code != http.StatusForbidden {
			t.Errorf("%s without a right: %d", method, w.Code)
		}
	}
	open := serveReport(t, behavior.Settings{Identify: func(*http.Request) (behavior.User, error) {
		return behavior.User{}, behavior.ErrCredentials
	}}, noRows)
	if w := askReport(open, http.MethodGet, ""); w.Code != http.StatusOK {
		t.Errorf("bad credentials where everybody may look: %d", w.Code)
	}
}
