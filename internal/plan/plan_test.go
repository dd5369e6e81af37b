package plan

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// cached is how many sessions a memory keeps: fewer than there are names.
const cached = 2

// TestIDsGoOnAboveMarks has an id lost with a row that is refused, and facts
// written up to it: what is stored after the store is opened again is not
// taken for what is in the facts already.
func TestIDsGoOnAboveMarks(t *testing.T) {
	t.Parallel()
	s, ctx := newShelf(), t.Context()
	open := func() *Memory {
		m, err := Open(ctx, s, cached)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := open()
	rows := []behavior.Row{
		{Session: &behavior.Session{SessionID: "a", EndTime: &time.Time{}}},
		{PageView: &behavior.PageView{ID: 50, Session: behavior.Session{SessionID: "nobody"}}},
		{Interaction: &behavior.Interaction{ID: 50, Session: behavior.Session{SessionID: "nobody"}}},
	}
	if err := errors.Join(s.append(ctx, m, rows, nil, true), m.WriteFacts(ctx)); err != nil {
		t.Fatal(err)
	}
	at, home := time.Unix(1, 0).UTC(), behavior.Session{SessionID: "a"}
	rows = []behavior.Row{
		{PageView: &behavior.PageView{Session: home, Path: "/in"}},
		{Interaction: &behavior.Interaction{Session: home, EventKey: "k", Timestamp: at}}, {Progress: &behavior.Progress{SessionID: "a", At: at}},
	}
	if err := s.append(ctx, open(), rows, nil, true); err != nil {
		t.Fatal(err)
	}
	if err := open().WriteFacts(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.sessions[1]; got.EntryPath != "/in" || !got.EndTime.Equal(at) {
		t.Errorf("after a crash the session is %+v, its end %v", got, got.EndTime)
	}
}

// game is a store that things happen to, and what it should have.
type game struct {
	shelves  []*shelf  // one for each writer, all of the same store
	memories []*Memory // of the writers
	world    *world
	shared   bool

	// Since facts were written page views have come with ids below those that
	// were followed before, or have not come in the order of their ids.
	backlog, disorder bool
}

// TestFile has a store that nobody else writes to go through whatever there is,
// and crash.
func TestFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := &game{world: newWorld(), shelves: []*shelf{newShelf()}, memories: make([]*Memory, 1)}
		g.open(t)
		t.Repeat(map[string]func(*rapid.T){
			"": g.check, "append": g.append, "append more": g.append, "rename": g.rename, "update": g.update, "remove": g.remove,
			"write facts": g.writeFacts, "crash": g.crash,
		})
	})
}

// TestShared has two writers take turns, who have to look at what the other has
// done.
func TestShared(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, second := newShelf(), newShelf()
		first.block, second.block, second.shelved = 1000, 2000, first.shelved
		g := &game{world: newWorld(), shared: true, shelves: []*shelf{first, second}}
		g.memories = []*Memory{OpenShared(first, cached), OpenShared(second, cached)}
		t.Repeat(map[string]func(*rapid.T){
			"": g.check, "append": g.append, "append more": g.append, "rename": g.rename, "update": g.update,
		})
	})
}

func (g *game) open(t *rapid.T) {
	m, err := Open(t.Context(), g.shelves[0], cached)
	if err != nil {
		t.Fatal(err)
	}
	g.memories[0] = m
}

// turn is whose turn it is.
func (g *game) turn(t *rapid.T) (*shelf, *Memory) {
	n := rapid.IntRange(0, len(g.memories)-1).Draw(t, "writer")
	if g.shared {
		g.memories[n].Distrust()
	}
	return g.shelves[n], g.memories[n]
}

