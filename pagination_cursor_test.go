package behavior_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// The links of a cursor lead over the whole list in its order, whatever values
// repeat or miss, and back over the same pages.
func TestCursorLinksCoverTheList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := drawSessions(t, rapid.IntRange(0, 25).Draw(t, "records"))
		order := drawOrder(t)
		seen := follow(t, behavior.Cursor{PageSize: rapid.IntRange(1, 6).Draw(t, "size")}, records, "a=b", nil, order...)
		if len(order) == 0 {
			order = []behavior.Order{{Field: "id", Desc: true}}
		}
		all, _ := selected(records, behavior.Query{Order: order})
		var want []int64
		for _, s := range all {
			want = append(want, s.ID)
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Fatalf("order %v: records differ (-want +got):\n%s", order, diff)
		}
	})
}

// Records that come in while a client reads neither repeat nor hide those that
// were there.
func TestCursorsAreStableWhileRecordsComeIn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := drawSessions(t, rapid.IntRange(0, 20).Draw(t, "records"))
		old := len(records)
		order := drawOrder(t)
		grow := func() []behavior.Session {
			if len(records) > 60 {
				return records
			}
			more := drawSessions(t, rapid.IntRange(0, 3).Draw(t, "more"))
			for i := range more {
				more[i].ID = int64(len(records) + 1)
				records = append(records, more[i])
			}
			return records
		}
		seen := follow(t, behavior.Cursor{PageSize: 3}, records, "", grow, order...)
		counted := map[int64]int{}
		for _, id := range seen {
			counted[id]++
			if counted[id] > 1 {
				t.Fatalf("record %d comes twice", id)
			}
		}
		for id := 1; id <= old; id++ {
			if counted[int64(id)] != 1 {
				t.Fatalf("record %d is missing", id)
			}
		}
	})
}

// The same over a real store: its idea of order and of missing values is the
// one that cursors rely on.
func TestCursorsOverAStore(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	start := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	var rows []behavior.Row
	for i := range 23 {
		s := behavior.Session{SessionID: fmt.Sprint("s", i), UserAgent: "a", IPAddress: "10.0.0.1", StartTime: start.Add(time.Duration(i/4) * time.Microsecond)}
		if i%3 > 0 {
			end, id := start.Add(time.Duration(i%5)*time.Hour), fmt.Sprint("é", i%2)
			s.EndTime, s.UserID = &end, &id
		}
		rows = append(rows, behavior.Row{Session: &s})
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	list := func(q behavior.Query) ([]behavior.Session, int, error) { return tracker.Sessions(t.Context(), q) }
	for _, order := range [][]behavior.Order{
		nil, {{Field: "end_time"}}, {{Field: "end_time", Desc: true}}, {{Field: "user_id", Desc: true}, {Field: "start_time"}}, {{Field: "bot"}, {Field: "id", Desc: true}}, {{Field: "bot", Desc: true}},
	} {
		want := behavior.Query{Order: order}
		if order == nil {
			want.Order = []behavior.Order{{Field: "id", Desc: true}}
		}
		all, _, err := list(want)
		if err != nil {
			t.Fatal(err)
		}
		var ids, seen []int64
		for _, s := range all {
			ids = append(ids, s.ID)
		}
		for query, pages := "", 0; pages < 9; pages++ {
			got, err := pageOf(behavior.Cursor{PageSize: 4}, list, query, order...)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, got.Results...)
			if got.Next == nil {
				break
			}
			query = linkQuery(t, got.Next)
		}
		if diff := cmp.Diff(ids, seen); diff != "" {
			t.Errorf("order %v: records differ (-want +got):\n%s", order, diff)
		}
	}
}

// Where the rest of a list has been deleted the page is empty, and its link
// leads back to the last record that is left.
func TestAnEmptyCursorPageLeadsBack(t *testing.T) {
	t.Parallel()
	order := behavior.Order{Field: "id"}
	cursor := behavior.Cursor{PageSize: 2}
	first, err := page(cursor, ids(5), "", order)
	if err != nil {
		t.Fatal(err)
	}
	empty, err := page(cursor, ids(2), linkQuery(t, first.Next), order)
	if err != nil || len(empty.Results) != 0 || empty.Next != nil {
		t.Fatalf("page is %+v, %v", empty, err)
	}
	back, err := page(cursor, ids(2), linkQuery(t, empty.Previous), order)
	if diff := cmp.Diff([]int64{1, 2}, back.Results); err != nil || diff != "" || back.Previous != nil {
		t.Errorf("back: %v, %v, results differ (-want +got):\n%s", back, err, diff)
	}
	forth, err := page(cursor, ids(5), linkQuery(t, back.Next), order)
	if diff := cmp.Diff([]int64{3, 4}, forth.Results); err != nil || diff != "" {
		t.Errorf("and forth: %v, results differ (-want +got):\n%s", err, diff)
	}
}

