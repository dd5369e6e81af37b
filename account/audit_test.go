package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// entries are what the trail answers, with the total.
func entries(t interface {
	Helper()
	Fatal(...any)
}, s *Store, q behavior.AuditQuery) ([]behavior.AuditEntry, int) {
	t.Helper()
	list, total, err := s.Entries(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return list, total
}

func TestTheTrailGivesBackWhatWasNoted(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Date(2025, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
		s.now = func() time.Time { return now }
		all := behavior.AuditEntry{
			Time: now.Add(time.Hour), UserID: "7", User: "ann", Addr: "2001:db8::1", Deed: behavior.DeedChange, Kind: behavior.KindPageView,
			ObjectID: "12", Object: "Page View <b>\x00 at \u202e noon", Note: "by hand",
			Changes: []behavior.FieldChange{{Field: "url", Before: "https://a/?<&>", After: ""}, {Field: "session", Before: "1", After: "\"2\""}},
		}
		if err := s.Note(t.Context(), all, behavior.AuditEntry{ID: 99, User: "\xff", Deed: behavior.DeedSignInFailed}); err != nil {
			t.Fatal(err)
		}
		if err := s.Note(t.Context()); err != nil {
			t.Errorf("nothing: %v", err)
		}
		all.ID, all.Object, all.Time = 1, h.stored(all.Object), time.Date(2025, 3, 1, 12, 0, 0, 123456000, time.UTC)
		want := []behavior.AuditEntry{all, {ID: 2, Time: all.Time.Add(-time.Hour), User: "\uFFFD", Deed: behavior.DeedSignInFailed}}
		for _, store := range []*Store{s, h.again(t, s)} {
			got, total := entries(t, store, behavior.AuditQuery{})
			if diff := cmp.Diff(want, got); diff != "" || total != 2 {
				t.Error(diff, total)
			}
		}
	})
}

