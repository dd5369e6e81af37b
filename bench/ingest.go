package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

// nothing is a store that forgets everything at once: what is left of the
// time is HTTP, decoding, checking and the recorder.
type nothing struct {
	behavior.Store
	id atomic.Int64
}

func (n *nothing) Append(_ context.Context, rows []behavior.Row) error {
	for _, row := range rows {
		switch {
		case row.Session != nil:
			row.Session.ID = n.id.Add(1)
		case row.PageView != nil:
			row.PageView.ID = n.id.Add(1)
		case row.Interaction != nil:
			row.Interaction.ID = n.id.Add(1)
		}
	}
	return nil
}

func (*nothing) Salt(_ context.Context, _ time.Time, fresh []byte) ([]byte, error) { return fresh, nil }

// sessions is how many visitors the load comes from.
const sessions = 1000

// measureIngest posts page views over HTTP, each durable before its answer,
// and compares with the same handler over a store that does nothing.
func measureIngest(ctx context.Context, p plan) ([]line, error) {
	var lines []line
	for _, connections := range []int{64, 512} {
		var ours, bare []float64
		for round := range p.rounds {
			store, err := duckdb.Open(ctx, filepath.Join(p.dir, fmt.Sprintf("ingest-%d-%d.duckdb", connections, round)))
			if err != nil {
				return nil, err
			}
			durable, err := requestsPerSecond(ctx, store, connections, p.duration)
			store.Close()
			if err != nil {
				return nil, err
			}
			idle, err := requestsPerSecond(ctx, &nothing{}, connections, p.duration)
			if err != nil {
				return nil, err
			}
			ours, bare = append(ours, durable), append(bare, idle)
		}
		l := line{what: fmt.Sprintf("durable `POST pageviews/`, %d connections, against a store that does nothing", connections),
			ours: median(ours), bare: median(bare), unit: "req/s", promise: "≥ 0.5"}
		l.holds = l.ours >= 0.5*l.bare
		lines = append(lines, l)
	}
	return lines, nil
}

// requestsPerSecond serves a store on loopback and loads it.
func requestsPerSecond(ctx context.Context, store behavior.Store, connections int, d time.Duration) (float64, error) {
	tracker, err := visited(ctx, store)
	if err != nil {
		return 0, err
	}
	defer tracker.Close()
	server := httptest.NewServer(web.Handler(tracker))
	defer server.Close()

	var done atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, connections)
	stop := time.Now().Add(d)
	for c := range connections {
		wg.Go(func() {
			n, err := post(ctx, server.Listener.Addr().String(), c, stop)
			done.Add(n)
			if err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		return 0, err
	default:
		return float64(done.Load()) / d.Seconds(), nil
	}
}

// visited returns a tracker over a store, with the sessions of the load in it.
func visited(ctx context.Context, store behavior.Store) (*behavior.Tracker, error) {
	tracker, err := behavior.New(store, quiet())
	if err != nil {
		return nil, err
	}
	for i := range sessions {
		in := behavior.SessionInput{SessionID: fmt.Sprint("visitor-", i), UserAgent: "Mozilla/5.0", IPAddress: "192.0.2.1"}
		if _, err := tracker.Start(ctx, in); err != nil && !errors.As(err, new(behavior.Invalid)) { // it is there from a round before
			return nil, errors.Join(err, tracker.Close())
		}
	}
	return tracker, nil
}

// post sends page views over one connection, one after the other, until stop.
func post(ctx context.Context, addr string, connection int, stop time.Time) (int64, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var n int64
	for ; time.Now().Before(stop); n++ {
		body := fmt.Sprintf(`{"session_id":"visitor-%d","url":"https://example.com/page/%d"}`, (int64(connection)*31+n)%sessions, n%500)
		if _, err := fmt.Fprintf(conn, "POST /user_behavior/pageviews/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			return n, err
		}
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		switch {
		case err != nil:
			return n, fmt.Errorf("page view answered with %s: %w", resp.Status, err)
		case resp.StatusCode != http.StatusCreated:
			return n, fmt.Errorf("page view answered with %s", resp.Status)
		}
	}
	return n, nil
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
