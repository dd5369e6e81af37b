package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

const (
	browserRounds  = 6   // lives of the server; all but the last end with SIGKILL
	browserCount   = 8   // browsers
	browserBatches = 120 // batches that are acknowledged before the next kill
	browserEvents  = 12  // in a batch: one of them a sign of life, in the first one a page view
)

// fleet is browsers with trackers that outlive the server: what is not
// acknowledged they send again, to the next server.
type fleet struct {
	client   *http.Client
	acked    atomic.Int64
	resent   atomic.Int64
	finished atomic.Bool   // no new batches
	enough   chan struct{} // holds one after every browserBatches

	mu      sync.Mutex
	url     string
	changed chan struct{} // closed when there is another server
}

// server is where to send now, and a channel that is closed when that changes.
func (f *fleet) server() (string, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.url, f.changed
}

func (f *fleet) move(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.url, f.changed = url, make(chan struct{})
}

// browse sends batches of one session and page load until the fleet has
// finished, and returns how many.
func (f *fleet) browse(ctx context.Context, number int) (batches int, err error) {
	if url, begun := f.server(); url == "" && !await(ctx, begun) {
		return 0, ctx.Err()
	}
	for ; !f.finished.Load(); batches++ {
		if err := f.deliver(ctx, trackerBatch(number, batches)); err != nil {
			return batches, err
		}
		if f.acked.Add(1)%browserBatches == 0 {
			select {
			case f.enough <- struct{}{}:
			default: // the server dies already
			}
		}
	}
	return batches, nil
}

// deliver sends a batch again and again until it is acknowledged.
func (f *fleet) deliver(ctx context.Context, batch map[string]any) error {
	for {
		url, changed := f.server()
		switch status, err := f.post(ctx, url, batch); {
		case err == nil && status == http.StatusNoContent:
			return nil
		case err == nil:
			return fmt.Errorf("a batch is answered with %d", status)
		}
		f.resent.Add(1)
		if !await(ctx, changed) { // the server has been killed
			return ctx.Err()
		}
	}
}

// await waits for another server, and reports whether there is one.
func await(ctx context.Context, changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *fleet) post(ctx context.Context, url string, batch map[string]any) (status int, err error) {
	batch["t"] = float64(time.Now().UnixMilli())
	body, err := json.Marshal(batch)
	if err != nil {
		return 0, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"collect/", strings.NewReader(string(body)))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	resp, err := f.client.Do(r)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

// sessionOf and eventOf are texts by which records are known again.
func sessionOf(browser int) string { return fmt.Sprintf("%032x", browser+1) }

func eventOf(browser, n int) string { return fmt.Sprintf("b%d-n%d", browser, n) }

// trackerBatch is a batch as tracker.js makes it. Every event but signs of
// life has its own text.
func trackerBatch(browser, number int) map[string]any {
	now, events := float64(time.Now().UnixMilli()), []map[string]any{}
	for i := range browserEvents {
		n := number*browserEvents + i + 1
		e := map[string]any{"n": n, "t": now, "k": "click", "e": "#" + eventOf(browser, n), "m": map[string]any{"x": 1, "y": 2}}
		switch {
		case n == 1:
			e = map[string]any{"n": n, "t": now, "k": "view", "u": "https://example.com/" + eventOf(browser, n), "i": 1, "r": ""}
		case i == browserEvents-1:
			e = map[string]any{"n": n, "t": now, "k": "ping", "m": map[string]any{"ms": n, "d": 1}}
		}
		if i == 0 {
			e["u"], e["i"] = "https://example.com/"+eventOf(browser, 1), 1
		}
		events = append(events, e)
	}
	return map[string]any{"v": 1, "s": sessionOf(browser), "p": fmt.Sprintf("%016x", browser+1), "b": events}
}

// lead starts a server, moves the fleet to it, and kills it in the midst of
// what they send; but the last one.
func lead(t *testing.T, f *fleet, dir string, last bool) *server {
	t.Helper()
	s, err := startServer(dir, cleanEnv("USER_BEHAVIOR_COLLECT_THROTTLE_RATE=1000000/second", "USER_BEHAVIOR_LOG_LEVEL=warn"), "--data", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.end(os.Kill) })
	select {
	case <-f.enough: // of the server before
	default:
	}
	f.move(s.url)
	select {
	case <-f.enough:
	case <-s.ended:
		t.Fatalf("the server ended by itself: %s", s.stderr.String())
	case <-t.Context().Done():
		t.Fatal("too few batches are acknowledged")
	}
	if !last {
		if err := s.end(os.Kill); err == nil {
			t.Error("the server ended by itself")
		}
	}
	return s
}

// expected is what browsers have sent after so many batches each: records as
// everything tells them, and how far their page view had come.
func expected(batches []int) (records map[string]int, seen map[string]time.Duration) {
	records, seen = map[string]int{}, map[string]time.Duration{}
	for browser, n := range batches {
		records[string(behavior.KindSession)+" "+sessionOf(browser)]++
		records[string(behavior.KindPageView)+" "+eventOf(browser, 1)]++
		for i := 1; i < n*browserEvents; i++ {
			if i != 1 && i%browserEvents != 0 {
				records[string(behavior.KindInteraction)+" "+eventOf(browser, i)]++
			}
		}
		seen[eventOf(browser, 1)] = time.Duration(n*browserEvents) * time.Millisecond
	}
	return records, seen
}

// total is how many records of a kind the API counts.
func total(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list struct{ Count int }
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list.Count
}

// checkCollected compares what the API counts, and what is in the data of a
// server that has ended, with what browsers have sent.
func checkCollected(t *testing.T, s *server, dir string, batches []int) {
	t.Helper()
	records, seen := expected(batches)
	n := 0
	for _, path := range []string{"sessions/", "pageviews/", "interactions/"} {
		n += total(t, s.url+path)
	}
	if n != len(records) {
		t.Errorf("the API counts %d records, %d were sent", n, len(records))
	}
	if err := s.end(syscall.SIGTERM); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	store, err := duckdb.Open(t.Context(), filepath.Join(dir, "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	stored := map[string]int{}
	for at, text := range everything(t, store) {
		stored[string(at.kind)+" "+text]++
	}
	if diff := cmp.Diff(records, stored); diff != "" {
		t.Errorf("sent - and stored +:\n%s", diff)
	}
	views, _, err := store.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		if text := strings.TrimPrefix(v.Path, "/"); v.Visible != seen[text] {
			t.Errorf("page view %s was visible for %v, not %v", text, v.Visible, seen[text])
		}
	}
}

// Browsers go on through several deaths of the server: what was acknowledged
// is stored once, and so is what they had to send again.
func TestTrackersLoseNothingWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	transport := &http.Transport{MaxIdleConnsPerHost: browserCount}
	defer transport.CloseIdleConnections()
	f := &fleet{client: &http.Client{Transport: transport}, enough: make(chan struct{}, 1), changed: make(chan struct{})}
	batches, errs := make([]int, browserCount), make([]error, browserCount)
	var browsers sync.WaitGroup
	defer browsers.Wait()
	for i := range browserCount {
		browsers.Go(func() { batches[i], errs[i] = f.browse(t.Context(), i) })
	}
	var s *server
	for round := range browserRounds {
		s = lead(t, f, dir, round == browserRounds-1)
	}
	f.finished.Store(true)
	browsers.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	checkCollected(t, s, dir, batches)
	t.Logf("%d batches were acknowledged by %d servers, %d were sent again", f.acked.Load(), browserRounds, f.resent.Load())
	if f.resent.Load() == 0 {
		t.Error("no batch had to be sent again")
	}
}
