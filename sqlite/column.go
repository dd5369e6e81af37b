package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// columnsOf are the columns of each kind's table, as its values are in order.
var columnsOf = map[behavior.Kind]string{
	behavior.KindSession: sessionColumns, behavior.KindPageView: pageViewColumns, behavior.KindInteraction: interactionColumns,
}

// moment scans a time into where it belongs.
type moment struct{ into *time.Time }

// Scan reads microseconds since 1970.
func (m moment) Scan(value any) error {
	micros, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a time is %T, want an integer", value)
	}
	*m.into = time.UnixMicro(micros).UTC()
	return nil
}

// optionalMoment scans a time that may be missing.
type optionalMoment struct{ into **time.Time }

// Scan reads microseconds since 1970, or null.
func (m optionalMoment) Scan(value any) error {
	if value == nil {
		*m.into = nil
		return nil
	}
	*m.into = new(time.Time)
	return moment{*m.into}.Scan(value)
}

// jsonOf makes a list one parameter, for json_each.
func jsonOf[T int64 | string](list []T) string {
	text, _ := json.Marshal(list) // numbers and texts cannot fail
	return string(text)
}
