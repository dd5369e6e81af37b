package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// TestColumns compares the columns that the engine writes with the fields
// that lists know.
func TestColumns(t *testing.T) {
	t.Parallel()
	for kind, columns := range map[behavior.Kind]string{
		behavior.KindSession: sessionColumns, behavior.KindPageView: pageViewColumns, behavior.KindInteraction: interactionColumns,
	} {
		var want, got []string
		for _, f := range kind.Fields() {
			want = append(want, f.Name)
		}
		for column := range strings.SplitSeq(columns, ",") {
			got = append(got, strings.Trim(strings.TrimSpace(column), `"`))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("columns of %s (-want +got):\n%s", query.Table(kind), diff)
		}
	}
}

// smuggle stores a session behind the writer's back.
func smuggle(t *testing.T, s *Store, statement string, args ...any) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TestAppendReplays has the unique index refuse a batch: DuckDB drops all of
// it, and a COMMIT would be answered as if nothing had happened.
func TestAppendReplays(t *testing.T) {
	t.Parallel()
	s, _ := newFile(t)
	appendRows(t, s, session("a"))
	smuggle(t, s, `INSERT INTO sessions SELECT * REPLACE (1000 AS id, 'b' AS session_id) FROM sessions`)
	rows := []behavior.Row{session("c"), view("c", "/1"), session("b"), view("b", "/2"), view("a", "/3"), session("d")}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if taken := i == 2; errors.Is(row.Err, behavior.ErrConflict) != taken || !taken && row.Err != nil {
			t.Errorf("row %d: %v", i, row.Err)
		}
	}
	if rows[3].PageView.Session.ID != 1000 || count(t, s) != 3 {
		t.Errorf("page view of session %d, %d page views", rows[3].PageView.Session.ID, count(t, s))
	}
}

// TestAppendFindsOffenders has an index refuse rows that no look-up finds.
func TestAppendFindsOffenders(t *testing.T) {
	t.Parallel()
	s, _ := newFile(t)
	smuggle(t, s, `CREATE UNIQUE INDEX trap ON sessions (ip_address)`)
	var rows []behavior.Row
	for i := range 40 {
		row := session(fmt.Sprint(i))
		row.Session.IPAddress = fmt.Sprint(i)
		if i == 7 || i == 30 || i == 31 {
			row.Session.IPAddress = "0"
		}
		rows = append(rows, row, view(fmt.Sprint(i), "/"))
	}
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		want := error(nil)
		wantView := error(nil)
		if i == 7 || i == 30 || i == 31 {
			want, wantView = behavior.ErrConflict, behavior.ErrNoSession
		}
		if !errors.Is(rows[2*i].Err, want) || !errors.Is(rows[2*i+1].Err, wantView) {
			t.Errorf("session %d: %v, its page view: %v", i, rows[2*i].Err, rows[2*i+1].Err)
		}
	}
	if n := count(t, s); n != 37 {
		t.Errorf("%d page views, want 37", n)
	}
}

// crashAfterAppend appends page views and dies before their facts are written.
func crashAfterAppend(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	if err := s.Append(ctx, []behavior.Row{session("a"), session("b")}); err != nil {
		return err
	}
	s.lock <- struct{}{} // keep does not write facts from here on
	for _, row := range []behavior.Row{view("a", "/in"), view("b", "/b"), view("a", "/between"), view("a", "/out")} {
		if err := s.writer.append(ctx, []behavior.Row{row}); err != nil {
			return err
		}
	}
	return syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
}

func TestFactsAfterCrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.duckdb")
	if out, err := file.Process(t, "crash", path).CombinedOutput(); err == nil || len(out) > 0 {
		t.Fatalf("the other process says %q, %v", out, err)
	}
	s := openFile(t, path)
	for range 2 {
		list, _, err := s.Sessions(t.Context(), behavior.Query{})
		if err != nil {
			t.Fatal(err)
		}
		var got [][3]string
		for _, v := range list {
			got = append(got, [3]string{v.SessionID, v.EntryPath, v.ExitPath})
		}
		if diff := cmp.Diff([][3]string{{"a", "/in", "/out"}, {"b", "/b", "/b"}}, got); diff != "" {
			t.Errorf("session, entry and exit (-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openFile(t, path)
	}
	checkMarks(t, s, plan.Marks{View: 4})
}
