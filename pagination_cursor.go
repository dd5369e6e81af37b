package behavior

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Cursor cuts lists by the place of a record in the list's order, not by
// counting: a page costs the same however deep it lies, and records that come
// in meanwhile neither repeat nor hide others. The parameter cursor is opaque;
// clients follow the links. There is no count.
type Cursor struct {
	PageSize int     // Zero: 10
	Order    []Order // of lists that the request does not order. Nil: newest first, by id
}

// cursor is a place in a list: just after, or before, the record at position.
type cursor struct {
	backward  bool  // the page ends at the position, instead of beginning there
	inclusive bool  // the record at the position belongs to the page
	position  []any // a value for each field of the order; nil is the list's beginning
}

// Apply reads the cursor. It asks for one record more than the page holds, to
// see whether there is a page beyond.
func (c Cursor) Apply(r *http.Request, q *Query) error {
	if len(q.Order) == 0 {
		q.Order = c.Order
	}
	if len(q.Order) == 0 {
		q.Order = []Order{{Field: "id", Desc: true}}
	}
	q.Order = totalOrder(q.Order)
	at, err := parseCursor(parameter(r, "cursor"), q.Order)
	if err != nil {
		return err
	}
	if at.backward {
		q.Order = reversed(q.Order)
	}
	if at.position != nil {
		q.Filters = append(slices.Clip(q.Filters), beyond(q.Order, at)...)
	}
	q.Limit, q.Offset, q.Uncounted = cmp.Or(c.PageSize, 10)+1, 0, true
	return nil
}

// Envelope is an object of next, previous and results.
func (c Cursor) Envelope(p Page) (any, error) {
	order := p.Query.Order
	at, err := parseCursor(parameter(p.Request, "cursor"), order)
	if err != nil {
		return nil, err
	}
	n := min(len(p.Results), p.Query.Limit-1)
	more := len(p.Results) > n
	out := cursorEnvelope{Results: listed(slices.Clone(p.Results[:n]))}
	first, last := p.place(order, 0, n, at), p.place(order, n-1, n, at)
	before := at.position != nil // there is something on the side that we come from
	if at.backward {
		slices.Reverse(out.Results)
		first, last, before, more = last, first, more, before
	}
	if more {
		last.backward = false
		out.Next = p.link(map[string]string{"cursor": last.String()})
	}
	if before {
		first.backward = true
		out.Previous = p.link(map[string]string{"cursor": first.String()})
	}
	return out, nil
}

// place is the cursor of the i-th of n results. Without results it is where
// the page was looked for; what is on the other side of that then begins there.
func (p Page) place(order []Order, i, n int, at cursor) cursor {
	if n == 0 {
		return cursor{position: at.position, inclusive: !at.inclusive}
	}
	var c cursor
	for _, o := range order {
		c.position = append(c.position, p.Position(i, o.Field))
	}
	return c
}

// beyond is the filters for the records that stand after a position in an
// order. For the order a, b, c and the position x, y, z it is
//
//	a >= x, and a > x or b >= y, and a > x or b > y or c > z.
func beyond(order []Order, at cursor) []Filter {
	var filters []Filter
	var further []Filter // the records that an earlier field puts beyond
	for i, o := range order {
		value := at.position[i]
		orEqual := i < len(order)-1 || at.inclusive
		if always := orEqual && value == nil && !o.Desc; !always {
			filters = append(filters, anyOf(append(slices.Clip(further), step(o, value, orEqual)...)))
		}
		further = append(further, step(o, value, false)...)
	}
	return filters
}

// step is the filters, of which one must hold, for a field that stands after a
// value in its order, or at it. No value stands before all values.
func step(o Order, value any, orEqual bool) []Filter {
	none := Filter{Field: o.Field, Values: []any{nil}}
	switch {
	case value == nil && o.Desc && orEqual:
		return []Filter{none}
	case value == nil && o.Desc:
		return nil
	case value == nil:
		none.Not = true
		return []Filter{none}
	}
	if b, ok := value.(bool); ok {
		return []Filter{{Field: o.Field, Values: stepBools(b, o.Desc, orEqual)}}
	}
	after := Filter{Field: o.Field, Op: stepOp(o.Desc, orEqual), Values: []any{value}}
	if f, _ := anyField(o.Field); o.Desc && f.Nullable {
		return []Filter{after, none}
	}
	return []Filter{after}
}

