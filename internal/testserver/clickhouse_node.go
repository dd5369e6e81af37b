package testserver

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"text/template"
)

// ClickHouseNode is one server of a [Cluster].
type ClickHouseNode struct {
	Shard, Replica int // both count from one

	program, dir              string
	native, http, interserver int // ports
	server                    *daemon
}

// Address is where the server listens with the native protocol: "HOST:PORT".
func (n *ClickHouseNode) Address() string { return fmt.Sprintf("127.0.0.1:%d", n.native) }

// String names the server as its logs and macros do.
func (n *ClickHouseNode) String() string {
	return fmt.Sprintf("shard %d replica %d", n.Shard, n.Replica)
}

//go:embed clickhouse_node.xml
var nodeConfig string

var nodeTemplate = template.Must(template.New("config.xml").Parse(nodeConfig))

// nodeSettings is what the configuration says.
type nodeSettings struct {
	Dir                       string
	Native, HTTP, Interserver int
	ZooKeeper                 int
	Cluster                   string
	Shard, Replica            int
	Shards                    [][]*ClickHouseNode
}

// Port is where other servers find the server; the configuration asks.
func (n *ClickHouseNode) Port() int { return n.native }

// configure writes the server's configuration into its folder.
func (n *ClickHouseNode) configure(c *Cluster) error {
	if err := os.Mkdir(n.dir, 0o700); err != nil {
		return err
	}
	if err := giveAway(n.dir); err != nil {
		return err
	}
	var config bytes.Buffer
	if err := nodeTemplate.Execute(&config, nodeSettings{
		Dir: n.dir, Native: n.native, HTTP: n.http, Interserver: n.interserver, ZooKeeper: c.keeper.port,
		Cluster: clusterName, Shard: n.Shard, Replica: n.Replica, Shards: shards(c.nodes),
	}); err != nil {
		return err
	}
	return os.WriteFile(n.config(), config.Bytes(), 0o644) //nolint:gosec // another user reads it
}

// shards groups the nodes.
func shards(nodes []*ClickHouseNode) [][]*ClickHouseNode {
	all := make([][]*ClickHouseNode, clusterShards)
	for _, n := range nodes {
		all[n.Shard-1] = append(all[n.Shard-1], n)
	}
	return all
}

func (n *ClickHouseNode) config() string { return filepath.Join(n.dir, "config.xml") }

// Kill ends the server with SIGKILL, as the machine's failure would. What it
// has on disk stays.
func (n *ClickHouseNode) Kill() error { return n.server.end(os.Kill) }

// Start starts the server once more after [ClickHouseNode.Kill], and waits
// until it answers. It takes some ten seconds more until it has what it missed.
func (n *ClickHouseNode) Start(ctx context.Context) error {
	if err := n.launch(); err != nil {
		return err
	}
	return n.ready(ctx)
}

func (n *ClickHouseNode) launch() error {
	c := exec.Command(n.program, "--config-file="+n.config()) //nolint:noctx // outlives all
	c.Dir = n.dir
	stepDown(c)
	server, err := startDaemon(c, filepath.Join(n.dir, "log"), syscall.SIGKILL)
	if err != nil {
		return err
	}
	n.server = server
	return nil
}

// ready waits until the server answers and waits, in turn, for statements that
// are for the whole cluster. (One that comes before ends the old ClickHouse.)
func (n *ClickHouseNode) ready(ctx context.Context) error {
	err := n.server.wait(ctx, func(ctx context.Context) error {
		watches, err := n.Query(ctx, "SELECT value > 0 FROM system.metrics WHERE metric = 'ZooKeeperWatch'")
		if err == nil && watches != "1\n" {
			err = errors.New("it does not wait for the cluster's statements")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", n, err)
	}
	return nil
}

// Query runs one statement on the server, over HTTP and so without the driver
// that is under test, and returns what it prints: a line for each row, with
// tabs between the columns.
func (n *ClickHouseNode) Query(ctx context.Context, statement string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/", n.http), strings.NewReader(statement))
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", errors.New(strings.TrimSpace(string(text)))
	}
	return string(text), nil
}