func linkQuery(t *testing.T, link *string) string {
	t.Helper()
	if link == nil {
		t.Fatal("there is no link")
	}
	return get(*link).URL.RawQuery
}

func TestACursorsOwnOrder(t *testing.T) {
	t.Parallel()
	rising := behavior.Cursor{Order: []behavior.Order{{Field: "id"}}}
	if got, _ := page(rising, ids(30), ""); !slices.Equal(got.Results, numbers(1, 10)) {
		t.Errorf("results are %v", got.Results)
	}
	if got, _ := page(rising, ids(3), "", behavior.Order{Field: "id", Desc: true}); !slices.Equal(got.Results, []int64{3, 2, 1}) {
		t.Errorf("results in the order asked for are %v", got.Results)
	}
	if got, _ := page(behavior.Cursor{}, ids(3), ""); !slices.Equal(got.Results, []int64{3, 2, 1}) || got.Count != nil {
		t.Errorf("results by default are %v", got.Results)
	}
}

// encoded is a cursor of some text, as a client might make it up.
func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestHostileCursorsAreNotFound(t *testing.T) {
	t.Parallel()
	order := []behavior.Order{{Field: "end_time"}, {Field: "user_agent"}, {Field: "bot"}, {Field: "id"}}
	good := encoded("p=-&p==a&p==true&p==7")
	if _, err := page(behavior.Cursor{}, ids(3), "cursor="+good, order...); err != nil {
		t.Errorf("a good cursor: %v", err)
	}
	for _, cursor := range []string{
		"%00", "x", "!!!!", good + "x", encoded("r=1"), encoded("p=%zz"), encoded("p==7"), encoded("p=-&p=-&p=-&p=-"),
		encoded("p==2025&p==a&p==true&p==7"), encoded("p==9999-12-31T23:59:59-23:59&p==a&p==true&p==7"),
		encoded("p=-&p=a&p==true&p==7"), encoded("p=-&p==%ff&p==true&p==7"), encoded("p=-&p==%00&p==true&p==7"),
		encoded("p=-&p==a&p==maybe&p==7"), encoded("p=-&p==a&p==true&p==7.5"), encoded("p=-&p==a&p==true&p==99999999999999999999"),
		encoded("p=-&p==a&p==true&p==7&p==8"),
	} {
		_, err := page(behavior.Cursor{}, ids(3), "cursor="+cursor, order...)
		var missing behavior.PageError
		if !errors.As(err, &missing) || missing != "Invalid cursor" {
			t.Errorf("%s: error is %v", cursor, err)
		}
	}
}

// Fields of one name have one type in all kinds of records: a cursor relies on it.
func TestFieldsOfOneNameHaveOneType(t *testing.T) {
	t.Parallel()
	types := map[string]behavior.FieldType{}
	for _, kind := range behavior.Kinds() {
		for _, f := range kind.Fields() {
			if other, ok := types[f.Name]; ok && other != f.Type {
				t.Errorf("%s has two types", f.Name)
			}
			types[f.Name] = f.Type
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("p=-&p==7", true)
	f.Add("r=1&i=1&p==2025-03-01T12:00:00.000001Z&p==-7", false)
	f.Add("p==0001-01-01T00:00:00+00:01&p==1", false)
	f.Fuzz(func(t *testing.T, text string, desc bool) {
		order := []behavior.Order{{Field: "end_time", Desc: desc}, {Field: "id"}}
		got, err := page(behavior.Cursor{}, ids(30), "cursor="+encoded(text), order...)
		if err != nil {
			if !errors.Is(err, behavior.ErrNotFound) {
				t.Errorf("%q: error is %v", text, err)
			}
			return
		}
		for _, link := range []*string{got.Next, got.Previous} {
			if link == nil {
				continue
			}
			if _, err := page(behavior.Cursor{}, ids(30), linkQuery(t, link), order...); err != nil {
				t.Error(fmt.Errorf("%q: its own link: %w", text, err))
			}
		}
	})
}
