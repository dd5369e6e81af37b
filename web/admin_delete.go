package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// deleteOnePage is what the page "admin_delete" shows.
type deleteOnePage struct {
	Title   string
	Text    string // the record
	Model   string
	Action  string
	Back    string
	Groups  []deleteGroup
	Denied  []string // what one may not delete; then there is no button
	Typed   string   // what must be typed to confirm; empty for nothing
	Mistake string   // what is wrong with what was typed
}

// adminDelete asks whether a record may be deleted, and deletes it when the
// answer is there.
func (h *handler) adminDelete(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanDelete) {
		return errNoRight()
	}
	found, err := h.recordOfPath(r, m)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return h.tellUnknown(w, r, m)
	case err != nil:
		return err
	}
	groups, denied, err := h.along(r.Context(), user, found)
	if err != nil {
		return err
	}
	form, err := formOf(r)
	switch {
	case err != nil:
		return err
	case form.Get("post") != "yes":
		return h.askDelete(w, r, user, found, deleteOnePage{Groups: groups, Denied: denied})
	case len(denied) > 0:
		return errNoRight()
	case !typedCount(groups, form.Get("count")):
		return h.askDelete(w, r, user, found, deleteOnePage{Groups: groups, Mistake: "That is not the number of records."})
	}
	return h.deleteRecord(w, r, user, found)
}

// deleteRecord deletes a record and leads back to the list.
func (h *handler) deleteRecord(w http.ResponseWriter, r *http.Request, user behavior.User, found record) error {
	m := found.model()
	// Whoever has said yes need not wait: what is deleted is noted as well.
	events, err := h.tracker.Delete(context.WithoutCancel(r.Context()), m.kind, []int64{found.id()})
	switch {
	case err != nil:
		return err
	case len(events) == 0:
		return h.tellUnknown(w, r, m)
	}
	gone := recordOf(events[0])
	entry := gone.entry(behavior.DeedDelete)
	entry.Note = alongNote(events[0].Along)
	told := ui.Message{Level: "success", Before: "The " + m.singular + " “" + shorten(gone.text(), maxNamed) + "” was deleted successfully."}
	h.tellDone(w, r, told, h.audit(r, entry))
	http.Redirect(w, r, h.listAddress(user, m, kept(r)), http.StatusFound)
	return nil
}

// askDelete shows what would be deleted, and asks.
func (h *handler) askDelete(w http.ResponseWriter, r *http.Request, user behavior.User, found record, p deleteOnePage) error {
	m, kept := found.model(), kept(r)
	here := h.adminPath(m.path, "/", strconv.FormatInt(found.id(), 10))
	p.Title, p.Model, p.Text, p.Action, p.Back = "Are you sure?", m.singular, shorten(found.text(), maxNamed), here+"/delete/"+kept, here+"/change/"+kept
	list := h.listAddress(user, m, kept)
	if !h.may(user, m, behavior.CanView) {
		p.Back = list
	}
	if len(p.Denied) > 0 {
		p.Title = "Cannot delete " + m.singular
	}
	if n := objectsOf(p.Groups); n-1 > maxUnasked {
		p.Typed = grouped(n)
	}
	return h.adminPage(w, r, http.StatusOK, "admin_delete", p,
		ui.Link{Text: m.plural, URL: list}, ui.Link{Text: shorten(p.Text, maxCrumb), URL: p.Back}, ui.Link{Text: "Delete"})
}

// along finds what goes when a record goes, itself first, and what of that the
// user may not delete. Examples are shown to those who may see them.
func (h *handler) along(ctx context.Context, user behavior.User, found record) (groups []deleteGroup, denied []string, err error) {
	groups = []deleteGroup{{Label: found.model().plural, Count: "1", n: 1}}
	if found.session == nil {
		return groups, nil, nil
	}
	for _, m := range modelsAlong(found.model()) {
		examples, n, err := h.records(ctx, m, behavior.Query{
			Filters: []behavior.Filter{{Field: "session", Values: []any{found.id()}}}, Limit: maxExamples,
		})
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("list what a deletion takes: %w", err)
		case n == 0:
			continue
		case !h.may(user, m, behavior.CanDelete):
			denied = append(denied, m.plural)
		}
		group := deleteGroup{Label: m.plural, Count: grouped(n), n: n}
		if h.may(user, m, behavior.CanView) {
			h.showExamples(&group, m, examples)
		}
		groups = append(groups, group)
	}
	return groups, denied, nil
}

// showExamples lists some of the records that would go.
func (h *handler) showExamples(group *deleteGroup, m adminModel, examples []record) {
	for _, e := range examples {
		address := h.adminPath(m.path, "/", strconv.FormatInt(e.id(), 10), "/change/")
		group.Links = append(group.Links, ui.Link{Text: shorten(e.text(), maxNamed), URL: address})
	}
	if more := group.n - len(examples); more > 0 {
		group.More = fmt.Sprintf("… and %s more", grouped(more))
	}
}

// typedCount reports whether the number of records was typed, where that is
// asked for.
func typedCount(groups []deleteGroup, text string) bool {
	n := objectsOf(groups)
	if n-1 <= maxUnasked {
		return true
	}
	typed, err := strconv.Atoi(strings.NewReplacer(",", "", ".", "", " ", "", "’", "").Replace(text))
	return err == nil && typed == n
}
