package move

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestNamesAndKeysThatAreSwapped(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	add(t, from, newSession("a"), newSession("b"), newView("a", "/1"), newView("a", "/2"))
	copied(t, from, to, small)
	rename := func(id int64, name string) {
		if _, err := from.UpdateSession(t.Context(), id, func(s *behavior.Session) error { s.SessionID = name; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	rename(1, "x")
	rename(2, "a")
	rename(1, "b")
	key := func(id int64, key string) {
		if _, err := from.UpdatePageView(t.Context(), id, func(v *behavior.PageView) error { v.EventKey = key; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	key(1, "x")
	key(2, "view/1")
	key(1, "view/2")
	copied(t, from, to, small)
	same(t, from, to)
}

// keyed is a store in which the page views and interactions with some ids have
// the key "k", as ClickHouse can have it in different months.
type keyed struct {
	behavior.Store
	views, interactions []int64
}

func (s keyed) PageViews(ctx context.Context, q behavior.Query) ([]behavior.PageView, int, error) {
	found, n, err := s.Store.PageViews(ctx, q)
	for i := range found {
		if slices.Contains(s.views, found[i].ID) {
			found[i].EventKey = "k"
		}
	}
	return found, n, err
}

func (s keyed) Interactions(ctx context.Context, q behavior.Query) ([]behavior.Interaction, int, error) {
	found, n, err := s.Store.Interactions(ctx, q)
	for i := range found {
		if slices.Contains(s.interactions, found[i].ID) {
			found[i].EventKey = "k"
		}
	}
	return found, n, err
}

func TestTwoEventsOfTheSourceWithOneKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		from keyed
		want string
	}{
		{"two page views", keyed{views: []int64{1, 3}}, "page view 3 of 2025-04-23 15:09:26: the source has page view 1 with the same event key"},
		{"of two kinds", keyed{views: []int64{1}, interactions: []int64{1}}, "interaction 1 of 2025-03-15 21:09:26: the source has page view 1 with the same event key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.from.Store = open(t, "sqlite")
			visits(t, c.from, "s", 1)
			later := newView("s0", "/later")
			later.Timestamp = begin.Add(40 * oneDay)
			add(t, c.from, later)
			to := open(t, "sqlite")
			for range 2 {
				copier := New(c.from, to, small)
				if err := copier.Copy(t.Context()); err != nil {
					t.Fatal(err)
				}
				result, err := copier.Verify(t.Context())
				if err != nil || result.Refused != 1 || len(result.Reasons) != 1 || result.Moving != 0 {
					t.Fatalf("%+v, %v", result, err)
				}
				if !strings.HasPrefix(result.Reasons[0], c.want) {
					t.Error(result.Reasons[0])
				}
				if n := len(everything(t, to, behavior.KindPageView)) + len(everything(t, to, behavior.KindInteraction)); n != 3 {
					t.Errorf("%d of four events are there", n)
				}
			}
		})
	}
}

// hasty is a store that says of interactions without a key, the first time, that
// their ids are taken: as when another one had it a moment ago.
type hasty struct {
	behavior.Store
	again bool
}

func (s *hasty) Append(ctx context.Context, rows []behavior.Row) error {
	if s.again || rows[0].Interaction == nil {
		return s.Store.Append(ctx, rows)
	}
	s.again = true
	last := len(rows) - 1
	rows[last].Err = behavior.ErrConflict
	return s.Store.Append(ctx, rows[:last])
}

func TestEventsWithoutAKeyAreInNobodysWay(t *testing.T) {
	t.Parallel()
	from, to := open(t, "sqlite"), open(t, "sqlite")
	add(t, from, newSession("s"), newInteraction("s", "#1"), newInteraction("s", "#2"))
	c := New(from, &hasty{Store: to}, small)
	if err := c.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, from, to)
	if result := verified(t, c); result.Refused+result.Repaired > 0 {
		t.Errorf("%+v", result)
	}
}
