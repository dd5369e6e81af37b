//go:build unix

package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/userbehavior/behavior"
)

// File is an engine whose stores are files, see [File.Run]. Some of its cases
// need another process, which is one more of the test's own program; so TestMain
// begins with [File.Helped]:
//
//	func TestMain(m *testing.M) {
//		if !file.Helped() {
//			os.Exit(m.Run())
//		}
//	}
type File struct {
	// Open opens the store in a file, and makes it if it is not there.
	Open func(ctx context.Context, path string) (behavior.Store, error)

	Driver string // the name of the engine in database/sql
	Log    string // what is added to the name of a file for that of its log

	// Refused are names that no file of the engine can have, with a part of the
	// error for each; Taken are unusual ones that it can.
	Refused map[string]string
	Taken   []string

	// Broken are contents that are no store, with a part of the error for each.
	Broken map[string]string

	// Foreign are databases that are no stores of ours: the statements that make
	// each of them.
	Foreign map[string][]string

	// Newer is the statement after which the schema is that of a later program.
	Newer string

	// Full, where it is set, is called when there is no more room, for what the
	// engine does by itself only now and then.
	Full func(ctx context.Context, s behavior.Store)

	// Helpers are what else another process can do to a file, by name.
	Helpers map[string]func(ctx context.Context, path string) error
}

// Run runs the suite for files against the engine: what Open refuses and how it
// says so, who may have a file, and what happens when the disk is full.
func (f File) Run(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, f File){
		"broken files": brokenFiles, "names": fileNames, "a log alone": logAlone, "a newer schema": newerSchema,
		"foreign databases": foreignDatabases, "twice in a process": openTwice, "twice in two processes": heldByAnother,
		"a folder that cannot be written": unwritableFolder, "a full disk": fullDisk,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, f)
		})
	}
}

// helperVariable names what a copy of the test's program does instead of testing.
const helperVariable = "BEHAVIOR_STORETEST_HELPER"

// Helped does what another process wants of this one. If it wants nothing, it
// returns false, and this is the process of the tests.
func (f File) Helped() bool {
	what := os.Getenv(helperVariable)
	help := map[string]func(ctx context.Context, path string) error{"hold": f.hold, "open": f.openAndClose, "fill": f.fillDisk}[what]
	if help == nil {
		help = f.Helpers[what]
	}
	if help == nil {
		return false
	}
	if err := help(context.Background(), os.Args[1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	return true
}

// Process is a command that does one of Helpers to a file in another process.
func (f File) Process(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], path)
	c.Env = append(os.Environ(), helperVariable+"="+what)
	return c
}

// hold keeps a store open until the input ends.
func (f File) hold(ctx context.Context, path string) error {
	s, err := f.Open(ctx, path)
	if err != nil {
		return err
	}
	fmt.Println("holding")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// holder starts a process that holds a file, and returns what ends it.
func (f File) holder(t *testing.T, path string) (pid int, end func()) {
	t.Helper()
	c := f.Process(t, "hold", path)
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

func (f File) openAndClose(ctx context.Context, path string) error {
	s, err := f.Open(ctx, path)
	if err != nil {
		return err
	}
	return s.Close()
}

// newPath is a path in a folder of its own.
func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "store.db") }

// opened opens a store and closes it when the test ends.
func (f File) opened(t *testing.T, path string) behavior.Store {
	t.Helper()
	s, err := f.Open(t.Context(), path)
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
