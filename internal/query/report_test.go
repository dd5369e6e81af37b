package query

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// questions are the statements of a report.
func questions(t *testing.T, d Dialect, r behavior.ReportRange) []Statement {
	t.Helper()
	var all []Statement
	err := NewReport(r).Fill(&behavior.Report{}, d, func(st Statement, _ func(Cursor) error) error {
		all = append(all, st)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// reporting is a dialect for reports.
func reporting() Dialect {
	d := plain
	d.Micros = func(column string) string { return "micros(" + column + ")" }
	d.Div = func(a string, b int64) string { return fmt.Sprintf("%s / %d", a, b) }
	return d
}

func TestReportStatements(t *testing.T) {
	t.Parallel()
	d := reporting()
	d.Schema = "mine."
	d.Day = func(column string, offset time.Duration) string { return fmt.Sprintf("day(%s, %v)", column, offset) }
	d.DayNumber = func(day string, first time.Time) string {
		return "number(" + day + ", " + first.Format(time.DateOnly) + ")"
	}
	from := time.Date(2025, 3, 14, 0, 0, 0, 1, time.UTC)
	asked := questions(t, d, behavior.ReportRange{From: from, To: from.AddDate(0, 0, 7)})
	const day, start = `day(r."timestamp", 0s)`, `day(r."start_time", 0s)`
	const length = `(micros(r."end_time") - micros(r."start_time"))`
	want := []string{
		`SELECT r."event_type", count(*) FROM mine.interactions r WHERE r."timestamp" >= $1 AND r."timestamp" < $2 GROUP BY r."event_type" ORDER BY 2 DESC, r."event_type"`,
		`SELECT number(` + day + `, 2025-03-10), count(*) FROM mine.interactions r WHERE r."timestamp" >= $1 AND r."timestamp" < $2 GROUP BY ` + day + ` ORDER BY 1 DESC`,
		`SELECT number(` + day + `, 2025-03-10), r."url", count(*) FROM mine.page_views r WHERE r."timestamp" >= $1 AND r."timestamp" < $2` +
			` GROUP BY ` + day + `, r."url" ORDER BY 1 DESC, 3 DESC, r."url"`,
		`SELECT number(` + start + `, 2025-03-10), CAST(sum(` + length + ` / 1000000) AS BIGINT), CAST(sum(` + length + ` % 1000000) AS BIGINT), count(*)` +
			` FROM mine.sessions r WHERE r."start_time" >= $1 AND r."start_time" < $2 AND r."end_time" IS NOT NULL GROUP BY ` + start + ` ORDER BY 1 DESC`,
		`SELECT r."browser_family", count(*) FROM mine.sessions r WHERE r."start_time" >= $1 AND r."start_time" < $2 GROUP BY r."browser_family" ORDER BY 2 DESC, r."browser_family"`,
	}
	for i, st := range asked {
		if i >= len(want) || st.SQL != want[i] {
			t.Errorf("question %d:\n%s", i, st.SQL)
		}
		bounds := []any{from.Add(999 * time.Nanosecond), from.AddDate(0, 0, 7).Add(999 * time.Nanosecond)} // the next microseconds
		if diff := cmp.Diff(bounds, st.Args); diff != "" {
			t.Errorf("question %d, parameters (-want +got):\n%s", i, diff)
		}
	}
	if len(asked) != len(want) {
		t.Errorf("%d questions, want %d", len(asked), len(want))
	}
}

// TestFarMoments keeps what is asked for where every engine can compare it.
func TestFarMoments(t *testing.T) {
	t.Parallel()
	first, last := time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
	for year, want := range map[int]time.Time{-300_000: first, 300_000: last} {
		far := time.Date(year, 1, 1, 0, 0, 0, 1, time.UTC)
		st, err := IDs(plain, behavior.KindSession, behavior.Query{Filters: []behavior.Filter{{Field: "start_time", Op: behavior.AtMost, Values: []any{far}}}})
		if err != nil || !slices.Equal(st.Args, []any{want}) {
			t.Errorf("year %d: asks for %v, want %v; error %v", year, st.Args, want, err)
		}
	}
}
