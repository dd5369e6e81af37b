// Package query compiles lists, insights, funnels and the report into SQL for an
// engine, and makes the answers of the rows.
//
// The names in it come from the field tables of the root package and nowhere
// else; values travel as parameters. What differs between engines is a
// [Dialect].
package query

import (
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Dialect is what the compiler must know of an engine's SQL.
//
// Its functions get SQL expressions and return one. They bring values into it
// by bind, which makes a value a parameter and returns its placeholder.
type Dialect struct {
	// Flavor says how placeholders are written.
	Flavor sqlbuilder.Flavor

	// Schema is written before the names of tables: a schema or database, with
	// its dot. Empty: none.
	Schema string

	// Text is the condition that text contains, starts or ends with part.
	// Upper and lower case of ASCII letters are the same there, and only of
	// these; no character is a wildcard.
	Text func(text string, op behavior.Op, part string, bind Bind) string

	// Digits is an integer as decimal text.
	Digits func(integer string) string

	// Many is the condition that a column has one of many values, which are
	// all int64 or all string. Nil where a list of parameters is as good.
	Many func(column string, values []any, bind Bind) string

	// Time is a moment, to be compared with columns of times: a whole microsecond
	// in UTC, from the year -1 to the first one of the year 10000.
	Time func(t time.Time, bind Bind) string

	// JSONIs is the condition that the JSON value at path in document is
	// value: a string, int64, float64, bool or nil, see [behavior.Filter]. It
	// may be null where there is no such value, and must hold for no document
	// that is not JSON, rather than fail.
	JSONIs func(document string, path []string, value any, bind Bind) string

	// JSONText is the text of the JSON string at path in document, null when
	// there is none.
	JSONText func(document string, path []string, bind Bind) string

	// The following are for insights, funnels and the report.

	// JSONScalar is the JSON string, number or boolean at path in document as
	// text; null when there is none.
	JSONScalar func(document string, path []string, bind Bind) string

	// Regexp is the condition that text fits a regular expression, made by
	// the compiler from a pattern of [behavior.Matches].
	Regexp func(text, pattern string, bind Bind) string

	// Micros is a column of times in microseconds since 1970.
	Micros func(column string) string

	// Div divides an integer and rounds towards zero, as % does with what is left.
	Div func(a string, b int64) string

	// Day is the day of the time in a column, by a clock that is ahead of UTC by
	// offset, as something that is quick to group by, and DayNumber how many days
	// after first such a day is. Nil where dividing microseconds is as good.
	Day       func(column string, offset time.Duration) string
	DayNumber func(day string, first time.Time) string

	// Month is how many months after that of first a day is, which is days
	// after first.
	Month func(first time.Time, days string) string

	// Float is a number in double precision.
	Float func(number string) string

	// Funnel counts who took each of some steps in their order, from rows of who,
	// moment in microseconds since 1970 and step from 1 on: a number for each step,
	// see [behavior.Funnel]; within is in microseconds. Nil where joining step to
	// step is as good.
	Funnel func(rows string, steps int, within int64) string

	// Copies are the fields of a session that the engine keeps in the rows of its
	// page views and interactions too, in columns that are named as [behavior.Kind.Field]
	// names them; visitor and bot are among them. Where nothing else is asked of
	// sessions, they are not joined, except those that are marked.
	// Marked is the list of the sessions of which a copy of some fields may not be
	// what the session has. Nil: there are no copies.
	Copies []string
	Marked func(copies []string) string

	// Distinct is the aggregate function that gathers the different values of an
	// expression, and CountDistinct the number of those that several such have.
	// They are for an engine with copies.
	Distinct, CountDistinct func(expression string) string

	// Quantile is the aggregate function that interpolates between the values
	// of an expression, leaving nulls out.
	Quantile func(expression string, q float64) string
}

// Bind makes a value a parameter and returns its placeholder.
type Bind func(value any) string
