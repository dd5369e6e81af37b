package tracker_test

import (
	"testing"

	"github.com/userbehavior/behavior/internal/testbrowser"
)

// tab is a tab of the browser that all tests share.
type tab = testbrowser.Tab

// patience is how long a test waits for the browser or for an event.
const patience = testbrowser.Patience

func TestMain(m *testing.M) { testbrowser.Main(m) }

func newTab(t *testing.T) *tab { t.Helper(); return testbrowser.New(t) }

// newWindow opens a tab in a window of its own, for tests that hide it.
func newWindow(t *testing.T) *tab { t.Helper(); return testbrowser.NewWindow(t) }

// eval runs the body of an async function and returns what it gives.
func eval[T any](p *tab, format string, args ...any) T {
	return testbrowser.Eval[T](p, format, args...)
}

// flush sends what waits.
func flush(p *tab) { p.Do("behavior.flush()") }
