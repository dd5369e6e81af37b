package move

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// A live source is followed while others write to it, and nothing is missing
// in the end.
func TestFollowALiveSource(t *testing.T) {
	t.Parallel()
	for _, engines := range [][2]string{{"duckdb", "sqlite"}, {"postgres", "duckdb"}} {
		t.Run(engines[0]+" to "+engines[1], func(t *testing.T) {
			t.Parallel()
			from, to := open(t, engines[0]), open(t, engines[1])
			visits(t, from, "before", 20)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			writers := make(chan error)
			running, followed := 0, 0
			c := New(from, to, Options{Page: 7, Every: time.Millisecond, LookBack: time.Hour, Progress: func(p Progress) {
				if p.Step != Following {
					return
				}
				followed = p.Done
				if running == 0 && p.Done == 0 { // the first look
					running = 3
					for n := range running {
						go func() { writers <- live(t.Context(), from, n) }()
					}
				}
				select {
				case err := <-writers:
					if err != nil {
						t.Error(err)
					}
					if running--; running == 0 {
						cancel()
					}
				default:
				}
			}})
			if err := c.Copy(ctx); err != nil {
				t.Fatal(err)
			}
			if err := c.Follow(ctx); err != nil {
				t.Fatal(err)
			}
			if followed == 0 {
				t.Error("nothing was carried while others wrote")
			}
			if err := c.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, kind := range kinds {
				a, errA := count(t.Context(), from, kind)
				b, errB := count(t.Context(), to, kind)
				if a != b || errors.Join(errA, errB) != nil {
					t.Errorf("%d %s, and %d at the destination, before anything is verified", a, plural[kind], b)
				}
			}
			verified(t, c)
			same(t, from, to)
		})
	}
}

// live writes as a site does: sessions, their events, and their progress.
func live(ctx context.Context, s behavior.Store, n int) error {
	for i := range 40 {
		name := fmt.Sprintf("live-%d-%d", n, i)
		session := newSession(name)
		session.StartTime = time.Now().UTC()
		for step := range 3 {
			view := newView(name, fmt.Sprint("/", step))
			view.Timestamp = time.Now().UTC()
			rows := []behavior.Row{{PageView: view}, {Progress: &behavior.Progress{
				SessionID: name, At: view.Timestamp, ViewKey: view.EventKey, Visible: time.Second, UserID: "ann",
			}}}
			if step == 0 {
				rows = append([]behavior.Row{{Session: session}}, rows...)
			}
			if err := s.Append(ctx, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestFollowCarriesWhatChanges(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	visits(t, from, "s", 3)
	c := New(from, to, Options{Page: 2, Now: func() time.Time { return begin.Add(2 * time.Minute) }})
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	user, end := "ann", begin.Add(time.Minute)
	if _, err := from.UpdateSession(t.Context(), 1, func(s *behavior.Session) error { s.UserID, s.EndTime = &user, &end; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Delete(t.Context(), behavior.KindSession, []int64{2}); err != nil {
		t.Fatal(err)
	}
	c.Touch(behavior.KindSession, 2)
	add(t, from, &behavior.Progress{SessionID: "s2", ViewKey: "view/in", Visible: time.Minute, ScrollDepth: 100})
	if err := c.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, from, to)
}

// absent is a store that is out of reach for a while.
type absent struct {
	behavior.Store
	times int
}

func (s *absent) Append(ctx context.Context, rows []behavior.Row) error {
	if s.times--; s.times >= 0 {
		return fmt.Errorf("append: %w", behavior.ErrUnavailable)
	}
	return s.Store.Append(ctx, rows)
}

func TestFollowWaitsForAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failures := 0
	c := New(from, &absent{to, 3}, Options{Every: time.Millisecond, Progress: func(p Progress) {
		switch {
		case errors.Is(p.Err, behavior.ErrUnavailable):
			failures++
		case p.Done == 8:
			cancel()
		}
	}})
	if err := c.Copy(ctx); err != nil {
		t.Fatal(err)
	}
	visits(t, from, "s", 2)
	if err := c.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	if failures < 3 {
		t.Errorf("told of %d failures", failures)
	}
	same(t, from, to)
}

func TestARecordOfSomebodyElsesStopsFollowing(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	visits(t, from, "s", 2)
	c := New(from, to, Options{Every: time.Millisecond})
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := newSession("other")
	other.StartTime = begin.Add(time.Hour)
	add(t, to, other)
	result := verified(t, c) // it is beyond what was carried, and left alone
	if result.Others != 1 {
		t.Errorf("%d others", result.Others)
	}
	visits(t, from, "more", 1)
	var foreign Foreign
	if err := c.Follow(t.Context()); !errors.As(err, &foreign) || foreign.Name != "other" {
		t.Errorf("error %v", err)
	}
}
