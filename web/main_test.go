package web_test

import (
	"testing"

	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/internal/teststore"
)

func TestMain(m *testing.M) { teststore.Main(withServers{m}) }

// withServers runs tests that have servers started, which end with them.
type withServers struct{ *testing.M }

func (m withServers) Run() int {
	defer testserver.Stop()
	return m.M.Run()
}
