package web

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// A lookup is a parameter FIELD or FIELD__LOOKUP of a list. The names are the
// reference's, which accepts far more of them than its pages offer.

// lookupReader turns the lookups of a list into filters.
type lookupReader struct {
	h      *handler
	model  adminModel
	params map[string]string
}

// lookup is one parameter, taken apart.
type lookup struct {
	field behavior.Field
	steps []string // what is asked of it: "date", "gte"; none for "exact"
	name  string   // of the parameter up to the field
	value string
}

// read reads one lookup. [errLookup]: there is no such field or lookup, or the
// value does not suit it. [errBlank]: it does not filter. An answer of 400:
// the lookup leads to records of another kind, where it is not allowed.
func (l lookupReader) read(ctx context.Context, name, value string) ([]behavior.Filter, error) {
	if !utf8.ValidString(name+value) || strings.ContainsRune(value, 0) {
		return nil, errLookup
	}
	one, err := l.resolve(name)
	if err != nil {
		return nil, err
	}
	one.value = value
	if one.field.Type == behavior.JSON {
		return one.json()
	}
	if value == "" && one.blank() {
		return nil, errBlank
	}
	switch one.what() {
	case "exact", "isnull", "in", "range":
		return l.equal(one)
	case "iexact":
		return l.sameText(ctx, one)
	case "date", "year", "month", "day":
		return l.days(one)
	}
	return l.compare(one)
}

// what is the first step, "exact" when there is none.
func (l lookup) what() string {
	if len(l.steps) == 0 {
		return "exact"
	}
	return l.steps[0]
}

// blank reports whether an empty value is no value: it is one only for texts
// that are compared as a whole.
func (l lookup) blank() bool {
	return l.field.Type != behavior.Text && l.what() != "isnull" || partOps[l.what()] != 0
}

// resolve finds the field that a parameter names.
func (l lookupReader) resolve(name string) (lookup, error) {
	steps := strings.Split(name, "__")
	field := steps[0]
	if field == "pk" {
		field = "id"
	}
	steps = steps[1:]
	if field == "session" && len(steps) > 0 && l.model.kind != behavior.KindSession {
		switch of := behavior.SessionPrefix + steps[0]; {
		case steps[0] == "id" || steps[0] == "pk":
			steps = steps[1:]
		case l.offers(of):
			field, steps = of, steps[1:]
		default:
			if _, ok := l.model.kind.Field(of); ok {
				return lookup{}, detail(http.StatusBadRequest, "Filtering by "+of+" is not allowed.")
			}
		}
	}
	f, ok := l.model.kind.Field(field)
	if !ok || len(steps) > 1 && f.Type != behavior.Time && f.Type != behavior.JSON {
		return lookup{}, errLookup
	}
	return lookup{field: f, steps: steps, name: field}, nil
}

// offers reports whether the list searches a field or has a filter for it.
func (l lookupReader) offers(field string) bool {
	return slices.Contains(l.model.search, field) ||
		slices.ContainsFunc(l.model.filters, func(f adminFilter) bool { return f.field == field })
}

// filter is one filter on the lookup's field.
func (l lookup) filter(op behavior.Op, values ...any) behavior.Filter {
	return behavior.Filter{Field: l.field.Name, Op: op, Values: values}
}

