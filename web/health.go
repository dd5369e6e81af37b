package web

import (
	"context"
	"net/http"
	"time"

	"github.com/userbehavior/behavior"
)

// readyWithin is how long the store may take to say that it is there.
const readyWithin = 2 * time.Second

// health says that the program runs.
func (h *handler) health(w http.ResponseWriter, _ *http.Request) error {
	return writeText(w, http.StatusOK, "ok\n")
}

// ready says whether records can be stored and read.
func (h *handler) ready(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if err := h.tracker.Ping(ctx); err != nil {
		h.settings.Logger.WarnContext(ctx, "not ready", "error", err)
		w.Header().Set("Retry-After", seconds(behavior.RetryAfter))
		return writeText(w, http.StatusServiceUnavailable, "not ready: the store cannot be used at the moment\n")
	}
	return writeText(w, http.StatusOK, "ok\n")
}

// writeText answers with a line for programs that watch; nobody may keep it.
func writeText(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // whoever asked has gone, if this fails
	return nil
}
