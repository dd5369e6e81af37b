package testserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// zooKeeperJar names all the others that it needs.
const zooKeeperJar = "/usr/share/java/zookeeper.jar"

// zooKeeper is what the replicas of a [Cluster] agree through.
type zooKeeper struct {
	java, dir string
	port      int
	server    *daemon
}

// newZooKeeper writes a configuration into a folder that it makes.
func newZooKeeper(dir, java string, port int) (*zooKeeper, error) {
	z := &zooKeeper{java: java, dir: dir, port: port}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if err := giveAway(dir); err != nil {
		return nil, err
	}
	config := strings.Join([]string{
		"dataDir=" + filepath.Join(dir, "data"),
		"clientPort=" + strconv.Itoa(port), "clientPortAddress=127.0.0.1",
		"tickTime=500", // a session may end after two ticks
		"admin.enableServer=false", "4lw.commands.whitelist=srvr", "preAllocSize=4096", "",
	}, "\n")
	return z, os.WriteFile(z.config(), []byte(config), 0o644) //nolint:gosec // another user reads it
}

func (z *zooKeeper) config() string { return filepath.Join(z.dir, "zoo.cfg") }

// start starts the server and waits until it answers.
func (z *zooKeeper) start(ctx context.Context) error {
	c := exec.Command(z.java, "-Xmx256m", "-XX:+UseSerialGC", "-Djava.io.tmpdir="+z.dir, "-cp", zooKeeperJar, //nolint:noctx // outlives all
		"org.apache.zookeeper.server.quorum.QuorumPeerMain", z.config())
	c.Dir = z.dir
	stepDown(c)
	server, err := startDaemon(c, filepath.Join(z.dir, "log"), syscall.SIGKILL)
	if err != nil {
		return err
	}
	z.server = server
	if err := server.wait(ctx, z.ask); err != nil {
		return fmt.Errorf("ZooKeeper: %w", err)
	}
	return nil
}

// ask asks the server whether it serves. ("ruok" would say yes before it does,
// and the old ClickHouse does not survive a first "no".)
func (z *zooKeeper) ask(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", z.port))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil { // while it starts, it may forget a question
		return err
	}
	if _, err := io.WriteString(conn, "srvr"); err != nil {
		return err
	}
	answer, err := io.ReadAll(conn)
	if err == nil && !strings.Contains(string(answer), "Mode: standalone") {
		err = fmt.Errorf("it answers %q", answer)
	}
	return err
}
