package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

var listCases = []testCase{
	{"sessions are what a recount finds", listSessions},
	{"page views are what a recount finds", listViews},
	{"interactions are what a recount finds", listInteractions},
	{"every field can be filtered and ordered by", listFields},
	{"no match", listNoMatch},
	{"uncounted", listUncounted},
	{"without an order it is that of the ids", listUnordered},
	{"the session of each record comes along", listWithSession},
	{"a plain list has the same records", listPlain},
	{"a field or value that does not suit is an error", listErrors},
	{"text beyond UTF-8 in a filter harms nothing", listBadText},
	{"odd metadata does not fail a list", listOddMetadata},
}

// listPlain compares plain lists with others, whose sessions may be missing.
func listPlain(t *testing.T, h *house) {
	population(t, h)
	rapid.Check(t, func(rt *rapid.T) {
		q := drawQuery(behavior.KindPageView).Draw(rt, "page views")
		want, total, err := h.PageViews(t.Context(), q)
		q.Plain = true
		got, same, errPlain := h.PageViews(t.Context(), q)
		if err != nil || errPlain != nil || total != same {
			rt.Fatalf("totals %d and %d, errors %v and %v", total, same, err, errPlain)
		}
		for i := range want {
			want[i].Session = behavior.Session{ID: want[i].Session.ID}
		}
		for i := range got {
			got[i].Session = behavior.Session{ID: got[i].Session.ID}
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 { // none is none
			rt.Fatalf("page views (-want +got):\n%s", diff)
		}
	})
	views, interactions := everyPlain(t, h)
	for _, v := range views {
		if v.Session.ID == 0 {
			t.Errorf("page view %d names no session", v.ID)
		}
	}
	for _, i := range interactions {
		if i.Session.ID == 0 {
			t.Errorf("interaction %d names no session", i.ID)
		}
	}
}

func everyPlain(t *testing.T, h *house) ([]behavior.PageView, []behavior.Interaction) {
	t.Helper()
	views, _, err := h.PageViews(t.Context(), behavior.Query{Plain: true, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	interactions, _, err := h.Interactions(t.Context(), behavior.Query{Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(views) == 0 || len(interactions) == 0 {
		t.Fatal("nothing was listed")
	}
	return views, interactions
}

func listSessions(t *testing.T, h *house) {
	compareLists(t, h, behavior.KindSession, func(q behavior.Query) ([]behavior.Session, int, error) {
		return h.Sessions(t.Context(), q)
	}, func(s behavior.Session) record { return sessionRecord("", s) })
}

func listViews(t *testing.T, h *house) {
	compareLists(t, h, behavior.KindPageView, func(q behavior.Query) ([]behavior.PageView, int, error) {
		return h.PageViews(t.Context(), q)
	}, viewRecord)
}

func listInteractions(t *testing.T, h *house) {
	compareLists(t, h, behavior.KindInteraction, func(q behavior.Query) ([]behavior.Interaction, int, error) {
		return h.Interactions(t.Context(), q)
	}, interactionRecord)
}

// compareLists draws questions about one kind of record and compares the
// store's answers with a plain recount.
func compareLists[T any](t *testing.T, h *house, kind behavior.Kind, list func(behavior.Query) ([]T, int, error), toRecord func(T) record) {
	population(t, h)
	everything, _, err := list(behavior.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var records []record
	for _, r := range everything {
		records = append(records, toRecord(r))
	}
	rapid.Check(t, func(rt *rapid.T) {
		q := drawQuery(kind).Draw(rt, "query")
		page, total, err := list(q)
		if err != nil {
			rt.Fatalf("%+v: %v", q, err)
		}
		var ids []int64
		for _, r := range page {
			ids = append(ids, toRecord(r)["id"].(int64))
		}
		wantIDs, wantTotal := recount(records, q)
		if diff := cmp.Diff(wantIDs, ids); diff != "" || total != wantTotal {
			rt.Fatalf("%+v\ntotal is %d, want %d; ids (-want +got):\n%s", q, total, wantTotal, diff)
		}
	})
}

// ask asks for a kind of record and returns how many there are.
func ask(t *testing.T, h *house, kind behavior.Kind, q behavior.Query) (n, total int, err error) {
	t.Helper()
	switch kind {
	case behavior.KindSession:
		list, total, err := h.Sessions(t.Context(), q)
		return len(list), total, err
	case behavior.KindPageView:
		list, total, err := h.PageViews(t.Context(), q)
		return len(list), total, err
	default:
		list, total, err := h.Interactions(t.Context(), q)
		return len(list), total, err
	}
}

func listFields(t *testing.T, h *house) {
	add(t, h, newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click))
	values := map[behavior.FieldType]any{
		behavior.Text: "no such text", behavior.Integer: int64(-99), behavior.Time: start.Add(-time.Hour), behavior.JSON: "no such text",
	}
	for _, kind := range behavior.Kinds() {
		for _, f := range allFields(kind) {
			value, ok := values[f.Type]
			if !ok {
				value = false // newSession is a bot
			}
			for _, not := range []bool{false, true} {
				n, total, err := ask(t, h, kind, behavior.Query{
					Filters: []behavior.Filter{{Field: f.Name, Values: []any{value}, Not: not}}, Order: []behavior.Order{{Field: f.Name}}, Limit: 10,
				})
				if err != nil || n != toInt(not) || total != n {
					t.Errorf("%s by %s, not is %t: %d records, total %d, error %v", kind, f.Name, not, n, total, err)
				}
			}
		}
	}
}

func listNoMatch(t *testing.T, h *house) {
	for _, kind := range behavior.Kinds() {
		n, total, err := ask(t, h, kind, behavior.Query{Limit: 10})
		if n != 0 || total != 0 || err != nil {
			t.Errorf("%s: %d records, total %d, error %v", kind, n, total, err)
		}
	}
}

func listUncounted(t *testing.T, h *house) {
	add(t, h, newSession("a"), newView("a", "/"), newInteraction("a", behavior.Click))
	for _, kind := range behavior.Kinds() {
		n, total, err := ask(t, h, kind, behavior.Query{Uncounted: true})
		if n != 1 || total != -1 || err != nil {
			t.Errorf("%s: %d records, total %d, error %v", kind, n, total, err)
		}
	}
	found, _, err := h.PageViews(t.Context(), behavior.ByID(1))
	if err != nil || len(found) != 1 {
		t.Errorf("by id: %d records, error %v", len(found), err)
	}
}

func listUnordered(t *testing.T, h *house) {
	late, early := newView("a", "/late"), newView("a", "/early")
	early.Timestamp = start.Add(-time.Hour)
	add(t, h, newSession("a"), late, early, newView("a", "/last"))
	for _, q := range []behavior.Query{{}, {Limit: 3}, {Filters: []behavior.Filter{{Field: "host", Values: []any{"www.example.com"}}}, Limit: 10}} {
		list, _, err := h.PageViews(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var paths []string
		for _, v := range list {
			paths = append(paths, v.Path)
		}
		same(t, "paths", []string{"/late", "/early", "/last"}, paths)
	}
}

func listWithSession(t *testing.T, h *house) {
	a, b := newSession("a"), bare("b")
	add(t, h, a, b)
	add(t, h, newInteraction("b", behavior.Click), newInteraction("a", behavior.Scroll), newInteraction("b", behavior.Hover))
	for _, q := range []behavior.Query{{}, {Limit: 10}, {Limit: 10, Order: []behavior.Order{{Field: "session__session_id"}, {Field: "id"}}}} {
		list, _, err := h.Interactions(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			want := *a
			if i.EventType != behavior.Scroll {
				want = *b
			}
			same(t, "session of "+string(i.EventType), want, i.Session)
		}
		same(t, "count", 3, len(list))
	}
}

func listErrors(t *testing.T, h *house) {
	is := func(field string, value any) behavior.Query {
		return behavior.Query{Filters: []behavior.Filter{{Field: field, Values: []any{value}}}}
	}
	with := func(field string, op behavior.Op, value any, path ...string) behavior.Query {
		return behavior.Query{Filters: []behavior.Filter{{Field: field, Op: op, Values: []any{value}, Path: path}}}
	}
	for name, q := range map[string]behavior.Query{
		"no field":              is("", "x"),
		"unknown field":         is("nonsense", "x"),
		"field of another kind": is("url", "x"),
		"session of a session":  is("session__id", int64(1)),
		"unknown order":         {Order: []behavior.Order{{Field: "nonsense"}}},
		"hostile order":         {Order: []behavior.Order{{Field: "id; DROP TABLE sessions"}}},
		"text for a number":     is("id", "1"),
		"fraction for a number": is("id", 1.5),
		"number for text":       is("session_id", int64(1)),
		"number for a time":     is("start_time", int64(1)),
		"text for a bool":       is("bot", "true"),
		"a value of no type":    is("session_id", []string{"x"}),
		"a bool compared":       with("bot", behavior.Less, true),
		"a time searched":       with("start_time", behavior.Contains, "2025"),
		"nil compared":          with("end_time", behavior.Less, nil),
		"number searched for":   with("id", behavior.Contains, int64(1)),
		"path in text":          with("session_id", behavior.Is, "x", "key"),
		"no operator":           with("session_id", behavior.Op(99), "x"),
		"within a choice":       {Filters: []behavior.Filter{{Any: []behavior.Filter{{Field: "nonsense", Values: []any{"x"}}}}}},
		"limit below zero":      {Limit: -1},
		"offset below zero":     {Offset: -1},
	} {
		if _, _, err := h.Sessions(t.Context(), q); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := h.Interactions(t.Context(), with("metadata", behavior.Less, int64(1), "a")); err == nil {
		t.Error("metadata compared: no error")
	}
}

func listBadText(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	for _, text := range []string{"\xff", "a\x00b", "\xed\xa0\x80"} {
		found, _, err := h.Sessions(t.Context(), behavior.Query{Filters: []behavior.Filter{{Field: "session_id", Op: behavior.Contains, Values: []any{text}}}})
		if err == nil && len(found) > 0 {
			t.Errorf("%q finds %d sessions", text, len(found))
		}
	}
	same(t, "count of sessions", 1, len(sessions(t, h)))
}

func listOddMetadata(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	for _, m := range hostileMetadata {
		i := newInteraction("a", behavior.Click)
		i.Metadata = []byte(m)
		add(t, h, i)
	}
	plain := newInteraction("a", behavior.Click)
	plain.Metadata = []byte(`{"key":1}`)
	add(t, h, plain)
	for _, value := range []any{int64(1), 1.0, "1", true, nil} {
		found, total, err := h.Interactions(t.Context(), behavior.Query{Limit: 10, Filters: []behavior.Filter{{Field: "metadata", Path: []string{"key"}, Values: []any{value}}}})
		if want := toInt(value == int64(1) || value == 1.0); err != nil || total != want || len(found) != want {
			t.Errorf("%v: %d records, total %d, error %v", value, len(found), total, err)
		}
	}
}
