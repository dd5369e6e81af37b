package behavior_test

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// selected is what a store answers to a query over these sessions.
func selected(records []behavior.Session, q behavior.Query) (found []behavior.Session, total int) {
	for _, s := range records {
		if !slices.ContainsFunc(q.Filters, func(f behavior.Filter) bool { return !matches(s, f) }) {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b behavior.Session) int {
		for _, o := range q.Order {
			c := compare(fieldOf(a, o.Field), fieldOf(b, o.Field))
			if o.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(a.ID, b.ID)
	})
	if total = len(found); q.Uncounted {
		total = -1
	}
	found = found[min(q.Offset, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found, total
}

func matches(s behavior.Session, f behavior.Filter) bool {
	if len(f.Any) > 0 {
		return slices.ContainsFunc(f.Any, func(f behavior.Filter) bool { return matches(s, f) }) != f.Not
	}
	got := fieldOf(s, f.Field)
	return slices.ContainsFunc(f.Values, func(value any) bool {
		if _, ok := value.(bool); ok && f.Op != behavior.Is {
			panic("stores do not compare truth values")
		}
		if got == nil || value == nil {
			return f.Op == behavior.Is && got == value
		}
		c := compare(got, value)
		switch f.Op {
		case behavior.Is:
			return c == 0
		case behavior.AtLeast:
			return c >= 0
		case behavior.AtMost:
			return c <= 0
		case behavior.Less:
			return c < 0
		case behavior.Greater:
			return c > 0
		default:
			panic("an operator that no pagination uses")
		}
	}) != f.Not
}

// fieldOf is the value of a session's field; nil for none.
func fieldOf(s behavior.Session, field string) any {
	switch field {
	case "id":
		return s.ID
	case "user_agent":
		return s.UserAgent
	case "bot":
		return s.Bot
	case "start_time":
		return s.StartTime
	case "end_time":
		if s.EndTime != nil {
			return *s.EndTime
		}
		return nil
	case "user_id":
		if s.UserID != nil {
			return *s.UserID
		}
		return nil
	}
	panic("no field " + field)
}

// compare puts no value first.
func compare(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case time.Time:
		return a.Compare(b.(time.Time))
	case bool:
		switch {
		case a == b.(bool):
			return 0
		case a:
			return 1
		}
		return -1
	}
	return cmp.Compare(a.(int64), b.(int64))
}

// drawSessions are sessions with many equal and missing values.
func drawSessions(t *rapid.T, n int) []behavior.Session {
	records := ids(n)
	for i := range records {
		s := &records[i]
		s.UserAgent = rapid.SampledFrom([]string{"", "a", "b&=+%", "é\n"}).Draw(t, "user_agent")
		s.Bot = rapid.Bool().Draw(t, "bot")
		s.StartTime = drawTime(t, "start_time")
		if rapid.Bool().Draw(t, "ended") {
			end := drawTime(t, "end_time")
			s.EndTime = &end
		}
		if rapid.Bool().Draw(t, "known") {
			id := rapid.SampledFrom([]string{"", "-", "=", "7"}).Draw(t, "user_id")
			s.UserID = &id
		}
	}
	return records
}

func drawTime(t *rapid.T, label string) time.Time {
	return time.UnixMicro(1740830400_000000 + rapid.Int64Range(0, 4).Draw(t, label)).UTC()
}

// drawOrder is an order by up to three fields.
func drawOrder(t *rapid.T) []behavior.Order {
	fields := []string{"id", "user_agent", "bot", "start_time", "end_time", "user_id"}
	var order []behavior.Order
	for range rapid.IntRange(0, 3).Draw(t, "fields") {
		order = append(order, behavior.Order{
			Field: rapid.SampledFrom(fields).Draw(t, "field"),
			Desc:  rapid.Bool().Draw(t, "desc"),
		})
	}
	return order
}

// follow collects the ids of a list by its next links, and fails unless the
// previous links lead over the same pages back to the first. between, when
// set, is called before each next page and may add to the list.
func follow(t *rapid.T, p behavior.Pagination, records []behavior.Session, query string, between func() []behavior.Session, order ...behavior.Order) (seen []int64) {
	var pages [][]int64
	for {
		got, err := page(p, records, query, order...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		pages = append(pages, got.Results)
		seen = append(seen, got.Results...)
		if len(pages) > len(records)+1 {
			t.Fatalf("the links do not end")
		}
		if got.Next == nil {
			break
		}
		query = queryOf(t, *got.Next)
		if between != nil {
			records = between()
		}
	}
	if between == nil {
		followBack(t, p, records, query, pages, order)
	}
	return seen
}

func followBack(t *rapid.T, p behavior.Pagination, records []behavior.Session, query string, pages [][]int64, order []behavior.Order) {
	for i := len(pages) - 1; ; i-- {
		got, err := page(p, records, query, order...)
		if err != nil || i < 0 || !slices.Equal(got.Results, pages[i]) {
			t.Fatalf("back on page %d: %v, %v", i, got.Results, err)
		}
		if got.Previous == nil {
			if i != 0 {
				t.Fatalf("page %d has no previous page", i)
			}
			return
		}
		query = queryOf(t, *got.Previous)
	}
}

func queryOf(t *rapid.T, link string) string {
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.RawQuery
}

// numbers counts from one number to another.
func numbers(from, to int) []int64 {
	var all []int64
	for n := from; n <= to; n++ {
		all = append(all, int64(n))
	}
	return all
}
