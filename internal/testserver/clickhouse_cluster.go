package testserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// Cluster is a ClickHouse cluster on this machine: two shards with two
// replicas each, and the ZooKeeper that replicas agree through. All listen on
// the loopback interface, at ports of their own.
//
// The servers know each other as the cluster that their configuration calls
// [Cluster.Name], and have the macros {cluster}, {shard} and {replica}.
type Cluster struct {
	dir    string
	keeper *zooKeeper
	nodes  []*ClickHouseNode
}

const (
	clusterName     = "behavior"
	clusterShards   = 2
	clusterReplicas = 2
)

// errNoCluster: there are no programs to start.
var errNoCluster = errors.New("no ClickHouse cluster can be started: on Debian, `apt-get install clickhouse-server libzookeeper-java default-jre-headless` brings the programs")

// ClickHouseCluster is a cluster for one test, which may do to it what it
// likes. Without the programs the test is skipped, see [Required]. A cluster
// takes some ten seconds to start and half a gigabyte of memory.
func ClickHouseCluster(t testing.TB) *Cluster {
	t.Helper()
	c, err := StartClickHouseCluster(t.Context())
	if errors.Is(err, errNoCluster) {
		missing(t, "clickhouse-cluster", err.Error())
	}
	if err != nil {
		t.Fatalf("start a ClickHouse cluster: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			c.printLogs(t)
		}
		c.Stop()
	})
	return c
}

// StartClickHouseCluster makes a cluster in a new folder and starts it.
func StartClickHouseCluster(ctx context.Context) (*Cluster, error) {
	server, err := exec.LookPath("clickhouse-server")
	if err != nil {
		if server = "/usr/sbin/clickhouse-server"; !isFile(server) {
			return nil, errNoCluster
		}
	}
	java, err := exec.LookPath("java")
	if err != nil || !isFile(zooKeeperJar) {
		return nil, errNoCluster
	}
	dir, err := os.MkdirTemp("", "behavior-clickhouse-")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	if err := c.start(ctx, server, java); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// start writes what the servers read and starts them, all at once.
func (c *Cluster) start(ctx context.Context, server, java string) error {
	if err := os.Chmod(c.dir, 0o755); err != nil { //nolint:gosec // the servers are another user's
		return err
	}
	const each = 3 // ports of a server
	ports, err := freePorts(1 + each*clusterShards*clusterReplicas)
	if err != nil {
		return err
	}
	if c.keeper, err = newZooKeeper(filepath.Join(c.dir, "zookeeper"), java, ports[0]); err != nil {
		return err
	}
	for i := range clusterShards * clusterReplicas {
		at := ports[1+each*i:]
		c.nodes = append(c.nodes, &ClickHouseNode{
			Shard: 1 + i/clusterReplicas, Replica: 1 + i%clusterReplicas,
			program: server, dir: filepath.Join(c.dir, fmt.Sprintf("node%d", i+1)),
			native: at[0], http: at[1], interserver: at[2],
		})
	}
	for _, n := range c.nodes {
		if err := n.configure(c); err != nil {
			return err
		}
	}
	if err := c.keeper.start(ctx); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := n.launch(); err != nil {
			return err
		}
	}
	for _, n := range c.nodes {
		if err := n.ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Name is what ON CLUSTER and Distributed tables call the cluster.
func (c *Cluster) Name() string { return clusterName }

// Nodes are the servers, ordered by shard and then by replica.
func (c *Cluster) Nodes() []*ClickHouseNode { return slices.Clone(c.nodes) }

// Addresses are where the servers listen with the native protocol, in the order
// of [Cluster.Nodes].
func (c *Cluster) Addresses() []string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, n.Address())
	}
	return all
}

// printLogs shows what the servers have complained of.
func (c *Cluster) printLogs(t testing.TB) {
	t.Helper()
	for _, n := range c.nodes {
		log, err := os.ReadFile(n.server.log)
		if err != nil {
			t.Log(err)
		}
		t.Logf("%s: %s", n, log[max(0, len(log)-4000):])
	}
}

// Stop ends all servers and removes their files.
func (c *Cluster) Stop() {
	for _, n := range c.nodes {
		if n.server != nil {
			_ = n.server.end(os.Kill) // it may have ended already
		}
	}
	if c.keeper != nil && c.keeper.server != nil {
		_ = c.keeper.server.end(os.Kill)
	}
	_ = os.RemoveAll(c.dir)
}
