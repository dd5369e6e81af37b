package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Insight answers an insight at one moment of the store, see [behavior.Store].
func (s *Store) Insight(ctx context.Context, i behavior.Insight) (rows []behavior.InsightRow, err error) {
	in, err := query.NewInsight(i)
	if err != nil {
		return nil, err
	}
	s.freshen(ctx)
	err = s.readLong(ctx, "insight", func(ctx context.Context, tx *sql.Tx) (err error) {
		rows, err = in.Rows(dialect, query.AskBy(ctx, tx))
		return err
	})
	return rows, err
}

// jsonScalar looks at the type of a value only where its text may be that of an
// object or array: each look reads the whole document once more.
func jsonScalar(document string, path []string, bind query.Bind) string {
	at := document + ", " + pointer(path, bind)
	text := "TRY(json_extract_string(" + at + "))"
	return "CASE WHEN " + text + " LIKE '{%' OR " + text + " LIKE '[%'" +
		" THEN CASE WHEN TRY(json_type(" + at + ")) IN ('OBJECT', 'ARRAY') THEN NULL ELSE " + text + " END ELSE " + text + " END"
}

// month counts the months between two days.
func month(first time.Time, days string) string {
	from := "DATE '" + first.Format(time.DateOnly) + "'"
	return fmt.Sprintf("datediff('month', %s, %s + CAST(%s AS INTEGER))", from, from, days)
}

// day casts to DATE: a division of microseconds takes three times as long, and
// to group by the number of a day twice.
func day(column string, offset time.Duration) string {
	if offset != 0 {
		column = fmt.Sprintf("(%s + to_microseconds(%d))", column, offset.Microseconds())
	}
	return "CAST(" + column + " AS DATE)"
}

// dayNumber counts the days from one to another.
func dayNumber(day string, first time.Time) string {
	return fmt.Sprintf("(%s - DATE '%s')", day, first.Format(time.DateOnly))
}
