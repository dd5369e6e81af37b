package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// words are pieces of text that records and questions share, so that they
// find one another; upper and lower case, wildcards and foreign letters mixed.
var words = []string{
	"", "a", "A", "ab", "aB", "Abc", "b", "%", "_", "a%c", "a_c", `\`, "'", `"`, "k", "K", "\u212a", "é", "É", "ß", "i\u0307", "İ",
	"1", "10", "-1", "shop", "SHOP/Cart", "😀", "e\u0301", "\u202e", " ", "null", "true", "$1", "?",
}

// documents are metadata that share keys and values with the questions.
var documents = []string{
	`{}`, `{"a":1}`, `{"a":1.0}`, `{"a":"1"}`, `{"a":true}`, `{"a":"true"}`, `{"a":null}`, `{"a":[]}`, `{"a":{"a":"A"}}`, `{"a":["x",{"b":2}]}`,
	`{"a/b":1,"c~d":2,"":3}`, `{"a.b":1,"$":2,"*":3,"a\"b":4,"'":5}`, `[1,"x",[2]]`, `{"0":"zero"}`, `1`, `"a"`, `null`, `true`, `{"a":9007199254740993}`,
	`{"a":9007199254740992.0}`, `{"a":18446744073709551615}`, `{"a":-1}`, `{"a":0.1}`, `{"a":1e2}`, `{"a":100}`, `{"a":1e400}`, `{"a":"\u0041b%_"}`,
	`{"a":"😀"}`, `{"😀":{"é":"É"}}`, `{"a":12345678901234567890123}`, ` {"a" : 1 } `,
}

// paths and scalars are asked for in metadata.
var (
	paths = [][]string{
		{"a"}, {"a", "a"}, {"a", "0"}, {"a", "1", "b"}, {"a", "00"}, {"a", "-"}, {"a/b"}, {"c~d"}, {""}, {"a.b"}, {"$"}, {"*"}, {`a"b`}, {"'"},
		{"0"}, {"2", "0"}, {"😀", "é"}, {"b"}, {"a", "b", "c"}, {"'); DROP TABLE sessions; --"}, {"~1"}, {},
	}
	scalars = []any{
		int64(1), int64(2), int64(-1), int64(100), int64(9007199254740993), int64(9007199254740992), 1.0, 0.1, 1e2, 1.8446744073709551615e19,
		12345678901234567890123.0, "1", "A", "a", "x", "true", "zero", "Ab%_", "😀", "É", true, false, nil,
	}
)

// population fills a store with records for lists to find.
func population(t *testing.T, h *house) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string { return words[r.IntN(len(words))] }
	moment := func() time.Time { return start.Add(time.Duration(r.IntN(5)) * time.Hour) }
	var records []any
	for n := range 40 {
		s := &behavior.Session{
			SessionID: numbered(word(), n), UserAgent: word() + word(), IPAddress: word(), StartTime: moment(), Browser: word(), Bot: r.IntN(2) == 0,
			Visitor: word(), EntryPath: word(), ExitPath: word(), UTMSource: word(), Channel: word(),
		}
		if user := word(); r.IntN(2) == 0 {
			s.UserID = &user
		}
		if end := moment(); r.IntN(2) == 0 {
			s.EndTime = &end
		}
		records = append(records, s)
	}
	name := func() string { return records[r.IntN(40)].(*behavior.Session).SessionID }
	for n := range 120 {
		v := newView(name(), "/"+word())
		v.URL, v.Title, v.Timestamp, v.ScrollDepth = word()+word(), word(), moment(), r.IntN(12)-1
		i := newInteraction(name(), behavior.EventType(word()))
		i.Element, i.Timestamp, i.X, i.Metadata = word()+word(), moment(), r.IntN(12)-1, []byte(documents[n%len(documents)])
		records = append(records, v, i)
	}
	add(t, h, records...)
	h.reopen(t) // so that the facts of sessions are written
}

