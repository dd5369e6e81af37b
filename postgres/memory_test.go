package postgres

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// remembered is what a store remembers of a session.
func remembered(t *testing.T, s *Store, name string) *state {
	t.Helper()
	known, ok := s.memory.cache.GetIfPresent(name)
	if !ok {
		t.Fatalf("session %s is not remembered", name)
	}
	return known
}

// agent changes what a store remembers of a session, and tells what an Append
// then makes of it.
func agent(t *testing.T, s *Store, change func(known *state)) string {
	t.Helper()
	known := *remembered(t, s, "a")
	known.UserAgent = "remembered"
	change(&known)
	s.memory.cache.Set("a", &known)
	row := view("a", "/")
	appendRows(t, s, row)
	return row.PageView.Session.UserAgent
}

func TestWhatIsRememberedIsNotRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(known *state)
		want   string
	}{
		"as it is":               {func(*state) {}, "remembered"},
		"stored since":           {func(known *state) { known.version-- }, ""},
		"another server's":       {func(known *state) { known.since = known.since.Add(time.Second) }, ""},
		"too long ago":           {func(known *state) { known.seen = math.MaxUint64 - math.MaxInt32 + 1 }, ""}, // adds up to 0
		"another session's name": {func(known *state) { known.ID += 1000 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := openNew(t)
			appendRows(t, s, session("a"), view("a", "/"))
			if got := agent(t, s, test.change); got != test.want {
				t.Errorf("the session's agent is %q, want %q", got, test.want)
			}
			if got := remembered(t, s, "a").UserAgent; got != test.want {
				t.Errorf("afterwards %q is remembered, want %q", got, test.want)
			}
		})
	}
}

// TestAnotherServerTookThePlace has a memory that is wholly of another server.
func TestAnotherServerTookThePlace(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	appendRows(t, s, session("a"), view("a", "/"))
	before := s.memory.since.Add(-time.Hour)
	s.memory.since = before
	if got := agent(t, s, func(known *state) { known.since = before }); got != "" {
		t.Errorf("the session's agent is %q, want what is stored", got)
	}
	if s.memory.since.Equal(before) {
		t.Error("the memory is still that of the server before")
	}
}

