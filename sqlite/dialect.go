package sqlite

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// dialect is how all that is compiled is asked of SQLite. What SQLite does not
// do itself, or not exactly, are functions of ours, see function.go.
var dialect = query.Dialect{
	Flavor: sqlbuilder.SQLite,
	Text:   textCondition,
	Digits: func(integer string) string { return "CAST(" + integer + " AS TEXT)" },
	Many:   many,
	Time:   func(t time.Time, bind query.Bind) string { return bind(t.UnixMicro()) },
	JSONIs: jsonIs,
	JSONText: func(document string, path []string, bind query.Bind) string {
		return jsonAt("behavior_json_text", document, path, bind)
	},

	JSONScalar: func(document string, path []string, bind query.Bind) string {
		return jsonAt("behavior_json_scalar", document, path, bind)
	},
	Regexp: func(text, pattern string, bind query.Bind) string {
		return "behavior_regexp(" + bind(pattern) + ", " + text + ")"
	},
	Micros: func(column string) string { return column },
	Div:    func(a string, b int64) string { return fmt.Sprintf("%s / %d", a, b) },
	Month: func(first time.Time, days string) string {
		return fmt.Sprintf("behavior_month(%d, %s)", first.Unix()/86400, days)
	},
	Float: float,
	Quantile: func(expression string, q float64) string {
		return fmt.Sprintf("behavior_quantile(%s, %g)", expression, q)
	},
}

// textCondition compares without the case of ASCII letters: that is just what
// SQLite's lower knows.
func textCondition(text string, op behavior.Op, part string, bind query.Bind) string {
	if !utf8.ValidString(part) || strings.Contains(part, "\x00") {
		return "1 = 0" // it is in no record
	}
	placeholder := bind(query.FoldASCII(part))
	switch n := utf8.RuneCountInString(part); op {
	case behavior.StartsWith:
		return fmt.Sprintf("substr(lower(%s), 1, %d) = %s", text, n, placeholder)
	case behavior.EndsWith:
		return fmt.Sprintf("substr(lower(%s), -%d) = %s", text, n, placeholder)
	}
	return "instr(lower(" + text + "), " + placeholder + ") > 0"
}

// many compares with one parameter, a list: SQLite takes 32,766 parameters and
// no more.
func many(column string, values []any, bind query.Bind) string {
	var list string
	if _, text := values[0].(string); text {
		list = jsonOf(query.ListOf[string](values))
	} else {
		list = jsonOf(query.ListOf[int64](values))
	}
	return column + " IN (SELECT value FROM json_each(" + bind(list) + "))"
}

// jsonIs compares numbers as such, and other values as text that begins with a
// letter for their type, see jsonKind.
func jsonIs(document string, path []string, value any, bind query.Bind) string {
	switch v := value.(type) {
	case string:
		value = []byte("s" + v)
	case bool:
		value = []byte(fmt.Sprint(v))
	case nil:
		value = []byte("null")
	}
	return "behavior_json_is(" + document + ", " + bind(pointer(path)) + ", " + bind(value) + ")"
}

func jsonAt(function, document string, path []string, bind query.Bind) string {
	return function + "(" + document + ", " + bind(pointer(path)) + ")"
}

// float is a number in double precision. A sum of whole numbers may exceed
// them; total adds in double precision from the start.
func float(number string) string {
	if rest, ok := strings.CutPrefix(number, "sum("); ok {
		return "total(" + rest
	}
	return "CAST(" + number + " AS REAL)"
}