func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		long, kept := strings.Repeat("ü", 1001), strings.Repeat("ü", 1000)
		err := s.Note(t.Context(), behavior.AuditEntry{
			UserID: long, User: long, Addr: long, Deed: behavior.Deed(long), Kind: behavior.Kind(long), ObjectID: long, Object: long, Note: long,
			Changes: []behavior.FieldChange{{Field: long, Before: long, After: kept}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := entries(t, s, behavior.AuditQuery{})
		want := []behavior.AuditEntry{{
			ID: 1, Time: got[0].Time, UserID: kept, User: kept, Addr: kept, Deed: behavior.Deed(kept), Kind: behavior.Kind(kept),
			ObjectID: kept, Object: kept, Note: kept, Changes: []behavior.FieldChange{{Field: kept, Before: kept, After: kept}},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestCutIsAlwaysAShortBeginning(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Repeat(rapid.String().Draw(t, "text"), rapid.IntRange(1, 400).Draw(t, "times"))
		got := cut(text)
		if n := utf8.RuneCountInString(text); utf8.RuneCountInString(got) != min(n, maxText) || !strings.HasPrefix(text, got) {
			t.Fatalf("%d of %d characters", utf8.RuneCountInString(got), n)
		}
	})
}

func TestTheTrailIsOnlyEverAddedTo(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		if err := s.Note(t.Context(), behavior.AuditEntry{User: "ann"}, behavior.AuditEntry{User: "bob"}); err != nil {
			t.Fatal(err)
		}
		before, _ := entries(t, s, behavior.AuditQuery{})
		statements := []string{
			`UPDATE @audit SET "user" = 'eve' WHERE id = 1`,
			"UPDATE @audit SET id = 3 WHERE id = 1",
			"DELETE FROM @audit WHERE id = 2",
			"DELETE FROM @audit",
			"INSERT INTO @audit (id, " + auditColumns + ") VALUES (1, 0, '', 'eve', '', '', '', '', '', '', '') ON CONFLICT (id) DO UPDATE SET note = 'eve'",
		}
		if h.name == "sqlite" {
			statements = append(statements, "INSERT OR REPLACE INTO @audit (id, "+auditColumns+") VALUES (1, 0, '', 'eve', '', '', '', '', '', '', '')")
		} else {
			statements = append(statements, "TRUNCATE @audit")
		}
		for _, statement := range statements {
			if _, err := s.db.database.ExecContext(t.Context(), s.db.database.in(statement)); err == nil || !strings.Contains(err.Error(), "the audit trail is only ever added to") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		after, _ := entries(t, s, behavior.AuditQuery{})
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheTrailSurvivesThePerson(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		ann := add(t, s, "ann")
		if err := s.Note(t.Context(), behavior.AuditEntry{UserID: ann.ID, User: "ann", Kind: behavior.KindPerson, ObjectID: ann.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePerson(t.Context(), ann.ID); err != nil {
			t.Fatal(err)
		}
		if list, total := entries(t, s, behavior.AuditQuery{UserID: ann.ID}); len(list) != 1 || total != 1 || list[0].User != "ann" {
			t.Errorf("%v of %d", list, total)
		}
	})
}

func TestSearchTakesEveryCharacterAsItIs(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		for _, text := range []string{"Ann", "100%", "a_b", "axb", "ÄRGER", "a\x00z", `\`} {
			if err := s.Note(t.Context(), behavior.AuditEntry{Object: text}, behavior.AuditEntry{User: text}); err != nil {
				t.Fatal(err)
			}
		}
		for search, want := range map[string][]string{
			"aNN": {"Ann"}, "%": {"100%"}, "_": {"a_b"}, "ärger": nil, "Ärger": {"ÄRGER"}, "Z": {h.stored("a\x00z")}, "\x00": {h.stored("a\x00z")}, `\`: {`\`}, "nobody": nil, "'": nil,
		} {
			list, total := entries(t, s, behavior.AuditQuery{Search: search, OldestFirst: true})
			var got []string
			for _, e := range list {
				got = append(got, e.User+e.Object)
			}
			twice := slices.Concat(want, want)
			if diff := cmp.Diff(twice, got); diff != "" || total != len(twice) {
				t.Errorf("%q: %s", search, diff)
			}
		}
	})
}

// asked answers a query in Go.
func asked(all []behavior.AuditEntry, q behavior.AuditQuery) (list []behavior.AuditEntry, total int) {
	has := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(q.Search)) }
	for _, e := range all {
		if (q.UserID == "" || e.UserID == q.UserID) && (q.Deed == "" || e.Deed == q.Deed) && (q.Kind == "" || e.Kind == q.Kind) &&
			(q.ObjectID == "" || e.ObjectID == q.ObjectID) && (has(e.User) || has(e.Object)) &&
			(q.From.IsZero() || !e.Time.Before(q.From)) && (q.To.IsZero() || e.Time.Before(q.To)) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b behavior.AuditEntry) int {
		if !q.OldestFirst {
			a, b = b, a
		}
		if order := a.Time.Compare(b.Time); order != 0 {
			return order
		}
		return int(a.ID - b.ID)
	})
	total = len(list)
	list = list[min(q.Offset, total):]
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
	}
	if len(list) == 0 {
		list = nil
	}
	return list, total
}

func TestEveryQuestionToTheTrailIsAnsweredRight(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		start := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
		var noted []behavior.AuditEntry
		for i := range 300 {
			noted = append(noted, behavior.AuditEntry{
				Time: start.Add(time.Duration(i*7%50) * time.Minute), UserID: []string{"", "1", "2"}[i%3], User: []string{"", "ann", "BOB"}[i%3],
				Deed: behavior.Deeds()[i%10], Kind: []behavior.Kind{"", behavior.KindSession, behavior.KindPerson}[i/3%3],
				ObjectID: fmt.Sprint(i % 4), Object: fmt.Sprintf("Object %d", i),
			})
		}
		if err := s.Note(t.Context(), noted...); err != nil {
			t.Fatal(err)
		}
		for i := range noted {
			noted[i].ID = int64(i + 1)
		}
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			if rapid.Bool().Draw(t, "none") {
				return time.Time{}
			}
			return start.Add(time.Duration(rapid.IntRange(-1, 51).Draw(t, "minute")) * time.Minute)
		})
		rapid.Check(t, func(t *rapid.T) {
			q := behavior.AuditQuery{
				UserID:   rapid.SampledFrom([]string{"", "", "1", "2", "3"}).Draw(t, "user"),
				Deed:     rapid.SampledFrom(append(behavior.Deeds(), "", "", "", "", "", "x")).Draw(t, "deed"),
				Kind:     rapid.SampledFrom([]behavior.Kind{"", "", behavior.KindSession, behavior.KindPerson, "x"}).Draw(t, "kind"),
				ObjectID: rapid.SampledFrom([]string{"", "", "", "1", "9"}).Draw(t, "object"),
				Search:   rapid.SampledFrom([]string{"", "", "ANN", "bob", "object 1", "%"}).Draw(t, "search"),
				From:     moment.Draw(t, "from"), To: moment.Draw(t, "to"), OldestFirst: rapid.Bool().Draw(t, "oldest first"),
				Limit: rapid.IntRange(0, 40).Draw(t, "limit"), Offset: rapid.IntRange(0, 60).Draw(t, "offset"),
			}
			got, total := entries(t, s, q)
			want, matching := asked(noted, q)
			if diff := cmp.Diff(want, got); diff != "" || total != matching {
				t.Fatalf("%d entries, want %d: %s", total, matching, diff)
			}
		})
	})
}

// Two processes note at once, each some entries at a time: those of one call
// stay together, and none is lost.
func TestEntriesOfOneCallStayTogether(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		stores := h.twice(t)
		var all sync.WaitGroup
		for i, s := range stores {
			all.Go(func() {
				for n := range 20 {
					three := make([]behavior.AuditEntry, 3)
					for j := range three {
						three[j].Note = fmt.Sprint(i, n)
					}
					if err := s.Note(t.Context(), three...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		list, total := entries(t, stores[0], behavior.AuditQuery{OldestFirst: true})
		if total != 120 {
			t.Fatalf("%d entries", total)
		}
		slices.SortFunc(list, func(a, b behavior.AuditEntry) int { return int(a.ID - b.ID) })
		for i := 0; i < len(list); i += 3 {
			if list[i].Note != list[i+1].Note || list[i].Note != list[i+2].Note {
				t.Errorf("entries from %d on: %q %q %q", i, list[i].Note, list[i+1].Note, list[i+2].Note)
			}
		}
	})
}

func TestANoteThatIsCutShortLeavesNothing(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		// The second of these is refused by the database.
		refuse := "ALTER TABLE @audit ADD CONSTRAINT refuse CHECK (note <> 'bad')"
		if h.name == "sqlite" {
			refuse = "CREATE TRIGGER refuse BEFORE INSERT ON audit WHEN NEW.note = 'bad' BEGIN SELECT RAISE(ABORT, 'refused'); END"
		}
		if _, err := s.db.exec(t.Context(), refuse); err != nil {
			t.Fatal(err)
		}
		if err := s.Note(t.Context(), behavior.AuditEntry{Note: "good"}, behavior.AuditEntry{Note: "bad"}); err == nil {
			t.Error("noted")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Note(ctx, behavior.AuditEntry{}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if list, total := entries(t, s, behavior.AuditQuery{}); total != 0 {
			t.Errorf("noted: %v", list)
		}
	})
}

// Each question that pages ask finds its rows by an index and in its order.
func TestTheTrailsQuestionsUseIndexes(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, q := range map[string]behavior.AuditQuery{
		"all": {}, "one person's": {UserID: "1"}, "an object's": {Kind: behavior.KindSession, ObjectID: "5"}, "a deed": {Deed: behavior.DeedSignIn},
		"a range": {From: time.Unix(0, 0), To: time.Unix(9, 0)},
	} {
		for _, step := range plan(t, s, q) {
			if !strings.Contains(step, "USING INDEX audit_") {
				t.Errorf("%s: %s", name, step)
			}
		}
	}
}

// plan is how a question is answered, step by step.
func plan(t *testing.T, s *Store, q behavior.AuditQuery) (steps []string) {
	t.Helper()
	where, args := s.auditWhere(q)
	rows, err := s.db.database.QueryContext(t.Context(), s.db.database.in("EXPLAIN QUERY PLAN SELECT * FROM @audit"+where)+" ORDER BY time DESC, id DESC LIMIT 10", args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil || len(steps) == 0 {
		t.Fatal(steps, err)
	}
	return steps
}
