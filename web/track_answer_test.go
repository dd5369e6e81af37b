package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
	"path/filepath"
)

// open opens an address as a browser does.
func open(t *testing.T, address string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range navigation {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return http.DefaultClient.Do(r)
}

// serveTracked serves an application through Track.
func serveTracked(t *testing.T, tracker *behavior.Tracker, app http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(web.Track(tracker, app))
	server.Config.ErrorLog = slog.NewLogLogger(quietLogger.Handler(), slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func TestTrackPassesStreamsOn(t *testing.T) {
	t.Parallel()
	for name, flush := range map[string]func(w http.ResponseWriter) error{
		"by controller": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
		"by assertion":  func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker := newTracker(t, behavior.Settings{})
			read := make(chan struct{})
			address := serveTracked(t, tracker, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintln(w, "first")
				if err := flush(w); err != nil {
					t.Error(err)
				}
				<-read // the client has it before the page is complete
				fmt.Fprintln(w, "second")
			})
			res, err := open(t, address)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			lines := bufio.NewReader(res.Body)
			if line, err := lines.ReadString('\n'); line != "first\n" || err != nil {
				t.Fatalf("%q, %v", line, err)
			}
			close(read)
			if rest, err := io.ReadAll(lines); string(rest) != "second\n" || err != nil {
				t.Fatalf("%q, %v", rest, err)
			}
			if n := len(recorded(t, tracker)); n != 1 {
				t.Errorf("%d page views", n)
			}
		})
	}
}

func TestTrackLetsConnectionsGo(t *testing.T) {
	t.Parallel()
	for name, hijack := range map[string]func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"by controller": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
		"by assertion": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker := newTracker(t, behavior.Settings{})
			address := serveTracked(t, tracker, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := hijack(w)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\nown")
			})
			res, err := open(t, address)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if body, err := io.ReadAll(res.Body); string(body) != "own" || err != nil {
				t.Errorf("%q, %v", body, err)
			}
			if n := len(recorded(t, tracker)); n != 0 {
				t.Errorf("%d page views", n)
			}
		})
	}
}

func TestTrackLetsPanicsPass(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{})
	h := web.Track(tracker, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hello(w, r)
		panic("out of luck")
	}))
	func() {
		defer func() {
			if p := recover(); p != "out of luck" {
				t.Errorf("the panic became %v", p)
			}
		}()
		ask(t, h, "GET", "http://shop.example/", "", navigation...)
	}()
	if n := len(recorded(t, tracker)); n != 0 {
		t.Errorf("%d page views of a page that broke", n)
	}
}

func TestTrackPassesFilesAndHintsOn(t *testing.T) {
	t.Parallel()
	page := "<!doctype html>" + strings.Repeat("<p>Hello", 100_000)
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	tracker := newTracker(t, behavior.Settings{})
	address := serveTracked(t, tracker, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		if r.URL.Path == "/file" {
			http.ServeFile(w, r, path)
			return
		}
		if _, err := io.Copy(w, strings.NewReader(page)); err != nil { // without a type
			t.Error(err)
		}
	})
	for _, name := range []string{"/file", "/text"} {
		res, err := open(t, address+name)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || string(body) != page || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %q, %d bytes, %v", name, res.StatusCode, res.Header.Get("Content-Type"), len(body), err)
		}
	}
	if n := len(recorded(t, tracker)); n != 2 {
		t.Errorf("%d page views", n)
	}
}

// stuckStore is a store whose disk is slow: nothing is appended until open is
// closed.
type stuckStore struct {
	behavior.Store
	entered chan struct{}
	open    chan struct{}
}

func (s *stuckStore) Append(ctx context.Context, rows []behavior.Row) error {
	s.entered <- struct{}{}
	<-s.open
	return s.Store.Append(ctx, rows)
}

