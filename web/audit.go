package web

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/userbehavior/behavior"
)

// audit keeps deeds of whoever makes the request, also when the client has gone
// meanwhile. What has been done is done: where it cannot be noted the log says
// so, and the caller tells the user, when ok is false.
func (h *handler) audit(r *http.Request, entries ...behavior.AuditEntry) (ok bool) {
	if h.settings.Audit == nil || len(entries) == 0 {
		return true
	}
	caller, _ := h.caller(r)
	for i := range entries {
		e := &entries[i]
		e.Time = h.settings.Now().UTC()
		if caller.Addr.IsValid() {
			e.Addr = caller.Addr.String()
		}
		if e.UserID == "" && e.User == "" {
			e.UserID, e.User = caller.User.ID, caller.User.Name
		}
	}
	if err := h.settings.Audit.Note(context.WithoutCancel(r.Context()), entries...); err != nil {
		h.log(r, slog.LevelError, err)
		return false
	}
	return true
}
