package clickhouse

import (
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) { storetest.Run(t, opener(native)) }

// TestStoreByHTTP runs what says the most about a protocol: all of the suite
// takes minutes.
func TestStoreByHTTP(t *testing.T) {
	storetest.Run(t, opener((*testserver.ClickHouse).DSN), "append", "lists", "update")
}

func opener(by protocol) storetest.Opener {
	return func(t *testing.T, dir string) behavior.Store {
		s, err := OpenWith(t.Context(), databaseBy(t, by, dir), Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// TestStoreOfShards runs what asks several shards, and what changes what they
// have. Only "many at once" would fail: a list and its total, which two shards
// give, are not of one moment.
func TestStoreOfShards(t *testing.T) {
	storetest.Run(t, opener(sharded), "event keys", "facts of sessions", "progress", "lists", "values", "update", "delete",
		"report", "insights", "funnels")
}
