package query

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// never is a condition that holds for no record.
const never = "1 = 0"

// comparisons are the operators that SQL has itself.
var comparisons = map[behavior.Op]string{
	behavior.Is: " = ", behavior.AtLeast: " >= ", behavior.AtMost: " <= ", behavior.Less: " < ", behavior.Greater: " > ",
}

// filter compiles one filter into a condition. It may be null where the record
// has no value, which SQL then takes for false.
func (c *compiler) filter(f behavior.Filter) (string, error) {
	conditions, err := c.choices(f)
	if err != nil {
		return "", err
	}
	condition := either(conditions)
	if f.Not {
		// The negation of "no value" must be true, not null again.
		condition = "NOT coalesce(" + condition + ", " + never + ")"
	}
	return condition, nil
}

// either joins conditions of which one is enough.
func either(conditions []string) string {
	if len(conditions) == 0 {
		return never
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

// choices compiles the alternatives of a filter: other filters or its values.
func (c *compiler) choices(f behavior.Filter) ([]string, error) {
	if len(f.Any) == 0 {
		return c.values(f)
	}
	var conditions []string
	for _, one := range f.Any {
		condition, err := c.filter(one)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, condition)
	}
	return conditions, nil
}

// values compiles the comparisons of a field with each of a filter's values.
// Those of a session's field are made once for each session, not for each of
// its page views or interactions.
func (c *compiler) values(f behavior.Filter) ([]string, error) {
	column, field, ofSession, err := c.field(f.Field)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	if len(f.Path) > 0 && field.Type != behavior.JSON {
		return nil, fmt.Errorf("filter: field %q has no paths", f.Field)
	}
	single, equal := f.Values, []any(nil)
	if f.Op == behavior.Is {
		single, equal = listed(field, f.Values)
	}
	var conditions []string
	for _, value := range single {
		condition, err := c.compare(column, field, f, value)
		if err != nil {
			return nil, fmt.Errorf("filter on %q: %w", f.Field, err)
		}
		conditions = append(conditions, condition)
	}
	if len(equal) > 0 {
		conditions = append(conditions, c.oneOf(column, equal))
	}
	if ofSession {
		return []string{"r.session IN (SELECT s.id FROM " + c.dialect.Schema + "sessions s WHERE " + either(conditions) + ")"}, nil
	}
	return conditions, nil
}

// listed takes out of values those that one list of them compares at once:
// several numbers, or several texts. Hundreds of conditions of their own would
// each be looked at for each record. A text that no store keeps is in no
// record; some engines would stumble over it.
func listed(field behavior.Field, values []any) (single, list []any) {
	for _, value := range values {
		_, number := value.(int64)
		text, isText := value.(string)
		switch {
		case isText && field.Type == behavior.Text && (!utf8.ValidString(text) || strings.Contains(text, "\x00")):
		case number && field.Type == behavior.Integer, isText && field.Type == behavior.Text:
			list = append(list, value)
		default:
			single = append(single, value)
		}
	}
	if len(list) == 1 {
		return append(single, list...), nil
	}
	return single, list
}

// few is how many values are listed as parameters in every engine.
const few = 100

// oneOf compiles the condition that a column has one of values.
func (c *compiler) oneOf(column string, values []any) string {
	if c.dialect.Many != nil && len(values) > few {
		return c.dialect.Many(column, values, c.bind)
	}
	var places []string
	for _, value := range values {
		places = append(places, c.bind(value))
	}
	return column + " IN (" + strings.Join(places, ", ") + ")"
}

// ListOf is the values that [Dialect.Many] gets, as what they are.
func ListOf[T int64 | string](values []any) []T {
	list := make([]T, len(values))
	for i, value := range values {
		list[i] = value.(T)
	}
	return list
}

// compare compiles the comparison of a column with one value.
func (c *compiler) compare(column string, field behavior.Field, f behavior.Filter, value any) (string, error) {
	switch {
	case f.Op == behavior.Contains || f.Op == behavior.StartsWith || f.Op == behavior.EndsWith:
		return c.search(column, field, f, value)
	case field.Type == behavior.JSON:
		return c.compareJSON(column, f, value)
	case value == nil && f.Op == behavior.Is:
		if field.Nullable {
			return column + " IS NULL", nil
		}
		return never, nil
	}
	sign, ok := comparisons[f.Op]
	if !ok {
		return "", fmt.Errorf("no operator %d", f.Op)
	}
	switch v := value.(type) {
	case string:
		if field.Type == behavior.Text {
			return column + sign + c.bind(v), nil
		}
	case int64:
		if field.Type == behavior.Integer {
			return column + sign + c.bind(v), nil
		}
	case bool:
		if field.Type == behavior.Boolean && f.Op == behavior.Is {
			return column + sign + c.bind(v), nil
		}
	case time.Time:
		if field.Type == behavior.Time {
			return c.compareTime(column, f.Op, v), nil
		}
	}
	return "", unsuited(value, f.Op)
}

// unsuited is the error of a value that does not suit its field or operator.
func unsuited(value any, op behavior.Op) error {
	return fmt.Errorf("a value of type %T does not suit it and operator %d", value, op)
}

// compareTime compares with a moment. Stored times are whole microseconds, so
// a moment between two of them equals none, and bounds move to the next.
func (c *compiler) compareTime(column string, op behavior.Op, t time.Time) string {
	t = clamp(t)
	whole := t.Truncate(time.Microsecond)
	if between := !whole.Equal(t); between {
		switch op {
		case behavior.Is:
			return never
		case behavior.AtLeast, behavior.Less:
			whole = whole.Add(time.Microsecond)
		}
	}
	return column + comparisons[op] + c.dialect.Time(whole, c.bind)
}

// search compiles a search for text in a column.
func (c *compiler) search(column string, field behavior.Field, f behavior.Filter, value any) (string, error) {
	part, ok := value.(string)
	if !ok {
		return "", unsuited(value, f.Op)
	}
	switch field.Type {
	case behavior.Text:
	case behavior.Integer:
		column = c.dialect.Digits(column)
	case behavior.JSON:
		if len(f.Path) > 0 {
			column = c.dialect.JSONText(column, f.Path, c.bind)
		}
	default:
		return "", unsuited(value, f.Op)
	}
	if part == "" { // in every text; and in some engines a case of its own
		return column + " IS NOT NULL", nil
	}
	return c.dialect.Text(column, f.Op, part, c.bind), nil
}

// compareJSON compares a JSON value with a string, number, bool or nil.
func (c *compiler) compareJSON(column string, f behavior.Filter, value any) (string, error) {
	if f.Op != behavior.Is {
		return "", unsuited(value, f.Op)
	}
	switch value.(type) {
	case string, int64, float64, bool, nil:
		return c.dialect.JSONIs(column, f.Path, value, c.bind), nil
	}
	return "", unsuited(value, f.Op)
}

// FoldASCII returns text with the ASCII letters A-Z in lower case and nothing
// else changed, as [Dialect.Text] compares it.
func FoldASCII(text string) string {
	folded := []byte(text)
	for i, b := range folded {
		if 'A' <= b && b <= 'Z' {
			folded[i] = b + 'a' - 'A'
		}
	}
	return string(folded)
}
