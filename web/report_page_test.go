package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/ui"
	"github.com/userbehavior/behavior/web"
)

func TestReportOfOtherTimes(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{Now: noon}, sampleRows(t))
	for query, want := range map[string]struct {
		rows  int
		title string
		says  string
	}{
		"?date_range=today":                                  {24, "Interactions per hour", "Friday 14 March 2025, compared with Thursday 13 March 2025. "},
		"?date_range=91d":                                    {91, "Interactions per day", "14 December 2024 – 14 March 2025, compared with 14 September – 13 December 2024. "},
		"?date_range=month":                                  {31, "Interactions per day", "1–31 March 2025, compared with 1–28 February 2025. "},
		"?date_range=12mo&compare=none":                      {53, "Interactions per week", "1 April 2024 – 31 March 2025. "},
		"?date_range=custom&from=2025-03-08&to=2025-03-09":   {48, "Interactions per hour", "8–9 March 2025, compared with 6–7 March 2025. "},
		"?date_range=2025-03-01,2025-03-14":                  {14, "Interactions per day", "1–14 March 2025, compared with 15–28 February 2025. "},
		"?date_range=all&compare=year_over_year":             {7, "Interactions per day", "8–14 March 2025, compared with 8–14 March 2024. "},
		"?compare=2025-01-01,2025-01-02&date_range=7d&url=x": {7, "Interactions per day", "8–14 March 2025, compared with 1–2 January 2025. "},
	} {
		page := reportPageOf(t, h, query)
		if n := len(cells(page, "interactions")); n != want.rows {
			t.Errorf("%s: %d rows", query, n)
		}
		if title := page.Find("#interactions h2").Text(); title != want.title {
			t.Errorf("%s: %q", query, title)
		}
		if says := page.Find("h1").Parent().Next().Text(); says != want.says+"Time zone: UTC." {
			t.Errorf("%s: it says %q", query, says)
		}
		if n := page.Find("#range option[selected]").Length(); n != 1 {
			t.Errorf("%s: %d ranges are chosen", query, n)
		}
	}
	empty := reportPageOf(t, h, "?date_range=2020-01-01,2020-01-05")
	if text := empty.Find(".nothing").Text(); !strings.Contains(text, "Nothing was recorded in this time") || empty.Find(".nothing a[href='?date_range=all']").Text() != "Show all since 8 March 2025" {
		t.Errorf("of a time without records it says %q", text)
	}
	filtered := reportPageOf(t, h, "?url=nowhere&compare=none")
	if text := filtered.Find("#views p").Text(); text != "No page views match. Clear the filter" {
		t.Errorf("of a page that nobody saw it says %q", text)
	}
}

func TestReportRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	h := serveReport(t, behavior.Settings{Now: noon}, sampleRows(t))
	for query, want := range map[string]string{
		"?date_range=soon":                           `"soon" is no range`,
		"?date_range=custom&from=2025-03-01":         "first and its last day",
		"?date_range=2025-03-02,2025-03-01":          "ends before it begins",
		"?date_range=1000-01-01,2999-01-01":          "At most 10 years",
		"?compare=sometime":                          `"sometime" is no range`,
		"?pages=0":                                   "from 1 to 1,000",
		"?pages=9999999":                             "from 1 to 1,000",
		"?url=a%00b":                                 "null character",
		"?date_range=%3Cscript%3Ealert(1)%3C/script": "is no range",
	} {
		w := askReport(h, http.MethodGet, query)
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text := doc.Find("main .alert").Text(); w.Code != http.StatusBadRequest || !strings.Contains(text, want) || doc.Find("main script, main figure").Length() > 0 {
			t.Errorf("%s: %d %q", query, w.Code, text)
		}
	}
}

// faulty is a store that cannot answer some questions.
type faulty struct {
	behavior.Store
	fails func(behavior.Insight) error
}

func (s faulty) Insight(ctx context.Context, i behavior.Insight) ([]behavior.InsightRow, error) {
	if err := s.fails(i); err != nil {
		return nil, err
	}
	return s.Store.Insight(ctx, i)
}

