// Package query compiles a [behavior.Query] into SQL for an engine.
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

	// Text is the condition that text contains, starts or ends with part.
	// Upper and lower case of ASCII letters are the same there, and only of
	// these; no character is a wildcard.
	Text func(text string, op behavior.Op, part string, bind Bind) string

	// Digits is an integer as decimal text.
	Digits func(integer string) string

	// Time is a moment, to be compared with columns of times.
	Time func(t time.Time, bind Bind) string

	// JSONIs is the condition that the JSON value at path in document is
	// value: a string, int64, float64, bool or nil, see [behavior.Filter]. It
	// may be null where there is no such value, and must hold for no document
	// that is not JSON, rather than fail.
	JSONIs func(document string, path []string, value any, bind Bind) string

	// JSONText is the text of the JSON string at path in document, null when
	// there is none.
	JSONText func(document string, path []string, bind Bind) string
}

// Bind makes a value a parameter and returns its placeholder.
type Bind func(value any) string
