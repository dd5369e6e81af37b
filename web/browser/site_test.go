package browser_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/internal/testbrowser"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

func TestMain(m *testing.M) { testbrowser.Main(m) }

// site is a web site on one host, and on another the server that its pages
// send to: the real one, on a store in a file.
type site struct {
	t      *testing.T
	pages  *httptest.Server
	server *httptest.Server
	path   string // of the store

	store   behavior.Store
	tracker *behavior.Tracker

	mu      sync.Mutex
	serve   http.HandlerFunc // what the server does now
	answers map[int]int      // how many batches were answered with a status; 0: with none
	changed chan struct{}    // closed and replaced after each batch
}

// ports are the addresses that some site has had: browsers tell sites apart by
// them, and keep what they stored.
var ports sync.Map

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, path: filepath.Join(t.TempDir(), "behavior.duckdb"), answers: map[int]int{}, changed: make(chan struct{})}
	s.server = freshServer(t, http.HandlerFunc(s.handle))
	s.pages = freshServer(t, http.HandlerFunc(s.page))
	s.start()
	t.Cleanup(s.stop)
	return s
}

// freshServer serves at an address that no site has had before.
func freshServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	for {
		server := httptest.NewServer(h)
		if _, used := ports.LoadOrStore(server.URL, true); !used {
			t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
			return server
		}
		server.Close()
	}
}

// start opens the store and serves it.
func (s *site) start() {
	s.t.Helper()
	var err error
	if s.store, err = duckdb.Open(s.t.Context(), s.path); err != nil {
		s.t.Fatal(err)
	}
	if s.tracker, err = behavior.New(s.store, behavior.Settings{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		s.t.Fatal(err)
	}
	s.behave(web.Handler(s.tracker).ServeHTTP)
}

// stop closes tracker and store; whoever asks the server then gets no answer.
func (s *site) stop() {
	s.behave(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if err := s.tracker.Close(); err != nil {
		s.t.Error(err)
	}
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
}

// behave sets what the server does.
func (s *site) behave(serve http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve = serve
}

// handle is the server. Batches are noted once they are answered.
func (s *site) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	serve := s.serve
	s.mu.Unlock()
	if !strings.HasSuffix(r.URL.Path, "/collect/") {
		serve(w, r)
		return
	}
	out := &answer{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answers[out.status]++
		close(s.changed)
		s.changed = make(chan struct{})
	}()
	serve(out, r)
}

// answer remembers the status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// answered is how many batches were answered with a status; 0: with none.
func (s *site) answered(status int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[status]
}

// script is the site's own: a button that does something, a form that stays on
// its page, and with ?hasty waiting that is short.
const script = `
if (location.search.includes('hasty')) {
	const timer = setTimeout
	window.setTimeout = (fn, ms, ...args) => timer(fn, ms >= 1000 ? ms / 20 : ms, ...args)
}
addEventListener('DOMContentLoaded', () => {
	buy.onclick = () => buy.classList.toggle('on')
	order.onsubmit = (event) => event.preventDefault()
})`

const style = `
body { margin: 0; height: 2000px }
#buy { position: absolute; left: 100px; top: 50px; width: 40px; height: 20px; padding: 0 }
form { position: absolute; left: 100px; top: 300px }`

// page serves the site: every page is the same one, and allows nothing but its
// own files and the server that it sends to.
func (s *site) page(w http.ResponseWriter, r *http.Request) {
	for name, file := range map[string][2]string{"/site.js": {"text/javascript", script}, "/site.css": {"text/css", style}} {
		if r.URL.Path == name {
			w.Header().Set("Content-Type", file[0])
			fmt.Fprint(w, file[1])
			return
		}
	}
	if r.URL.Path == "/favicon.ico" {
		http.NotFound(w, r)
		return
	}
	attributes := "data-flush=600"
	if storage := r.FormValue("storage"); storage == "browser" {
		attributes += " data-storage=browser"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self' "+s.server.URL+"; connect-src "+s.server.URL)
	fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Shop</title><link rel="stylesheet" href="/site.css"><script src="/site.js"></script>
		<script defer src="%s/user_behavior/tracker.js" %s></script>
		<button id="buy">Buy</button><form id="order"><input name="city"><input name="zip"></form>`, s.server.URL, attributes)
}

// open opens a page of the site once its tracker runs.
func (s *site) open(tab *testbrowser.Tab, path string) {
	s.t.Helper()
	tab.Open(s.pages.URL + path)
	tab.Until("window.behavior && behavior.flush")
}

// wait waits until a condition holds, which is looked at after each batch.
func (s *site) wait(what string, ok func() bool) {
	s.t.Helper()
	timeout := time.After(testbrowser.Patience)
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("waited in vain for %s; there are %v", what, s.rows())
		}
	}
}

// waitRows waits for so many page views and interactions.
func (s *site) waitRows(n int) {
	s.t.Helper()
	s.wait(fmt.Sprintf("%d rows", n), func() bool { return len(s.views())+len(s.interactions()) >= n })
}

func (s *site) sessions() []behavior.Session {
	s.t.Helper()
	teststore.Settle(s.t, s.tracker)
	list, _, err := s.tracker.Sessions(s.t.Context(), behavior.Query{})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *site) views() []behavior.PageView {
	s.t.Helper()
	list, _, err := s.tracker.PageViews(s.t.Context(), behavior.Query{Order: []behavior.Order{{Field: "timestamp"}}})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func (s *site) interactions() []behavior.Interaction {
	s.t.Helper()
	list, _, err := s.tracker.Interactions(s.t.Context(), behavior.Query{})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// row is an interaction as a test expects it.
type row struct {
	Type, Element string
	Metadata      map[string]any
}

// rows are all interactions, by their type and element.
func (s *site) rows() []row {
	s.t.Helper()
	all := []row{}
	for _, i := range s.interactions() {
		r := row{Type: string(i.EventType), Element: i.Element}
		if err := json.Unmarshal(i.Metadata, &r.Metadata); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Element, b.Element)) })
	return all
}
