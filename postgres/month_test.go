package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// partitions are the partitions of page views, by their names without the
// parent's.
func partitions(t *testing.T, s *Store) []string {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), `SELECT substr(relname, 12) FROM pg_inherits JOIN pg_class ON oid = inhrelid
		WHERE inhparent = $1::text::regclass ORDER BY relname`, s.in("@page_views"))
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMonths(t *testing.T) {
	t.Parallel()
	s, schema := openNew(t)
	appendRows(t, s, session("a"))
	for _, at := range []time.Time{
		noon, noon.AddDate(0, 9, 0), time.Date(2025, 3, 31, 23, 59, 59, 999999999, time.UTC), time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2025, 5, 1, 0, 0, 0, 0, time.FixedZone("", 3600)), {}, time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		row := view("a", "/")
		row.PageView.Timestamp = at
		appendRows(t, s, row)
	}
	want := []string{"before_2000", "from_2100", "y2025m03", "y2025m04", "y2025m12"}
	if diff := cmp.Diff(want, partitions(t, s)); diff != "" {
		t.Errorf("partitions: %s", diff)
	}

	// To drop a month is to delete what was in it; what comes for it later
	// makes it anew, also from a server that has known it before.
	exec(t, house(t), "DROP TABLE "+schema+".page_views_y2025m03")
	if n := count(t, s); n != 6 {
		t.Errorf("%d page views are left, want 6", n)
	}
	appendRows(t, s, keyed(view("a", "/"), "k"))
	again := []behavior.Row{keyed(view("a", "/"), "k")}
	if err := s.Append(t.Context(), again); err != nil || again[0].Err == nil {
		t.Errorf("the same key again: %v, %v", err, again[0].Err)
	}
	gone, err := s.Delete(t.Context(), behavior.KindSession, []int64{1})
	if err != nil || gone.PageViews != 7 {
		t.Errorf("deleted %+v, %v", gone, err)
	}
}

// TestQuestionsUseAnIndex asks the server how it would find the newest ten among
// 200,000, and count the URLs of a day.
func TestQuestionsUseAnIndex(t *testing.T) {
	t.Parallel()
	s, schema := openNew(t)
	appendRows(t, s, session("a"), view("a", "/"))
	exec(t, house(t), `INSERT INTO `+schema+`.page_views SELECT 10 + n, 1, 'https://www.example.com/' || n, timestamptz '2025-03-01 00:00:00+00' + n * interval '10 seconds',
		'www.example.com', '/' || n, '', '', 'k' || n, 0, 0 FROM generate_series(1, 200000) n`, `ANALYZE `+schema+`.page_views`, `ANALYZE `+schema+`.sessions`)
	newest := behavior.Query{Order: []behavior.Order{{Field: "timestamp", Desc: true}}, Limit: 10}
	for name, q := range map[string]behavior.Query{
		"newest ten":               newest,
		"newest ten of a session":  {Order: newest.Order, Limit: 10, Filters: []behavior.Filter{{Field: "session", Values: []any{int64(77)}}}},
		"one by id":                behavior.ByID(4711),
		"newest ten with an agent": {Order: newest.Order, Limit: 10, Filters: []behavior.Filter{{Field: "path", Op: behavior.Contains, Values: []any{"9"}}}},
	} {
		st, err := s.compile(query.IDs(s.dialect, behavior.KindPageView, q))
		if err != nil {
			t.Fatal(err)
		}
		noSequentialScan(t, s, name, st)
	}
	err := query.NewReport(behavior.LastDays(1, noon, time.UTC)).Fill(&behavior.Report{}, s.dialect, func(st query.Statement, _ func(query.Cursor) error) error {
		if strings.Contains(st.SQL, "page_views") {
			noSequentialScan(t, s, "report", st)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	noSequentialScan(t, s, "by ids", query.Statement{SQL: pageViews.byID(s) + " WHERE r.id = ANY($1::bigint[])", Args: []any{[]int64{5, 6, 7}}})
}

// noSequentialScan fails when a statement reads a whole table of events.
func noSequentialScan(t *testing.T, s *Store, name string, st query.Statement) {
	t.Helper()
	rows, err := s.pool.Query(t.Context(), "EXPLAIN (FORMAT text) "+st.SQL, append([]any{pgx.QueryExecModeExec}, st.Args...)...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	plan := ""
	for _, line := range lines {
		plan += line + "\n"
	}
	if strings.Contains(plan, "Seq Scan on page_views") || !strings.Contains(plan, "Index") {
		t.Errorf("%s:\n%s", name, plan)
	}
}
