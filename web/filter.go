package web

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// What is said of parameters that filter.
const (
	messageNUL          = "Null characters are not allowed."
	messageFilterMoment = "Enter a valid date/time."
	messageFilterDate   = "Enter a valid date."
	messageFilterNumber = "Enter a number."
)

// errBlank stands for a parameter that does not filter.
var errBlank = errors.New("blank")

// filterReader turns the parameters of a request into filters.
type filterReader struct {
	tracker *behavior.Tracker
	kind    behavior.Kind
	events  []behavior.EventType
	values  url.Values
}

// read reads all parameters of a set. What is wrong with them is reported all
// at once.
func (f filterReader) read(ctx context.Context, set behavior.FilterSet) ([]behavior.Filter, error) {
	var filters []behavior.Filter
	wrong := behavior.Invalid{}
	for _, p := range set {
		found, err := f.param(ctx, p)
		var message badFilter
		switch {
		case err == nil:
			filters = append(filters, found...)
		case errors.Is(err, errBlank):
		case errors.As(err, &message):
			wrong[p.Name] = []string{message.Error()}
		default:
			return nil, err
		}
	}
	if len(wrong) > 0 {
		return nil, badRequest(wrong, filterNames(set))
	}
	return filters, nil
}

// filterNames are the names of a set in the order in which the reference
// reports them: first those that compare a field of the same name.
func filterNames(set behavior.FilterSet) []string {
	var plain, others []string
	for _, p := range set {
		if p.Name == p.Field {
			plain = append(plain, p.Name)
		} else {
			others = append(others, p.Name)
		}
	}
	return append(plain, others...)
}

// badFilter is what is wrong with a parameter, for the client.
type badFilter string

// Error is the text, as the client sees it.
func (e badFilter) Error() string { return string(e) }

// param reads one parameter.
func (f filterReader) param(ctx context.Context, p behavior.FilterParam) ([]behavior.Filter, error) {
	if p.Parse != nil {
		return f.custom(p)
	}
	text := last(f.values, p.Name)
	switch p.Form {
	case behavior.MomentForm:
		return f.moment(p, p.Op, text)
	case behavior.DateForm:
		return f.date(p, text)
	case behavior.RangeForm:
		return f.span(p)
	case behavior.NullForm:
		return f.null(p, text)
	case behavior.ChoiceForm:
		return f.choice(p, text)
	case behavior.ChoicesForm:
		return f.choices(p)
	case behavior.SessionForm:
		return f.session(ctx, p, text)
	case behavior.MetadataForm:
		return f.metadata(p, text)
	case behavior.NumberForm:
		return f.number(p, text)
	}
	return f.text(p, text)
}

// custom asks the parameter's own function, if the parameter is there.
func (f filterReader) custom(p behavior.FilterParam) ([]behavior.Filter, error) {
	values, ok := f.values[p.Name]
	if !ok {
		return nil, errBlank
	}
	filters, err := p.Parse(values)
	if err != nil {
		return nil, badFilter(err.Error())
	}
	return filters, nil
}

// clean trims a text and makes sure that a store can take it.
func clean(text string) (string, error) {
	switch text = trim(text); {
	case text == "":
		return "", errBlank
	case strings.ContainsRune(text, 0):
		return "", badFilter(messageNUL)
	}
	return text, nil
}

// one is a single filter of a parameter's field.
func one(p behavior.FilterParam, op behavior.Op, values ...any) []behavior.Filter {
	return []behavior.Filter{{Field: p.Field, Op: op, Values: values}}
}

// text compares with a text. A field that holds something else takes part as
// what it is, unless a part of its text is looked for.
func (f filterReader) text(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	text, err := clean(text)
	if err != nil {
		return nil, err
	}
	if !isPart(p.Op) {
		switch field, _ := f.kind.Field(p.Field); field.Type {
		case behavior.Integer:
			return f.number(p, text)
		case behavior.Time:
			return f.moment(p, p.Op, text)
		case behavior.Boolean:
			return f.boolean(p, text)
		}
	}
	if addr, err := netip.ParseAddr(text); err == nil && !isPart(p.Op) && strings.HasSuffix(p.Field, "ip_address") {
		text = addr.String() // IPv6 is stored in its short form
	}
	return one(p, p.Op, text), nil
}

// isPart reports whether an operator looks for a part of a text.
func isPart(op behavior.Op) bool {
	return op == behavior.Contains || op == behavior.StartsWith || op == behavior.EndsWith
}

// boolean compares with true or false; anything else does not filter.
func (f filterReader) boolean(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	value, ok := truth(text)
	if !ok {
		return nil, errBlank
	}
	return one(p, p.Op, value), nil
}

