package postgres

import (
	"fmt"
	"strconv"
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// newDialect is how all that is compiled is asked of a store's schema.
func (s *Store) newDialect() query.Dialect {
	return query.Dialect{
		Flavor:   sqlbuilder.PostgreSQL,
		Schema:   s.schema + ".",
		Text:     textCondition,
		Digits:   func(integer string) string { return "CAST(" + integer + " AS text)" },
		Many:     many,
		Time:     func(t time.Time, bind query.Bind) string { return "CAST(" + bind(t) + " AS timestamptz)" },
		JSONIs:   s.jsonIs,
		JSONText: s.jsonText,

		JSONScalar: s.jsonScalar,
		Regexp: func(text, pattern string, bind query.Bind) string {
			return text + " ~ CAST(" + bind(pattern) + " AS text)"
		},
		Micros: func(column string) string { return s.in("@micros(" + column + ")") },
		Div:    func(a string, b int64) string { return fmt.Sprintf("%s / %d", a, b) },
		Month:  month,
		Float:  func(number string) string { return "CAST(" + number + " AS double precision)" },
		Quantile: func(expression string, q float64) string {
			return fmt.Sprintf("percentile_cont(%g) WITHIN GROUP (ORDER BY %s)", q, expression)
		},
	}
}

// compile completes what the compiler has made. No record has a text that
// cannot be stored: null compares with nothing, and the server would refuse
// such a text.
func (s *Store) compile(st query.Statement, err error) (query.Statement, error) {
	for i, arg := range st.Args {
		if text, ok := arg.(string); ok && !record.Storable(text) {
			st.Args[i] = nil
		}
	}
	return st, err
}

// many compares with one parameter, a list.
func many(column string, values []any, bind query.Bind) string {
	if _, text := values[0].(string); text {
		return column + " = ANY(CAST(" + bind(query.ListOf[string](values)) + " AS text[]))"
	}
	return column + " = ANY(CAST(" + bind(query.ListOf[int64](values)) + " AS bigint[]))"
}

// textCondition compares without the case of ASCII letters: of bytes, lower
// knows no others.
func textCondition(text string, op behavior.Op, part string, bind query.Bind) string {
	folded := "lower(" + text + ` COLLATE "C")`
	placeholder := "CAST(" + bind(query.FoldASCII(part)) + " AS text)"
	switch op {
	case behavior.StartsWith:
		return "starts_with(" + folded + ", " + placeholder + ")"
	case behavior.EndsWith:
		return "right(" + folded + ", char_length(" + placeholder + ")) = " + placeholder
	}
	return "strpos(" + folded + ", " + placeholder + ") > 0"
}

// at is the JSON value at a path.
func (s *Store) at(document string, path []string, bind query.Bind) string {
	value := s.in("@json_of(" + document + ")")
	for _, step := range path {
		if n, err := strconv.Atoi(step); err == nil && n >= 0 && strconv.Itoa(n) == step {
			value = "(" + value + " #> ARRAY[CAST(" + bind(step) + " AS text)])" // of an object or an array
		} else {
			value = "(" + value + " -> CAST(" + bind(step) + " AS text))" // of an object
		}
	}
	return value
}

// jsonIs compares exactly: integers as integers, other numbers as doubles.
func (s *Store) jsonIs(document string, path []string, value any, bind query.Bind) string {
	at := s.at(document, path, bind)
	is := func(typ, condition string) string {
		return "CASE json_typeof(" + at + ") WHEN '" + typ + "' THEN " + condition + " ELSE false END"
	}
	text := "(" + at + " #>> '{}')"
	switch v := value.(type) {
	case string:
		return is("string", text+" = CAST("+bind(v)+" AS text)")
	case int64:
		return is("number", s.in("@json_is_integer(")+text+", CAST("+bind(v)+" AS bigint))")
	case float64:
		return is("number", s.in("@json_float(")+text+") = CAST("+bind(v)+" AS double precision)")
	case bool:
		return is("boolean", text+" = '"+strconv.FormatBool(v)+"'")
	default:
		return is("null", "true")
	}
}

func (s *Store) jsonText(document string, path []string, bind query.Bind) string {
	at := s.at(document, path, bind)
	return "CASE json_typeof(" + at + ") WHEN 'string' THEN " + at + " #>> '{}' END"
}
