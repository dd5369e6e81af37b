package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

// serveWith is the admin under some settings.
func serveWith(t *testing.T, s behavior.Settings) http.Handler {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	tracker, err := behavior.New(store, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tracker.Close() })
	return web.Handler(tracker)
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	h := serveWith(t, settings())
	for _, c := range []struct {
		token, path string
		status      int
		offers      string // to do with records
	}{
		{"let-me-in", "", 200, "View User Sessions, View Page Views, Change User Interactions"},
		{"let-me-in", "sessions/", 200, ""},
		{"let-me-in", "sessions/add/", 403, ""},
		{"i-own-this", "sessions/add/", 200, ""},
		{"", "", 403, ""},
		{"nonsense", "", 403, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/stats/admin/"+c.path, nil)
		r.Header.Set("X-Token", c.token)
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		doc, err := goquery.NewDocumentFromReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		links := doc.Find(".kind .actions a").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
		if got := strings.Join(links, ", "); w.Code != c.status || got != c.offers {
			t.Errorf("%q at %q: %d, offers %q", c.token, c.path, w.Code, got)
		}
		if c.status == 200 {
			checkSite(t, doc)
		}
	}
}

// checkSite wants the shop's words on a page of the admin.
func checkSite(t *testing.T, doc *goquery.Document) {
	t.Helper()
	_, title, _ := strings.Cut(doc.Find("head > title").Text(), " · ")
	last := doc.Find("nav[aria-label=Main] a").Last()
	start := doc.Find(".crumbs li, h1").First().Text() // the way to it, or itself
	got := []string{title, doc.Find(".brand").Text(), start, last.Text(), last.AttrOr("href", "")}
	if diff := cmp.Diff([]string{"Shop", "The shop’s visitors", "Records", "Back to the shop", "/"}, got); diff != "" {
		t.Error(diff)
	}
}
