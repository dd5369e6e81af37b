package move

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// small pages make small stores have several.
var small = Options{Page: 3}

func TestCopyThroughAllEngines(t *testing.T) {
	t.Parallel()
	throughAll(t, "duckdb", "sqlite", "postgres", "duckdb")
}

func TestCopyThroughClickHouse(t *testing.T) {
	t.Parallel()
	throughAll(t, "sqlite", "clickhouse", "duckdb")
}

// throughAll copies from engine to engine: all that there was, with the same
// sums each time.
func throughAll(t *testing.T, engine string, others ...string) {
	t.Helper()
	first := open(t, engine)
	hostile(t, first)
	from, want := first, Result{}
	for _, engine := range others {
		to := open(t, engine)
		got := copied(t, from, to, small)
		same(t, first, to)
		if want.Days != nil {
			if diff := cmp.Diff(want.Days, got.Days); diff != "" {
				t.Errorf("%s has other sums (-want +got):\n%s", engine, diff)
			}
		}
		from, want = to, got
	}
	if sessions, _ := want.Total(behavior.KindSession); sessions.Count != 13 {
		t.Errorf("%d sessions", sessions.Count)
	}
}

// hostile fills a store with what records can be at their worst, and with
// sessions whose facts nothing would give them again.
func hostile(t *testing.T, s behavior.Store) {
	t.Helper()
	visits(t, s, "plain", 10)
	user, end, early := "", begin.Add(-time.Hour), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	odd := &behavior.Session{
		SessionID: "'; DROP TABLE sessions; --\u202e😀", UserAgent: strings.Repeat("é", 5000), StartTime: early, EndTime: &end, UserID: &user,
		EntryPath: "/never", ExitPath: "/nowhere", Source: "\\", Bot: true, BotReason: "x",
	}
	late := newSession("late")
	late.StartTime = time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	add(t, s, odd, late, newSession("empty"))
	i := newInteraction("late", "\"\t\r\n,=cmd")
	i.Metadata, i.Timestamp = []byte(` {"a" : [1.0, "\u0000\ud800", 1e400] } `), early
	v := newView("late", "/x")
	v.Visible, v.ScrollDepth, v.EventKey, v.Timestamp = 7*time.Millisecond, -1, "", late.StartTime
	add(t, s, i, v)
	// The exit is not that of the last page view any more, and there are gaps.
	all := everything(t, s, behavior.KindSession)
	if _, err := s.UpdateSession(t.Context(), all[0].Session.ID, func(s *behavior.Session) error { s.ExitPath = "/other"; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete(t.Context(), behavior.KindPageView, []int64{all[3].Session.ID}); err != nil {
		t.Fatal(err)
	}
}

// stopping is a store that is gone after some appends.
type stopping struct {
	behavior.Store
	after int
}

var errStopped = errors.New("stopped")

func (s *stopping) Append(ctx context.Context, rows []behavior.Row) error {
	if s.after--; s.after < 0 {
		return errStopped
	}
	return s.Store.Append(ctx, rows)
}

func TestAnInterruptedCopyGoesOn(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	visits(t, from, "s", 10)
	for _, after := range []int{0, 1, 2, 3, 1} {
		if err := New(from, &stopping{to, after}, small).Copy(t.Context()); !errors.Is(err, errStopped) {
			t.Fatalf("after %d pages: %v", after, err)
		}
	}
	c := New(from, to, small)
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := c.Stored(); n.Sessions != 0 || n.PageViews == 0 {
		t.Errorf("it did not go on where it was: %+v", n)
	}
	verified(t, c)
	same(t, from, to)
}

func TestADestinationWithOtherDataIsRefused(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		fill func(t *testing.T, to behavior.Store)
		kind behavior.Kind
	}{
		{"a session that the source does not have", func(t *testing.T, to behavior.Store) {
			last := newSession("other")
			last.ID = 1000
			add(t, to, last)
		}, behavior.KindSession},
		{"another session in the place of one", func(t *testing.T, to behavior.Store) {
			other := newSession("other")
			other.StartTime = begin.Add(time.Hour)
			add(t, to, other)
		}, behavior.KindSession},
		{"a page view that came after the copy", func(t *testing.T, to behavior.Store) {
			copied(t, toCopy(t), to, small)
			add(t, to, newView("s0", "/here"))
		}, behavior.KindPageView},
		{"an interaction of its own", func(t *testing.T, to behavior.Store) {
			copied(t, toCopy(t), to, small)
			if _, err := to.Delete(t.Context(), behavior.KindInteraction, []int64{4}); err != nil {
				t.Fatal(err)
			}
			own := newInteraction("s3", "#own")
			own.ID, own.Timestamp = 4, begin
			add(t, to, own)
		}, behavior.KindInteraction},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			from, to := toCopy(t), open(t, "sqlite")
			visits(t, from, "more", 2)
			c.fill(t, to)
			before := everything(t, to, behavior.KindSession)
			var foreign Foreign
			if err := New(from, to, small).Copy(t.Context()); !errors.As(err, &foreign) || foreign.Kind != c.kind {
				t.Errorf("error %v", err)
			}
			if diff := cmp.Diff(before, everything(t, to, behavior.KindSession)); diff != "" {
				t.Errorf("something has been written:\n%s", diff)
			}
			copied(t, from, to, Options{Page: 3, Mirror: true})
			same(t, from, to)
		})
	}
}

