//go:build unix

package storetest

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

// Refuses opens a path, which must fail with words and an error that wraps want,
// unless that is nil, and leave every file in the folder as it is.
func (f File) Refuses(t *testing.T, path string, want error, words string) {
	t.Helper()
	before := contents(t, filepath.Dir(path))
	s, err := f.Open(t.Context(), path)
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

func brokenFiles(t *testing.T, f File) {
	for content, words := range f.Broken {
		path := newPath(t)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		f.Refuses(t, path, nil, words)
	}
}

func fileNames(t *testing.T, f File) {
	dir := t.TempDir()
	f.Refuses(t, filepath.Join(dir, "missing", "store"), nil, "does not exist")
	f.Refuses(t, dir, nil, "is not a file")
	f.Refuses(t, "", nil, "does not name a file")
	f.Refuses(t, ":memory:", nil, "does not name a file")
	for name, words := range f.Refused {
		f.Refuses(t, filepath.Join(dir, name), nil, words)
	}
	for _, name := range append([]string{"a b.db", "日本'語\".db", "#a&b=c;--", "a:b"}, f.Taken...) {
		path := filepath.Join(t.TempDir(), name)
		f.opened(t, path)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
}

func logAlone(t *testing.T, f File) {
	path := newPath(t)
	if err := os.WriteFile(path+f.Log, []byte("log"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.Refuses(t, path, nil, "is missing but its log")
}

// alter runs SQL on a closed file.
func (f File) alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open(f.Driver, path)
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

func newerSchema(t *testing.T, f File) {
	path := newPath(t)
	if err := f.openAndClose(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	f.alter(t, path, f.Newer)
	f.Refuses(t, path, behavior.ErrSchema, "use the newer program")
}

func foreignDatabases(t *testing.T, f File) {
	for name, statements := range f.Foreign {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := newPath(t)
			f.alter(t, path, statements...)
			f.Refuses(t, path, nil, "of something else")
		})
	}
}

func openTwice(t *testing.T, f File) {
	path, link := newPath(t), newPath(t)
	s := f.opened(t, path)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, again := range []string{path, link} {
		if _, err := f.Open(t.Context(), again); !errors.Is(err, behavior.ErrLocked) {
			t.Errorf("%s: error is %v, want ErrLocked", again, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f.opened(t, link)
}

func heldByAnother(t *testing.T, f File) {
	path := newPath(t)
	pid, end := f.holder(t, path)
	_, err := f.Open(t.Context(), path)
	if !errors.Is(err, behavior.ErrLocked) || !strings.Contains(err.Error(), "process "+strconv.Itoa(pid)+" has it") {
		t.Errorf("error is %v, want ErrLocked and process %d", err, pid)
	}

	// Open waits for a process that is about to end.
	ended := make(chan struct{})
	go func() { defer close(ended); end() }()
	s, err := f.Open(t.Context(), path)
	<-ended
	if errors.Is(err, behavior.ErrLocked) { // it took longer to end than Open waits
		s, err = f.Open(t.Context(), path)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func unwritableFolder(t *testing.T, f File) {
	dir := t.TempDir()
	c := f.Process(t, "open", filepath.Join(dir, "store"))
	if os.Geteuid() == 0 { // who may write everywhere
		enter(t, dir)
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

// enter lets every user into a folder, and all that it is in.
func enter(t *testing.T, dir string) {
	t.Helper()
	for ; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// readable copies the test's program to where every user can run it.
func readable(t *testing.T, binary string) string {
	t.Helper()
	text, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	enter(t, dir)
	file := filepath.Join(dir, "helper")
	if err := os.WriteFile(file, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}
