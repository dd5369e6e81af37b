package sqlite

import (
	"database/sql/driver"
	"fmt"
	"math"
	"regexp"
	"slices"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// engine is the driver with our functions in it. It is not registered, so that
// nobody else's connections have them.
var engine = withFunctions(map[string]sqlite.FunctionImpl{
	"behavior_json_is":     {NArgs: 3, Scalar: jsonIsFunction, Deterministic: true, VolatileArgs: true},
	"behavior_json_text":   {NArgs: 2, Scalar: jsonTextFunction, Deterministic: true, VolatileArgs: true},
	"behavior_json_scalar": {NArgs: 2, Scalar: jsonScalarFunction, Deterministic: true, VolatileArgs: true},
	"behavior_regexp":      {NArgs: 2, Scalar: regexpFunction, Deterministic: true},
	"behavior_month":       {NArgs: 2, Scalar: monthFunction, Deterministic: true},
	"behavior_quantile": {NArgs: 2, MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) {
		return &quantile{}, nil
	}},
})

func withFunctions(functions map[string]sqlite.FunctionImpl) *sqlite.Driver {
	d := &sqlite.Driver{}
	for name, impl := range functions {
		if err := d.RegisterFunction(name, &impl); err != nil {
			panic(err) // two of one name, or one that is neither scalar nor aggregate
		}
	}
	return d
}

// expressions are compiled regular expressions, by their text. There are as
// many as people think of while the process runs; a full house is cleared.
var expressions = struct {
	sync.Mutex
	compiled map[string]*regexp.Regexp
}{compiled: map[string]*regexp.Regexp{}}

const maxExpressions = 100

func compiled(pattern string) (*regexp.Regexp, error) {
	expressions.Lock()
	defer expressions.Unlock()
	if e := expressions.compiled[pattern]; e != nil {
		return e, nil
	}
	e, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if len(expressions.compiled) >= maxExpressions {
		clear(expressions.compiled)
	}
	expressions.compiled[pattern] = e
	return e, nil
}

// regexpFunction reports whether a text fits a regular expression.
func regexpFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	pattern, _ := args[0].(string)
	text, ok := args[1].(string)
	if !ok {
		return nil, nil
	}
	e, err := compiled(pattern)
	if err != nil {
		return nil, err
	}
	return e.MatchString(text), nil
}

// monthFunction counts the months from that of one day to that of another,
// which is so many days later. Days are counted from 1970.
func monthFunction(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	first, ok := args[0].(int64)
	later, ok2 := args[1].(int64)
	if !ok || !ok2 {
		return nil, nil
	}
	y, m, _ := time.Unix(first*86400, 0).UTC().Date()
	y2, m2, _ := time.Unix((first+later)*86400, 0).UTC().Date()
	return int64((y2-y)*12 + int(m2-m)), nil
}

// quantile is the aggregate that interpolates between sorted values.
type quantile struct {
	values []float64
	at     float64
}

// Step takes in one value; nulls do not count.
func (q *quantile) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	switch v := args[0].(type) {
	case nil:
	case int64:
		q.values = append(q.values, float64(v))
	case float64:
		q.values = append(q.values, v)
	default:
		return fmt.Errorf("quantile of a %T", v)
	}
	q.at, _ = args[1].(float64)
	return nil
}

// WindowInverse is not asked for: it is no window function.
func (q *quantile) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	return fmt.Errorf("quantile of a window")
}

// WindowValue is the quantile of all values so far, null of none.
func (q *quantile) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if len(q.values) == 0 {
		return nil, nil
	}
	slices.Sort(q.values)
	place := q.at * float64(len(q.values)-1)
	below := q.values[int(math.Floor(place))]
	above := q.values[int(math.Ceil(place))]
	return below + (above-below)*(place-math.Floor(place)), nil
}

// Final ends it.
func (q *quantile) Final(*sqlite.FunctionContext) {}