// toCopy is always the same source.
func toCopy(t *testing.T) behavior.Store {
	t.Helper()
	from := open(t, "sqlite")
	visits(t, from, "s", 4)
	return from
}

// A page view that is stored late moves its session on, which has been compared
// by then.
func TestALostPageViewLeavesItsSessionAlone(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "duckdb"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			from, to := open(t, "sqlite"), open(t, engine)
			visits(t, from, "s", 3)
			now := func() time.Time { return begin.Add(2 * time.Minute) }
			for _, again := range []func(c *Copier) error{
				func(c *Copier) error { verified(t, c); return nil },
				func(c *Copier) error { return c.CatchUp(t.Context()) },
			} {
				copied(t, from, to, small)
				if _, err := to.Delete(t.Context(), behavior.KindPageView, []int64{1}); err != nil {
					t.Fatal(err)
				}
				c := New(from, to, Options{Page: 3, Now: now})
				if err := c.Copy(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := again(c); err != nil {
					t.Fatal(err)
				}
				same(t, from, to)
			}
		})
	}
}

// unable is a store that cannot keep some texts.
type unable struct{ behavior.Store }

func (s unable) Append(ctx context.Context, rows []behavior.Row) error {
	var fit []behavior.Row
	for i, row := range rows {
		if row.Interaction != nil && row.Interaction.Element == "#bad" {
			rows[i].Err = behavior.Invalid{"element": {"The text is too long."}}
			continue
		}
		fit = append(fit, row)
	}
	return s.Store.Append(ctx, fit)
}

func TestWhatTheDestinationCannotStoreIsTold(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	visits(t, from, "s", 2)
	add(t, from, newInteraction("s0", "#bad"), newInteraction("s1", "#good"))
	c := New(from, unable{to}, small)
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	result, err := c.Verify(t.Context())
	if err != nil || result.Refused != 1 || len(result.Differ()) != 1 || !strings.Contains(result.Reasons[0], "too long") {
		t.Errorf("%+v, %v", result, err)
	}
	if n := len(everything(t, to, behavior.KindInteraction)); n != 3 {
		t.Errorf("%d interactions", n)
	}
}

// forgetful is a store that does not keep what it is told of sessions.
type forgetful struct{ behavior.Store }

func (s forgetful) UpdateSession(ctx context.Context, id int64, change func(*behavior.Session) error) (behavior.Session, error) {
	var none behavior.Session
	return none, change(&none)
}

func TestADifferenceThatStaysIsAnError(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	visits(t, from, "s", 2)
	c := New(from, forgetful{to}, small)
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := from.UpdateSession(t.Context(), 2, func(s *behavior.Session) error { s.ExitPath = "/y"; return nil }); err != nil {
		t.Fatal(err)
	}
	result, err := c.Verify(t.Context())
	if err == nil || !strings.Contains(err.Error(), "session 2 differs") || len(result.Differ()) != 1 {
		t.Errorf("%v, %+v", err, result.Differ())
	}
}

func TestTheSecretsOfTheDaysMoveAlong(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	day := begin.Truncate(oneDay)
	salt := func(s behavior.Store, day time.Time) []byte {
		got, err := s.Salt(t.Context(), day, []byte(fmt.Sprint("fresh", day)))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, back := range []time.Duration{2, 1, 0} {
		if _, err := from.Salt(t.Context(), day.Add(-back*oneDay), []byte(fmt.Sprintf("secret%d", back))); err != nil {
			t.Fatal(err)
		}
	}
	copied(t, from, to, Options{Now: func() time.Time { return begin }})
	for back, want := range []string{"secret0", "secret1"} {
		if got := salt(to, day.Add(-time.Duration(back)*oneDay)); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%d days back: %q", back, got)
		}
	}
	if got := salt(to, day.Add(-2*oneDay)); string(got) == "secret2" {
		t.Error("a secret has outlived its two days")
	}
}