// serveFaulty returns a server over a store that fails now and then.
func serveFaulty(t *testing.T, fails func(behavior.Insight) error, o web.Options) http.Handler {
	t.Helper()
	store := teststore.Open(t)
	tracker, err := behavior.New(faulty{store, fails}, behavior.Settings{Now: noon, ReportPermission: behavior.AllowAny, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	if err := tracker.Record(t.Context(), sampleRows(t)(tracker)); err != nil {
		t.Fatal(err)
	}
	h, err := web.HandlerWith(tracker, o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestReportPanelsFailAlone(t *testing.T) {
	t.Parallel()
	h := serveFaulty(t, func(i behavior.Insight) error {
		switch {
		case slices.Contains(i.Dimensions, behavior.DimensionBrowserFamily):
			return errors.New("secret reason")
		case slices.Contains(i.Dimensions, behavior.DimensionURL):
			return context.DeadlineExceeded
		case slices.Contains(i.Dimensions, behavior.DimensionEventType):
			panic("secret panic")
		}
		return nil
	}, web.Options{})
	page := reportPageOf(t, h, "")
	for id, want := range map[string]string{"browsers": "Something went wrong.", "pages": "This took too long.", "types": "Something went wrong."} {
		region := page.Find("#" + id)
		if text := region.Find(".alert").Text(); !strings.Contains(text, want) || !strings.Contains(text, "Request ") || strings.Contains(text, "secret") ||
			region.Find(".alert a").AttrOr("href", "") != "/user_behavior/report/" {
			t.Errorf("%s says %q", id, text)
		}
	}
	if len(cells(page, "interactions")) != 7 || len(cells(page, "views")) != 7 || len(strip(page)) != 4 {
		t.Error("what could be answered is not shown")
	}
	down := serveFaulty(t, func(behavior.Insight) error { return behavior.ErrUnavailable }, web.Options{})
	if w := askReport(down, http.MethodGet, ""); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without any figures the page is %d", w.Code)
	}
}

func TestReportOptions(t *testing.T) {
	t.Parallel()
	sold := func(_ *http.Request, q web.ReportQuery) (ui.Chart, error) {
		return ui.Chart{Kind: ui.ChartRows, Title: "Sold since " + q.Range.From.Format(time.DateOnly), Columns: []ui.ChartColumn{{Head: "Thing"}, {Head: "Sold", Role: ui.RoleSeries}},
			Rows: []ui.ChartRow{{Name: "<b>cup</b>", Cells: []ui.ChartCell{ui.Count(1234)}}}}, nil
	}
	breaks := func(*http.Request, web.ReportQuery) (ui.Chart, error) { panic("secret") }
	fine := func(behavior.Insight) error { return nil }
	h := serveFaulty(t, fine, web.Options{Report: web.ReportOptions{Panels: []web.ReportPanel{{ID: "sold", Chart: sold}, {ID: "broken", Chart: breaks}}}})
	page := reportPageOf(t, h, "")
	if got := cells(page, "sold"); !slices.Equal(got, []string{"<b>cup</b> | 1,234"}) || page.Find("#sold h2").Text() != "Sold since 2025-03-08" {
		t.Errorf("the panel shows %q", got)
	}
	if text := page.Find("#broken .alert").Text(); !strings.Contains(text, "Something went wrong.") || len(cells(page, "interactions")) != 7 {
		t.Errorf("the broken panel says %q", text)
	}
	own := template.Must(template.New("own").Funcs(template.FuncMap{"loud": strings.ToUpper}).Parse(
		`{{define "title"}}Ours{{end}}{{define "content"}}<h1>{{loud .Data.Span}}</h1>{{template "chart" .Data.Types}}{{end}}`))
	h = serveFaulty(t, fine, web.Options{Report: web.ReportOptions{Template: own}})
	page = reportPageOf(t, h, "")
	if title := page.Find("h1").Text(); title != "8–14 MARCH 2025" || page.Find("figure").Length() != 1 || len(cells(page, "types")) != 9 {
		t.Errorf("the page of the application has the title %q and %d charts", title, page.Find("figure").Length())
	}
	for name, o := range map[string]web.ReportOptions{
		"id of a chart":   {Panels: []web.ReportPanel{{ID: "views", Chart: sold}}},
		"id twice":        {Panels: []web.ReportPanel{{ID: "a", Chart: sold}, {ID: "a", Chart: sold}}},
		"id of two words": {Panels: []web.ReportPanel{{ID: "a b", Chart: sold}}},
		"no chart":        {Panels: []web.ReportPanel{{ID: "a"}}},
	} {
		if _, err := web.HandlerWith(newTracker(t, behavior.Settings{}), web.Options{Report: o}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReportIsLight(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	h := serveReport(t, behavior.Settings{TimeZone: c.zone, Now: func() time.Time { return c.now }, EventTypes: []behavior.EventType{"rage_click"}}, c.rows(t))
	for _, query := range []string{"", "?date_range=91d", "?date_range=12mo"} {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		w := askReport(h, http.MethodGet, query)
		if _, err := z.Write(w.Body.Bytes()); err != nil || z.Close() != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes, %d compressed", query, w.Body.Len(), out.Len())
		if out.Len() > 20_000 {
			t.Errorf("%s: the page has %d bytes, compressed", query, out.Len())
		}
		if w.Header().Get("Content-Security-Policy") == "" || strings.Contains(w.Body.String(), " style=") {
			t.Errorf("%s: the page has styles of its own, or no policy", query)
		}
	}
}

// TestReportSurvivesStrangers: whatever people have typed stands in the page as text.
func TestReportSurvivesStrangers(t *testing.T) {
	t.Parallel()
	hostile := []string{"https://example.com/</script><img src=x onerror=alert(1)>", `https://example.com/"onmouseover="alert(1)`, "https://example.com/{{.}}", "https://example.com/?a=1&amp;b=<2>"}
	h := serveReport(t, behavior.Settings{Now: noon}, func(tracker *behavior.Tracker) []behavior.Row {
		s, err := tracker.NewSession(behavior.SessionInput{SessionID: "a", UserAgent: "<b>", IPAddress: "192.0.2.1", StartTime: noon()})
		if err != nil {
			t.Fatal(err)
		}
		rows := []behavior.Row{{Session: &s}}
		for _, address := range hostile {
			rows = append(rows, behavior.Row{PageView: &behavior.PageView{Session: behavior.Session{SessionID: "a"}, URL: address, Timestamp: noon()}})
		}
		return rows
	})
	for _, address := range hostile {
		page := reportPageOf(t, h, "?url="+url.QueryEscape(address))
		if page.Find("script, img, [onmouseover], [onerror]").Length() > 0 {
			t.Errorf("%s has got through", address)
		}
		if days := cells(page, "views"); len(days) != 7 || !strings.HasPrefix(days[6], "Friday 14 March so far | 1 | 0") {
			t.Errorf("the views of %s are %q", address, days)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/user_behavior/report/?url=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", nil))
	if strings.Contains(w.Body.String(), "<script>alert") {
		t.Error("the filter has got through")
	}
}
