package postgres

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// maxID is the largest id that a record may bring along: the largest whole
// number that every JSON reader keeps exact.
const maxID = 1<<53 - 1

// rowValues returns the columns of a record, or what PostgreSQL cannot store
// in it: one bad text would fail all rows.
func rowValues(row behavior.Row) ([]any, error) {
	var values []any
	var kind behavior.Kind
	switch {
	case row.Progress != nil:
		return nil, progressFault(row.Progress)
	case row.Session != nil:
		values, kind = sessionValues(row.Session), behavior.KindSession
	case row.PageView != nil:
		values, kind = pageViewValues(row.PageView), behavior.KindPageView
	default:
		values, kind = interactionValues(row.Interaction), behavior.KindInteraction
		if !json.Valid(metadata(row.Interaction)) {
			return nil, behavior.Invalid{"metadata": {"Value must be valid JSON."}}
		}
	}
	if id := values[0].(int64); id < 0 || id > maxID {
		return nil, behavior.Invalid{"id": {"An id is a whole number from 1 to 9007199254740991."}}
	}
	for i, value := range values {
		if message := storable(value); message != "" {
			return nil, behavior.Invalid{kind.Fields()[i].Name: {message}}
		}
	}
	return values, nil
}

// maxIndexed is how many bytes of text every index takes. Longer ones it takes
// as well if they can be compressed, as most long texts can.
const maxIndexed = 2000

// lengthFault refuses a record with a text that may be too long for an index.
func lengthFault(row behavior.Row) error {
	fault := func(field, text string) error {
		if len(text) > maxIndexed {
			return behavior.Invalid{field: {"The text is too long."}}
		}
		return nil
	}
	switch {
	case row.Session != nil:
		return fault("session_id", row.Session.SessionID)
	case row.PageView != nil:
		return fault("event_key", row.PageView.EventKey)
	case row.Interaction != nil:
		return errors.Join(fault("event_type", string(row.Interaction.EventType)), fault("event_key", row.Interaction.EventKey))
	}
	return nil
}

// storable says what keeps a value from being stored; empty: nothing.
func storable(value any) string {
	switch v := value.(type) {
	case string:
		if !utf8.ValidString(v) {
			return "Text must be UTF-8."
		}
		if strings.IndexByte(v, 0) >= 0 {
			return "Null characters are not allowed."
		}
	case time.Time:
		if y := v.UTC().Year(); y < 0 || y > 9999 { // as in RFC 3339, and so in JSON
			return "The year must be from 0 to 9999."
		}
	}
	return ""
}

// columnNames are the columns of a kind's table that hold its fields, in their
// order, each with a prefix.
func columnNames(kind behavior.Kind, prefix string) string {
	var names []string
	for _, f := range kind.Fields() {
		names = append(names, prefix+`"`+f.Name+`"`)
	}
	return strings.Join(names, ", ")
}

// arrayTypes are the SQL types of arrays of fields.
var arrayTypes = map[behavior.FieldType]string{
	behavior.Text: "text[]", behavior.Integer: "bigint[]", behavior.Time: "timestamptz[]", behavior.Boolean: "boolean[]", behavior.JSON: "text[]",
}

// arrays turns the columns of records around: one array for each field.
func arrays(kind behavior.Kind, records [][]any) []any {
	var all []any
	for i, f := range kind.Fields() {
		switch {
		case f.Type == behavior.Integer:
			all = append(all, array[int64](records, i))
		case f.Type == behavior.Boolean:
			all = append(all, array[bool](records, i))
		case f.Type == behavior.Time && f.Nullable:
			all = append(all, nullable[time.Time](records, i))
		case f.Type == behavior.Time:
			all = append(all, array[time.Time](records, i))
		case f.Nullable:
			all = append(all, nullable[string](records, i))
		default:
			all = append(all, array[string](records, i))
		}
	}
	return all
}

func array[T any](records [][]any, i int) []T {
	list := make([]T, len(records))
	for n, values := range records {
		list[n] = values[i].(T)
	}
	return list
}

func nullable[T any](records [][]any, i int) []*T {
	list := make([]*T, len(records))
	for n, values := range records {
		if v, ok := values[i].(T); ok {
			list[n] = &v
		}
	}
	return list
}

// metadata is an interaction's metadata, {} when it has none.
func metadata(i *behavior.Interaction) json.RawMessage {
	if len(i.Metadata) == 0 {
		return json.RawMessage("{}")
	}
	return i.Metadata
}

// normalizeSession, normalizePageView and normalizeInteraction make a record
// what it is when it is read again.
func normalizeSession(s *behavior.Session) {
	s.StartTime = moment(s.StartTime)
	if s.EndTime != nil {
		end := moment(*s.EndTime)
		s.EndTime = &end
	}
}

func normalizePageView(v *behavior.PageView) {
	v.Timestamp = moment(v.Timestamp)
	v.Visible = v.Visible.Truncate(time.Millisecond)
}

func normalizeInteraction(i *behavior.Interaction) {
	i.Timestamp = moment(i.Timestamp)
	i.Metadata = metadata(i)
}

// moment is a time as the database keeps it.
func moment(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }

func keysOf[K comparable, V any](set map[K]V) []K { return slices.Collect(maps.Keys(set)) }
