package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// maxNamed is how much of a record's text its pages and messages repeat, in
// characters. The fields themselves show all of it.
const maxNamed = 160

// maxCrumb is how much of it a breadcrumb repeats.
const maxCrumb = 60

// adminForm is a form of one record while it is filled in and read.
type adminForm struct {
	model adminModel
	old   *record // as it is stored; nil while it is added
	owner *behavior.Session

	shown  map[string]string // what stands in the inputs at first, by the field's name
	texts  map[string]string // what stands in them now
	values map[string]any    // what is to be stored: of an old record only what differs
	wrong  behavior.Invalid  // in the words of the admin, by the field's name
}

// adminAdd shows an empty form, or one filled in from the query string, and
// adds the record.
func (h *handler) adminAdd(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanAdd) {
		return errNoRight()
	}
	f := &adminForm{model: m}
	if err := h.prefill(r.Context(), f, r.URL.Query()); err != nil {
		return err
	}
	return h.serveForm(w, r, user, f)
}

// adminChange shows a record in a form, and changes it.
func (h *handler) adminChange(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanView) || r.Method == http.MethodPost && !h.may(user, m, behavior.CanChange) {
		return errNoRight()
	}
	found, err := h.recordOfPath(r, m)
	if errors.Is(err, behavior.ErrNotFound) {
		return h.tellUnknown(w, r, m)
	}
	if err != nil {
		return err
	}
	f := &adminForm{model: m, old: &found, owner: found.owner(), shown: found.texts(h)}
	return h.serveForm(w, r, user, f)
}

// serveForm shows a form, or reads and stores what comes back.
func (h *handler) serveForm(w http.ResponseWriter, r *http.Request, user behavior.User, f *adminForm) error {
	f.texts = f.shown
	if r.Method != http.MethodPost {
		return h.showForm(w, r, user, f)
	}
	posted, err := formOf(r)
	if err != nil {
		return err
	}
	if err := h.readForm(r.Context(), f, posted); err != nil {
		return err
	}
	// Whoever has sent it need not wait: what is stored is noted as well.
	saved, err := h.saveForm(context.WithoutCancel(r.Context()), f)
	var wrong behavior.Invalid
	switch {
	case errors.As(err, &wrong):
		return h.showForm(w, r, user, f)
	case errors.Is(err, behavior.ErrNotFound):
		return h.tellUnknown(w, r, f.model)
	case err != nil:
		return err
	}
	noted := h.audit(r, f.entry(saved))
	if isPopup(r) {
		return h.showPick(w, r, user, f, saved, noted)
	}
	return h.leaveForm(w, r, user, f, saved, posted, noted)
}

// leaveForm tells what has been done and leads on, as the button that was
// pressed says.
func (h *handler) leaveForm(w http.ResponseWriter, r *http.Request, user behavior.User, f *adminForm, saved record, posted url.Values, noted bool) error {
	m, verb, kept := f.model, "changed", kept(r)
	if f.old == nil {
		verb = "added"
	}
	address := h.adminPath(m.path, "/", strconv.FormatInt(saved.id(), 10), "/change/")
	told := ui.Message{Level: "success", Before: "The " + m.singular + " “", Link: ui.Link{Text: shorten(saved.text(), maxNamed)}, After: "” was " + verb + " successfully."}
	if h.may(user, m, behavior.CanView) {
		told.Link.URL = address
	}
	target := h.listAddress(user, m, kept)
	switch {
	case posted.Has("_continue") && told.Link.URL != "":
		target = address + kept
		if h.may(user, m, behavior.CanChange) {
			told.After += " You may edit it again below."
		}
	case posted.Has("_addanother") && h.may(user, m, behavior.CanAdd):
		target = h.adminPath(m.path, "/add/") + kept
		told.After += " You may add another " + m.singular + " below."
	}
	h.tellDone(w, r, told, noted)
	http.Redirect(w, r, target, http.StatusFound)
	return nil
}

