package frameworks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/examples/frameworks"
	"github.com/userbehavior/behavior/web"
)

func TestFrameworks(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(http.Handler) http.Handler{
		"chi": frameworks.Chi, "gin": frameworks.Gin, "echo": frameworks.Echo,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			tracker, err := behavior.New(store, behavior.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { tracker.Close() })
			server := httptest.NewServer(mount(web.Handler(tracker)))
			t.Cleanup(server.Close)
			visit(t, server.URL+"/user_behavior/")
		})
	}
}

// visit records a session and a page view and reads them back.
func visit(t *testing.T, base string) {
	t.Helper()
	exchange(t, "POST", base+"sessions/", `{"session_id":"abc","user_agent":"Mozilla/5.0","ip_address":"192.0.2.1"}`, 201, `"session_id":"abc"`)
	exchange(t, "POST", base+"pageviews/", `{"session_id":"abc","url":"https://example.com/home"}`, 201, `"url":"https://example.com/home"`)
	exchange(t, "GET", base+"pageviews/?search=abc", "", 200, `"count":1`)
	exchange(t, "GET", base+"sessions/1/", "", 200, `"session_id":"abc"`)
	exchange(t, "GET", base+"sessions.json", "", 200, `"count":1`)
	exchange(t, "GET", base, "", 200, base+"interactions/")
	exchange(t, "POST", base+"sessions", "{}", 301, "")
	exchange(t, "DELETE", base+"sessions/1/", "", 405, "not allowed")
	exchange(t, "GET", base+"nothing/", "", 404, "")
}

func exchange(t *testing.T, method, url, body string, status int, contains string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status || !strings.Contains(string(got), contains) {
		t.Errorf("%s %s answered %d %s, want %d with %q", method, url, resp.StatusCode, got, status, contains)
	}
}
