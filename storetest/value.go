package storetest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

var valueCases = []testCase{
	{"values of sessions are what a recount finds", valueSessions},
	{"values of page views are what a recount finds", valueViews},
	{"values of interactions are what a recount finds", valueInteractions},
	{"the most frequent come first, then the field's order", valueOrder},
	{"no value is a value, and comes before the others", valueNone},
	{"values have the field's type", valueTypes},
	{"facts of sessions are counted at once", valueFacts},
	{"no match has no values", valueNoMatch},
	{"what cannot be counted is an error", valueErrors},
	{"a total stops at its limit", valueCountLimit},
	{"a filter takes thousands of values", valueMany},
}

func valueSessions(t *testing.T, h *house) {
	compareValues(t, h, behavior.KindSession, func() []record {
		return records(sessions(t, h), func(s behavior.Session) record { return sessionRecord("", s) })
	})
}

func valueViews(t *testing.T, h *house) {
	compareValues(t, h, behavior.KindPageView, func() []record { return records(views(t, h), viewRecord) })
}

func valueInteractions(t *testing.T, h *house) {
	compareValues(t, h, behavior.KindInteraction, func() []record { return records(interactions(t, h), interactionRecord) })
}

func records[T any](all []T, toRecord func(T) record) []record {
	var list []record
	for _, one := range all {
		list = append(list, toRecord(one))
	}
	return list
}

// compareValues draws questions about the values of one kind of record and
// compares the store's answers with a plain recount.
func compareValues(t *testing.T, h *house, kind behavior.Kind, everything func() []record) {
	population(t, h)
	all := everything()
	fields := allFields(kind)
	fields = slices.DeleteFunc(fields, func(f behavior.Field) bool { return f.Type == behavior.Time || f.Type == behavior.JSON })
	rapid.Check(t, func(rt *rapid.T) {
		field := rapid.SampledFrom(fields).Draw(rt, "field").Name
		q := drawQuery(kind).Draw(rt, "query")
		got, err := h.Values(t.Context(), kind, field, q)
		if err != nil {
			rt.Fatalf("%s, %+v: %v", field, q, err)
		}
		if diff := cmp.Diff(recountValues(all, field, q), got); diff != "" {
			rt.Fatalf("%s, %+v (-want +got):\n%s", field, q, diff)
		}
	})
}

// recountValues counts the values of a field by going through all records.
func recountValues(all []record, field string, q behavior.Query) []behavior.ValueCount {
	counts := map[any]int{}
	for _, r := range all {
		if r.passes(q.Filters) {
			counts[r[field]]++
		}
	}
	var list []behavior.ValueCount
	for value, n := range counts {
		list = append(list, behavior.ValueCount{Value: value, Count: n})
	}
	slices.SortFunc(list, func(a, b behavior.ValueCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return compare(a.Value, b.Value)
	})
	if q.Limit > 0 {
		list = list[:min(q.Limit, len(list))]
	}
	return list
}

// count asks for the values of a field.
func count(t *testing.T, h *house, kind behavior.Kind, field string, q behavior.Query) []behavior.ValueCount {
	t.Helper()
	got, err := h.Values(t.Context(), kind, field, q)
	if err != nil {
		t.Fatalf("values of %s: %v", field, err)
	}
	return got
}

func valueOrder(t *testing.T, h *house) {
	population := []any{newSession("a")}
	for _, typ := range []behavior.EventType{"b", "a", "B", "é", "b", "", "z", "z"} {
		population = append(population, newInteraction("a", typ))
	}
	add(t, h, population...)
	want := []behavior.ValueCount{{Value: "b", Count: 2}, {Value: "z", Count: 2}, {Value: "", Count: 1}, {Value: "B", Count: 1}, {Value: "a", Count: 1}, {Value: "é", Count: 1}}
	same(t, "all", want, count(t, h, behavior.KindInteraction, "event_type", behavior.Query{}))
	for limit := 1; limit <= len(want)+1; limit++ {
		q := behavior.Query{Limit: limit, Offset: 3, CountLimit: 1, Order: []behavior.Order{{Field: "id", Desc: true}}}
		same(t, "the first "+strconv.Itoa(limit), want[:min(limit, len(want))], count(t, h, behavior.KindInteraction, "event_type", q))
	}
}

