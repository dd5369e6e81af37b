package testserver

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// The engine that is a library has no port by which servers reach each other,
// but it asks its own shards of a cluster without one. So it is told of a
// cluster that is twice itself. Both shards have the same tables; which rows of
// them are a shard's says a filter that comes with each question, by the number
// of the shard, as the tables that lead to all shards have spread them. A
// question is then planned and answered as in a cluster: each shard for itself,
// up to where their answers are put together.
const shardsConfig = `<clickhouse>
  <tcp_port>9000</tcp_port> <!-- nothing listens there: that of a shard which is this process -->
  <remote_servers><` + clusterName + `>
    <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
    <shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica></shard>
  </` + clusterName + `></remote_servers>
</clickhouse>
`

// filterSetting is that of the rows of a shard.
const filterSetting = "additional_table_filters"

// ShardedDSN leads to a database of the server that is spread over two shards,
// by ClickHouse's own protocol. shards tells by which expression each table is,
// by their names without the end "_local".
//
// What this cluster does not have: replicas, statements that run on several
// servers, and tokens by which a shard knows an insert again.
func (c *ClickHouse) ShardedDSN(database string, shards map[string]string) string {
	filters := make([]string, 0, len(shards))
	for table, by := range shards {
		filters = append(filters, fmt.Sprintf("'%s.%s_local': '%s %% %d = shardNum() - 1'", database, table, by, clusterShards))
	}
	return c.NativeDSN(database) + "?cluster=" + clusterName + "&" + filterSetting + "=" + url.QueryEscape("{"+strings.Join(filters, ", ")+"}")
}

var (
	onCluster  = regexp.MustCompile(` ON CLUSTER '[^']*'`)
	replicated = regexp.MustCompile(`\bReplicated(\w*MergeTree\()'[^']*', '[^']*'(, )?`)
	insertInto = regexp.MustCompile(`^INSERT INTO \S+\.(\w+)`)
)

// alone makes a request to a cluster one to the only server that there is.
func (r *request) alone() {
	filters, sharded := r.settings[filterSetting]
	if !sharded {
		return
	}
	r.text = replicated.ReplaceAllString(onCluster.ReplaceAllString(r.text, ""), "$1")
	if into := insertInto.FindStringSubmatch(r.text); into != nil && strings.Contains(filters, "."+into[1]+"_local'") {
		delete(r.settings, "insert_deduplication_token") // both shards would know it, being one
	}
}
