package duckdb

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
		s, err := Open(t.Context(), filepath.Join(dir, "store.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// openWith opens a store with options in a new file and closes it when the test ends.
func openWith(t *testing.T, o Options) *Store {
	t.Helper()
	s, err := OpenWith(t.Context(), filepath.Join(t.TempDir(), "store.duckdb"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestOptionsReachDuckDB(t *testing.T) {
	t.Parallel()
	temp := filepath.Join(t.TempDir(), "it's here")
	s := openWith(t, Options{Memory: 128 << 20, Threads: 3, TempDir: temp})
	got := map[string]string{}
	for _, name := range []string{"memory_limit", "threads", "temp_directory"} {
		var value string
		if err := s.db.QueryRowContext(t.Context(), "SELECT CAST(current_setting('"+name+"') AS VARCHAR)").Scan(&value); err != nil {
			t.Fatal(err)
		}
		got[name] = value
	}
	if diff := cmp.Diff(map[string]string{"memory_limit": "128.0 MiB", "threads": "3", "temp_directory": temp}, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestReadsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	s := openWith(t, Options{ReadTimeout: time.Minute})
	storetest.Turns(t, s, s.reads.Long)
}

// TestCacheIsBounded has the writer forget most sessions and keys, and be
// asked for them.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	s := openWith(t, Options{CacheSessions: 5})
	var rows []behavior.Row
	for i := range 100 {
		row := view(string(rune('A'+i)), "/")
		row.PageView.EventKey = "k"
		rows = append(rows, session(row.PageView.Session.SessionID), row)
	}
	appendRows(t, s, rows...)
	if n := s.writer.memory.Size(); n > 5 {
		t.Errorf("%d sessions are kept in memory, want 5 at most", n)
	}
	for i := range 100 {
		again := []behavior.Row{view(string(rune('A'+i)), "/"), session(string(rune('A' + i)))}
		again[0].PageView.EventKey = "k"
		if err := s.Append(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		if !errors.Is(again[0].Err, behavior.ErrDuplicate) || !errors.Is(again[1].Err, behavior.ErrConflict) {
			t.Errorf("session %d: %v, %v", i, again[0].Err, again[1].Err)
		}
	}
}