const messageUnnoted = "The history could not be written: this is not in it."

// tellDone tells the outcome of a deed, and that it could not be noted, where
// it could not.
func (h *handler) tellDone(w http.ResponseWriter, r *http.Request, told ui.Message, noted bool) {
	messages := []ui.Message{told}
	if !noted {
		messages = append(messages, ui.Message{Level: "warning", Before: messageUnnoted})
	}
	h.tell(w, r, messages...)
}

// listAddress is where one goes when the work on a record is done: the list as
// it was left, for those who may see it.
func (h *handler) listAddress(user behavior.User, m adminModel, kept string) string {
	if !h.may(user, m, behavior.CanView) {
		return h.adminPath()
	}
	values, _ := url.ParseQuery(kept[min(1, len(kept)):]) // our own text
	filters, _ := url.ParseQuery(values.Get(keptName))    // what cannot be read is left out
	if len(filters) == 0 {
		return h.adminPath(m.path, "/")
	}
	return h.adminPath(m.path, "/?", filters.Encode())
}

// keptName is the parameter in which a list hands its query string on, so that
// one comes back to the same list.
const keptName = "_changelist_filters"

// kept is the query string with which a page of a record leads to another one:
// empty, or with a question mark before it.
func kept(r *http.Request) string {
	filters := r.URL.Query().Get(keptName)
	if posted, err := formOf(r); err == nil && filters == "" {
		filters = posted.Get(keptName)
	}
	if filters == "" {
		return ""
	}
	return "?" + keptFilters(filters)
}

// recordOfPath is the record that the path names.
func (h *handler) recordOfPath(r *http.Request, m adminModel) (record, error) {
	id, ok := behavior.ParseInteger(r.PathValue("id"))
	if !ok || id < 1 {
		return record{}, behavior.ErrNotFound
	}
	return h.record(r.Context(), m, id)
}

// tellUnknown leads away from the address of a record that is not there.
func (h *handler) tellUnknown(w http.ResponseWriter, r *http.Request, m adminModel) error {
	id := shorten(cleanLine(r.PathValue("id")), maxNamed)
	h.tell(w, r, ui.Message{Level: "warning", Before: fmt.Sprintf("%s with ID “%s” doesn’t exist. Perhaps it was deleted?", m.singular, id)})
	http.Redirect(w, r, h.adminPath(), http.StatusFound)
	return nil
}

// adminOld leads from an address of older admins, without "change/", to the
// one of today.
func (h *handler) adminOld(w http.ResponseWriter, r *http.Request, _ behavior.User, m adminModel) error {
	target := h.adminPath(m.path, "/", url.PathEscape(r.PathValue("id")), "/change/")
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	http.Redirect(w, r, target, http.StatusFound)
	return nil
}

// namedSession is the session that somebody types: by its id, or else by its
// session_id. [behavior.ErrNotFound]: there is none.
func (h *handler) namedSession(ctx context.Context, text string) (*behavior.Session, error) {
	if id, ok := behavior.ParseInteger(text); ok && id > 0 {
		found, err := h.record(ctx, modelOf(behavior.KindSession), id)
		if !errors.Is(err, behavior.ErrNotFound) {
			return found.session, err
		}
	}
	if text == "" || cleanLine(text) != text {
		return nil, behavior.ErrNotFound
	}
	return h.sessionNamed(ctx, text)
}

// sessionNamed is the session with a session_id; [behavior.ErrNotFound] if
// there is none.
func (h *handler) sessionNamed(ctx context.Context, name string) (*behavior.Session, error) {
	found, _, err := h.tracker.Sessions(ctx, behavior.Query{
		Filters: []behavior.Filter{{Field: "session_id", Values: []any{name}}}, Limit: 1, Uncounted: true,
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("find session: %w", err)
	case len(found) == 0:
		return nil, behavior.ErrNotFound
	}
	return &found[0], nil
}