func valueNone(t *testing.T, h *house) {
	add(t, h, bare("a"), bare("b"), newSession("c"), newSession("d"), newView("b", "/"), newView("c", "/"))
	same(t, "users", []behavior.ValueCount{{Value: nil, Count: 2}, {Value: "user-c", Count: 1}, {Value: "user-d", Count: 1}},
		count(t, h, behavior.KindSession, "user_id", behavior.Query{}))
	same(t, "users of page views", []behavior.ValueCount{{Value: nil, Count: 1}, {Value: "user-c", Count: 1}},
		count(t, h, behavior.KindPageView, "session__user_id", behavior.Query{}))
}

func valueTypes(t *testing.T, h *house) {
	add(t, h, newSession("a"), bare("b"), newView("a", "/"), newInteraction("b", behavior.Click))
	for _, c := range []struct {
		kind  behavior.Kind
		field string
		want  []behavior.ValueCount
	}{
		{behavior.KindSession, "bot", []behavior.ValueCount{{Value: false, Count: 1}, {Value: true, Count: 1}}},
		{behavior.KindSession, "id", []behavior.ValueCount{{Value: int64(1), Count: 1}, {Value: int64(2), Count: 1}}},
		{behavior.KindPageView, "session__bot", []behavior.ValueCount{{Value: true, Count: 1}}},
		{behavior.KindPageView, "session", []behavior.ValueCount{{Value: int64(1), Count: 1}}},
		{behavior.KindPageView, "visible_ms", []behavior.ValueCount{{Value: int64(1500), Count: 1}}},
		{behavior.KindInteraction, "y", []behavior.ValueCount{{Value: int64(-3), Count: 1}}},
		{behavior.KindInteraction, "session__session_id", []behavior.ValueCount{{Value: "b", Count: 1}}},
	} {
		same(t, string(c.kind)+" "+c.field, c.want, count(t, h, c.kind, c.field, behavior.Query{}))
	}
}

func valueFacts(t *testing.T, h *house) {
	add(t, h, bare("a"), bare("b"))
	add(t, h, newView("a", "/in"), newView("b", "/in"), newView("a", "/out"))
	same(t, "entry paths", []behavior.ValueCount{{Value: "/in", Count: 2}}, count(t, h, behavior.KindSession, "entry_path", behavior.Query{}))
}

func valueNoMatch(t *testing.T, h *house) {
	q := behavior.Query{Filters: []behavior.Filter{{Field: "id", Op: behavior.Greater, Values: []any{int64(0)}}}}
	for _, kind := range behavior.Kinds() {
		same(t, string(kind), 0, len(count(t, h, kind, "id", behavior.Query{})))
		same(t, string(kind)+", filtered", 0, len(count(t, h, kind, "id", q)))
	}
}

func valueErrors(t *testing.T, h *house) {
	add(t, h, newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click))
	bad := behavior.Query{Filters: []behavior.Filter{{Field: "nonsense", Values: []any{"x"}}}}
	for _, c := range []struct {
		name  string
		kind  behavior.Kind
		field string
		query behavior.Query
	}{
		{"a time", behavior.KindSession, "start_time", behavior.Query{}},
		{"a time of the session", behavior.KindPageView, "session__end_time", behavior.Query{}},
		{"a document", behavior.KindInteraction, "metadata", behavior.Query{}},
		{"unknown field", behavior.KindSession, "nonsense", behavior.Query{}},
		{"no field", behavior.KindSession, "", behavior.Query{}},
		{"field of another kind", behavior.KindSession, "url", behavior.Query{}},
		{"session of a session", behavior.KindSession, "session__browser", behavior.Query{}},
		{"hostile field", behavior.KindPageView, `url"; DROP TABLE sessions; --`, behavior.Query{}},
		{"unknown kind", "nonsense", "id", behavior.Query{}},
		{"unknown field in a filter", behavior.KindPageView, "url", bad},
		{"limit below zero", behavior.KindPageView, "url", behavior.Query{Limit: -1}},
	} {
		if _, err := h.Values(t.Context(), c.kind, c.field, c.query); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
}

