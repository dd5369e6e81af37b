package clickhouse

import (
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) {
	byEach(t, func(t *testing.T, by protocol) {
		storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
			s, err := OpenWith(t.Context(), databaseBy(t, by, dir), Options{Migrate: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}
