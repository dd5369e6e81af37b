// Package web serves a tracker over HTTP: the REST API, the sign-in page and
// the report, all under one prefix.
package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"golang.org/x/time/rate"

	"github.com/userbehavior/behavior"
)

// handler serves everything under one prefix.
type handler struct {
	tracker   *behavior.Tracker
	settings  behavior.Settings
	resources []endpoint
	routes    []route

	signIns *scs.SessionManager // nil where nobody can sign in
	guard   *guard              // of passwords
	outages rate.Sometimes      // when it is told in the log that a store is busy or away

	collectThrottle behavior.Throttle // of collect/
	overview        *overview         // for the start of the admin
	metrics         *metrics          // nil where there are none

	reportTemplate *template.Template // of the application; nil: our own
	reportPanels   []ReportPanel
}

// Handler returns a handler of everything under the tracker's prefix, see
// [behavior.Settings]. It sees whole paths: mount it where the prefix is, and
// do not strip the prefix.
//
//	mux.Handle("/user_behavior/", web.Handler(tracker))
func Handler(t *behavior.Tracker) http.Handler { return newHandler(t) }

func newHandler(t *behavior.Tracker) *handler {
	h := &handler{tracker: t, settings: t.Settings(), outages: outagesInLog()}
	h.signIns = newSignIns(h.settings)
	h.guard = newGuard(h.settings.Windows, h.settings.Now)
	h.collectThrottle = t.Throttle("collect", h.settings.Collect.ThrottleRate)
	h.overview = newOverview(t)
	if h.settings.Metrics != behavior.MetricsOff {
		h.metrics = newMetrics(t)
	}
	h.resources = h.endpoints()
	h.routes = h.table()
	return h
}

// visit is what is known of one request while it is served.
type visit struct {
	id     string // names the request in the log and on error pages
	route  string // the address that it is for, see route.path; empty while that is not known
	format string // of the path's suffix: "json" of "sessions.json"

	asked    bool // who the caller is; the next three are then known
	caller   behavior.Caller
	err      error
	signedIn bool // the caller came by the sign-in page

	signIn context.Context // holds the caller's sign-in; nil: there is none, or nobody has asked
}

type visitKey struct{}

// visitOf returns the visit of a request that came through ServeHTTP.
func visitOf(r *http.Request) *visit { return r.Context().Value(visitKey{}).(*visit) }

// ServeHTTP serves one request: it bounds the body, finds the route, and
// answers the errors of all that lies behind it.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{id: rand.Text()[:12]}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	r.Body = http.MaxBytesReader(w, r.Body, h.settings.MaxBody)
	out := &response{ResponseWriter: w}
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Referrer-Policy", "same-origin")
	defer h.note(out, r, time.Now())
	err := rescue(func() error { return h.route(out, r) })
	switch {
	case err == nil:
	case out.status != 0: // half an answer is out: break it off
		h.log(r, slog.LevelError, err)
		panic(http.ErrAbortHandler)
	default:
		h.fail(out, r, err)
	}
}

// rescue turns a panic of do into an error with its stack.
func rescue(do func() error) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// note counts a request and writes its line into the log.
func (h *handler) note(w *response, r *http.Request, start time.Time) {
	h.metrics.count(visitOf(r).route, w.status)
	h.settings.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("request", visitOf(r).id), slog.String("method", r.Method), slog.String("path", h.logPath(r)),
		slog.Int("status", w.status), slog.Duration("took", time.Since(start)))
}

// logPath is the path of a request as the log may have it: an invitation opens
// a door, and stays out.
func (h *handler) logPath(r *http.Request) string {
	if welcome := h.settings.Prefix + "welcome/"; strings.HasPrefix(r.URL.Path, welcome) {
		return welcome
	}
	return r.URL.Path
}

// response remembers the status of an answer.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status, of which only the first counts.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets [http.ResponseController] reach the server's writer.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
