package postgres

import (
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/storetest"
)

func TestStore(t *testing.T) {
	dsn := house(t)
	storetest.Run(t, func(t *testing.T, dir string) behavior.Store {
		s, err := OpenWith(t.Context(), dsn, Options{Schema: schemaFor(t, dsn, dir), Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestReadsWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	dsn := house(t)
	s := openStore(t, dsn, Options{Schema: schemaFor(t, dsn, t.Name()), Migrate: true, Reads: 2, ReadTimeout: time.Minute})
	storetest.Turns(t, s, s.reads.Long)
}
