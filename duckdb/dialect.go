package duckdb

import (
	"fmt"
	"strings"
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// dialect is how all that is compiled is asked of DuckDB.
var dialect = query.Dialect{
	Flavor:   sqlbuilder.PostgreSQL, // for its placeholders, $1, $2 and so on
	Text:     textCondition,
	Digits:   func(integer string) string { return "CAST(" + integer + " AS VARCHAR)" },
	Many:     many,
	Time:     func(t time.Time, bind query.Bind) string { return "CAST(" + bind(t) + " AS TIMESTAMP)" },
	JSONIs:   jsonIs,
	JSONText: jsonText,

	JSONScalar: jsonScalar,
	Regexp: func(text, pattern string, bind query.Bind) string {
		return "regexp_matches(" + text + ", CAST(" + bind(pattern) + " AS VARCHAR))"
	},
	Micros: func(column string) string { return "epoch_us(" + column + ")" },
	Div:    func(a string, b int64) string { return fmt.Sprintf("%s // %d", a, b) },
	Day:    day, DayNumber: dayNumber,
	Month: month,
	Float: func(number string) string { return "CAST(" + number + " AS DOUBLE)" },
	Quantile: func(expression string, q float64) string {
		return fmt.Sprintf("quantile_cont(%s, %g)", expression, q)
	},
}

// many compares with one parameter, a list: hundreds of parameters take longer
// to be bound and planned than the rows to be found.
func many(column string, values []any, bind query.Bind) string {
	if _, text := values[0].(string); text {
		return column + " IN (SELECT unnest(CAST(" + bind(query.ListOf[string](values)) + " AS VARCHAR[])))"
	}
	return column + " IN (SELECT unnest(CAST(" + bind(query.ListOf[int64](values)) + " AS BIGINT[])))"
}

// textFunctions find text without wildcards.
var textFunctions = map[behavior.Op]string{
	behavior.Contains: "contains", behavior.StartsWith: "starts_with", behavior.EndsWith: "suffix",
}

// textCondition compares without the case of ASCII letters. DuckDB's lower
// knows all letters, and makes the Kelvin sign a k; translate knows just the
// 26, but takes ten times as long. So lower finds the few rows that translate
// then checks: what matches folded matches lowered as well.
func textCondition(text string, op behavior.Op, part string, bind query.Bind) string {
	find := func(in, what string) string { return textFunctions[op] + "(" + in + ", " + what + ")" }
	folded := query.FoldASCII(part)
	placeholder := "CAST(" + bind(folded) + " AS VARCHAR)"
	if folded == strings.ToUpper(folded) && folded == strings.ToLower(folded) {
		return find(text, placeholder) // has no letters
	}
	return "CASE WHEN " + find("lower("+text+")", "lower("+placeholder+")") +
		" THEN " + find("translate("+text+", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')", placeholder) +
		" ELSE false END"
}

// jsonIs compares exactly: integers as integers, other numbers as doubles.
// TRY makes a document that is not JSON, or a number that no double holds, null.
func jsonIs(document string, path []string, value any, bind query.Bind) string {
	at := document + ", " + pointer(path, bind)
	typ := "TRY(json_type(" + at + "))"
	number := func(sqlType string) string { return "TRY(CAST(json_extract(" + at + ") AS " + sqlType + "))" }
	asDouble := func() string { return number("DOUBLE") + " = CAST(" + bind(value) + " AS DOUBLE)" }
	switch v := value.(type) {
	case string:
		text := "TRY(json_extract_string(" + at + "))"
		return "(" + typ + " = 'VARCHAR' AND " + text + " = CAST(" + bind(v) + " AS VARCHAR))"
	case int64:
		return "CASE " + typ + " WHEN 'BIGINT' THEN " + number("BIGINT") + " = CAST(" + bind(v) + " AS BIGINT)" +
			" WHEN 'UBIGINT' THEN " + number("UBIGINT") + " = CAST(" + bind(v) + " AS HUGEINT)" +
			" WHEN 'DOUBLE' THEN " + asDouble() + " ELSE false END"
	case float64:
		return "(" + typ + " IN ('BIGINT', 'UBIGINT', 'DOUBLE') AND " + asDouble() + ")"
	case bool:
		return "(" + typ + " = 'BOOLEAN' AND " + number("BOOLEAN") + " = CAST(" + bind(v) + " AS BOOLEAN))"
	default:
		return "(" + typ + " = 'NULL')"
	}
}

func jsonText(document string, path []string, bind query.Bind) string {
	at := document + ", " + pointer(path, bind)
	return "CASE TRY(json_type(" + at + ")) WHEN 'VARCHAR' THEN TRY(json_extract_string(" + at + ")) END"
}

// pointer makes a path a JSON pointer, in which no key has a special meaning.
// The whole document has the path "$": DuckDB takes the empty pointer for none.
func pointer(path []string, bind query.Bind) string {
	p := "$"
	if len(path) > 0 {
		p = ""
	}
	for _, step := range path {
		p += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step)
	}
	return "CAST(" + bind(p) + " AS VARCHAR)"
}
