package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
)

// clusterWait bounds everything that a cluster is waited for.
const clusterWait = 2 * time.Minute

// fleet is a cluster and the stores of several processes on it.
type fleet struct {
	*testserver.Cluster
	database string
	stores   []*Store

	mu    sync.Mutex
	acked map[string]bool // the event keys of all that a store said is stored
	total atomic.Int64    // how many there are
}

// openFleet opens stores on a database of a cluster, each of which begins with
// another server.
func openFleet(t *testing.T, c *testserver.Cluster, database string, o Options) *fleet {
	t.Helper()
	f := &fleet{Cluster: c, database: database, acked: map[string]bool{}}
	o.Cluster, o.old = c.Name(), true
	for i, addresses := range rotations(c.Addresses()) {
		o.Migrate = i == 0
		f.stores = append(f.stores, openStore(t, "clickhouse://"+strings.Join(addresses, ",")+"/"+database, o))
	}
	return f
}

// rotations are a list, begun at each of its items.
func rotations(list []string) [][]string {
	var all [][]string
	for i := range list {
		all = append(all, slices.Concat(list[i:], list[:i]))
	}
	return all
}

// load has every store append batches while do is running. A batch that failed
// is sent again, as clients do, until it is acknowledged.
func (f *fleet) load(t *testing.T, do func()) {
	var wg sync.WaitGroup
	var enough atomic.Bool
	for i, s := range f.stores {
		wg.Go(func() {
			for n := 0; !enough.Load(); n++ {
				if err := f.batch(t, s, fmt.Sprintf("%d-%d", i, n)); err != nil {
					t.Errorf("%s, node %d: %v", f.database, i, err)
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer enough.Store(true)
	do()
}

// events is how many page views and how many interactions a batch has.
const events = 25

// batch appends a session with events until that is acknowledged.
func (f *fleet) batch(t *testing.T, s *Store, name string) error {
	began := time.Now()
	for {
		rows := []behavior.Row{session(name)}
		for n := range events {
			key := fmt.Sprint(name, "/", n)
			rows = append(rows, keyed(view(name, "/"), key), behavior.Row{Interaction: &behavior.Interaction{
				EventType: "click", Element: key, Timestamp: noon, EventKey: "i" + key, Session: behavior.Session{SessionID: name},
			}})
		}
		err := s.Append(context.WithoutCancel(t.Context()), rows)
		if err == nil {
			return f.acknowledge(rows)
		}
		if !errors.Is(err, behavior.ErrUnavailable) || time.Since(began) > clusterWait {
			return err
		}
	}
}

// acknowledge takes note of what a store says is stored. A row may have been
// before, by a try that failed.
func (f *fleet) acknowledge(rows []behavior.Row) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, row := range rows {
		if row.Err != nil && !errors.Is(row.Err, behavior.ErrDuplicate) && !errors.Is(row.Err, behavior.ErrConflict) {
			return fmt.Errorf("row %d: %w", i, row.Err)
		}
		switch {
		case row.PageView != nil:
			f.acked[row.PageView.EventKey] = true
		case row.Interaction != nil:
			f.acked[row.Interaction.EventKey] = true
		}
	}
	f.total.Store(int64(len(f.acked)))
	return nil
}

// await waits until so many more events are acknowledged.
func (f *fleet) await(t *testing.T, more int64) {
	t.Helper()
	until := f.total.Load() + more
	waitUntil(t, fmt.Sprintf("%d more events", more), func() bool { return f.total.Load() >= until })
}

func waitUntil(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(clusterWait); !ok() && !t.Failed(); {
		select {
		case <-end:
			t.Fatalf("%s: not within %v", what, clusterWait)
		case <-tick.C:
		}
	}
}

// TestClusterLosesAReplica kills one of four servers while several processes
// write through all of them, and has it come back. Without a quorum they go on
// writing meanwhile, and what they were told is stored is there when the server
// is back. With a quorum of both replicas it can be read while the server is gone.
func TestClusterLosesAReplica(t *testing.T) {
	t.Parallel()
	c := testserver.ClickHouseCluster(t)
	both := openFleet(t, c, "both", Options{Quorum: "2"})
	both.load(t, func() { both.await(t, 100) })

	one := openFleet(t, c, "one", Options{Quorum: "1"})
	victim := c.Nodes()[1]
	one.load(t, func() {
		one.await(t, 500)
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		both.wantStored(t, c.Nodes()[0])
		both.wantStored(t, c.Nodes()[2])
		one.await(t, 500)
		if err := victim.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		one.await(t, 500)
	})
	for _, f := range []*fleet{one, both} {
		t.Logf("%s: %d events", f.database, len(f.acked))
		f.wantReplicasAlike(t)
		f.wantTogether(t)
		f.wantOnce(t)
		for _, n := range c.Nodes() {
			f.wantStored(t, n)
		}
	}
}

// query asks a server, without the engine.
func (f *fleet) query(t *testing.T, n *testserver.ClickHouseNode, statement string) string {
	t.Helper()
	out, err := n.Query(t.Context(), strings.ReplaceAll(statement, "DB.", f.database+"."))
	if err != nil {
		t.Fatalf("%s: %s: %v", n, statement, err)
	}
	return strings.TrimSpace(out)
}

// wantStored fails the test unless each event is there once, and so is its
// session.
func (f *fleet) wantStored(t *testing.T, n *testserver.ClickHouseNode) {
	t.Helper()
	found := map[string]int{}
	for _, table := range []string{"page_views", "interactions"} {
		for line := range strings.Lines(f.query(t, n, "SELECT event_key FROM DB."+table+" FINAL WHERE deleted = 0")) {
			found[strings.TrimSpace(line)]++
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.acked {
		if found[key] != 1 {
			t.Errorf("%s: through %s, event %s is there %d times", f.database, n, key, found[key])
		}
	}
	if got := f.query(t, n, "SELECT count() FROM (SELECT session_id, count() AS c FROM DB.sessions FINAL WHERE deleted = 0 GROUP BY session_id HAVING c > 1)"); got != "0" {
		t.Errorf("%s: through %s, %s sessions are there more than once", f.database, n, got)
	}
}

// wantReplicasAlike waits until all replicas count as alive, which one that
// came back may do later than it answers, and those of each shard have the same.
func (f *fleet) wantReplicasAlike(t *testing.T) {
	t.Helper()
	nodes := f.Nodes()
	for _, n := range nodes {
		waitUntil(t, fmt.Sprintf("%s: %s has all replicas", f.database, n), func() bool {
			return f.query(t, n, "SELECT count() FROM system.replicas WHERE database = '"+f.database+"' AND (active_replicas < total_replicas OR is_readonly)") == "0"
		})
	}
	for _, table := range []string{"sessions", "page_views", "interactions"} {
		for shard := 0; shard < len(nodes); shard += 2 {
			var a, b string
			waitUntil(t, fmt.Sprintf("%s: %s of shard %d are alike", f.database, table, shard/2+1), func() bool {
				statement := "SELECT count(), sum(cityHash64(id, version, deleted)) FROM DB." + table + "_local FINAL"
				a, b = f.query(t, nodes[shard], statement), f.query(t, nodes[shard+1], statement)
				return a == b
			})
			if a == "0\t0" {
				t.Errorf("shard %d has no %s", shard/2+1, table)
			}
		}
	}
}

// wantTogether fails the test unless what is a session's lies where it lies.
func (f *fleet) wantTogether(t *testing.T) {
	t.Helper()
	for _, n := range f.Nodes() {
		for _, table := range []string{"page_views", "interactions"} {
			if got := f.query(t, n, "SELECT count() FROM DB."+table+`_local FINAL
				WHERE deleted = 0 AND session NOT IN (SELECT id FROM DB.sessions_local FINAL WHERE deleted = 0)`); got != "0" {
				t.Errorf("%s: %s has %s of %s without their sessions", f.database, n, got, table)
			}
		}
	}
}

// wantOnce fails the test unless an insert that is sent again, because its
// answer was lost, is known again by its content: no replica has its rows twice,
// not even until the next merge.
func (f *fleet) wantOnce(t *testing.T) {
	t.Helper()
	err := f.stores[0].alone(t.Context(), func(ctx context.Context, w *writer) error {
		made := session("twice")
		if err := w.append(ctx, []behavior.Row{made}); err != nil {
			return err
		}
		again := []step{{kind: behavior.KindSession, changes: []change{{after: made}}}}
		w.number(again)
		for range 3 {
			if err := w.send(ctx, again[0]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.wantReplicasAlike(t)
	for _, n := range f.Nodes() {
		got := f.query(t, n, "SELECT count() FROM (SELECT version, count() AS c FROM DB.sessions_local WHERE session_id = 'twice' GROUP BY version HAVING c > 1)")
		if got != "0" {
			t.Errorf("%s: %s has an insert twice", f.database, n)
		}
	}
}
