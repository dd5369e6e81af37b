package storetest

import (
	"errors"
	"testing"

	"github.com/userbehavior/behavior"
)

var closeCases = []testCase{
	{"a closed store is unavailable", closeUnavailable},
	{"closing twice does no harm", closeTwice},
	{"a store in use answers a ping", closePing},
}

func closeUnavailable(t *testing.T, h *house) {
	add(t, h, newSession("a"))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	for name, call := range Calls(h) {
		if err := call(t.Context()); !errors.Is(err, behavior.ErrUnavailable) {
			t.Errorf("%s: error is %v, want ErrUnavailable", name, err)
		}
	}
	h.reopen(t)
	same(t, "count of sessions", 1, len(sessions(t, h)))
}

func closeTwice(t *testing.T, h *house) {
	for range 2 {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

func closePing(t *testing.T, h *house) {
	if err := h.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}
