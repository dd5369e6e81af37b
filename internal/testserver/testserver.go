// Package testserver starts database servers for tests, private ones that end
// with the tests. Only tests import it.
package testserver

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Required reports whether the environment says that a test must not be
// skipped for want of something: BEHAVIOR_TEST_REQUIRE=postgres,clickhouse.
func Required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), what)
}

// missing skips a test for want of a server, or fails it where that is required.
func missing(t testing.TB, what, why string) {
	t.Helper()
	if Required(what) {
		t.Fatal(why)
	}
	t.Skip(why)
}

// running is what has been started for all tests of this process.
var running struct {
	sync.Mutex
	stops []func()
}

// atEnd has Stop call a function.
func atEnd(stop func()) {
	running.Lock()
	defer running.Unlock()
	running.stops = append(running.stops, stop)
}

// Stop ends the servers that tests have had started. A package whose tests use
// them calls it in TestMain, after all tests.
func Stop() {
	running.Lock()
	defer running.Unlock()
	for _, stop := range running.stops {
		stop()
	}
	running.stops = nil
}
