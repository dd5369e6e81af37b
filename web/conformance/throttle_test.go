package conformance

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/testserver"
)

// clocked are people whose database counts by the clock of a scenario.
type clocked struct {
	*account.Store
	clock *atomic.Int64
}

// What servers count together passes as what one counts by itself: the recorded
// conversations about throttles are the same.
func TestConformanceOfThrottlesThatAreShared(t *testing.T) {
	dsn, stores := testserver.SharedPostgres(t).Database(t), engines[0].stores(t)
	for i, s := range readScenarios(t, "testdata/throttling.json") {
		t.Run(s.Name, func(t *testing.T) {
			clock := new(atomic.Int64)
			people, err := account.OpenPostgres(t.Context(), dsn, account.Options{
				Schema: "scenario_" + strconv.Itoa(i), Migrate: true,
				Now: func() time.Time { return time.Now().Add(time.Duration(clock.Load())) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer people.Close()
			if _, err := openPeople(t).CopyTo(t.Context(), people); err != nil {
				t.Fatal(err)
			}
			for _, d := range s.replay(t, clocked{people, clock}, stores) {
				t.Error(d)
			}
		})
	}
}
