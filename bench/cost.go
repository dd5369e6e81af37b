package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

// measureCost tells what an event of a batch costs of the processor's time, by
// part. The handler is called without HTTP in between: where it asks for a
// token that the batch has not, all that is done is to decode it; over a store
// that does nothing it is decoded, checked and completed; over the engine it
// is stored as well. The parts are the differences. The last line is what the
// engine's Appender takes for the same rows, a thousand in a transaction.
func measureCost(ctx context.Context, p plan) ([]line, error) {
	refusing := quiet()
	refusing.Collect.TokenKey = strings.Repeat("k", 32)
	path := filepath.Join(p.dir, "cost.duckdb")
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	var lines []line
	before := 0.0
	for _, part := range []struct {
		what     string
		store    behavior.Store
		settings behavior.Settings
		status   int
	}{
		{"decode", &nothing{}, refusing, http.StatusForbidden},
		{"check, derive, group", &nothing{}, quiet(), http.StatusNoContent},
		{"append, on disk", store, quiet(), http.StatusNoContent},
	} {
		cost, err := cost(part.store, part.settings, part.status, p.duration)
		if err != nil {
			return nil, errors.Join(err, store.Close())
		}
		lines = append(lines, line{what: costOf + part.what, ours: cost - before, unit: "µs"})
		before = cost
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	bare, err := bareCost(ctx, path, p.duration)
	return append(lines, line{what: costOf + "the engine's Appender alone", ours: bare, unit: "µs"}), err
}

const costOf = "processor time of an event: "

// bareCost is the processor's time for a row that the Appender takes, in
// microseconds.
func bareCost(ctx context.Context, path string, d time.Duration) (float64, error) {
	before := processorTime()
	rate, err := appendVisits(ctx, path, eventsOfBatch, batch/eventsOfBatch, d)
	return float64((processorTime() - before).Microseconds()) / (rate * d.Seconds()), err
}

// cost serves batches for a while and returns the processor's time for an
// event, in microseconds.
func cost(store behavior.Store, settings behavior.Settings, status int, d time.Duration) (float64, error) {
	tracker, err := behavior.New(store, settings)
	if err != nil {
		return 0, err
	}
	defer tracker.Close()
	handler := web.Handler(tracker)
	events := make([]int, senders)
	wrong := make(chan int, senders)
	before, stop := processorTime(), time.Now().Add(d)
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			b := &browser{number: i, visit: newVisit(eventsOfBatch)}
			for n := 0; time.Now().Before(stop); n++ {
				r, out := b.next(n), httptest.NewRecorder()
				handler.ServeHTTP(out, r.parsed())
				if events[i] += r.events; out.Code != status {
					wrong <- out.Code
					return
				}
			}
		})
	}
	wg.Wait()
	took, total := processorTime()-before, 0
	for _, n := range events {
		total += n
	}
	select {
	case code := <-wrong:
		return 0, fmt.Errorf("a batch is answered with %d, not %d", code, status)
	default:
		return float64(took.Nanoseconds()) / 1000 / float64(total), nil
	}
}

// parsed is the request as the server's handler gets it.
func (r request) parsed() *http.Request {
	out, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(r.text)))
	if err != nil {
		panic(err) // the text is one
	}
	out.RemoteAddr = "192.0.2.1:4711"
	return out
}
