package duckdb

import (
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/userbehavior/behavior"
)

func TestMain(m *testing.M) {
	if !file.Helped() {
		goleak.VerifyTestMain(m)
	}
}

// newFile opens a store in a new file and closes it when the test ends.
func newFile(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.duckdb")
	return openFile(t, path), path
}

func openFile(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

var noon = time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)

func session(name string) behavior.Row {
	return behavior.Row{Session: &behavior.Session{SessionID: name, StartTime: noon}}
}

func view(session, path string) behavior.Row {
	return behavior.Row{PageView: &behavior.PageView{
		URL: "https://www.example.com" + path, Path: path, Timestamp: noon, Session: behavior.Session{SessionID: session},
	}}
}

// appendRows appends rows that must all be stored.
func appendRows(t *testing.T, s *Store, rows ...behavior.Row) {
	t.Helper()
	if err := s.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row.Err != nil {
			t.Fatalf("row %d: %v", i, row.Err)
		}
	}
}

// count returns how many page views there are.
func count(t *testing.T, s *Store) int {
	t.Helper()
	_, total, err := s.PageViews(t.Context(), behavior.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return total
}