// equal reads exact, in, range and isnull.
func (l lookupReader) equal(one lookup) ([]behavior.Filter, error) {
	if len(one.steps) > 1 {
		return nil, errLookup
	}
	if one.what() == "isnull" {
		isNull := !slices.Contains([]string{"", "0", "false"}, strings.ToLower(one.value))
		filter := one.filter(behavior.Is, nil)
		filter.Not = !isNull
		return []behavior.Filter{filter}, nil
	}
	texts := []string{one.value}
	if one.what() != "exact" {
		texts = strings.Split(one.value, ",")
	}
	var values []any
	for _, text := range texts {
		value, err := l.value(one.field, text)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	if one.what() != "range" {
		return []behavior.Filter{one.filter(behavior.Is, values...)}, nil
	}
	if len(values) != 2 || one.field.Type == behavior.Boolean {
		return nil, errLookup
	}
	return []behavior.Filter{one.filter(behavior.AtLeast, values[0]), one.filter(behavior.AtMost, values[1])}, nil
}

// value reads a value of a field.
func (l lookupReader) value(field behavior.Field, text string) (any, error) {
	switch field.Type {
	case behavior.Integer:
		if n, ok := behavior.ParseInteger(text); ok {
			return n, nil
		}
	case behavior.Boolean:
		if value, ok := truth(text); ok {
			return value, nil
		}
	case behavior.Time:
		if at, ok := parseLocal(text, l.h.settings.TimeZone); ok {
			return at, nil
		}
	default:
		if addr, err := netip.ParseAddr(text); err == nil && strings.HasSuffix(field.Name, "ip_address") {
			text = addr.String() // IPv6 is stored in its short form
		}
		return text, nil
	}
	return nil, errLookup
}

// partOps are the lookups of a part of a text. Upper and lower case of ASCII
// letters are the same to them, with and without the "i", as they are to the
// reference on SQLite.
var partOps = map[string]behavior.Op{
	"contains": behavior.Contains, "icontains": behavior.Contains,
	"startswith": behavior.StartsWith, "istartswith": behavior.StartsWith,
	"endswith": behavior.EndsWith, "iendswith": behavior.EndsWith,
}

// orderOps are the lookups that compare by order.
var orderOps = map[string]behavior.Op{"gt": behavior.Greater, "gte": behavior.AtLeast, "lt": behavior.Less, "lte": behavior.AtMost}

// compare reads the lookups of partOps and orderOps.
func (l lookupReader) compare(one lookup) ([]behavior.Filter, error) {
	if len(one.steps) > 1 {
		return nil, errLookup
	}
	if op, ok := partOps[one.what()]; ok && (one.field.Type == behavior.Text || one.field.Type == behavior.Integer) {
		return []behavior.Filter{one.filter(op, one.value)}, nil
	}
	op, ok := orderOps[one.what()]
	if !ok || one.field.Type == behavior.Boolean {
		return nil, errLookup
	}
	value, err := l.value(one.field, one.value)
	if err != nil {
		return nil, err
	}
	return []behavior.Filter{one.filter(op, value)}, nil
}

// maxSpellings bounds the values that iexact compares with.
const maxSpellings = 1000

// sameText reads iexact: the same text but for the case of ASCII letters. The
// values that begin and end with the text are asked for first, and those of
// them that are as long are looked for.
func (l lookupReader) sameText(ctx context.Context, one lookup) ([]behavior.Filter, error) {
	if one.field.Type != behavior.Text || len(one.steps) > 1 {
		return nil, errLookup
	}
	found, err := l.h.tracker.Values(ctx, l.model.kind, one.field.Name, behavior.Query{
		Filters: []behavior.Filter{one.filter(behavior.StartsWith, one.value), one.filter(behavior.EndsWith, one.value)},
		Limit:   maxSpellings + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("find spellings: %w", err)
	}
	if len(found) > maxSpellings {
		return nil, errLookup
	}
	values := []any{}
	for _, v := range found {
		if text, ok := v.Value.(string); ok && len(text) == len(one.value) {
			values = append(values, text)
		}
	}
	return []behavior.Filter{one.filter(behavior.Is, values...)}, nil
}

// days reads the lookups of days, months and years, which are cut in the
// site's time zone: date, date__gte and so on, year, and where the year is
// given too, month and day.
func (l lookupReader) days(one lookup) ([]behavior.Filter, error) {
	from, to, err := l.daySpan(one)
	if err != nil {
		return nil, err
	}
	compare := "exact"
	if len(one.steps) == 2 {
		compare = one.steps[1]
	}
	switch compare {
	case "exact":
		return []behavior.Filter{one.filter(behavior.AtLeast, from), one.filter(behavior.Less, to)}, nil
	case "gte":
		return []behavior.Filter{one.filter(behavior.AtLeast, from)}, nil
	case "gt":
		return []behavior.Filter{one.filter(behavior.AtLeast, to)}, nil
	case "lt":
		return []behavior.Filter{one.filter(behavior.Less, from)}, nil
	case "lte":
		return []behavior.Filter{one.filter(behavior.Less, to)}, nil
	}
	return nil, errLookup
}

// daySpan is the span of time that a lookup of days names.
func (l lookupReader) daySpan(one lookup) (from, to time.Time, err error) {
	if one.field.Type != behavior.Time || len(one.steps) > 2 {
		return from, to, errLookup
	}
	zone := l.h.settings.TimeZone
	if one.what() == "date" {
		day, ok := parseFilterDate(one.value)
		if !ok {
			return from, to, errLookup
		}
		y, m, d := day.Date()
		return dayStart(y, m, d, zone), dayStart(y, m, d+1, zone), nil
	}
	number := map[string]int{"month": 1, "day": 1}
	for _, part := range []string{"year", "month", "day"} {
		text := l.params[one.name+"__"+part]
		if part == one.what() {
			text = one.value
		}
		n, err := strconv.Atoi(trim(text))
		if err != nil || n < 1 || n > 9999 {
			return from, to, errLookup
		}
		if number[part] = n; part == one.what() {
			break
		}
	}
	y, m, d := number["year"], number["month"], number["day"]
	if !isDate(y, m, d) {
		return from, to, errLookup
	}
	from = dayStart(y, time.Month(m), d, zone)
	switch one.what() {
	case "year":
		return from, dayStart(y+1, 1, 1, zone), nil
	case "month":
		return from, dayStart(y, time.Month(m+1), 1, zone), nil
	}
	return from, dayStart(y, time.Month(m), d+1, zone), nil
}

// dayStart is the start of a day.
func dayStart(year int, month time.Month, day int, zone *time.Location) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, zone)
}

// parseLocal reads a moment. Without an offset it is the time of a clock in zone.
func parseLocal(text string, zone *time.Location) (time.Time, bool) {
	at, ok, inRange := parseMoment(text)
	if !ok || !inRange {
		return time.Time{}, false
	}
	const shortestWithOffset = len("2025W0910Z") // a date without a time has none
	_, local, _ := parseMoment(text + "Z")
	if local || len(text) <= shortestWithOffset {
		at = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone)
	}
	return at.UTC(), true
}

// json reads lookups of a document: of its text, or FIELD__KEY__KEY of a value
// within it.
func (l lookup) json() ([]behavior.Filter, error) {
	if len(l.steps) == 0 || len(l.steps) > maxMetadata {
		return nil, errLookup
	}
	path, last := l.steps[:len(l.steps)-1], l.steps[len(l.steps)-1]
	op, isPart := partOps[last]
	switch {
	case isPart && l.value == "":
		return nil, errBlank
	case !isPart && last != "exact":
		path = l.steps
	}
	filter := l.filter(op, metadataValues(op, l.value)...)
	if filter.Path = path; len(path) == 0 && !isPart {
		return nil, errLookup // a whole document
	}
	return []behavior.Filter{filter}, nil
}
