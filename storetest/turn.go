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
// not. The store is empty, answers two reads at once and gives them a minute;
// long runs something in it as it runs a report.
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
	calls, slow := Calls(s), []string{"Report", "Insight", "Funnel"}
	patience, done := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer done()
	var waiting sync.WaitGroup
	for _, what := range slow {
		waiting.Go(func() {
			if err := calls[what](patience); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: error is %v, want that of the context", what, err)
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
	if err := <-ended; err != nil {
		t.Errorf("what took long: %v", err)
	}
	for _, what := range slow {
		if err := calls[what](t.Context()); err != nil {
			t.Errorf("%s in its turn: %v", what, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.PageViews(gone, behavior.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up: error is %v, want that of the context", err)
	}
}
