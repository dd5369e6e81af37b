package postgres

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// valuesOf returns the columns of a record; progress has none.
func valuesOf(row behavior.Row) []any {
	switch {
	case row.Session != nil:
		return sessionValues(row.Session)
	case row.PageView != nil:
		return pageViewValues(row.PageView)
	case row.Interaction != nil:
		return interactionValues(row.Interaction)
	}
	return nil
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

func keysOf[K comparable, V any](set map[K]V) []K { return slices.Collect(maps.Keys(set)) }
