package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// Turns checks that what takes long waits for its turn, and what does not need
// not. The store is empty, answers two reads at once and gives up after some
// seconds; long runs something in it as it runs a report.
func Turns(t *testing.T, s behavior.Store, long func(ctx context.Context, what string, do func(ctx context.Context) error) error) {
	t.Helper()
	begun, end, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- long(t.Context(), "report", func(context.Context) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	var waiting sync.WaitGroup
	for what, ask := range map[string]func() error{
		"report": func() error {
			_, err := s.Report(t.Context(), behavior.LastDays(7, start, time.UTC))
			return err
		},
		"insight": func() error {
			_, err := s.Insight(t.Context(), behavior.Insight{Metrics: behavior.Metrics()[:1], Range: oneDay})
			return err
		},
		"funnel": func() error {
			_, err := s.Funnel(t.Context(), behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), does("click")}, Range: oneDay})
			return err
		},
	} {
		waiting.Go(func() {
			if err := ask(); !errors.Is(err, behavior.ErrBusy) {
				t.Errorf("%s: error is %v, want ErrBusy", what, err)
			}
		})
	}
	if _, _, err := s.Sessions(t.Context(), behavior.Query{}); err != nil {
		t.Errorf("a list: %v", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	waiting.Wait()
	close(end)
	<-ended // its own time may be over by now
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.PageViews(gone, behavior.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: error is %v, want that of the context", err)
	}
}
