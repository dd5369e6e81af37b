package duckdb

import (
	"os"
	"path/filepath"
	"testing"
)

// killed is a file whose process was killed, with records in its log only.
func killed(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.duckdb")
	if out, err := file.Process(t, "crash", path).CombinedOutput(); err == nil || len(out) > 0 {
		t.Fatalf("the other process says %q, %v", out, err)
	}
	return path
}

// After a power cut a log may end in zeros.
func TestOpenDamagedLog(t *testing.T) {
	t.Parallel()
	path := killed(t)
	log, err := os.ReadFile(path + ".wal")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".wal", append(log, make([]byte, 4096)...), 0o600); err != nil {
		t.Fatal(err)
	}
	file.Refuses(t, path, nil, path+".wal is damaged")
	if err := os.Rename(path+".wal", path+".aside"); err != nil {
		t.Fatal(err)
	}
	if err := openFile(t, path).Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenTruncatedFile(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	appendRows(t, s, session("a"), view("a", "/"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{info.Size() / 2, 13_000, 5000, 100} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		file.Refuses(t, path, nil, path+" is damaged or cut short")
	}
}
