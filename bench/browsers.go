package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// browsers is how many browsers measureBrowsers has at once, and eventsOfBatch
// how much each sends.
const (
	browsers      = 500
	eventsOfBatch = 20
)

// measureBrowsers has many browsers send at once: first as fast as they are
// answered, which tells how much the server takes, then a batch a second each,
// which tells how long one waits for its answer.
func measureBrowsers(ctx context.Context, p plan) ([]line, error) {
	var lines []line
	for _, pace := range []struct {
		pause time.Duration
		what  string
	}{
		{0, fmt.Sprintf("%d browsers, batches of %d events one after the other", browsers, eventsOfBatch)},
		{time.Second, fmt.Sprintf("%d browsers, a batch of %d events a second", browsers, eventsOfBatch)},
	} {
		addr, end, err := collector(ctx, filepath.Join(p.dir, fmt.Sprintf("browsers-%d.duckdb", pace.pause)))
		if err != nil {
			return nil, err
		}
		sent, err := browse(ctx, addr, browsers, eventsOfBatch, pace.pause, p.duration)
		end()
		if err != nil {
			return nil, err
		}
		lines = append(lines,
			line{what: pace.what, ours: float64(sent.events) / p.duration.Seconds(), unit: "events/s"},
			line{what: "answered within, for half of the batches", ours: sent.within(0.5), unit: "ms"},
			line{what: "answered within, for 99 % of the batches", ours: sent.within(0.99), unit: "ms"})
	}
	return lines, nil
}

// within is the time in milliseconds that a share of the answers took at most.
func (s sent) within(share float64) float64 {
	if len(s.took) == 0 {
		return 0
	}
	return float64(s.took[int(share*float64(len(s.took)-1))].Microseconds()) / 1000
}