// check compares the store and what is known of it with what should be there.
func (g *game) check(t *rapid.T) {
	s, m := g.shelves[0], g.memories[0]
	want, got := g.world.contents(), shelved{sessions: maps.Clone(s.sessions), views: s.views, interactions: s.interactions}
	for _, v := range m.dirty { // the file lacks these
		got.sessions[v.ID] = v.Session
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(shelved{})); diff != "" {
		t.Fatalf("what is stored (-want +got):\n%s", diff)
	}
	if n := m.cache.EstimatedSize(); n > cached {
		t.Fatalf("%d sessions are in memory", n)
	}
	for _, name := range names {
		v := m.known(name)
		if v == nil || g.shared {
			continue
		}
		home := g.world.sessions[name]
		if home == nil {
			t.Fatalf("%q is in memory and nowhere else", name)
		}
		if diff := cmp.Diff(*home, v.Session); diff != "" {
			t.Fatalf("what is known of %q (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(g.world.keys(home), v.keys); v.keys != nil && diff != "" {
			t.Fatalf("event keys of %q (-want +got):\n%s", name, diff)
		}
	}
}

// append appends a batch. On a full disk nothing of it shows.
func (g *game) append(t *rapid.T) {
	s, m := g.turn(t)
	rows := rapid.SliceOfN(rapid.Custom(g.drawRow), 1, 8).Draw(t, "rows")
	refused := map[int]error{}
	if rapid.IntRange(0, 9).Draw(t, "refuse") == 0 {
		refused[0] = errTaken
	}
	careful := rapid.Bool().Draw(t, "careful") || g.shared
	before := cloneRows(rows)
	if s.full = rapid.IntRange(0, 9).Draw(t, "full") == 0; s.full {
		if err := s.append(t.Context(), m, rows, refused, careful); !errors.Is(err, errDisk) {
			t.Fatalf("error on a full disk: %v", err)
		}
		if diff := cmp.Diff(before, rows); diff != "" {
			t.Fatalf("rows that are not stored (-before +after):\n%s", diff)
		}
		s.full = false
		return
	}
	errs, stored := g.world.append(before, refused)
	followed, own := m.followed.View, sessionsOf(rows)
	if err := s.append(t.Context(), m, rows, refused, careful); err != nil {
		t.Fatal(err)
	}
	g.compareRows(t, before, rows, errs, stored)
	g.noteOrder(rows, followed)
	for _, s := range append(sessionsOf(rows), own...) {
		scribble(s)
	}
}

// noteOrder looks how the ids of the page views of a batch rise, if others were
// followed before.
func (g *game) noteOrder(rows []behavior.Row, followed int64) {
	highest := int64(0)
	for _, row := range rows {
		if row.Err != nil || row.PageView == nil {
			continue
		}
		g.backlog = g.backlog || row.PageView.ID <= followed
		g.disorder = g.disorder || row.PageView.ID < highest
		highest = max(highest, row.PageView.ID)
	}
}

// compareRows looks at what the caller is told, and gives the ids to the world.
func (g *game) compareRows(t *rapid.T, before, rows []behavior.Row, errs []error, stored []*event) {
	last := g.world.last
	if g.shared {
		last = map[behavior.Kind]int64{}
	}
	for i, row := range rows {
		sameError(t, errs[i], row.Err)
		if errs[i] != nil || row.Progress != nil {
			continue
		}
		kind, id := record.Identity(row)
		if _, given := record.Identity(before[i]); given != 0 && id != given || given == 0 && id <= last[kind] {
			t.Fatalf("row %d has the id %d, after %d; it came with %d", i, id, last[kind], given)
		} else if given == 0 {
			last[kind] = id
		}
		stored[i].number(id)
	}
	for i, row := range rows {
		if stored[i] == nil {
			continue
		}
		want := behavior.Row{Session: stored[i].home}
		if e := cloneRows([]behavior.Row{stored[i].row})[0]; row.Session == nil {
			want = e
			*record.Session(want) = *stored[i].home
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", i, diff)
		}
	}
}

// sessionsOf are the sessions of rows, with what they point to.
func sessionsOf(rows []behavior.Row) (all []behavior.Session) {
	for _, row := range rows {
		if row.Session != nil {
			all = append(all, *row.Session)
		} else {
			all = append(all, *record.Session(row))
		}
	}
	return all
}

// scribble changes what a caller may change of his rows.
func scribble(s behavior.Session) {
	if s.EndTime != nil {
		*s.EndTime = time.Time{}
	}
	if s.UserID != nil {
		*s.UserID = "nobody"
	}
}

// factsWritten takes note that all facts are in the file: a change of a record
// begins with that.
func (g *game) factsWritten() {
	g.backlog, g.disorder = false, false
	g.world.written()
}

// rename gives a session another name, or the same.
func (g *game) rename(t *rapid.T) {
	_, m := g.turn(t)
	s := g.someSession(t)
	name := sessionNames.Draw(t, "new name")
	var want error
	if other := g.world.sessions[name]; other != nil && other != s {
		want = behavior.ErrConflict
	}
	if !record.Storable(name) {
		want = behavior.Invalid{"session_id": {"Text must be UTF-8."}}
	}
	_, err := m.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.SessionID = name; return nil })
	g.factsWritten()
	sameError(t, want, err)
	if err == nil {
		delete(g.world.sessions, s.SessionID)
		s.SessionID, g.world.sessions[name] = name, s
	}
}

