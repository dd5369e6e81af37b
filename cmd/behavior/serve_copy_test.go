package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/move"
	"github.com/userbehavior/behavior/sqlite"
)

// sqliteStore opens a new store, with some sessions in it.
func sqliteStore(t *testing.T, sessions int) behavior.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "records.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	var rows []behavior.Row
	for n := range sessions {
		rows = append(rows, behavior.Row{Session: &behavior.Session{
			SessionID: fmt.Sprint("s", n), UserAgent: "x", IPAddress: "192.0.2.1", StartTime: time.Date(2025, 3, 14, 15, 9, 26, 0, time.UTC),
		}})
	}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	return s
}

// absent is a store that cannot be used for a while: not for counting all
// sessions, with which verifying begins.
type absent struct {
	behavior.Store
	times atomic.Int64
}

func (s *absent) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	if !q.Uncounted && len(q.Filters) == 0 && s.times.Add(-1) >= 0 {
		return nil, 0, fmt.Errorf("sessions: %w", behavior.ErrUnavailable)
	}
	return s.Store.Sessions(ctx, q)
}

func TestALiveCopyWaitsForAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		times, waits int64 // how often the store is away, and for how many of them it is watched
		last         string
		told         string
	}{
		{"for a while", 3, 3, "the copy is complete", "Everything has been carried to sqlite:to.sqlite.\n"},
		{"until the end", 1 << 40, 5, "the copy waits", "Everything has been carried to sqlite:to.sqlite, but it has not been verified. " +
			"Verify it with: behavior copy --from sqlite:from.sqlite --to sqlite:to.sqlite\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from := &absent{Store: sqliteStore(t, 5)}
			from.times.Store(c.times)
			read, write := io.Pipe()
			var out bytes.Buffer
			l := &liveCopy{
				from: database{"sqlite", "from.sqlite"}, to: database{"sqlite", "to.sqlite"}, store: sqliteStore(t, 0),
				log: slog.New(slog.NewTextHandler(write, nil)), out: &out, retry: time.Millisecond, done: make(chan struct{}),
			}
			l.start(from)
			waits := int64(0)
			lines := bufio.NewScanner(read)
			for lines.Scan() {
				line := lines.Text()
				if strings.Contains(line, "the copy has ended") {
					t.Error(line)
					break
				}
				if strings.Contains(line, "the copy waits") {
					waits++
				}
				if waits >= c.waits && strings.Contains(line, c.last) {
					break
				}
			}
			go func() { _, _ = io.Copy(io.Discard, read) }()
			if err := l.close(); err != nil {
				t.Error(err)
			}
			write.Close()
			if out.String() != c.told {
				t.Errorf("it told:\n%s", out.String())
			}
		})
	}
}

// broken fails once, and not for being away.
type broken struct {
	behavior.Store
	failed atomic.Bool
}

func (s *broken) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	if !s.failed.Swap(true) {
		return nil, 0, errors.New("a page that nobody can read")
	}
	return s.Store.Sessions(ctx, q)
}

// A copy that has ended by an error does not say that everything is there: it is
// not told any more what changes.
func TestALiveCopyThatEndedDoesNotPromiseEverything(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := &liveCopy{
		from: database{"sqlite", "from.sqlite"}, to: database{"sqlite", "to.sqlite"}, store: sqliteStore(t, 0),
		log: slog.New(slog.DiscardHandler), out: &out, done: make(chan struct{}),
	}
	l.start(&broken{Store: sqliteStore(t, 5)})
	<-l.done
	l.observe(t.Context(), behavior.Event{Change: behavior.Updated, Kind: behavior.KindSession, ID: 1})
	if err := l.close(); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(out.String(), "The copy to sqlite:to.sqlite ended before the server did") {
		t.Errorf("it told:\n%s", out.String())
	}
}

func TestALiveCopyWhoseDestinationIsAwayAtTheEnd(t *testing.T) {
	t.Parallel()
	to := sqliteStore(t, 0)
	l := &liveCopy{
		from: database{"sqlite", "from.sqlite"}, to: database{"postgres", "postgres://ann:secret@db/analytics"}, store: to,
		log: slog.New(slog.DiscardHandler), out: io.Discard, done: make(chan struct{}),
	}
	l.start(sqliteStore(t, 5))
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	err := l.close()
	const want = "Carry the rest with: behavior copy --from sqlite:from.sqlite --to 'postgres://ann:***@db/analytics'"
	if !errors.Is(err, behavior.ErrUnavailable) || !strings.HasPrefix(err.Error(), "the copy to postgres:analytics on db:5432 is not complete: ") || !strings.HasSuffix(err.Error(), want) {
		t.Error(err)
	}
}

func TestADayOfAllKindsIsOneDay(t *testing.T) {
	t.Parallel()
	day := time.Date(2025, 3, 14, 0, 0, 0, 0, time.UTC)
	r := move.Result{Days: []move.Day{
		{Kind: behavior.KindSession, Day: day}, {Kind: behavior.KindPageView, Day: day}, {Kind: behavior.KindPageView, Day: day.AddDate(0, 0, 1)},
	}}
	if n := daysOf(r); n != 2 {
		t.Errorf("%d days", n)
	}
}

// restless is a store whose first session changes whenever sessions are read.
type restless struct {
	behavior.Store
	times *atomic.Int64
}

func (s restless) Sessions(ctx context.Context, q behavior.Query) ([]behavior.Session, int, error) {
	_, err := s.UpdateSession(ctx, 1, func(r *behavior.Session) error { r.ExitPath = fmt.Sprint("/", s.times.Add(1)); return nil })
	if err != nil {
		return nil, 0, err
	}
	return s.Store.Sessions(ctx, q)
}

func TestACopyOfWhatKeepsChangingIsNotEqual(t *testing.T) {
	t.Parallel()
	for _, follow := range []bool{false, true} {
		t.Run(fmt.Sprint("follow ", follow), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			followed := false
			copier := move.New(restless{sqliteStore(t, 3), new(atomic.Int64)}, sqliteStore(t, 0), move.Options{Progress: func(p move.Progress) {
				if p.Step == move.Following {
					followed = true
					cancel()
				}
			}})
			var out bytes.Buffer
			job := copyJob{&copyCommand{Follow: follow}, &process{stdout: &out, stderr: &out}, &copyMeter{meter: meter{out: &out, every: time.Hour}}, copier}
			err := job.run(ctx)
			if !errors.Is(err, errUnequal) || !strings.Contains(err.Error(), "1 record changed at the source each time") || followed != follow {
				t.Errorf("error %v, after:\n%s", err, out.String())
			}
		})
	}
}
