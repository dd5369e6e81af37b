package duckdb

import (
	"database/sql/driver"
	"encoding/json"
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

// rowValues returns the columns of a record, or what DuckDB cannot store in
// it: DuckDB would take bad text for null, and refuse it or lose it.
func rowValues(row behavior.Row) ([]driver.Value, error) {
	var values []driver.Value
	var columns string
	switch {
	case row.Progress != nil:
		return nil, progressFault(row.Progress)
	case row.Session != nil:
		values, columns = sessionValues(make([]driver.Value, 0, 27), row.Session), sessionColumns
	case row.PageView != nil:
		values, columns = pageViewValues(make([]driver.Value, 0, 11), row.PageView), pageViewColumns
	default:
		values, columns = interactionValues(make([]driver.Value, 0, 12), row.Interaction), interactionColumns
		if !json.Valid(metadata(row.Interaction)) {
			return nil, behavior.Invalid{"metadata": {"Value must be valid JSON."}}
		}
	}
	if id := values[0].(int64); id < 0 || id > maxID {
		return nil, behavior.Invalid{"id": {"An id is a whole number from 1 to 9007199254740991."}}
	}
	for i, value := range values {
		if message := storable(value); message != "" {
			column := strings.TrimSpace(strings.Split(columns, ",")[i])
			return nil, behavior.Invalid{strings.Trim(column, `"`): {message}}
		}
	}
	return values, nil
}

// storable says what keeps a value from being stored; empty: nothing.
func storable(value driver.Value) string {
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

// moment is a time as the file keeps it.
func moment(t time.Time) time.Time { return time.UnixMicro(t.UnixMicro()).UTC() }

func keysOf[K comparable, V any](set map[K]V) []K { return slices.Collect(maps.Keys(set)) }
