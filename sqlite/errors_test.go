package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

// killed is a file whose process was killed, with records in its log only.
func killed(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	if out, err := file.Process(t, "crash", path).CombinedOutput(); err == nil || len(out) > 0 {
		t.Fatalf("the other process says %q, %v", out, err)
	}
	return path
}

// After a power cut a log may end in zeros: what was acknowledged lies before.
func TestOpenDamagedLog(t *testing.T) {
	t.Parallel()
	path := killed(t)
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+"-wal", append(log, make([]byte, 8192)...), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := count(t, openFile(t, path)); n != 4 {
		t.Errorf("%d page views, want 4", n)
	}
}

func TestOpenTruncatedFile(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	appendRows(t, s, session("a"), view("a", "/"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{5000, 100} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path+" is damaged or cut short") || strings.Count(err.Error(), path) > 1 {
			t.Errorf("%d bytes: error is %v", size, err)
		}
	}
}

func TestOpenNamesTheFileOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.sqlite")
	db := connect(path, "rwc", 1<<16)
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE notes (text)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path)
	if want := "open store: " + path + ": it is a SQLite database of something else: none of its tables is ours"; err == nil || err.Error() != want {
		t.Errorf("error is %v", err)
	}
}

// TestDamageIsSaid has pages of a file overwritten while it is in use.
func TestDamageIsSaid(t *testing.T) {
	t.Parallel()
	path := killed(t)
	if err := openFile(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(whole); i++ {
		whole[i] = 0x55
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path)
	if !errors.Is(err, behavior.ErrUnavailable) || !strings.Contains(err.Error(), "keep a copy of it") || !strings.Contains(err.Error(), path) {
		t.Errorf("error is %v, want ErrUnavailable", err)
	}
}
