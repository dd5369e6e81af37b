package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// streamed is a server that ends requests after a short time, and its tracker.
func streamed(t *testing.T, settings behavior.Settings) (*behavior.Tracker, *httptest.Server) {
	t.Helper()
	store := teststore.Open(t)
	settings.Logger = slog.New(slog.DiscardHandler)
	tracker, err := behavior.New(store, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	server := httptest.NewUnstartedServer(web.Handler(tracker))
	server.Config.ReadTimeout, server.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return tracker, server
}

// stream opens the stream, which is closed at the test's end: its lines, and
// how it was answered.
func stream(t *testing.T, ctx context.Context, server *httptest.Server) (lines *bufio.Scanner, status int, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/user_behavior/live/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Last-Event-ID", "\u202e-1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines = bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return lines, res.StatusCode, res.Header
}

// liveEvent is what an event tells.
type liveEvent struct {
	Visitors int
	Events   []struct {
		Path    string
		Session int64
	}
}

// nextLive reads up to the next event of a stream.
func nextLive(t *testing.T, lines *bufio.Scanner) (e liveEvent) {
	t.Helper()
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Fatal("the stream has ended", lines.Err())
	return e
}

// visitNow records a session with a page view that happens now.
func visitNow(t *testing.T, tracker *behavior.Tracker, name string) {
	t.Helper()
	user := "secret user"
	if _, err := tracker.Start(t.Context(), behavior.SessionInput{SessionID: name, UserAgent: foxAgent, IPAddress: "192.0.2.77", UserID: &user}); err != nil {
		t.Fatal(err)
	}
	if _, err := tracker.View(t.Context(), behavior.ViewInput{SessionID: name, URL: "https://example.com/<b>"}); err != nil {
		t.Fatal(err)
	}
}

// TestLiveOutlastsTheServersTimes: the stream goes on for longer than the
// server gives other requests, and tells of what happens.
func TestLiveOutlastsTheServersTimes(t *testing.T) {
	t.Parallel()
	tracker, server := streamed(t, behavior.Settings{ReportPermission: behavior.AllowAny})
	lines, status, header := stream(t, t.Context(), server)
	if kind := header.Get("Content-Type"); status != http.StatusOK || kind != "text/event-stream; charset=utf-8" {
		t.Fatalf("%d %s", status, kind)
	}
	if first := nextLive(t, lines); first.Visitors != 0 {
		t.Errorf("at first: %v", first)
	}
	for _, name := range []string{"a", "b"} { // each a second later
		visitNow(t, tracker, name)
		found := nextLive(t, lines)
		if found.Visitors != 1 || found.Events[0].Path != "/<b>" || found.Events[0].Session != 0 {
			t.Errorf("after %s: %v", name, found)
		}
	}
}

func TestLiveNamesNobody(t *testing.T) {
	t.Parallel()
	owner := behavior.User{ID: "1", Name: "owner", Staff: true, Superuser: true}
	tracker, server := streamed(t, behavior.Settings{Identify: func(*http.Request) (behavior.User, error) { return owner, nil }})
	visitNow(t, tracker, "private-name")
	lines, _, _ := stream(t, t.Context(), server)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	text := lines.Text()
	for _, secret := range []string{"secret user", "192.0.2.77", "private-name", "Mozilla"} {
		if strings.Contains(text, secret) {
			t.Errorf("the stream tells %q: %s", secret, text)
		}
	}
	if !strings.Contains(text, `"session":1`) {
		t.Errorf("the owner is not led to the session: %s", text)
	}
}

// TestLiveEnds when the server is about to, and not before.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	tracker, server := streamed(t, behavior.Settings{ReportPermission: behavior.AllowAny})
	server.Config.RegisterOnShutdown(tracker.EndLive)
	lines, _, _ := stream(t, t.Context(), server)
	nextLive(t, lines)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := server.Config.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream is broken off: %v", err)
	}
	recorder := httptest.NewRecorder()
	web.Handler(tracker).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/user_behavior/live/", nil))
	if recorder.Code != http.StatusServiceUnavailable || recorder.Header().Get("Retry-After") == "" {
		t.Errorf("after the end: %d", recorder.Code)
	}
}

// TestLiveWithoutFlushing: a server that cannot stream answers once.
func TestLiveWithoutFlushing(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{ReportPermission: behavior.AllowAny})
	w := &plainWriter{header: http.Header{}}
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/user_behavior/live/", nil))
	if text := w.text.String(); !strings.HasPrefix(text, "retry: 3000\n\n") || !strings.Contains(text, "event: live\ndata: {") {
		t.Errorf("%q", text)
	}
}

// plainWriter is a writer that can nothing but write.
type plainWriter struct {
	header http.Header
	text   strings.Builder
}

func (w *plainWriter) Header() http.Header         { return w.header }
func (w *plainWriter) WriteHeader(int)             {}
func (w *plainWriter) Write(p []byte) (int, error) { return w.text.Write(p) }
