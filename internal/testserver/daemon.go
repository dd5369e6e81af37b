package testserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// daemon is a server that this process has started. It ends with this process,
// however that comes to its end.
type daemon struct {
	server *exec.Cmd
	log    string     // the file of what it prints
	gone   chan error // has the server's end
	watch  *exec.Cmd  // ends the server if this process is killed
	leash  io.Closer
}

// startDaemon starts a server that prints into a file. The signal is the one
// that ends it when this process has been killed.
func startDaemon(c *exec.Cmd, log string, last syscall.Signal) (*daemon, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		return nil, err
	}
	d := &daemon{server: c, log: log, gone: make(chan error, 1)}
	go func() { d.gone <- c.Wait() }()
	if err := d.tie(last); err != nil {
		return nil, errors.Join(err, d.end(os.Kill))
	}
	return d, nil
}

// tie has the server end when this process does.
func (d *daemon) tie(last syscall.Signal) error {
	watch := exec.Command("sh", "-c", `cat >/dev/null; kill "-$1" "$2"`, "sh", //nolint:noctx // outlives all
		strconv.Itoa(int(last)), strconv.Itoa(d.server.Process.Pid))
	leash, err := watch.StdinPipe()
	if err != nil {
		return err
	}
	if err := watch.Start(); err != nil {
		return err
	}
	d.watch, d.leash = watch, leash
	return nil
}

// end sends the server a signal and waits until it is gone; it may have been
// before.
func (d *daemon) end(signal os.Signal) error {
	err := d.server.Process.Signal(signal)
	d.gone <- <-d.gone
	if d.watch != nil {
		_ = d.watch.Process.Kill() // the server's pid may soon be somebody else's
		_ = d.watch.Wait()
		_ = d.leash.Close()
		d.watch = nil
	}
	return err
}

// startWait is how long a server may take to answer.
const startWait = time.Minute

// wait waits until the server answers: until ask has no error.
func (d *daemon) wait(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case end := <-d.gone:
			d.gone <- end
			log, _ := os.ReadFile(d.log)
			return fmt.Errorf("the server has ended: %w: %s", end, log)
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// freePort finds a port of this machine's own that nobody listens on.
func freePort() (int, error) {
	ports, err := freePorts(1)
	if err != nil {
		return 0, err
	}
	return ports[0], nil
}

// freePorts finds several such ports. They lie below those that systems give to
// outgoing connections, so that a server which was killed can have its own
// again: one of the many that knock at it meanwhile might else have been given it.
func freePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(15000+rand.IntN(17000)))) //nolint:noctx // takes no time
		if err != nil {
			if tries > 100*n {
				return nil, fmt.Errorf("find a free port: %w", err)
			}
			continue
		}
		defer func() { _ = l.Close() }() // at the end, so that none is found twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