// truth reads the four words that the reference takes for true and false.
func truth(text string) (value, ok bool) {
	switch strings.ToLower(text) {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// null asks whether there is a value; anything but true and false does not filter.
func (f filterReader) null(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	isNull, ok := truth(text)
	if !ok {
		return nil, errBlank
	}
	return []behavior.Filter{{Field: p.Field, Values: []any{nil}, Not: !isNull}}, nil
}

// number compares with a number.
func (f filterReader) number(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	text, err := clean(text)
	if err != nil {
		return nil, err
	}
	n, whole := behavior.ParseInteger(text)
	if !whole && p.Field == "session" {
		return nil, badFilter(messageFilterNumber)
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if !whole && (strings.Trim(text, "0123456789+-.eE_") != "" || err != nil && !errors.Is(err, strconv.ErrRange)) {
		return nil, badFilter(messageFilterNumber)
	}
	field, _ := f.kind.Field(p.Field)
	switch {
	case isPart(p.Op) || field.Type != behavior.Integer:
		return one(p, p.Op, text), nil
	case whole:
		return one(p, p.Op, n), nil
	}
	return fraction64(p, x), nil
}

// fraction64 compares a field of whole numbers with a number that need not be one.
func fraction64(p behavior.FilterParam, x float64) []behavior.Filter {
	switch p.Op {
	case behavior.AtLeast, behavior.Less:
		return one(p, p.Op, toInt64(math.Ceil(x)))
	case behavior.AtMost, behavior.Greater:
		return one(p, p.Op, toInt64(math.Floor(x)))
	}
	if x != math.Trunc(x) {
		return one(p, p.Op) // matches nothing
	}
	return one(p, p.Op, toInt64(x))
}

// toInt64 is the whole number nearest to x that 64 bits can hold.
func toInt64(x float64) int64 {
	switch {
	case x >= math.MaxInt64:
		return math.MaxInt64
	case x <= math.MinInt64:
		return math.MinInt64
	}
	return int64(x)
}

// moment compares with a moment.
func (f filterReader) moment(p behavior.FilterParam, op behavior.Op, text string) ([]behavior.Filter, error) {
	if text == "" {
		return nil, errBlank
	}
	at, ok := parseFilterMoment(text)
	if !ok {
		return nil, badFilter(messageFilterMoment)
	}
	return one(p, op, at), nil
}

// date compares with a whole day in the site's time zone.
func (f filterReader) date(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	if text == "" {
		return nil, errBlank
	}
	day, ok := parseFilterDate(text)
	if !ok {
		return nil, badFilter(messageFilterDate)
	}
	y, m, d := day.Date()
	zone := f.tracker.Settings().TimeZone
	day = time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
	last := time.Date(y, m, d+1, 0, 0, 0, 0, zone).UTC().Add(-time.Microsecond)
	return append(one(p, behavior.AtLeast, day), one(p, behavior.AtMost, last)...), nil
}

// span reads the two ends of a range. Both may be bad, and are then one fault.
func (f filterReader) span(p behavior.FilterParam) ([]behavior.Filter, error) {
	after, err := f.moment(p, behavior.AtLeast, last(f.values, p.Name+"_after"))
	if err != nil && !errors.Is(err, errBlank) {
		return nil, err
	}
	before, err := f.moment(p, behavior.AtMost, last(f.values, p.Name+"_before"))
	if err != nil && !errors.Is(err, errBlank) {
		return nil, err
	}
	return append(after, before...), nil
}

// choice compares with an event type, as it is written.
func (f filterReader) choice(p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	if text == "" {
		return nil, errBlank
	}
	if err := f.known(text); err != nil {
		return nil, err
	}
	return one(p, p.Op, text), nil
}

// choices compares with several event types, of which a blank one is none.
func (f filterReader) choices(p behavior.FilterParam) ([]behavior.Filter, error) {
	if len(f.values[p.Name]) == 0 {
		return nil, errBlank
	}
	var values []any
	for _, text := range f.values[p.Name] {
		if err := f.known(text); err != nil {
			return nil, err
		}
		values = append(values, text)
	}
	return one(p, p.Op, values...), nil
}

// known refuses what is no event type.
func (f filterReader) known(text string) error {
	if slices.Contains(f.events, behavior.EventType(text)) {
		return nil
	}
	return badFilter(fmt.Sprintf("Select a valid choice. %s is not one of the available choices.", text))
}

// session compares with a session's id, which must be there.
func (f filterReader) session(ctx context.Context, p behavior.FilterParam, text string) ([]behavior.Filter, error) {
	if text == "" {
		return nil, errBlank
	}
	unknown := badFilter("Select a valid choice. That choice is not one of the available choices.")
	id, ok := behavior.ParseInteger(text)
	if !ok {
		return nil, unknown
	}
	found, _, err := f.tracker.Sessions(ctx, behavior.ByID(id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("find session: %w", err)
	case len(found) == 0:
		return nil, unknown
	}
	return one(p, p.Op, id), nil
}
