package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/userbehavior/behavior/internal/testserver"
)

// A copy that is killed at any moment goes on, and ends equal.
func TestAKilledCopyGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var lines bytes.Buffer
	const sessions, views = 4000, 8000
	for n := range sessions {
		fmt.Fprintf(&lines, sessionLine+"\n", n)
	}
	for n := range views {
		fmt.Fprintf(&lines, viewLine+"\n", n%sessions, n)
	}
	runIn(t, dir, &lines, "import", "-")
	file := filepath.Join(dir, "copy.sqlite")
	copying := []string{"copy", "--to", "sqlite:copy.sqlite"}
	killed := 0
	for _, size := range []int64{1, 1 << 20, 2 << 20} { // kill it when there is so much
		if killWhen(t, command(t, dir, copying...), func() bool { return written(file)+written(file+"-wal") >= size }) {
			killed++
		}
	}
	if killed == 0 {
		t.Error("no copy was under way when it was to be killed")
	}
	out := runIn(t, dir, nil, copying...)
	for _, want := range []string{`session +4,000 .* equal\n`, `pageview +8,000 .* equal\n`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in:\n%s", want, out)
		}
	}
}

// killWhen starts a command and kills it as soon as it is time. It reports
// whether the command had not ended before.
func killWhen(t *testing.T, c *exec.Cmd, due func() bool) bool {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !due() {
		select {
		case <-ended: // it was faster
			return false
		case <-look.C:
		}
	}
	_ = c.Process.Kill()
	return <-ended != nil
}

// written is the size of a file; zero when there is none.
func written(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// command is a command of the program, to be run in a folder.
func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := exec.LookPath("behavior")
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir, c.Env = dir, cleanEnv()
	return c
}

// runIn runs a command that must succeed, and returns what it printed.
func runIn(t *testing.T, dir string, in *bytes.Buffer, args ...string) string {
	t.Helper()
	c := command(t, dir, args...)
	if in != nil {
		c.Stdin = in
	}
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("behavior %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return string(out)
}

// A live site on a server moves to a file: the copy follows until it is told
// to end, and then nothing is missing.
func TestCopyFollowsALiveServer(t *testing.T) {
	t.Parallel()
	dsn := testserver.PrivatePostgres(t).DSN("")
	dir := t.TempDir()
	s, err := startServer(dir, cleanEnv(), "--database", dsn, "--migrate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.end(os.Kill) })
	post := func(n int) {
		t.Helper()
		body := fmt.Sprintf(`{"session_id":"s%d","user_agent":"x","ip_address":"192.0.2.1"}`, n)
		resp, err := http.Post(s.url+"sessions/", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			t.Fatalf("status %s", resp.Status)
		}
	}
	post(0)
	c := command(t, dir, "copy", "--from", dsn, "--to", "duckdb:moved.duckdb", "--follow")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	for chunk := make([]byte, 1024); !strings.Contains(told.String(), "Following what arrives."); {
		n, err := out.Read(chunk)
		told.Write(chunk[:n])
		if err != nil {
			t.Fatalf("%v after:\n%s", err, told.String())
		}
	}
	for n := range 20 {
		post(n + 1)
	}
	if err := s.end(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := told.ReadFrom(out); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("ended with %v\n%s", err, told.String())
	}
	if !strings.Contains(told.String(), "\nFirst comparison, while the site was writing, of 1 day:\n") {
		t.Errorf("at first it told:\n%s", told.String())
	}
	if !regexp.MustCompile(`(?s)Everything has been carried.*session +21 .* equal\n`).MatchString(told.String()) {
		t.Errorf("it told:\n%s", told.String())
	}
}