func TestTrackDoesNotWaitForTheStore(t *testing.T) {
	t.Parallel()
	store := teststore.Open(t)
	stuck := &stuckStore{Store: store, entered: make(chan struct{}, 10), open: make(chan struct{})}
	tracker, err := behavior.New(stuck, behavior.Settings{Logger: quietLogger})
	if err != nil {
		t.Fatal(err)
	}
	h := web.Track(tracker, http.HandlerFunc(hello))
	for range 3 {
		if res := ask(t, h, "GET", "http://shop.example/", "", navigation...); res.status != 200 {
			t.Fatalf("%d", res.status)
		}
	}
	<-stuck.entered // the answers are out, and nothing is stored yet
	closed := make(chan error)
	go func() { closed <- tracker.Close() }()
	select {
	case <-closed:
		t.Fatal("Close returned while page views were under way")
	default:
	}
	close(stuck.open)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, n, err := store.PageViews(t.Context(), behavior.Query{}); n != 3 || err != nil {
		t.Errorf("%d page views, %v", n, err)
	}
}

// Whatever strangers ask for, the page is served, and of its address nothing
// is stored but what tells where they come from.
func FuzzTrack(f *testing.F) {
	for _, seed := range [][4]string{
		{"/", "utm_source=a&secret=b", "https://www.google.com/?q=1", "de-CH,de;q=0.9"}, {"//x/%2e%2e/\xff", "%zz&utm_=%00&gclid", "android-app://x/ y", ";;,"},
		{"/\n", "ref=\r\nSet-Cookie:x&source=\xff", "//[::1", "\x00"}, {"/a?b#c", "utm_a=" + strings.Repeat("x", 5000), "javascript:alert(1)", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	store := teststore.Open(f)
	var stored keptAddresses
	tracker, err := behavior.New(store, behavior.Settings{Logger: quietLogger, Observers: []behavior.Observer{stored.observe}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		_ = tracker.Close()
		stored.check(f)
	})
	h := web.Track(tracker, http.HandlerFunc(snippetPage))
	f.Fuzz(func(t *testing.T, path, query, referrer, language string) {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://shop.example/", nil)
		r.URL = &url.URL{Path: path, RawQuery: query}
		for name, value := range map[string]string{"Accept": "text/html", "Referer": referrer, "Accept-Language": language, "User-Agent": "Mozilla/5.0 Firefox/1"} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 || strings.Count(w.Body.String(), "<script") != 1 && !strings.HasPrefix(path, "/user_behavior/") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		stored.check(t)
	})
}

// keptAddresses are the addresses that were stored and had more in them than
// may be kept.
type keptAddresses struct {
	mu  sync.Mutex
	bad []string
}

func (k *keptAddresses) observe(_ context.Context, e behavior.Event) {
	if e.PageView == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, address := range []string{e.PageView.URL, e.PageView.Referrer} {
		_, query, _ := strings.Cut(address, "?")
		for parameter := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(parameter, "=")
			known := name == "" || strings.HasPrefix(name, "utm_") || name == "ref" || name == "source" || value == "1"
			if !known || strings.ContainsAny(address, "\r\n\x00") {
				k.bad = append(k.bad, address)
			}
		}
	}
}

func (k *keptAddresses) check(t testing.TB) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, address := range k.bad {
		t.Errorf("%q is stored", address)
	}
}

func BenchmarkTrack(b *testing.B) {
	store := teststore.Open(b)
	tracker, err := behavior.New(store, behavior.Settings{Logger: quietLogger})
	if err != nil {
		b.Fatal(err)
	}
	defer tracker.Close()
	page := http.HandlerFunc(hello)
	for _, c := range []struct {
		name   string
		h      http.Handler
		header []string
	}{
		{"page untracked", page, navigation},
		{"asset", web.Track(tracker, page), []string{firefox, "Sec-Fetch-Dest: style"}},
		{"page of a visitor who objects", web.Track(tracker, page), append([]string{"DNT: 1"}, navigation...)},
		{"page tracked", web.Track(tracker, page), navigation}, // with its share of what the background does
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequestWithContext(b.Context(), "GET", "http://shop.example/", nil)
			for _, line := range c.header {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
