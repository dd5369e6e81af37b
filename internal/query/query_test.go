package query

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// plain is a dialect that shows what the compiler asks of one.
var plain = Dialect{
	Flavor: sqlbuilder.PostgreSQL,
	Text: func(text string, op behavior.Op, part string, bind Bind) string {
		return "find(" + text + ", " + bind(part) + ")"
	},
	Digits: func(integer string) string { return "digits(" + integer + ")" },
	Time:   func(t time.Time, bind Bind) string { return bind(t) },
	JSONIs: func(doc string, path []string, v any, bind Bind) string {
		return "json(" + doc + ", " + bind(path) + ", " + bind(v) + ")"
	},
	JSONText: func(doc string, path []string, bind Bind) string { return "text(" + doc + ", " + bind(path) + ")" },
}

func TestValuesAreParameters(t *testing.T) {
	t.Parallel()
	const hostile = "HOSTILE'; DROP TABLE sessions; -- $1 $? ${x} ? %s"
	var filters []behavior.Filter
	for _, op := range []behavior.Op{behavior.Is, behavior.Contains, behavior.StartsWith, behavior.EndsWith} {
		filters = append(filters,
			behavior.Filter{Field: "element", Op: op, Values: []any{hostile, hostile}},
			behavior.Filter{Field: "session__user_agent", Op: op, Values: []any{hostile}, Not: true},
			behavior.Filter{Field: "metadata", Op: op, Path: []string{hostile}, Values: []any{hostile}})
	}
	q := behavior.Query{Filters: []behavior.Filter{{Any: filters}}, Limit: 10, Offset: 5}
	for name, compile := range map[string]func(Dialect, behavior.Kind, behavior.Query) (Statement, error){"list": List, "ids": IDs, "count": Count} {
		st, err := compile(plain, behavior.KindInteraction, q)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(st.SQL, "HOSTILE") {
			t.Errorf("%s: a value is in the SQL:\n%s", name, st.SQL)
		}
		if want := 4 * 5; len(st.Args) != want {
			t.Errorf("%s: %d parameters, want %d:\n%s", name, len(st.Args), want, st.SQL)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	st, err := IDs(plain, behavior.KindPageView, behavior.Query{
		Filters: []behavior.Filter{{Field: "session__browser", Values: []any{"Firefox"}}},
		Order:   []behavior.Order{{Field: "session__end_time", Desc: true}, {Field: "timestamp"}}, Limit: 10, Offset: 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `SELECT r.id FROM page_views r JOIN sessions s ON s.id = r.session` +
		` WHERE (r.session IN (SELECT s.id FROM sessions s WHERE (s."browser" = $1)))` +
		` ORDER BY s."end_time" DESC NULLS LAST, r."timestamp", r.id LIMIT 10 OFFSET 20`
	if st.SQL != want {
		t.Errorf("got\n%s\nwant\n%s", st.SQL, want)
	}
}

// TestTotals compiles totals beside rows: their parameters come first.
func TestTotals(t *testing.T) {
	t.Parallel()
	q := behavior.Query{
		Filters: []behavior.Filter{{Field: "path", Values: []any{"/"}}, {Field: "session__bot", Values: []any{true}}},
		Order:   []behavior.Order{{Field: "session__end_time"}}, Limit: 10,
	}
	limited, uncounted, wrong := q, q, q
	limited.CountLimit, uncounted.Uncounted, wrong.CountLimit = 500, true, -1
	where := func(path, bot string) string {
		return `(r."path" = ` + path + `) AND (r.session IN (SELECT s.id FROM sessions s WHERE (s."bot" = ` + bot + `)))`
	}
	const order = ` ORDER BY s."end_time" ASC NULLS FIRST, r.id LIMIT 10`
	const from = ` FROM page_views r JOIN sessions s ON s.id = r.session WHERE `
	for name, c := range map[string]struct {
		ask  behavior.Query
		want string
		args []any
	}{
		"all": {q, `SELECT r.session, r.id, (SELECT count(*) FROM page_views r WHERE ` + where("$1", "$2") + `)` + from + where("$3", "$4") + order, []any{"/", true, "/", true}},
		"up to a limit": {limited, `SELECT r.session, r.id, (SELECT count(*) FROM (SELECT 1 FROM page_views r WHERE ` + where("$1", "$2") + ` LIMIT 501) AS counted)` +
			from + where("$3", "$4") + order, []any{"/", true, "/", true}},
		"none": {uncounted, `SELECT r.session, r.id, -1` + from + where("$1", "$2") + order, []any{"/", true}},
	} {
		st, err := PlacesWithTotal(plain, behavior.KindPageView, c.ask)
		if err != nil || st.SQL != c.want || !slices.Equal(st.Args, c.args) {
			t.Errorf("%s: error %v, parameters %v, got\n%s\nwant\n%s", name, err, st.Args, st.SQL, c.want)
		}
	}
	if _, err := PlacesWithTotal(plain, behavior.KindPageView, wrong); err == nil {
		t.Error("a negative limit is no error")
	}
}

func TestFoldASCII(t *testing.T) {
	t.Parallel()
	if got := FoldASCII("AZaz[@É\u212a\xffÄ"); got != "azaz[@É\u212a\xffÄ" {
		t.Errorf("got %q", got)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	q := behavior.Query{Filters: []behavior.Filter{{Field: "path", Values: []any{"/"}}}, CountLimit: 500, Limit: 10, Order: []behavior.Order{{Field: "path"}}}
	st, err := Count(plain, behavior.KindPageView, q)
	if err != nil {
		t.Fatal(err)
	}
	want := `SELECT count(*) FROM (SELECT 1 FROM page_views r WHERE (r."path" = $1) LIMIT 501) AS counted`
	if st.SQL != want {
		t.Errorf("got\n%s\nwant\n%s", st.SQL, want)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	q := behavior.Query{Filters: []behavior.Filter{{Field: "path", Values: []any{"/"}}}, Limit: 3, Offset: 7, Order: []behavior.Order{{Field: "path"}}}
	for field, want := range map[string]string{
		"session__user_id": `SELECT s."user_id", count(*) FROM page_views r JOIN sessions s ON s.id = r.session WHERE (r."path" = $1)` +
			` GROUP BY s."user_id" ORDER BY count(*) DESC, s."user_id" ASC NULLS FIRST LIMIT 3`,
		"host": `SELECT r."host", count(*) FROM page_views r WHERE (r."path" = $1) GROUP BY r."host" ORDER BY count(*) DESC, r."host" LIMIT 3`,
	} {
		st, err := Values(plain, behavior.KindPageView, field, q)
		if err != nil {
			t.Fatal(err)
		}
		if st.SQL != want {
			t.Errorf("%s: got\n%s\nwant\n%s", field, st.SQL, want)
		}
	}
}

func TestSeveralValuesAreOneList(t *testing.T) {
	t.Parallel()
	several := plain
	several.Many = func(column string, values []any, bind Bind) string {
		return "many(" + column + ", " + bind(values) + ")"
	}
	hundreds := make([]any, 300)
	for i := range hundreds {
		hundreds[i] = int64(i)
	}
	for _, c := range []struct {
		filter behavior.Filter
		want   string
	}{
		{behavior.Filter{Field: "id", Values: []any{int64(1)}}, `(r."id" = $1)`},
		{behavior.Filter{Field: "id", Values: []any{int64(1), int64(2)}}, `(r."id" IN ($1, $2))`},
		{behavior.Filter{Field: "user_id", Values: []any{"a", nil, "b"}}, `(r."user_id" IS NULL OR r."user_id" IN ($1, $2))`},
		{behavior.Filter{Field: "id", Op: behavior.Less, Values: []any{int64(1), int64(2)}}, `(r."id" < $1 OR r."id" < $2)`},
		{behavior.Filter{Field: "id", Values: hundreds}, `(many(r."id", $1))`},
	} {
		st, err := IDs(several, behavior.KindSession, behavior.Query{Filters: []behavior.Filter{c.filter}})
		if err != nil {
			t.Fatal(err)
		}
		if want := "SELECT r.id FROM sessions r WHERE " + c.want + " ORDER BY r.id"; st.SQL != want {
			t.Errorf("got\n%s\nwant\n%s", st.SQL, want)
		}
	}
}
