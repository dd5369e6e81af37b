package web

import (
	"errors"
	"net/http"

	"github.com/userbehavior/behavior"
)

// report serves the report: a page, or the figures of the last seven days as
// JSON when asked by ?format=json. The settings say who may see it; it is not
// throttled.
func (h *handler) report(w http.ResponseWriter, r *http.Request) error {
	if formatName(r) == "json" && method(r) == http.MethodGet {
		e := endpoint{permission: h.settings.ReportPermission, serve: map[string]func(*http.Request) (answer, error){http.MethodGet: h.reportFigures}}
		w.Header().Set("Vary", "Cookie")
		return writeJSON(w, h.outcome(e, r, nil), 0)
	}
	caller, err := h.caller(r)
	var refused httpError
	switch {
	case errors.Is(err, behavior.ErrCredentials), errors.As(err, &refused) && refused.status == http.StatusForbidden:
		caller.User = behavior.User{} // the page asks for a sign-in, other credentials count for nothing
	case err != nil:
		return err
	}
	if !h.settings.ReportPermission(r, caller.User) {
		return forbidden(caller.User)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, OPTIONS")
		if r.Method != http.MethodOptions {
			return httpError{status: http.StatusMethodNotAllowed}
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return h.reportPage(w, r)
}
