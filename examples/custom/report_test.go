package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

func TestReport(t *testing.T) {
	t.Parallel()
	store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	tracker, err := behavior.New(store, settings())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tracker.Close() })
	if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: "a", UserAgent: "Firefox/125.0", IPAddress: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	for _, thing := range []string{"cup", "<b>pot</b>", "cup"} {
		if _, err := tracker.Interact(t.Context(), behavior.InteractionInput{SessionID: "a", EventType: "purchase", Element: thing, Metadata: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := web.HandlerWith(tracker, options(tracker))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/stats/report/", nil)
	r.Header.Set("X-Token", "let-me-in")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	page, err := goquery.NewDocumentFromReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if h1 := page.Find("h1").Text(); w.Code != http.StatusOK || h1 != "How the shop does" {
		t.Errorf("answered %d with the heading %q", w.Code, h1)
	}
	sold := page.Find("#sold tbody tr").Map(func(_ int, row *goquery.Selection) string {
		return row.Find("th").Text() + " " + row.Find("td").Text()
	})
	if len(sold) != 2 || sold[0] != "cup 2" || sold[1] != "<b>pot</b> 1" {
		t.Errorf("the panel shows %q", sold)
	}
	if page.Find("#interactions tbody tr").Length() != 7 || page.Find("#browsers").Length() != 0 {
		t.Error("the page does not have the charts that its template names, and no others")
	}
}
