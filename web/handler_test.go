package web_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// ask sends one request to a handler. Header lines are "Name: value".
func ask(t *testing.T, h http.Handler, method, target, body string, header ...string) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body.Bytes()}
}

// page reads an answer as a page.
func page(t *testing.T, res reply) *goquery.Document {
	t.Helper()
	if kind := res.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
		t.Fatalf("answer is %d %q, not a page: %s", res.status, kind, res.body)
	}
	doc, err := goquery.NewDocumentFromReader(bytes.NewReader(res.body))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// handler returns the handler of a tracker over an empty store.
func handler(t *testing.T, settings behavior.Settings) http.Handler {
	t.Helper()
	return web.Handler(newTracker(t, settings))
}

const html = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestHandlerIsMountedUnderItsPrefix(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"/", "/user_behavior/", "/a/b/"} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			mux.Handle(prefix, handler(t, behavior.Settings{Prefix: prefix, People: openPeople(t)}))

			want := `{"sessions":"http://example.com` + prefix + `sessions/","pageviews":"http://example.com` + prefix + `pageviews/","interactions":"http://example.com` + prefix + `interactions/"}`
			if diff := cmp.Diff(want, ask(t, mux, "GET", prefix, "").text()); diff != "" {
				t.Error("root:", diff)
			}
			res := ask(t, mux, "POST", prefix+"sessions?a=%20b", "{}")
			if got := res.header.Get("Location"); res.status != http.StatusMovedPermanently || got != prefix+"sessions/?a=%20b" {
				t.Errorf("without its slash: %d to %q", res.status, got)
			}
			created := ask(t, mux, "POST", prefix+"sessions/", `{"session_id":"s","user_agent":"u","ip_address":"::1"}`, "Content-Type: application/json")
			if created.status != http.StatusCreated {
				t.Errorf("POST: %d %s", created.status, created.text())
			}
			for path, status := range map[string]int{
				"sessions/": 200, "sessions/1/": 200, "sessions/1.json": 200, "login/": 200, "report/": 403,
				"static/theme.css": 200, "static/none.css": 404, "healthz": 200, "readyz": 200, "nope/": 404, "sessions/1/x/": 404,
			} {
				if got := ask(t, mux, "GET", prefix+path, "").status; got != status {
					t.Errorf("%s: %d, not %d", path, got, status)
				}
			}
			doc := page(t, ask(t, mux, "GET", prefix+"sessions/", "", html))
			doc.Find("link[rel=stylesheet], nav a").Each(func(_ int, s *goquery.Selection) {
				if address := s.AttrOr("href", s.AttrOr("src", "")); !strings.HasPrefix(address, prefix) {
					t.Errorf("the page points out of the prefix: %q", address)
				}
			})
		})
	}
}

func TestHandlerRedirectsOnlyToItself(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{Prefix: "/"})
	for _, path := range []string{"//evil.example/sessions", "/\\evil.example", "//evil.example", "/%2F/evil.example"} {
		res := ask(t, h, "GET", "http://example.com"+path, "")
		if res.status != http.StatusNotFound || res.header.Get("Location") != "" {
			t.Errorf("%s: %d to %q", path, res.status, res.header.Get("Location"))
		}
	}
}

func TestPanicsAreAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	panics := func(*http.Request, behavior.User) bool { panic("secret reason") }
	tracker := newTrackerLogging(t, behavior.Settings{ReportPermission: panics, API: behavior.APISettings{Permission: panics}}, &log)
	h := web.Handler(tracker)

	res := ask(t, h, "GET", "/user_behavior/sessions/", "")
	if body := res.text(); res.status != 500 || res.header.Get("Content-Type") != "application/json" || strings.Contains(body, "secret") {
		t.Errorf("API: %d %s", res.status, body)
	}
	res = ask(t, h, "GET", "/user_behavior/report/", "")
	if doc := page(t, res); res.status != 500 || strings.Contains(doc.Text(), "secret") {
		t.Errorf("page: %d %s", res.status, doc.Text())
	}
	if n := strings.Count(log.String(), "secret reason"); n != 2 || !strings.Contains(log.String(), "handler_test.go") {
		t.Errorf("the log has %d reasons, or no stack:\n%s", n, &log)
	}
}