func stepOp(desc, orEqual bool) Op {
	switch {
	case desc && orEqual:
		return AtMost
	case desc:
		return Less
	case orEqual:
		return AtLeast
	}
	return Greater
}

// stepBools is what stands after a truth value, or at it: stores compare truth
// values for equality only.
func stepBools(b, desc, orEqual bool) (values []any) {
	if orEqual {
		values = append(values, b)
	}
	if b == desc { // the other one comes later
		values = append(values, !b)
	}
	return values
}

// anyOf is the filter that holds if one of choices holds. Without choices
// nothing matches.
func anyOf(choices []Filter) Filter {
	switch len(choices) {
	case 0:
		return Filter{Field: "id"}
	case 1:
		return choices[0]
	}
	return Filter{Any: choices}
}

// anyField is the field of that name of whichever kind of record has it. A
// name has the same type in all kinds; it is nullable if one says so.
func anyField(name string) (Field, bool) {
	var found Field
	ok := false
	for _, kind := range Kinds() {
		if f, has := kind.Field(name); has {
			f.Nullable = f.Nullable || found.Nullable
			found, ok = f, true
		}
	}
	return found, ok
}

// String is the cursor as it stands in a link.
func (c cursor) String() string {
	values := url.Values{}
	if c.backward {
		values.Set("r", "1")
	}
	if c.inclusive {
		values.Set("i", "1")
	}
	for _, v := range c.position {
		values.Add("p", cursorText(v))
	}
	return base64.RawURLEncoding.EncodeToString([]byte(values.Encode()))
}

// parseCursor reads a cursor for a list of that order. The empty text is the
// list's beginning. What does not fit the order is an error: it would
// otherwise reach the store.
func parseCursor(text string, order []Order) (cursor, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return cursor{}, errCursor
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return cursor{}, errCursor
	}
	c := cursor{backward: values.Get("r") == "1", inclusive: values.Get("i") == "1"}
	texts := values["p"]
	if text == "" {
		return c, nil
	}
	if len(texts) != len(order) {
		return cursor{}, errCursor
	}
	for i, o := range order {
		v, ok := cursorValue(o.Field, texts[i])
		if !ok {
			return cursor{}, errCursor
		}
		c.position = append(c.position, v)
	}
	return c, nil
}

// cursorText writes one value of a position: "-" for none, else "=" and its text.
func cursorText(value any) string {
	switch v := value.(type) {
	case string:
		return "=" + v
	case int64:
		return "=" + strconv.FormatInt(v, 10)
	case bool:
		return "=" + strconv.FormatBool(v)
	case time.Time:
		return "=" + v.UTC().Format(time.RFC3339Nano)
	}
	return "-"
}

// cursorValue reads what cursorText has written, as a value of the field's type.
func cursorValue(name, text string) (any, bool) {
	field, ok := anyField(name)
	if text == "-" {
		return nil, ok && field.Nullable
	}
	text, has := strings.CutPrefix(text, "=")
	if !ok || !has {
		return nil, false
	}
	var value any
	var err error
	switch field.Type {
	case Text:
		return text, utf8.ValidString(text) && !strings.Contains(text, "\x00")
	case Integer:
		value, err = strconv.ParseInt(text, 10, 64)
	case Boolean:
		value, err = strconv.ParseBool(text)
	case Time:
		var at time.Time
		at, err = time.Parse(time.RFC3339Nano, text)
		at = at.UTC().Truncate(time.Microsecond)
		if at.Year() < 1 || at.Year() > 9999 {
			return nil, false
		}
		value = at
	default:
		return nil, false
	}
	return value, err == nil
}
