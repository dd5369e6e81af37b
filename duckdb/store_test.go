package duckdb

import (
	"path/filepath"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
		s, err := Open(t.Context(), filepath.Join(dir, "store.duckdb"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
