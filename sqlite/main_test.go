package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/userbehavior/behavior"
)

// helperVariable names what a copy of the test binary does in place of testing.
const helperVariable = "BEHAVIOR_SQLITE_HELPER"

// helpers are what another process does to a file.
var helpers = map[string]func(ctx context.Context, path string) error{
	"hold": holdFile, "crash": crashAfterAppend, "crash under way": crashAfterProgress, "open": openAndClose, "fill": fillDisk,
}

func TestMain(m *testing.M) {
	if help := helpers[os.Getenv(helperVariable)]; help != nil {
		if err := help(context.Background(), os.Args[1]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// helper is a command that does what helpers says to a file.
func helper(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], path)
	c.Env = append(os.Environ(), helperVariable+"="+what)
	return c
}

// holdFile keeps a store open until its input ends.
func holdFile(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	fmt.Println("holding")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// hold starts a process that holds a file, and returns what ends it.
func hold(t *testing.T, path string) (pid int, end func()) {
	t.Helper()
	c := helper(t, "hold", path)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "holding\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return c.Process.Pid, func() {
		_ = in.Close()
		if err := c.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	}
}

func openAndClose(ctx context.Context, path string) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	return s.Close()
}

// newFile opens a store in a new file and closes it when the test ends.
func newFile(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.sqlite")
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
