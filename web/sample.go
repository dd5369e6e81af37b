package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/sample"
	"github.com/userbehavior/behavior/ui"
)

// firstRun is what somebody sees before anything is recorded.
type firstRun struct {
	Snippet string // the tag for the site's pages
	Stream  string // tells of the first event
	URL     string // the page itself
	Token   bool   // the server asks for tokens, which the tag does not have
	Sample  string // where sample data are asked for; empty: one may not
}

// newFirstRun is what the page at an address says while there is nothing.
func (h *handler) newFirstRun(r *http.Request, user behavior.User, address string) *firstRun {
	prefix := h.settings.Prefix
	f := &firstRun{
		Snippet: `<script defer src="` + h.origin(r) + prefix + cmp.Or(h.settings.Collect.ScriptName, scriptNames[0]) + `"></script>`,
		Stream:  prefix + "live/", URL: address, Token: h.settings.Collect.TokenKey != "",
	}
	if h.mayAll(user, behavior.CanAdd) {
		f.Sample = prefix + "dashboard/sample/"
	}
	return f
}

// mayAll reports whether a user has a right on records of every kind.
func (h *handler) mayAll(user behavior.User, right behavior.Right) bool {
	for _, m := range adminModels {
		if !h.may(user, m, right) {
			return false
		}
	}
	return h.mayEnter(user)
}

// sampleNote says on a page that what it shows is made up.
type sampleNote struct {
	Action string // where they are removed
	May    bool   // the user may do that
}

// sampleNote is nil where the store has no sample data.
func (h *handler) sampleNote(ctx context.Context, user behavior.User) (*sampleNote, error) {
	found, err := sample.In(ctx, h.tracker)
	if err != nil || !found {
		return nil, err
	}
	return &sampleNote{Action: h.settings.Prefix + "dashboard/sample/remove/", May: h.mayAll(user, behavior.CanDelete)}, nil
}

// sampleText names the sample data in the audit trail.
const sampleText = "Sample data"

// loadSample fills an empty store with visits that nobody has had.
func (h *handler) loadSample(w http.ResponseWriter, r *http.Request) error {
	if err := h.sampleUser(r, behavior.CanAdd); err != nil {
		return err
	}
	// What is begun is finished, and noted, also when nobody waits for it.
	counts, err := sample.Fill(context.WithoutCancel(r.Context()), h.tracker, sample.Options{Now: h.settings.Now()})
	switch {
	case errors.Is(err, behavior.ErrConflict):
		return h.sampleRefused(w, r, "There are records already: nothing has been made up.")
	case err != nil:
		return fmt.Errorf("load sample data: %w", err)
	}
	amount := sampleAmount(counts)
	return h.done(w, r, h.safeNext(r.PostFormValue("next")), "Sample data have been loaded: "+amount+".",
		behavior.AuditEntry{Deed: behavior.DeedAdd, Object: sampleText, Note: amount + "."})
}

// removeSample removes them again.
func (h *handler) removeSample(w http.ResponseWriter, r *http.Request) error {
	if err := h.sampleUser(r, behavior.CanDelete); err != nil {
		return err
	}
	counts, err := sample.Remove(context.WithoutCancel(r.Context()), h.tracker)
	switch {
	case err != nil:
		return fmt.Errorf("remove sample data: %w", err)
	case counts == behavior.Counts{}:
		return h.sampleRefused(w, r, "There are no sample data.")
	}
	amount := sampleAmount(counts)
	return h.done(w, r, h.safeNext(r.PostFormValue("next")), "The sample data have been removed: "+amount+".",
		behavior.AuditEntry{Deed: behavior.DeedDelete, Object: sampleText, Note: amount + "."})
}

// sampleUser fails for who may not load or remove sample data, and for what
// does not come from a page of ours.
func (h *handler) sampleUser(r *http.Request, right behavior.Right) error {
	user, err := h.viewer(r)
	switch {
	case err != nil:
		return err
	case user.Anonymous():
		return forbidden(user)
	case !h.mayAll(user, right):
		return errNoRight()
	}
	return h.checkToken(r)
}

func (h *handler) sampleRefused(w http.ResponseWriter, r *http.Request, sentence string) error {
	h.tell(w, r, ui.Message{Level: "warning", Before: sentence})
	http.Redirect(w, r, h.safeNext(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}

// sampleAmount is how much of each kind there is, in words.
func sampleAmount(c behavior.Counts) string {
	return fmt.Sprintf("%s, %s and %s", amountOf(c.Sessions, modelOf(behavior.KindSession)),
		amountOf(c.PageViews, modelOf(behavior.KindPageView)), amountOf(c.Interactions, modelOf(behavior.KindInteraction)))
}
