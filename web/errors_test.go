package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestErrorsBecomeAnswers(t *testing.T) {
	t.Parallel()
	e := endpoint{record: "PageView", form: []formField{{Name: "url"}, {Name: "session_id"}}}
	for name, c := range map[string]struct {
		err    error
		status int
		body   string
		logged bool
	}{
		"its own answer":     {fmt.Errorf("read: %w", detail(415, "No.")), 415, `{"detail":"No."}`, false},
		"wrong input":        {behavior.Invalid{"b": {"B."}, "session_id": {"S."}, "a": {"A.", "<2>"}, "url": {"U."}}, 400, `{"url":["U."],"session_id":["S."],"a":["A.","<2>"],"b":["B."]}`, false},
		"body too large":     {fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 7}), 413, `{"detail":"The request is too large: its body may have at most 7 bytes."}`, false},
		"no such record":     {fmt.Errorf("update: %w", behavior.ErrNotFound), 404, `{"detail":"No PageView matches the given query."}`, false},
		"wrong credentials":  {behavior.ErrCredentials, 403, `{"detail":"Invalid username/password."}`, false},
		"queue full":         {fmt.Errorf("create: %w", behavior.ErrBusy), 503, `{"detail":"The server is too busy. Please try again in a moment."}`, true},
		"came too slowly":    {fmt.Errorf("read body: %w", os.ErrDeadlineExceeded), 408, `{"detail":"The request took too long to arrive."}`, false},
		"took too long":      {fmt.Errorf("list: %w", context.DeadlineExceeded), 503, `{"detail":"The server is too busy. Please try again in a moment."}`, true},
		"store away":         {fmt.Errorf("dial secret: %w", behavior.ErrUnavailable), 503, `{"detail":"Data cannot be stored or read at the moment. Please try again later."}`, true},
		"something unheard":  {errors.New("driver: secret"), 500, `{"detail":"Something went wrong on the server. Its log has the details, under R1."}`, true},
		"throttled":          {throttled(1500 * time.Millisecond), 429, `{"detail":"Request was throttled. Expected available in 2 seconds."}`, false},
		"throttled a second": {throttled(time.Millisecond), 429, `{"detail":"Request was throttled. Expected available in 1 second."}`, false},
	} {
		var log bytes.Buffer
		h := &handler{settings: behavior.Settings{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
		a := h.reply(requestNamed(t.Context(), "R1"), e, c.err)
		body, err := encode(a.body, 0)
		if diff := cmp.Diff(c.body, string(body)); a.status != c.status || err != nil || diff != "" {
			t.Errorf("%s: %d, %v %s", name, a.status, err, diff)
		}
		if logged := strings.Contains(log.String(), c.err.Error()); logged != c.logged {
			t.Errorf("%s: log %q", name, &log)
		}
		if waits := a.header.Get("Retry-After") != ""; waits != (c.status == 503 || c.status == 429) {
			t.Errorf("%s: Retry-After %q", name, a.header.Get("Retry-After"))
		}
	}
}

// TestAnOutageIsToldOfNowAndThen has a store be away for a minute of many
// requests.
func TestAnOutageIsToldOfNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		h := &handler{settings: behavior.Settings{Logger: slog.New(slog.NewTextHandler(&log, nil))}, outages: outagesInLog()}
		for range 60 * 100 {
			h.reply(requestNamed(t.Context(), "R1"), endpoint{}, fmt.Errorf("list: %w", behavior.ErrUnavailable))
			time.Sleep(10 * time.Millisecond)
		}
		if n := strings.Count(log.String(), "request failed"); n < 60 || n > 75 {
			t.Errorf("told of %d times in a minute", n)
		}
	})
}

func TestNobodyHearsTheAnswerOfAClosedConnection(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := &handler{settings: behavior.Settings{Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if a := h.reply(requestNamed(ctx, "R1"), endpoint{}, fmt.Errorf("list: %w", ctx.Err())); a.status != statusGone || log.Len() > 0 {
		t.Errorf("%d, log %q", a.status, &log)
	}
}

func requestNamed(ctx context.Context, id string) *http.Request {
	return httptest.NewRequestWithContext(context.WithValue(ctx, visitKey{}, &visit{id: id}), "GET", "/", nil)
}
