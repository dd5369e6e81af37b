package behavior_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

// pageSeen is a page view as a script sends it.
func pageSeen(n int) behavior.CollectInput {
	return behavior.CollectInput{
		Page: fmt.Sprintf("%016x", n), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", Address: netip.MustParseAddr("192.0.2.1"),
		Events: []behavior.CollectEvent{{N: 1, Kind: "view", URL: "https://shop.example/", View: 1}},
	}
}

func TestTheBackgroundIsBoundedAndDrained(t *testing.T) {
	t.Parallel()
	const most, more = 1024, 5
	open := make(chan struct{})
	g := &gate{Store: openStore(t), before: func([]behavior.Row) error { <-open; return nil }}
	var log bytes.Buffer
	tracker := newTracker(t, g, behavior.Settings{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for n := range most + more {
		tracker.CollectLater(pageSeen(n)) // does not wait, although nothing is stored yet
	}
	if told := strings.Count(log.String(), "batches in the background are not recorded"); told != 1 {
		t.Errorf("the log tells %d times that batches are lost: %s", told, &log)
	}
	close(open)
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), fmt.Sprintf(`"batches are recorded again" lost=%d`, more)) {
		t.Errorf("the log does not tell how many were lost: %s", &log)
	}
	if _, n, err := g.PageViews(t.Context(), behavior.Query{Limit: 1}); n != most || err != nil {
		t.Errorf("%d page views are stored, want %d: %v", n, most, err)
	}
	tracker.CollectLater(pageSeen(0)) // too late, and no harm
}

func TestAnObserverThatPanicsInTheBackground(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	var log bytes.Buffer
	tracker := newTracker(t, store, behavior.Settings{
		Logger:    slog.New(slog.NewTextHandler(&log, nil)),
		Observers: []behavior.Observer{func(context.Context, behavior.Event) { panic("out of luck") }},
	})
	tracker.CollectLater(pageSeen(1))
	if err := tracker.Close(); err != nil {
		t.Fatal(err)
	}
	if _, n, err := store.PageViews(t.Context(), behavior.Query{}); n != 1 || err != nil || !strings.Contains(log.String(), "out of luck") {
		t.Errorf("%d page views, %v; the log: %s", n, err, &log)
	}
}
