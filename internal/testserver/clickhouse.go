package testserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// What a process is told that is to be a ClickHouse server, see ServeClickHouse.
const (
	libraryVariable = "BEHAVIOR_TEST_CLICKHOUSE_LIBRARY"
	dirVariable     = "BEHAVIOR_TEST_CLICKHOUSE_DIR"
	addrsVariable   = "BEHAVIOR_TEST_CLICKHOUSE_ADDRS"
)

// ClickHouse is a ClickHouse server: a current engine, as chDB brings it, with
// both protocols before it. It knows one user, "default", and has no cluster.
type ClickHouse struct {
	library, dir, http, native string

	server *exec.Cmd
	leash  io.Closer // ends the server when this process ends
}

var errNoClickHouse = errors.New("no ClickHouse found: `npm ci --prefix internal/testserver/chdb` brings it")

var sharedClickHouse = sync.OnceValues(func() (*ClickHouse, error) {
	c, err := StartClickHouse(context.Background())
	if err == nil {
		atEnd(c.Stop)
	}
	return c, err
})

// SharedClickHouse is the server that all tests of this process share. Without
// the engine the test is skipped, see [Required]. TestMain of the package must
// call [ServeClickHouse].
func SharedClickHouse(t testing.TB) *ClickHouse {
	t.Helper()
	return need(t, sharedClickHouse)
}

// PrivateClickHouse is a server for one test, which may do to it what it likes.
func PrivateClickHouse(t testing.TB) *ClickHouse {
	t.Helper()
	c := need(t, func() (*ClickHouse, error) { return StartClickHouse(t.Context()) })
	t.Cleanup(c.Stop)
	return c
}

func need(t testing.TB, start func() (*ClickHouse, error)) *ClickHouse {
	t.Helper()
	c, err := start()
	if errors.Is(err, errNoClickHouse) {
		missing(t, "clickhouse", err.Error())
	}
	if err != nil {
		t.Fatalf("start ClickHouse: %v", err)
	}
	return c
}

// StartClickHouse starts a server in a new folder.
func StartClickHouse(ctx context.Context) (*ClickHouse, error) {
	library, err := clickHouseLibrary()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "behavior-clickhouse-")
	if err != nil {
		return nil, err
	}
	c := &ClickHouse{library: library, dir: dir, http: "127.0.0.1:0", native: "127.0.0.1:0"}
	if err := c.Start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// clickHouseLibrary finds the engine beside this file, where npm puts it.
func clickHouseLibrary() (string, error) {
	_, here, _, _ := runtime.Caller(0)
	found, err := filepath.Glob(filepath.Join(filepath.Dir(here), "chdb", "node_modules", "@chdb", "lib-*", "libchdb.*"))
	if err != nil || len(found) == 0 {
		return "", errors.Join(errNoClickHouse, err)
	}
	return found[0], nil
}

// Start starts the server, also once more after [ClickHouse.Crash], and waits
// until it listens.
func (c *ClickHouse) Start(ctx context.Context) error {
	c.server = exec.CommandContext(context.WithoutCancel(ctx), os.Args[0])
	c.server.Env = append(os.Environ(), libraryVariable+"="+c.library, dirVariable+"="+c.dir, addrsVariable+"="+c.http+" "+c.native)
	log, err := os.OpenFile(filepath.Join(c.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c.server.Stderr = log
	out, err := c.server.StdoutPipe()
	if err != nil {
		return err
	}
	if c.leash, err = c.server.StdinPipe(); err != nil {
		return err
	}
	if err := c.server.Start(); err != nil {
		return err
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		if _, err := fmt.Sscanf(text, "listening %s %s", &c.http, &c.native); err != nil {
			return errors.Join(fmt.Errorf("the server says %q", text), c.end())
		}
		return nil
	case <-time.After(startWait):
		return errors.Join(errors.New("the server does not answer"), c.end())
	}
}

// Crash ends the server at once.
func (c *ClickHouse) Crash() error { return c.end() }

func (c *ClickHouse) end() error {
	err := c.server.Process.Kill()
	_ = c.server.Wait() // it was killed
	_ = c.leash.Close()
	return err
}

// Stop ends the server and removes its files.
func (c *ClickHouse) Stop() {
	if c.server == nil {
		return
	}
	_ = c.end() // it may have ended already
	_ = os.RemoveAll(c.dir)
	c.server = nil
}

// DSN leads to a database of the server, by HTTP.
func (c *ClickHouse) DSN(database string) string {
	return "clickhouse+http://default@" + c.http + "/" + database
}

// NativeDSN is DSN by ClickHouse's own protocol.
func (c *ClickHouse) NativeDSN(database string) string {
	return "clickhouse://default@" + c.native + "/" + database
}
