package sqlite

import (
	"context"
	"errors"
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

// smuggle writes into the file behind the writer's back.
func smuggle(t *testing.T, s *Store, statement string, args ...any) {
	t.Helper()
	db := connect(s.path, "rw", 1<<20)
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TestAppendAfterAnotherProgram has another program write what the writer does
// not know of: an id that it is about to give, and a name.
func TestAppendAfterAnotherProgram(t *testing.T) {
	t.Parallel()
	s, _ := newFile(t)
	appendRows(t, s, session("a"), session("b"))
	smuggle(t, s, `UPDATE sessions SET id = 3, session_id = 'c' WHERE id = 2`)
	rows := []behavior.Row{session("d"), view("d", "/1")}
	if err := s.Append(t.Context(), rows); !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "another program has written") {
		t.Fatalf("error is %v, want ErrUnavailable", err)
	}
	if n := count(t, s); n != 0 {
		t.Errorf("%d page views, want none", n)
	}
	rows = append(rows, session("c"), view("c", "/2"), session("b"))
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if taken := i == 2; errors.Is(row.Err, behavior.ErrConflict) != taken || !taken && row.Err != nil {
			t.Errorf("row %d: %v", i, row.Err)
		}
	}
	if rows[0].Session.ID != 4 || rows[3].PageView.Session.ID != 3 {
		t.Errorf("sessions %d and %d, want 4 and 3", rows[0].Session.ID, rows[3].PageView.Session.ID)
	}
}

// TestAppendWhileAnotherProgramWrites has another program hold SQLite's lock.
func TestAppendWhileAnotherProgramWrites(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	db := connect(path, "rw", 1<<20)
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), []behavior.Row{session("a")}); !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "another program is writing") {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	appendRows(t, s, session("a"), view("a", "/"))
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
	path := filepath.Join(t.TempDir(), "store.sqlite")
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
