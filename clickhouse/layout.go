package clickhouse

import (
	"bytes"
	"fmt"
	"strings"
	"text/template"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// layout is how a store's tables are made: in one server, or over the servers
// of a cluster.
type layout struct {
	database string // as it is, not quoted
	cluster  string // empty: one server

	// old leaves out what a server of 2018 does not know. It serves to test
	// what happens in a cluster, on one that can be had anywhere.
	old bool
}

// local ends the names of the tables that hold one server's share.
const local = "_local"

// quote makes a name an identifier.
func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// literal makes a text one in SQL.
func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`).Replace(text) + "'"
}

// whole is a table as one asks it.
func (l layout) whole(table string) string { return quote(l.database) + "." + table }

// table is the table of that name which holds rows of a server.
func (l layout) table(name string) string {
	if l.cluster != "" {
		name += local
	}
	return l.whole(name)
}

// onCluster has all servers of the cluster run a statement.
func (l layout) onCluster() string {
	if l.cluster == "" {
		return ""
	}
	return " ON CLUSTER " + literal(l.cluster)
}

// engine is a table engine of the MergeTree family with its arguments. In a
// cluster the table is replicated: among the servers of a shard, or, where
// everybody has it, among all.
func (l layout) engine(name, table string, everywhere bool, args ...string) string {
	if l.cluster != "" {
		shard, replica := "{shard}", "{replica}"
		if everywhere {
			shard, replica = "all", "{shard}-{replica}"
		}
		path := "/clickhouse/tables/" + shard + "/" + l.database + "/" + table
		name, args = "Replicated"+name, append([]string{literal(path), literal(replica)}, args...)
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

// replacing is the engine of a table in which a row replaces those of its key
// with a lower version.
func (l layout) replacing(table string) string {
	if l.old {
		return l.engine("ReplacingMergeTree", table, false, "version")
	}
	return l.engine("ReplacingMergeTree", table, false, "version", "deleted")
}

// distinct is the engine of a table that has each of its rows once.
func (l layout) distinct(table string) string { return l.engine("ReplacingMergeTree", table, false) }

// eventTables names the tables of events.
func eventTables() []string {
	return []string{query.Table(behavior.KindPageView), query.Table(behavior.KindInteraction)}
}

// plain is the engine of a table of which every server has all.
func (l layout) plain(table string) string { return l.engine("MergeTree", table, true) }

// sharing is the engine of a table of which every shard has a share, and whose
// rows stay what they are.
func (l layout) sharing(table string) string { return l.engine("MergeTree", table, false) }

// distributed is the engine of a table that leads to those of all servers.
func (l layout) distributed(table, session string) string {
	return l.leadingTo(table, "intHash64("+session+")")
}

// byName is distributed for a table that is spread by the names of sessions.
func (l layout) byName(table string) string { return l.leadingTo(table, "cityHash64(session_id)") }

func (l layout) leadingTo(table, hash string) string {
	return fmt.Sprintf("Distributed(%s, %s, %s, %s)", literal(l.cluster), literal(l.database), literal(table+local), hash)
}

// month is the month in UTC that the time in a column lies in. Those before
// 1970 and from 2100 on are one each.
func (l layout) month(column string) string {
	return `toYYYYMM(toDateTime(toUInt32(greatest(toInt64(0), least(toInt64(4102444800), intDiv("` + column + `", 1000000)))), 'UTC'))`
}

// tableSettings have each insert on disk when it is acknowledged, and a server
// without replicas know an insert again, as those with replicas do anyway.
const tableSettings = "\nSETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 1000"

// forgets has the rows of a month merged once nothing has come to it for a day,
// and those of deleted records removed with that.
const forgets = ",\n    min_age_to_force_merge_seconds = 86400, min_age_to_force_merge_on_partition_only = 1,\n" +
	"    allow_experimental_replacing_merge_with_cleanup = 1, enable_replacing_merge_with_cleanup_for_min_age_to_force_merge = 1"

// fill fills in a migration.
func (l layout) fill(migration []byte) ([]byte, error) {
	modern := func(text string) string {
		if l.old {
			return ""
		}
		return text
	}
	few := "LowCardinality(String)"
	if l.old {
		few = "String"
	}
	t, err := template.New("").Funcs(template.FuncMap{
		"table": l.table, "whole": l.whole, "onCluster": l.onCluster, "sharded": func() bool { return l.cluster != "" },
		"replacing": l.replacing, "distinct": l.distinct, "plain": l.plain, "distributed": l.distributed, "month": l.month,
		"events": eventTables, "copying": l.copying, "sharing": l.sharing, "byName": l.byName,
		"twoDays":  func(column string) string { return modern("\nTTL " + column + " + INTERVAL 2 DAY") },
		"few":      func() string { return few },
		"codec":    func(codecs string) string { return modern(" CODEC(" + codecs + ")") },
		"unless":   func() string { return modern(" IF NOT EXISTS") },
		"modern":   func() bool { return !l.old },
		"index":    func(index string) string { return modern(",\n    INDEX " + index) },
		"settings": func() string { return modern(tableSettings) },
		"forgets":  func() string { return modern(forgets) },
	}).Parse(string(migration))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, nil); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