// allFields are the fields of a kind and those of its session.
func allFields(kind behavior.Kind) []behavior.Field {
	fields := slices.Clone(kind.Fields())
	if kind != behavior.KindSession {
		for _, f := range behavior.KindSession.Fields() {
			f.Name = behavior.SessionPrefix + f.Name
			fields = append(fields, f)
		}
	}
	return fields
}

// drawQuery draws a question about a kind of record.
func drawQuery(kind behavior.Kind) *rapid.Generator[behavior.Query] {
	fields := allFields(kind)
	order := rapid.Custom(func(t *rapid.T) behavior.Order {
		return behavior.Order{Field: rapid.SampledFrom(fields).Draw(t, "field").Name, Desc: rapid.Bool().Draw(t, "desc")}
	})
	return rapid.Custom(func(t *rapid.T) behavior.Query {
		return behavior.Query{
			Filters: rapid.SliceOfN(drawFilter(fields, 1), 0, 2).Draw(t, "filters"),
			Order:   rapid.SliceOfN(order, 0, 3).Draw(t, "order"),
			Limit:   rapid.SampledFrom([]int{0, 1, 10, 100}).Draw(t, "limit"),
			Offset:  rapid.SampledFrom([]int{0, 0, 1, 20, 1000}).Draw(t, "offset"),

			CountLimit: rapid.SampledFrom([]int{0, 0, 1, 10, 1000}).Draw(t, "count limit"),
		}
	})
}

// drawFilter draws a filter, or a choice between some.
func drawFilter(fields []behavior.Field, depth int) *rapid.Generator[behavior.Filter] {
	return rapid.Custom(func(t *rapid.T) behavior.Filter {
		not := rapid.Bool().Draw(t, "not")
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "kind of filter") == 0 {
			return behavior.Filter{Any: rapid.SliceOfN(drawFilter(fields, depth-1), 1, 3).Draw(t, "any"), Not: not}
		}
		field := rapid.SampledFrom(fields).Draw(t, "field")
		f := behavior.Filter{Field: field.Name, Not: not}
		f.Op = rapid.SampledFrom(operators(field.Type)).Draw(t, "op")
		if field.Type == behavior.JSON {
			f.Path = rapid.SampledFrom(paths).Draw(t, "path")
		}
		f.Values = rapid.SliceOfN(drawValue(field, f.Op), 0, 3).Draw(t, "values")
		return f
	})
}

// operators are the operators that suit a type.
func operators(typ behavior.FieldType) []behavior.Op {
	text := []behavior.Op{behavior.Is, behavior.Contains, behavior.StartsWith, behavior.EndsWith}
	order := []behavior.Op{behavior.AtLeast, behavior.AtMost, behavior.Less, behavior.Greater}
	switch typ {
	case behavior.Boolean:
		return text[:1]
	case behavior.Time:
		return append(order, behavior.Is)
	case behavior.JSON:
		return text
	}
	return append(order, text...)
}

// drawValue draws a value that suits a field and an operator.
func drawValue(field behavior.Field, op behavior.Op) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		search := op == behavior.Contains || op == behavior.StartsWith || op == behavior.EndsWith
		none := op == behavior.Is && rapid.IntRange(0, 4).Draw(t, "nil") == 0
		switch {
		case search, field.Type == behavior.Text && !none:
			return rapid.SampledFrom(words).Draw(t, "text") + rapid.SampledFrom(words).Draw(t, "more")
		case field.Type == behavior.JSON:
			return rapid.SampledFrom(scalars).Draw(t, "scalar")
		case none:
			return nil
		case field.Type == behavior.Integer:
			return rapid.Int64Range(-2, 50).Draw(t, "number")
		case field.Type == behavior.Boolean:
			return rapid.Bool().Draw(t, "bool")
		case field.Type == behavior.Time:
			between := time.Duration(rapid.IntRange(-1, 1).Draw(t, "nanoseconds"))
			return start.Add(time.Duration(rapid.IntRange(-1, 5).Draw(t, "hours"))*time.Hour + between)
		}
		return nil
	})
}
