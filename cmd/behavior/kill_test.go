package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

const (
	killRounds  = 10
	killClients = 8
	killAfter   = 250 // acknowledged rows in a round
)

// record of one kind: its id, and a text that no other record has.
type acknowledged struct {
	kind behavior.Kind
	id   int64
	text string
}

// load posts records to a server from many clients until the server is gone.
type load struct {
	url    string
	round  int
	client *http.Client
	count  atomic.Int64
	enough func() // called once, at killAfter

	mu    sync.Mutex
	acked []acknowledged
}

// run returns when every client has met an error.
func (l *load) run(ctx context.Context) {
	var clients sync.WaitGroup
	for c := range killClients {
		clients.Go(func() {
			for n := 0; l.postOne(ctx, fmt.Sprintf("r%d-c%d-%d", l.round, c, n)) == nil; n++ {
			}
		})
	}
	clients.Wait()
}

// postOne posts a session with a page view and an interaction.
func (l *load) postOne(ctx context.Context, text string) error {
	posts := []struct {
		kind       behavior.Kind
		path, body string
	}{
		{behavior.KindSession, "sessions/", `{"session_id":%q,"user_agent":"kill test","ip_address":"192.0.2.1"}`},
		{behavior.KindPageView, "pageviews/", `{"session_id":%q,"url":"https://example.com/%[1]s"}`},
		{behavior.KindInteraction, "interactions/", `{"session_id":%q,"event_type":"click","element":"#%[1]s"}`},
	}
	for _, p := range posts {
		id, err := l.post(ctx, p.path, fmt.Sprintf(p.body, text))
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.acked = append(l.acked, acknowledged{p.kind, id, text})
		l.mu.Unlock()
		if l.count.Add(1) == killAfter {
			l.enough()
		}
	}
	return nil
}

// post returns the id of the record that the server says it has stored.
func (l *load) post(ctx context.Context, path, body string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return 0, fmt.Errorf("status %d", resp.StatusCode)
	}
	var answer struct{ ID int64 }
	return answer.ID, json.NewDecoder(resp.Body).Decode(&answer)
}

// loadAndEnd runs a server under load, ends it with a signal in the midst of
// it, and returns what was acknowledged and how the server ended.
func loadAndEnd(t *testing.T, dir string, round int, signal os.Signal) ([]acknowledged, error) {
	t.Helper()
	s, err := startServer(dir, cleanEnv("USER_BEHAVIOR_BASE_USER_THROTTLE_RATE=1000000/second", "USER_BEHAVIOR_LOG_LEVEL=warn"), "--data", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.end(os.Kill) })
	transport := &http.Transport{MaxIdleConnsPerHost: killClients}
	defer transport.CloseIdleConnections()
	ended := make(chan error, 1)
	l := &load{url: s.url, round: round, client: &http.Client{Transport: transport}, enough: func() { go func() { ended <- s.end(signal) }() }}
	l.run(t.Context())
	if n := l.count.Load(); n < killAfter {
		t.Fatalf("only %d rows were acknowledged before the server failed: %s", n, s.stderr.String())
	}
	return l.acked, <-ended
}

// check opens the data of a server that has ended, and looks for every
// acknowledged record by its id, and for any that is there twice.
func check(t *testing.T, dir string, acked []acknowledged) {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(dir, "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	stored := everything(t, store)
	seen := map[acknowledged]int{}
	for at, text := range stored {
		seen[acknowledged{kind: at.kind, text: text}]++
	}
	lost, repeated := 0, 0
	for _, a := range acked {
		if stored[acknowledged{kind: a.kind, id: a.id}] != a.text {
			lost++
		}
	}
	for _, n := range seen {
		if n > 1 {
			repeated++
		}
	}
	if lost > 0 || repeated > 0 {
		t.Errorf("of %d acknowledged records %d are lost; of %d stored records %d are there more than once", len(acked), lost, len(stored), repeated)
	}
}

// everything is the text of every record in a store, by kind and id.
func everything(t *testing.T, store behavior.Store) map[acknowledged]string {
	t.Helper()
	texts := map[acknowledged]string{}
	sessions, _, err := store.Sessions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		texts[acknowledged{kind: behavior.KindSession, id: s.ID}] = s.SessionID
	}
	views, _, err := store.PageViews(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range views {
		texts[acknowledged{kind: behavior.KindPageView, id: v.ID}] = strings.TrimPrefix(v.Path, "/")
	}
	interactions, _, err := store.Interactions(t.Context(), behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interactions {
		texts[acknowledged{kind: behavior.KindInteraction, id: i.ID}] = strings.TrimPrefix(i.Element, "#")
	}
	return texts
}

func TestNothingAcknowledgedIsLostWhenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acked []acknowledged
	for round := range killRounds {
		more, err := loadAndEnd(t, dir, round, os.Kill)
		if err == nil {
			t.Error("the server ended by itself")
		}
		acked = append(acked, more...)
		check(t, dir, acked)
	}
	t.Logf("%d records were acknowledged in %d rounds", len(acked), killRounds)
}

func TestSIGTERMAnswersWhatIsUnderWayAndExitsWith0(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acked, err := loadAndEnd(t, dir, 0, syscall.SIGTERM)
	if err != nil {
		t.Errorf("the server ended with %v", err)
	}
	check(t, dir, acked)
}
