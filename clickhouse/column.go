package clickhouse

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
)

// recordOf is the kind of a record, and its columns as columnsOf lists them.
func recordOf(row behavior.Row) (behavior.Kind, []any) {
	switch {
	case row.Session != nil:
		return behavior.KindSession, sessionValues(row.Session)
	case row.PageView != nil:
		return behavior.KindPageView, append(pageViewValues(row.PageView), copyValues(&row.PageView.Session)...)
	default:
		return behavior.KindInteraction, append(interactionValues(row.Interaction), copyValues(&row.Interaction.Session)...)
	}
}

// columnNames are the columns of a kind's table, see columnsOf, each with a
// prefix.
func columnNames(kind behavior.Kind, prefix string) string {
	var names []string
	for _, f := range columnsOf(kind) {
		names = append(names, prefix+`"`+f.Name+`"`)
	}
	return strings.Join(names, ", ")
}

// columnTypes are the columns of a kind's table as they are sent.
func columnTypes(kind behavior.Kind) []clickhouse.ColumnNameAndType {
	types := map[behavior.FieldType]string{
		behavior.Text: "String", behavior.Integer: "Int64", behavior.Time: "Int64", behavior.Boolean: "UInt8", behavior.JSON: "String",
	}
	var columns []clickhouse.ColumnNameAndType
	for _, f := range columnsOf(kind) {
		typ := types[f.Type]
		if f.Nullable {
			typ = "Nullable(" + typ + ")"
		}
		columns = append(columns, clickhouse.ColumnNameAndType{Name: f.Name, Type: typ})
	}
	return append(columns, clickhouse.ColumnNameAndType{Name: "version", Type: "UInt64"}, clickhouse.ColumnNameAndType{Name: "deleted", Type: "UInt8"})
}

// blank is a column's value in a row that says that there is no record.
func blank(f behavior.Field) any {
	switch {
	case f.Nullable:
		return nil
	case f.Type == behavior.Integer || f.Type == behavior.Time:
		return int64(0)
	case f.Type == behavior.Boolean:
		return uint8(0)
	}
	return ""
}

// micros scans a time.
type micros struct{ *time.Time }

// Scan reads microseconds since 1970.
func (m micros) Scan(value any) error {
	us, ok := value.(int64)
	if !ok {
		return ours{fmt.Errorf("a time is a %T", value)}
	}
	*m.Time = time.UnixMicro(us).UTC()
	return nil
}

// nullableMicros scans a time that may be none.
type nullableMicros struct{ into **time.Time }

// Scan reads microseconds since 1970, or null.
func (m nullableMicros) Scan(value any) error {
	if value == nil {
		*m.into = nil
		return nil
	}
	var t time.Time
	*m.into = &t
	return micros{&t}.Scan(value)
}

// flag is a truth as a column.
func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// integers and texts are lists in SQL, of one element at least.
func integers(list []int64) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

func texts(list []string) string {
	quoted := make([]string, len(list))
	for i, text := range list {
		quoted[i] = literal(text)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// kinds are the kinds in the order in which they are stored: whoever sees an
// event sees its session.
var kinds = behavior.Kinds()

func keysOf[K comparable, V any](set map[K]V) []K { return slices.Collect(maps.Keys(set)) }
