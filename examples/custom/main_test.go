package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

func TestPolicies(t *testing.T) {
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
	h := web.Handler(tracker)

	const json, csv = "application/json", "text/csv"
	for _, c := range []struct {
		name, method, path, token, mediaType, body string
		status                                     int
		contains                                   string
	}{
		{"anybody may record", "POST", "sessions/", "", json, `{"session_id":"a","user_agent":"Firefox/125.0","ip_address":"192.0.2.1"}`, 201, `"browser"`},
		{"only staff may read", "GET", "sessions/", "", "", "", 403, "credentials"},
		{"a wrong token is refused", "GET", "sessions/", "nonsense", "", "", 403, "Invalid"},
		{"the serializer hides the address", "GET", "sessions/1/", "let-me-in", "", "", 200, `"start"`},
		{"the parser takes a line", "POST", "pageviews/", "", csv, "a,https://example.com/blog/1", 201, `"url":"https://example.com/blog/1"`},
		{"the parser's fault is told", "POST", "pageviews/", "", csv, "a", 400, "Send one line"},
		{"forms are not among the parsers", "POST", "pageviews/", "", "application/x-www-form-urlencoded", "a=b", 415, "Unsupported media type"},
		{"other sites are refused", "POST", "pageviews/", "", json, `{"session_id":"a","url":"https://example.org/"}`, 400, "Not a page of ours."},
		{"the filter finds the section", "GET", "pageviews/?section=blog", "let-me-in", "", "", 200, `"count":1`},
		{"the filter finds no other section", "GET", "pageviews/?section=shop", "let-me-in", "", "", 200, `"count":0`},
		{"the filter's fault is told", "GET", "pageviews/?section=a/b", "let-me-in", "", "", 400, `{"section":["A section is one word."]}`},
		{"pages have numbers", "GET", "pageviews/?page=2", "let-me-in", "", "", 404, "Invalid page."},
		{"the report opens for users", "GET", "report/", "let-me-in", "", "", 200, "Report"},
	} {
		req := httptest.NewRequestWithContext(t.Context(), c.method, "/stats/"+c.path, strings.NewReader(c.body))
		req.Header.Set("X-Token", c.token)
		if c.mediaType != "" {
			req.Header.Set("Content-Type", c.mediaType)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		body, _ := io.ReadAll(w.Result().Body)
		if w.Code != c.status || !strings.Contains(string(body), c.contains) || strings.Contains(string(body), "192.0.2.1") && c.path == "sessions/1/" {
			t.Errorf("%s: answered %d %.200s, want %d with %q", c.name, w.Code, body, c.status, c.contains)
		}
	}
	if wait, ok := officeHours(&http.Request{}, behavior.Caller{}); !ok && wait <= 0 {
		t.Error("the throttle refuses and does not say until when")
	}
}