func TestLogHasOneLineForEachRequest(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := web.Handler(newTrackerLogging(t, behavior.Settings{}, &log))
	ask(t, h, "GET", "/user_behavior/sessions/?search=private", "", "User-Agent: private", "X-Forwarded-For: 203.0.113.9")
	line := log.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "method=GET path=/user_behavior/sessions/ status=200") {
		t.Errorf("log: %s", line)
	}
	if strings.Contains(line, "private") || strings.Contains(line, "203.0.113.9") || strings.Contains(line, "192.0.2.1") {
		t.Errorf("the log tells too much: %s", line)
	}
}

// newTrackerLogging is newTracker with a log, from level info on.
func newTrackerLogging(t *testing.T, settings behavior.Settings, log io.Writer) *behavior.Tracker {
	t.Helper()
	settings.Logger = slog.New(slog.NewTextHandler(log, nil))
	return newTracker(t, settings)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{MaxBody: 100, People: openPeople(t)})
	big := url.Values{"session_id": {strings.Repeat("x", 200)}}.Encode()
	for name, header := range map[string][]string{
		"JSON":         {"Content-Type: application/json"},
		"form":         {"Content-Type: application/x-www-form-urlencoded"},
		"browser form": {"Content-Type: application/x-www-form-urlencoded", html},
		"unknown type": {"Content-Type: application/x-unknown", "Content-Length: 200"},
	} {
		res := ask(t, h, "POST", "/user_behavior/sessions/", big, header...)
		want := http.StatusRequestEntityTooLarge
		if name == "unknown type" {
			want = http.StatusUnsupportedMediaType
		}
		if res.status != want {
			t.Errorf("%s: %d %s", name, res.status, res.text())
		}
	}
	res := ask(t, h, "POST", "/user_behavior/login/", big, "Content-Type: application/x-www-form-urlencoded", "Cookie: csrftoken="+strings.Repeat("A", 26))
	if res.status != http.StatusRequestEntityTooLarge {
		t.Errorf("login: %d", res.status)
	}
}

func TestStoreThatIsAwayIsAnsweredWith503(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	tracker := newTrackerLogging(t, behavior.Settings{}, &log)
	h := web.Handler(tracker)
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	res := ask(t, h, "POST", "/user_behavior/sessions/", `{"session_id":"s","user_agent":"u","ip_address":"::1"}`, "Content-Type: application/json")
	want := `{"detail":"Data cannot be stored or read at the moment. Please try again later."}`
	if diff := cmp.Diff(want, res.text()); res.status != 503 || res.header.Get("Retry-After") != "2" || diff != "" {
		t.Errorf("%d, Retry-After %q %s", res.status, res.header.Get("Retry-After"), diff)
	}
	if !strings.Contains(log.String(), behavior.ErrUnavailable.Error()) {
		t.Errorf("the log does not tell the reason: %s", &log)
	}
}

func TestIdentifyTellsWhoAsks(t *testing.T) {
	t.Parallel()
	var answer error
	h := handler(t, behavior.Settings{
		People: openPeople(t),
		Identify: func(r *http.Request) (behavior.User, error) {
			return behavior.User{ID: r.Header.Get("X-User"), Name: "Ann"}, answer
		},
		API: behavior.APISettings{Permission: behavior.IsAuthenticated},
	})
	get := func(header ...string) (int, string) {
		res := ask(t, h, "GET", "/user_behavior/sessions/", "", header...)
		return res.status, res.text()
	}
	if status, _ := get("X-User: 7"); status != 200 {
		t.Errorf("known user: %d", status)
	}
	if status, body := get(); status != 403 || body != `{"detail":"Authentication credentials were not provided."}` {
		t.Errorf("nobody: %d %s", status, body)
	}
	if status := ask(t, h, "GET", "/user_behavior/login/", "").status; status != 404 {
		t.Errorf("there is a sign-in page: %d", status)
	}
	answer = behavior.ErrCredentials
	if status, body := get(); status != 403 || body != `{"detail":"Invalid username/password."}` {
		t.Errorf("wrong credentials: %d %s", status, body)
	}
	answer = errors.New("dial tcp 10.0.0.7: no route")
	if status, body := get(); status != 500 || strings.Contains(body, "10.0.0.7") {
		t.Errorf("failure: %d %s", status, body)
	}
}
