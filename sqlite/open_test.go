package sqlite

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/userbehavior/behavior"
)

// refused opens a path, which must fail with words and leave every file in the
// folder as it is.
func refused(t *testing.T, path string, want error, words string) {
	t.Helper()
	before := contents(t, filepath.Dir(path))
	s, err := Open(t.Context(), path)
	if err == nil {
		_ = s.Close()
		t.Fatalf("%s is opened", path)
	}
	if want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %q, want %q in it and %v", err, words, want)
	}
	if after := contents(t, filepath.Dir(path)); after != before {
		t.Errorf("the folder has changed:\n%.300q\n%.300q", before, after)
	}
}

// contents is the names and bytes of the files in a folder.
func contents(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, e := range entries {
		text, _ := os.ReadFile(filepath.Join(folder, e.Name()))
		all.WriteString(e.Name() + "\n" + string(text) + "\n")
	}
	return all.String()
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file  string
		words string
	}{
		"text file":           {"Dear diary, today nothing happened.", "is not a SQLite database"},
		"DuckDB file":         {"12345678DUCK" + strings.Repeat("\x00", 5000), "is not a SQLite database"},
		"short file":          {"SQLite", "is not a SQLite database"},
		"empty file":          {"", "is empty"},
		"damaged SQLite file": {"SQLite format 3\x00" + strings.Repeat("damage", 3000), "is damaged or cut short"},
		"cut after its name":  {"SQLite format 3\x00", "is damaged or cut short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "store.sqlite")
			if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, nil, c.words)
		})
	}
}

func TestOpenRefusesNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refused(t, filepath.Join(dir, "missing", "store.sqlite"), nil, "does not exist")
	refused(t, dir, nil, "is not a file")
	refused(t, "", nil, "does not name a file")
	refused(t, ":memory:", nil, "does not name a file")
	refused(t, filepath.Join(dir, "a\x00b"), nil, "does not name a file")
}

func TestOpenNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.sqlite", "日本'語\".db", "#a&b=c;--", "a:b", "100%.sqlite", "100%41", "a?mode=memory"} {
		path := filepath.Join(t.TempDir(), name)
		s := openFile(t, path)
		if info, err := os.Stat(s.path); err != nil || info.Size() == 0 || filepath.Base(s.path) != name {
			t.Errorf("%q: file is %s, %v", name, s.path, err)
		}
	}
}

func TestOpenLostFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	if err := os.WriteFile(path+"-wal", []byte("log"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path, nil, "is missing but its log")
}

// TestOpenOthersReads has another program read the file of an open store.
func TestOpenOthersReads(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	appendRows(t, s, session("a"), view("a", "/"))
	db := connect(path, "ro", 1<<20)
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM page_views").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d page views, %v", n, err)
	}
}

// alter runs SQL on a closed file.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenNewerSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	openFile(t, path).Close()
	alter(t, path, "INSERT INTO behavior_schema VALUES (9999, CURRENT_TIMESTAMP)")
	refused(t, path, behavior.ErrSchema, "use the newer program")
}

func TestOpenForeignDatabase(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	alter(t, path, "CREATE TABLE sessions (id BIGINT)", "INSERT INTO sessions VALUES (1)")
	refused(t, path, nil, "of something else")
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	link := filepath.Join(t.TempDir(), "link.sqlite")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{path, link} {
		if _, err := Open(t.Context(), again); !errors.Is(err, behavior.ErrLocked) {
			t.Errorf("%s: error is %v, want ErrLocked", again, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openFile(t, link)
}

func TestOpenHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.sqlite")
	pid, end := hold(t, path)
	_, err := Open(t.Context(), path)
	if !errors.Is(err, behavior.ErrLocked) || !strings.Contains(err.Error(), "process "+strconv.Itoa(pid)+" has it") {
		t.Errorf("error is %v, want ErrLocked and process %d", err, pid)
	}

	// Open waits for a process that is about to end.
	ended := make(chan struct{})
	go func() { defer close(ended); end() }()
	store, err := Open(t.Context(), path)
	<-ended
	if errors.Is(err, behavior.ErrLocked) { // it took longer to end than Open waits
		store, err = Open(t.Context(), path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenUnwritableFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := helper(t, "open", filepath.Join(dir, "store.sqlite"))
	if os.Geteuid() == 0 { // who may write everywhere
		for open := dir; open != os.TempDir() && open != "/"; open = filepath.Dir(open) {
			if err := os.Chmod(open, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		c.Path = readable(t, c.Path)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	} else if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(string(out), "no permission to open or make") {
		t.Errorf("the other process says %q, %v", out, err)
	}
}

// readable copies the test binary to where every user can run it.
func readable(t *testing.T, binary string) string {
	t.Helper()
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for open := dir; open != os.TempDir() && open != "/"; open = filepath.Dir(open) {
		if err := os.Chmod(open, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "helper")
	if err := os.WriteFile(file, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}
