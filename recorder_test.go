package behavior_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// gate stands before a real store and decides when and how its Append goes on.
type gate struct {
	behavior.Store
	before  func(rows []behavior.Row) error // nil: nothing
	appends atomic.Int64
}

func (g *gate) Append(ctx context.Context, rows []behavior.Row) error {
	g.appends.Add(1)
	if g.before != nil {
		if err := g.before(rows); err != nil {
			return err
		}
	}
	return g.Store.Append(ctx, rows)
}

func openStore(t *testing.T) behavior.Store {
	t.Helper()
	store, err := duckdb.Open(t.Context(), filepath.Join(t.TempDir(), "behavior.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func newTracker(t *testing.T, store behavior.Store, settings behavior.Settings) *behavior.Tracker {
	t.Helper()
	tracker, err := behavior.New(store, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tracker.Close() })
	return tracker
}

func sessionInput(id string) behavior.SessionInput {
	return behavior.SessionInput{SessionID: id, UserAgent: "Mozilla/5.0", IPAddress: "192.0.2.1"}
}

func count(t *testing.T, store behavior.Store) int {
	t.Helper()
	_, total, err := store.Sessions(t.Context(), behavior.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func TestRowsThatWaitShareOneAppend(t *testing.T) {
	t.Parallel()
	open := make(chan struct{})
	entered := make(chan struct{}, 1)
	g := &gate{Store: openStore(t)}
	g.before = func([]behavior.Row) error {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-open
		return nil
	}
	tracker := newTracker(t, g, behavior.Settings{})

	const clients = 200
	var started, wg sync.WaitGroup
	start := func(i int) {
		started.Add(1)
		wg.Go(func() {
			started.Done()
			s, err := tracker.Start(t.Context(), sessionInput(fmt.Sprint("s", i)))
			if err != nil || s.ID == 0 || s.SessionID != fmt.Sprint("s", i) {
				t.Errorf("client %d got %+v, %v", i, s, err)
			}
		})
	}
	start(0)
	<-entered // the first append is under way: all others wait for it
	for i := range clients - 1 {
		start(i + 1)
	}
	started.Wait()
	close(open)
	wg.Wait()
	if n := count(t, g); n != clients {
		t.Errorf("%d sessions are stored, want %d", n, clients)
	}
	if n := g.appends.Load(); n > clients/4 {
		t.Errorf("%d clients took %d appends: they do not share them", clients, n)
	}
}

func TestEachClientGetsItsOwnAnswer(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	const names, tries = 20, 10
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range names * tries {
		wg.Go(func() {
			_, err := tracker.Start(t.Context(), sessionInput(fmt.Sprint("s", i%names)))
			var invalid behavior.Invalid
			switch {
			case err == nil:
				won.Add(1)
			case !errors.As(err, &invalid) || len(invalid["session_id"]) != 1:
				t.Errorf("a taken session_id is answered with %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != names {
		t.Errorf("%d of %d attempts succeeded, want %d", won.Load(), names*tries, names)
	}
}

func TestFullQueueIsRefused(t *testing.T) {
	t.Parallel()
	open, entered := make(chan struct{}), make(chan struct{}, 8)
	g := &gate{Store: openStore(t), before: func([]behavior.Row) error { entered <- struct{}{}; <-open; return nil }}
	tracker := newTracker(t, g, behavior.Settings{MaxQueue: 1})
	results := make(chan error)
	start := func(id string) {
		_, err := tracker.Start(context.WithoutCancel(t.Context()), sessionInput(id))
		results <- err
	}
	go start("first")
	<-entered // the queue is empty again, and the writer is busy
	for _, id := range []string{"a", "b", "c"} {
		go start(id)
	}
	for range 2 { // one of the three fits
		if err := <-results; !errors.Is(err, behavior.ErrBusy) {
			t.Errorf("a full queue answered %v, want ErrBusy", err)
		}
	}
	close(open)
	for range 2 {
		if err := <-results; err != nil {
			t.Errorf("a row that was taken failed: %v", err)
		}
	}
	if n := count(t, g); n != 2 {
		t.Errorf("%d sessions are stored, want the 2 that were taken", n)
	}
}

func TestBatchLargerThanTheQueue(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{MaxQueue: 1})
	rows := make([]behavior.Row, 5)
	for i := range rows {
		s, err := tracker.NewSession(sessionInput(fmt.Sprint("s", i)))
		if err != nil {
			t.Fatal(err)
		}
		rows[i].Session = &s
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil || row.Session.ID == 0 {
			t.Errorf("row %d: id %d, %v", i, row.Session.ID, row.Err)
		}
	}
}

func TestCloseDrains(t *testing.T) {
	t.Parallel()
	open, entered := make(chan struct{}), make(chan struct{}, 8)
	g := &gate{Store: openStore(t), before: func([]behavior.Row) error { entered <- struct{}{}; <-open; return nil }}
	tracker := newTracker(t, g, behavior.Settings{})
	result, closed := make(chan error), make(chan error)
	go func() {
		_, err := tracker.Start(t.Context(), sessionInput("waiting"))
		result <- err
	}()
	<-entered
	go func() { closed <- tracker.Close() }()
	select {
	case <-closed:
		t.Fatal("Close returned while a row was under way")
	default:
	}
	close(open)
	if err := <-result; err != nil {
		t.Errorf("a row that waited was lost: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := tracker.Start(t.Context(), sessionInput("late")); !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("after Close: %v, want ErrUnavailable", err)
	}
	if n := count(t, g); n != 1 {
		t.Errorf("%d sessions are stored, want 1", n)
	}
}

func TestFailedAppendIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	var fail atomic.Pointer[error]
	g := &gate{Store: openStore(t), before: func([]behavior.Row) error {
		if err := fail.Load(); err != nil {
			if *err == nil {
				panic("out of luck")
			}
			return *err
		}
		return nil
	}}
	tracker := newTracker(t, g, behavior.Settings{})
	full := fmt.Errorf("disk full: %w", behavior.ErrUnavailable)
	fail.Store(&full)
	if _, err := tracker.Start(t.Context(), sessionInput("a")); !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("the store's error became %v", err)
	}
	var none error
	fail.Store(&none)
	if _, err := tracker.Start(t.Context(), sessionInput("a")); err == nil {
		t.Error("a panic in the store was acknowledged")
	}
	fail.Store(nil)
	if _, err := tracker.Start(t.Context(), sessionInput("a")); err != nil {
		t.Errorf("the recorder did not recover: %v", err)
	}
}

func TestImpatientCallerLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	open, entered := make(chan struct{}), make(chan struct{}, 8)
	g := &gate{Store: openStore(t), before: func([]behavior.Row) error { entered <- struct{}{}; <-open; return nil }}
	tracker := newTracker(t, g, behavior.Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	impatient, patient := make(chan error), make(chan error)
	go func() { _, err := tracker.Start(ctx, sessionInput("impatient")); impatient <- err }()
	<-entered
	go func() { _, err := tracker.Start(t.Context(), sessionInput("patient")); patient <- err }()
	cancel()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that gave up got %v", err)
	}
	close(open)
	if err := <-patient; err != nil {
		t.Error(err)
	}
}