// TestOthersWriteToWhatIsRemembered has another server change sessions that
// the first one remembers.
func TestOthersWriteToWhatIsRemembered(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	first, other := stores[0], stores[1]
	names := []string{"moved", "deleted", "renamed", "changed", "new", "keyed"}
	ids := map[string]int64{}
	for _, name := range names {
		rows := []behavior.Row{session(name), view(name, "/1")}
		appendRows(t, first, rows...)
		ids[name] = rows[0].Session.ID
	}
	appendRows(t, other, view("moved", "/2"), keyed(view("keyed", "/2"), "k"))
	for _, name := range []string{"deleted", "new"} {
		if _, err := other.Delete(t.Context(), behavior.KindSession, []int64{ids[name]}); err != nil {
			t.Fatal(err)
		}
	}
	appendRows(t, other, session("new"))
	for name, change := range map[string]func(s *behavior.Session) error{
		"renamed": func(s *behavior.Session) error { s.SessionID = "another"; return nil },
		"changed": func(s *behavior.Session) error { s.Country = "DE"; return nil },
	} {
		if _, err := other.UpdateSession(t.Context(), ids[name], change); err != nil {
			t.Fatal(err)
		}
	}

	end := behavior.Row{Progress: &behavior.Progress{SessionID: "moved", At: noon}}
	rows := []behavior.Row{end, view("deleted", "/3"), view("renamed", "/3"), view("changed", "/3"), view("new", "/3"), keyed(view("keyed", "/3"), "k")}
	if err := first.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, behavior.ErrNoSession, behavior.ErrNoSession, nil, nil, behavior.ErrDuplicate} {
		if !errors.Is(rows[i].Err, want) {
			t.Errorf("row %d: %v, want %v", i, rows[i].Err, want)
		}
	}
	for _, name := range []string{"deleted", "renamed"} {
		if _, known := first.memory.cache.GetIfPresent(name); known {
			t.Errorf("the session that was %s is still remembered", name)
		}
	}
	found, _, err := first.Sessions(t.Context(), behavior.Query{Order: []behavior.Order{{Field: "session_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, s := range found {
		got = append(got, []string{s.SessionID, s.EntryPath, s.ExitPath, s.Country})
	}
	want := [][]string{{"another", "/1", "/1", ""}, {"changed", "/1", "/3", "DE"}, {"keyed", "/1", "/2", ""}, {"moved", "/1", "/2", ""}, {"new", "/3", "/3", ""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
}

// TestKeysOfWhatIsRemembered tells of page views that were stored before, and
// repeats them, in batches that need not read their sessions.
func TestKeysOfWhatIsRemembered(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	appendRows(t, s, session("a"), keyed(view("a", "/1"), "k"))
	seen := func(seconds int) behavior.Row {
		return behavior.Row{Progress: &behavior.Progress{SessionID: "a", ViewKey: "k", Visible: time.Duration(seconds) * time.Second}}
	}
	appendRows(t, s, seen(3), seen(5), seen(4), keyed(view("a", "/2"), "l"))
	rows := []behavior.Row{keyed(view("a", "/3"), "k"), seen(7), keyed(view("a", "/4"), "m")}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(rows[0].Err, behavior.ErrDuplicate) || rows[2].Err != nil || rows[2].PageView.Session.ExitPath != "/4" {
		t.Errorf("rows are %+v", rows)
	}
	views, _, err := s.PageViews(t.Context(), behavior.Query{Order: []behavior.Order{{Field: "id"}}})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]time.Duration{}
	for _, v := range views {
		got[v.Path] = v.Visible
	}
	if diff := cmp.Diff(map[string]time.Duration{"/1": 7 * time.Second, "/2": 0, "/4": 0}, got); diff != "" {
		t.Errorf("page views and how long they were seen (-want +got):\n%s", diff)
	}
}

// TestMemoryIsDistrusted counts how many Appends do without a memory after
// mistakes.
func TestMemoryIsDistrusted(t *testing.T) {
	t.Parallel()
	m := newMemory(10)
	var got []int
	for _, right := range []bool{true, false, false, false, true, false, false, false, false, false, false} {
		m.proved(right, nil)
		n := 0
		for {
			if _, ok := m.trusted(); ok {
				break
			}
			n++
		}
		got = append(got, n)
	}
	if diff := cmp.Diff([]int{0, 1, 3, 7, 0, 7, 15, 31, 63, 63, 63}, got); diff != "" {
		t.Errorf("Appends without (-want +got):\n%s", diff)
	}
}

// TestMemoryIsBounded has the store forget most sessions, and be asked for them.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	s := openStore(t, dsn, Options{Schema: schemaFor(t, dsn, t.Name()), Migrate: true, CacheSessions: 5})
	var rows, again []behavior.Row
	for i := range 100 {
		name := string(rune('A' + i))
		rows = append(rows, session(name), keyed(view(name, "/"), "k"))
		again = append(again, keyed(view(name, "/"), "k"), session(name))
	}
	appendRows(t, s, rows...)
	if n := s.memory.cache.EstimatedSize(); n > 5 {
		t.Errorf("%d sessions are kept in memory, want 5 at most", n)
	}
	if err := s.Append(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	for i, row := range again {
		if want := []error{behavior.ErrDuplicate, behavior.ErrConflict}[i%2]; !errors.Is(row.Err, want) {
			t.Errorf("row %d: %v, want %v", i, row.Err, want)
		}
	}
}

// TestMemoryKnowsByNameAlone has an event name its session by its id, while
// there is a session whose name is empty, as that of the event is.
func TestMemoryKnowsByNameAlone(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	rows := []behavior.Row{session(""), session("a")}
	appendRows(t, s, rows...)
	row := view("", "/")
	row.PageView.Session = behavior.Session{ID: rows[1].Session.ID}
	appendRows(t, s, row)
	if got := row.PageView.Session.SessionID; got != "a" {
		t.Errorf("the page view is in session %q", got)
	}
}
