package testserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// TestClickHouseCluster drives a cluster with statements alone: its servers
// know one another, one of them may die, it comes back to what it missed, and
// nothing is left of it all.
func TestClickHouseCluster(t *testing.T) {
	t.Parallel()
	c := ClickHouseCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), startWait)
	defer cancel()
	nodes := c.Nodes()
	query := func(n *ClickHouseNode, statement string) string {
		t.Helper()
		out, err := n.Query(ctx, statement)
		if err != nil {
			t.Fatalf("%s: %s: %v", n, statement, err)
		}
		return strings.TrimSpace(out)
	}
	t.Log("ClickHouse", query(nodes[0], "SELECT version()"))
	if got, want := query(nodes[3], "SELECT shard_num, replica_num FROM system.clusters WHERE cluster = '"+c.Name()+"' ORDER BY 1, 2"),
		"1\t1\n1\t2\n2\t1\n2\t2"; got != want {
		t.Fatalf("the last server sees the cluster\n%s\nnot\n%s", got, want)
	}
	query(nodes[0], "CREATE TABLE one ON CLUSTER "+c.Name()+" (n Int64) ENGINE = ReplicatedMergeTree('/one/{shard}', '{replica}') ORDER BY n")
	query(nodes[0], "CREATE TABLE every ON CLUSTER "+c.Name()+" (n Int64) ENGINE = Distributed("+c.Name()+", default, one)")

	insert := func(n *ClickHouseNode, rows, from int) {
		t.Helper()
		query(n, fmt.Sprintf("INSERT INTO one SELECT number + %d FROM system.numbers LIMIT %d", from, rows))
	}
	count := func(n *ClickHouseNode, table, want string) {
		t.Helper()
		var got string
		var err error
		if waitFor(ctx, func() bool {
			got, err = n.Query(ctx, "SELECT count() FROM "+table)
			return got == want+"\n"
		}) != nil {
			t.Errorf("%s has %q rows in %s, not %s: %v", n, got, table, want, err)
		}
	}
	insert(nodes[0], 10, 0)
	insert(nodes[3], 20, 100)
	count(nodes[1], "one", "10")
	if err := nodes[1].Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := nodes[1].Query(ctx, "SELECT 1"); err == nil {
		t.Fatal("a killed server answers")
	}
	insert(nodes[0], 5, 1000)
	count(nodes[2], "every", "35")
	if err := nodes[1].Start(ctx); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"15", "15", "20", "20"} {
		count(nodes[i], "one", want)
	}
	c.Stop()
	for _, d := range []*daemon{c.keeper.server, nodes[0].server, nodes[1].server, nodes[2].server, nodes[3].server} {
		if d.server.ProcessState == nil {
			t.Errorf("%s still runs", d.server)
		}
	}
	if _, err := os.Stat(c.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// waitFor waits until ok says so.
func waitFor(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
