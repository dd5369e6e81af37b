package web_test

import (
	"testing"

	"github.com/userbehavior/behavior/internal/teststore"
)

func TestMain(m *testing.M) { teststore.Main(m) }
