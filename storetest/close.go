package storetest

import (
	"errors"
	"testing"
	"time"

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
	for name, call := range map[string]func() error{
		"Append": func() error { return h.Append(t.Context(), rowsOf(newSession("b"))) },
		"Sessions": func() error {
			_, _, err := h.Sessions(t.Context(), behavior.Query{})
			return err
		},
		"PageViews": func() error {
			_, _, err := h.PageViews(t.Context(), behavior.Query{})
			return err
		},
		"Interactions": func() error {
			_, _, err := h.Interactions(t.Context(), behavior.Query{})
			return err
		},
		"Values": func() error {
			_, err := h.Values(t.Context(), behavior.KindSession, "browser", behavior.Query{})
			return err
		},
		"UpdateSession": func() error {
			_, err := h.UpdateSession(t.Context(), 1, func(*behavior.Session) error { return nil })
			return err
		},
		"Delete": func() error {
			_, err := h.Delete(t.Context(), behavior.KindSession, []int64{1})
			return err
		},
		"Report": func() error {
			_, err := h.Report(t.Context(), behavior.LastDays(7, start, time.UTC))
			return err
		},
		"Insight": func() error {
			_, err := h.Insight(t.Context(), behavior.Insight{Metrics: behavior.Metrics(), Range: oneDay})
			return err
		},
		"Funnel": func() error {
			_, err := h.Funnel(t.Context(), behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), does("click")}, Range: oneDay})
			return err
		},
		"Salt": func() error {
			_, err := h.Salt(t.Context(), start, []byte("fresh"))
			return err
		},
		"Ping": func() error { return h.Ping(t.Context()) },
	} {
		if err := call(); !errors.Is(err, behavior.ErrUnavailable) {
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
