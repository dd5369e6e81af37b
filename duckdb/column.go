package duckdb

import (
	"database/sql/driver"

	"github.com/userbehavior/behavior"
)

// recordOf returns the columns of a record, and their names.
func recordOf(row behavior.Row) (kind behavior.Kind, columns string, values []driver.Value) {
	switch {
	case row.Session != nil:
		return behavior.KindSession, sessionColumns, sessionValues(nil, row.Session)
	case row.PageView != nil:
		return behavior.KindPageView, pageViewColumns, pageViewValues(nil, row.PageView)
	default:
		return behavior.KindInteraction, interactionColumns, interactionValues(nil, row.Interaction)
	}
}
