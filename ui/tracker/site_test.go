package tracker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// batch is a request body, as docs/tracker.md describes it.
type batch struct {
	V int     `json:"v"`
	S string  `json:"s"`
	P string  `json:"p"`
	T int64   `json:"t"`
	U *string `json:"u"`
	X int     `json:"x"`
	K string  `json:"k"`
	D int     `json:"d"`
	W [4]int  `json:"w"`
	L string  `json:"l"`
	Z string  `json:"z"`
	B []event `json:"b"`
}

// event is one event of a batch. The server fills in U and I where the batch
// leaves them out.
type event struct {
	N int            `json:"n"`
	T int64          `json:"t"`
	K string         `json:"k"`
	E string         `json:"e"`
	U string         `json:"u"`
	R string         `json:"r"`
	I int            `json:"i"`
	M map[string]any `json:"m"`

	session string
	page    string
	user    string
}

// refusal is an answer of the collector; the zero value takes the batch.
type refusal struct {
	status int // 0: take it; -1: close the connection; -2: never answer
	after  string
}

// site is a web site with the tracker, and the collector of its events.
type site struct {
	t *testing.T
	*httptest.Server

	mu      sync.Mutex
	pages   map[string]string
	headers map[string]http.Header
	bodies  [][]byte
	batches []batch // all that arrived
	taken   []event // all that was taken, each once
	twice   int     // events that arrived again
	known   map[string]bool
	answer  func(request int) refusal
	changed chan struct{} // closed and replaced when something arrives
}

// ports are the addresses that some site has had.
var ports sync.Map

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		t: t, pages: map[string]string{}, headers: map[string]http.Header{}, known: map[string]bool{}, changed: make(chan struct{}),
		answer: func(int) refusal { return refusal{} },
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ub/collect/{$}", s.collect)
	mux.HandleFunc("GET /ub/{file}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		http.ServeFile(w, r, filepath.Join("..", "dist", r.PathValue("file")))
	})
	mux.HandleFunc("GET /favicon.ico", http.NotFound)
	mux.HandleFunc("GET /", s.page)
	// The browser tells sites apart by their ports, and keeps what they stored.
	for s.Server = httptest.NewServer(mux); ; s.Server = httptest.NewServer(mux) {
		if _, used := ports.LoadOrStore(s.URL, true); !used {
			break
		}
		s.Close()
	}
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// controls lets a test move the page's clock, and makes long timers short. What
// they were asked for is in delays.
const controls = `<script>
let skew = 0
const clock = Date.now, timer = setTimeout, delays = []
Date.now = () => clock() + skew
const skip = (ms) => { skew += ms }
const rest = (ms) => new Promise((done) => timer(done, ms))
let haste = 1
window.setTimeout = (fn, ms, ...args) => { delays.push(ms); return timer(fn, ms / haste, ...args) }
</script>`

// add makes a page with the tracker at a path, and returns its address. head
// stands before the tracker. Batches are sent when the test says so, unless the
// attributes say when.
func (s *site) add(path, attributes, head, body string) string {
	if !strings.Contains(attributes, "data-flush") {
		attributes += " data-flush=600"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = "<!doctype html><html lang=en><head><title>Title of " + path + "</title>" + controls + head +
		`<script defer src="/ub/tracker.js" ` + attributes + `></script></head><body>` + body + `</body></html>`
	return s.URL + path
}

func (s *site) page(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page, ok := s.pages[r.URL.Path]
	header := s.headers[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	for name, values := range header {
		w.Header()[name] = values
	}
	io.WriteString(w, page)
}

func (s *site) collect(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the browser gave up
	}
	refused := s.receive(r, body)
	switch refused.status {
	case 0:
		w.WriteHeader(http.StatusNoContent)
	case -1:
		panic(http.ErrAbortHandler)
	case -2:
		<-r.Context().Done()
	default:
		if refused.after != "" {
			w.Header().Set("Retry-After", refused.after)
		}
		w.WriteHeader(refused.status)
	}
}

// receive reads a body strictly and takes its events, unless the answer is to
// be another.
func (s *site) receive(r *http.Request, body []byte) refusal {
	var b batch
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		s.t.Errorf("body %s: %v", body, err)
	}
	if kind := r.Header.Get("Content-Type"); kind != "text/plain;charset=UTF-8" {
		s.t.Errorf("content type %q would need a pre-flight", kind)
	}
	if len(body) >= 60_000 {
		s.t.Errorf("a body of %d bytes", len(body))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, body)
	s.batches = append(s.batches, b)
	refused := s.answer(len(s.batches))
	if refused.status == 0 {
		s.take(b)
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return refused
}

// take does what the server does with a batch.
func (s *site) take(b batch) {
	var url string
	var view int
	for _, e := range b.B {
		if e.U != "" {
			url, view = e.U, e.I
		}
		e.U, e.I, e.session, e.page = url, view, b.S, b.P
		if b.U != nil {
			e.user = *b.U
		}
		key := fmt.Sprint(b.S, b.P, e.N)
		if s.known[key] {
			s.twice++
			continue
		}
		s.known[key] = true
		s.taken = append(s.taken, e)
	}
}

// answers sets how the collector answers its requests, counted from 1.
func (s *site) answers(answer func(request int) refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// wait returns the events taken once they satisfy a condition.
func (s *site) wait(what string, ok func([]event) bool) []event {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		s.mu.Lock()
		taken, changed := slices.Clone(s.taken), s.changed
		s.mu.Unlock()
		if ok(taken) {
			return taken
		}
		select {
		case <-changed:
		case <-timeout:
			s.t.Fatalf("waited in vain for %s; there are %v", what, kinds(taken))
		}
	}
}

// waitFor waits until there are n events of a kind, and returns these.
func (s *site) waitFor(kind string, n int) []event {
	s.t.Helper()
	all := s.wait(fmt.Sprintf("%d × %s", n, kind), func(events []event) bool { return len(only(events, kind)) >= n })
	return only(all, kind)
}

// requests waits until that many requests have arrived, whatever was answered.
func (s *site) requests(n int) []batch {
	s.t.Helper()
	var batches []batch
	s.wait(fmt.Sprintf("%d requests", n), func([]event) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		batches = slices.Clone(s.batches)
		return len(batches) >= n
	})
	return batches
}

func (s *site) allBodies() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(bytes.Join(s.bodies, []byte("\n")))
}

// only returns the events of some kinds.
func only(events []event, kinds ...string) []event {
	return slices.DeleteFunc(slices.Clone(events), func(e event) bool { return !slices.Contains(kinds, e.K) })
}

// kinds returns the kinds of events, in order.
func kinds(events []event) []string {
	all := make([]string, len(events))
	for i, e := range events {
		all[i] = e.K
	}
	return all
}

// visit makes a site with one page and opens it.
func visit(t *testing.T, attributes, body string) (*site, *tab) {
	t.Helper()
	p := newTab(t)
	s := newSite(t)
	p.Open(s.add("/page", attributes, "", body))
	return s, p
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// words splits at white space.
var words = strings.Fields