func valueCountLimit(t *testing.T, h *house) {
	add(t, h, newSession("a"), newView("a", "/1"), newView("a", "/2"), newView("a", "/3"), newView("a", "/4"), newView("a", "/5"))
	at := func(path string) []behavior.Filter {
		return []behavior.Filter{{Field: "path", Op: behavior.AtMost, Values: []any{path}}, {Field: "session__bot", Values: []any{true}}}
	}
	for _, c := range []struct{ matching, limit, want int }{
		{2, 3, 2}, {3, 3, 3}, {4, 3, 4}, {5, 3, 4}, {5, 1, 2}, {5, 0, 5}, {5, 100, 5}, {0, 3, 0},
	} {
		q := behavior.Query{Filters: at("/" + strconv.Itoa(c.matching)), CountLimit: c.limit, Limit: 10, Order: []behavior.Order{{Field: "path", Desc: true}}}
		n, total, err := ask(t, h, behavior.KindPageView, q)
		if err != nil || n != c.matching || total != c.want {
			t.Errorf("%+v: %d records, total %d, error %v", c, n, total, err)
		}
	}
	if _, total, err := ask(t, h, behavior.KindPageView, behavior.Query{CountLimit: 1, Uncounted: true}); total != -1 || err != nil {
		t.Errorf("uncounted: total %d, error %v", total, err)
	}
	if _, _, err := ask(t, h, behavior.KindPageView, behavior.Query{CountLimit: -1}); err == nil {
		t.Error("limit below zero: no error")
	}
}

func valueMany(t *testing.T, h *house) {
	const n, asked = 300, 5000
	var all []any
	for k := range n {
		name := numbered("s", k)
		s := newSession(name)
		if k%3 == 0 {
			s.UserID = nil
		}
		all = append(all, s, newView(name, "/"))
	}
	add(t, h, all...)
	var ids, users, names []any
	for k := range asked {
		ids, users, names = append(ids, int64(2*k)), append(users, numbered("user-s", 2*k)), append(names, strings.ToUpper(numbered("s", k)), "\xff")
	}
	odd := func(not bool) []behavior.Filter { return []behavior.Filter{{Field: "id", Values: ids, Not: not}} }
	for _, c := range []struct {
		name    string
		kind    behavior.Kind
		filters []behavior.Filter
		want    int
	}{
		{"ids", behavior.KindSession, odd(false), n / 2},
		{"other ids", behavior.KindPageView, odd(true), n / 2},
		{"sessions of page views", behavior.KindPageView, []behavior.Filter{{Field: "session", Values: ids}}, n / 2},
		{"ids of sessions of page views", behavior.KindPageView, []behavior.Filter{{Field: "session__id", Values: ids, Not: true}}, n / 2},
		{"users", behavior.KindSession, []behavior.Filter{{Field: "user_id", Values: users}}, n / 3},
		{"other users or none", behavior.KindSession, []behavior.Filter{{Field: "user_id", Values: users, Not: true}}, n - n/3},
		{"users or none", behavior.KindSession, []behavior.Filter{{Field: "user_id", Values: append(users, nil)}}, n/3 + n/3},
		{"names in capitals", behavior.KindSession, []behavior.Filter{{Field: "session_id", Values: names}}, 0},
		{"one of two lists", behavior.KindSession, []behavior.Filter{{Any: append(odd(false), behavior.Filter{Field: "user_id", Values: []any{nil}})}}, n/2 + n/6},
	} {
		_, total, err := ask(t, h, c.kind, behavior.Query{Filters: c.filters, Limit: 1})
		if err != nil || total != c.want {
			t.Errorf("%s: total %d, want %d, error %v", c.name, total, c.want, err)
		}
	}
	for _, wrong := range []any{"text", "\xff", 1.5, true} {
		if _, _, err := ask(t, h, behavior.KindSession, behavior.Query{Filters: []behavior.Filter{{Field: "id", Values: append(ids, wrong)}}}); err == nil {
			t.Errorf("%v among ids: no error", wrong)
		}
	}
}
