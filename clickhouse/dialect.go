package clickhouse

import (
	"fmt"
	"strconv"
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// newDialect is how all that is compiled is asked of a store's database. All of it is exact:
// count(DISTINCT) is uniqExact here, and quantiles are of all values.
func (s *Store) newDialect() query.Dialect {
	return query.Dialect{
		Flavor:   sqlbuilder.ClickHouse,
		Schema:   quote(s.options.Database) + ".",
		Text:     textCondition,
		Digits:   func(integer string) string { return "toString(" + integer + ")" },
		Many:     many,
		Time:     func(t time.Time, bind query.Bind) string { return bind(t.UnixMicro()) },
		JSONIs:   jsonIs,
		JSONText: jsonText,

		JSONScalar: jsonScalar,
		Regexp: func(text, pattern string, bind query.Bind) string {
			return "match(" + text + ", " + bind(pattern) + ")"
		},
		Micros:        func(column string) string { return column },
		Div:           func(a string, b int64) string { return fmt.Sprintf("intDiv(%s, %d)", a, b) },
		Month:         month,
		Funnel:        funnel,
		Float:         func(number string) string { return "toFloat64(" + number + ")" },
		Copies:        copied,
		Marked:        s.marked,
		Distinct:      func(expression string) string { return "uniqExactState(" + expression + ")" },
		CountDistinct: func(states string) string { return "uniqExactMerge(" + states + ")" },
		Quantile: func(expression string, q float64) string {
			return fmt.Sprintf("quantileExactInclusive(%g)(%s)", q, expression)
		},
	}
}

// many compares with one parameter, a list.
func many(column string, values []any, bind query.Bind) string {
	return column + " IN " + bind(values)
}

// textCondition compares without the case of ASCII letters: lower and
// positionCaseInsensitive know no others.
func textCondition(text string, op behavior.Op, part string, bind query.Bind) string {
	folded := bind(query.FoldASCII(part))
	switch op {
	case behavior.StartsWith:
		return "startsWith(lower(" + text + "), " + folded + ")"
	case behavior.EndsWith:
		return "endsWith(lower(" + text + "), " + folded + ")"
	}
	return "position(lower(" + text + "), " + folded + ") > 0"
}

// document makes what is not JSON for ClickHouse into what is: numbers that no
// machine word or double holds become texts that begin with \u0001, and half
// surrogate pairs are left out.
func document(text string) string {
	const tokens = `"(?:[^"\\\\]|\\\\.)*"|-?[0-9][0-9.eE+-]*|[^"0-9-]+`
	const hex = `[0-9a-fA-F][0-9a-fA-F]` // the driver takes a brace for the beginning of a parameter
	const halves = `(\\\\\\\\|\\\\u[dD][89abAB]` + hex + `\\\\u[dD][c-fC-F]` + hex + `)|\\\\u[dD][89a-fA-F]` + hex
	return `if(isValidJSON(` + text + `), ` + text + `, replaceRegexpAll(arrayStringConcat(arrayMap(` +
		`t -> if(match(t, '^[-0-9]'), concat('"\\u0001', t, '"'), t), extractAll(` + text + `, '` + tokens + `'))), '` + halves + `', '\\1'))`
}

// at is the JSON value at a path, as text; empty where there is none.
func at(text string, path []string, bind query.Bind) string {
	value := document(text)
	for _, step := range path {
		key := bind(step)
		if n, err := strconv.Atoi(step); err == nil && n >= 0 && n < 1<<31 && strconv.Itoa(n) == step {
			// Of an object or an array; the first index is 1.
			value = fmt.Sprintf("if(JSONType(%s) = 'Array', JSONExtractRaw(%s, %d), if(JSONType(%s) = 'Object', JSONExtractRaw(%s, %s), ''))",
				value, value, n+1, value, value, key)
			continue
		}
		value = "if(JSONType(" + value + ") = 'Object', JSONExtractRaw(" + value + ", " + key + "), '')"
	}
	return value
}

// once gives a value the name j in an expression: its parameters are bound once,
// however often it is used.
func once(value, expression string) string {
	return "arrayElement(arrayMap(j -> " + expression + ", [" + value + "]), 1)"
}

// jsonIs compares exactly: integers as integers, other numbers as doubles.
func jsonIs(text string, path []string, value any, bind query.Bind) string {
	doc := at(text, path, bind)
	const odd = `(JSONType(j) = 'String' AND startsWith(JSONExtractString(j), '\x01'))` // a number, see document
	const digits = `substring(JSONExtractString(j), 2)`
	switch v := value.(type) {
	case string:
		return once(doc, "JSONType(j) = 'String' AND JSONExtractString(j) = "+bind(v))
	case int64:
		return once(doc, fmt.Sprintf(`multiIf(JSONType(j) = 'Int64', JSONExtractInt(j) = %[1]d, JSONType(j) = 'Double', JSONExtractFloat(j) = toFloat64(%[1]d),
			%s AND NOT match(%s, '^-?[0-9]+$'), ifNull(toFloat64OrNull(%[3]s) = toFloat64(%[1]d), 0), 0)`, v, odd, digits))
	case float64:
		number := bind(v)
		return once(doc, `multiIf(JSONType(j) IN ('Int64', 'UInt64', 'Double'), JSONExtractFloat(j), `+odd+`, ifNull(toFloat64OrNull(`+digits+`), nan), nan) = toFloat64(`+number+`)`)
	case bool:
		return once(doc, "j = '"+strconv.FormatBool(v)+"'")
	default:
		return once(doc, "j = 'null'")
	}
}

// jsonText is null where there is no text.
func jsonText(text string, path []string, bind query.Bind) string {
	return once(at(text, path, bind), `if(JSONType(j) = 'String' AND NOT startsWith(JSONExtractString(j), '\x01'), JSONExtractString(j), NULL)`)
}

func jsonScalar(text string, path []string, bind query.Bind) string {
	return once(at(text, path, bind), `multiIf(JSONType(j) = 'String', trimLeft(JSONExtractString(j), '\x01'), JSONType(j) IN ('Int64', 'UInt64', 'Double', 'Bool'), j, NULL)`)
}

// month counts the months between two days. The calendar repeats itself every
// 400 years: so a day of any year is one that ClickHouse knows.
func month(first time.Time, days string) string {
	for first.Year() < 1900 {
		first = first.AddDate(400, 0, 0)
	}
	for first.Year() >= 2200 {
		first = first.AddDate(-400, 0, 0)
	}
	from := "toDate32('" + first.Format(time.DateOnly) + "')"
	return fmt.Sprintf("dateDiff('month', %s, %s + toInt32(%s))", from, from, days)
}
