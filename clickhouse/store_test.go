package clickhouse

import (
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
		s, err := OpenWith(t.Context(), databaseFor(t, dir), Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