// update gives an event another key and another session, or the same.
func (g *game) update(t *rapid.T) {
	_, m := g.turn(t)
	e := g.someEvent(t)
	name, key, at := sessionNames.Draw(t, "new session"), keys.Draw(t, "new key"), moments.Draw(t, "new timestamp")
	var want error
	home := g.world.sessions[name]
	if other := g.world.keyed(home, key); home == nil {
		want = behavior.ErrNoSession
	} else if other != nil && other != e {
		want = behavior.ErrDuplicate
	}
	_, id := record.Identity(e.row)
	var err error
	if e.row.PageView != nil {
		_, err = m.UpdatePageView(t.Context(), id, func(v *behavior.PageView) error {
			v.EventKey, v.Session, v.Timestamp = key, behavior.Session{SessionID: name}, at
			return nil
		})
	} else {
		_, err = m.UpdateInteraction(t.Context(), id, func(in *behavior.Interaction) error {
			in.EventKey, in.Session, in.Timestamp = key, behavior.Session{SessionID: name}, at
			return nil
		})
	}
	g.factsWritten()
	sameError(t, want, err)
	if err == nil {
		e.home = home
		e.change(key, at)
	}
}

// remove deletes a session with its events, as an engine does.
func (g *game) remove(t *rapid.T) {
	s, m := g.shelves[0], g.memories[0]
	gone := g.someSession(t)
	if err := m.WriteFacts(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.factsWritten()
	ofGone := func(home int64) bool { return home == gone.ID }
	maps.DeleteFunc(s.views, func(_ int64, v behavior.PageView) bool { return ofGone(v.Session.ID) })
	maps.DeleteFunc(s.interactions, func(_ int64, in behavior.Interaction) bool { return ofGone(in.Session.ID) })
	delete(s.sessions, gone.ID)
	m.Forget(gone.SessionID)
	delete(g.world.sessions, gone.SessionID)
	g.world.events = slices.DeleteFunc(g.world.events, func(e *event) bool { return e.home == gone })
}

// writeFacts brings facts into the file, or fails to.
func (g *game) writeFacts(t *rapid.T) {
	s, m := g.shelves[0], g.memories[0]
	if s.full = rapid.Bool().Draw(t, "full"); s.full {
		if err := m.WriteFacts(t.Context()); err != nil && !errors.Is(err, errDisk) {
			t.Fatal(err)
		}
		s.full = false
		return
	}
	if err := m.WriteFacts(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.factsWritten()
	if diff := cmp.Diff(g.world.contents().sessions, s.sessions); diff != "" {
		t.Fatalf("sessions in the file (-want +got):\n%s", diff)
	}
	if want := (Marks{s.last[behavior.KindPageView], s.last[behavior.KindInteraction]}); s.marks.View < want.View || s.marks.Interaction < want.Interaction {
		t.Fatalf("facts are written up to %v, want %v", s.marks, want)
	}
}

// crash forgets what is in memory alone.
func (g *game) crash(t *rapid.T) {
	s := g.shelves[0]
	stored, marks := maps.Clone(s.sessions), s.marks
	g.open(t)
	g.world.crash(stored, marks)
	g.world.last = maps.Clone(s.last)
	for _, home := range g.world.sessions { // page views are followed again in the order of their ids
		now := s.sessions[home.ID]
		if v := g.memories[0].dirty[home.SessionID]; v != nil {
			now = v.Session
		}
		if g.backlog || g.disorder {
			home.ExitPath = now.ExitPath
		}
		if g.disorder {
			home.EntryPath, home.Referrer, home.Source, home.Channel = now.EntryPath, now.Referrer, now.Source, now.Channel
		}
	}
}

func sameError(t *rapid.T, want, got error) {
	t.Helper()
	var invalid behavior.Invalid
	if errors.As(want, &invalid) {
		var also behavior.Invalid
		if errors.As(got, &also) && cmp.Equal(invalid, also) {
			return
		}
	} else if errors.Is(got, want) {
		return
	}
	t.Fatalf("error is %v, want %v", got, want)
}
