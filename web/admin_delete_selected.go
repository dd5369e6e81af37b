package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// Bounds of a deletion.
const (
	deleteBatch = 1000            // records of one transaction
	deleteTime  = 2 * time.Second // of one request; what is left has another
	maxExamples = 20              // objects of a model that are shown before
	maxUnasked  = 1000            // objects that go without their number being typed
)

// deletion is the deletion of selected records, which may take many requests.
// All that it must know is in its form.
type deletion struct {
	selection
	total   int   // how many were selected when it was confirmed
	gone    int   // how many of them are deleted
	after   int64 // all of them up to this id
	objects int   // how many the page said that would go, with all that goes along
	unnoted bool  // the audit trail lacks some
}

// deletePage is what the page "admin_delete_selected" shows.
type deletePage struct {
	Title    string
	Sentence string
	Action   string // address that the form goes to
	Back     string // address of the list
	Hidden   []listParam

	Denied  []string // what one may not delete; then there is no button
	Groups  []deleteGroup
	Typed   string // what must be typed to confirm; empty for nothing
	Mistake string // what is wrong with what was typed

	Running bool // it has begun and is not done
	Gone    string
	Value   int // of the progress
	Max     int
}

// deleteGroup is the part of one model in a deletion.
type deleteGroup struct {
	Label string
	Count string
	Links []ui.Link
	More  string // "… and 6,981 more"; empty for no more

	n int
}

// adminDeleteSelected asks whether the selected records may be deleted, and
// deletes them when the answer is there.
func (h *handler) adminDeleteSelected(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanDelete) || !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	form, err := formOf(r)
	if err != nil {
		return err
	}
	d, err := h.readDeletion(r, form, m)
	if err != nil {
		return h.wrongList(w, r, d.list, err)
	}
	if form.Get("post") != "yes" {
		return h.askDeletion(w, r, user, d, "")
	}
	if denied, err := h.deniedAlong(r.Context(), user, d); err != nil || len(denied) > 0 {
		if err == nil {
			err = errNoRight()
		}
		return err
	}
	if d.after == 0 {
		ok, err := h.confirmed(r.Context(), &d, form)
		if err != nil {
			return err
		}
		if !ok {
			return h.askDeletion(w, r, user, d, "That is not the number of objects.")
		}
	}
	done, err := h.runDeletion(r, &d)
	switch {
	case err != nil:
		return err
	case !done:
		return h.deletePage(w, r, d, deletePage{
			Title: "Deleting " + m.plural, Running: true, Value: min(d.gone, d.total), Max: max(d.total, 1),
			Gone: fmt.Sprintf("Deleted %s of %s.", grouped(d.gone), amountOf(d.total, m)),
		})
	}
	h.tell(w, r, d.outcome()...)
	http.Redirect(w, r, h.adminPath(m.path, "/", d.list.with(nil)), http.StatusSeeOther)
	return nil
}

// amountOf is an exact number of a model's records.
func amountOf(n int, m adminModel) string {
	if n == 1 {
		return "1 " + m.singular
	}
	return grouped(n) + " " + m.plural
}

// readDeletion reads the form of a list or of the deletion itself.
func (h *handler) readDeletion(r *http.Request, form url.Values, m adminModel) (d deletion, err error) {
	filter, ok := form["filter"]
	if !ok {
		filter = []string{r.URL.RawQuery}
	}
	d.list, err = h.readWhole(r.Context(), m, filter[0])
	if err != nil {
		return d, err
	}
	if d.selection, err = h.readSelection(r.Context(), form, d.list); err != nil {
		return d, err
	}
	d.total, _ = strconv.Atoi(form.Get("total"))
	d.gone, _ = strconv.Atoi(form.Get("gone"))
	d.objects, _ = strconv.Atoi(form.Get("objects"))
	d.after, _ = strconv.ParseInt(form.Get("after"), 10, 64)
	d.unnoted = form.Get("unnoted") == "1"
	return d, nil
}

// hidden are the inputs that carry a deletion on to its next request.
func (d deletion) hidden() []listParam {
	list := []listParam{{"filter", d.list.query()}}
	if d.all {
		list = append(list, listParam{inputAcross, "1"}, listParam{"last", strconv.FormatInt(d.last, 10)})
	}
	for _, id := range d.ids {
		list = append(list, listParam{inputSelected, strconv.FormatInt(id, 10)})
	}
	list = append(list, listParam{"post", "yes"}, listParam{"total", strconv.Itoa(d.total)}, listParam{"objects", strconv.Itoa(d.objects)})
	if d.after > 0 {
		list = append(list, listParam{"gone", strconv.Itoa(d.gone)}, listParam{"after", strconv.FormatInt(d.after, 10)})
	}
	if d.unnoted {
		list = append(list, listParam{"unnoted", "1"})
	}
	return list
}

// groups finds what a deletion takes with it, the selected records first.
func (h *handler) groups(ctx context.Context, d deletion) ([]deleteGroup, error) {
	var groups []deleteGroup
	add := func(m adminModel, filters []behavior.Filter) error {
		found, n, err := h.records(ctx, m, behavior.Query{Filters: filters, Limit: maxExamples})
		if err != nil {
			return fmt.Errorf("list what a deletion takes: %w", err)
		}
		if n == 0 && len(groups) > 0 {
			return nil
		}
		g := deleteGroup{Label: m.plural, Count: grouped(n), n: n}
		for _, rec := range found {
			g.Links = append(g.Links, ui.Link{Text: clip(rec.text(), maxLine), URL: h.adminPath(m.path, "/", strconv.FormatInt(rec.id(), 10), "/change/")})
		}
		if more := n - len(found); more > 0 {
			g.More = fmt.Sprintf("… and %s more", grouped(more))
		}
		groups = append(groups, g)
		return nil
	}
	if err := add(d.list.model, d.filters()); err != nil {
		return nil, err
	}
	for _, m := range modelsAlong(d.list.model) {
		if err := add(m, d.along()); err != nil {
			return nil, err
		}
	}
	return groups, nil
}

// modelsAlong are the models whose records go with those of m.
func modelsAlong(m adminModel) []adminModel {
	if m.kind != behavior.KindSession {
		return nil
	}
	return []adminModel{modelOf(behavior.KindPageView), modelOf(behavior.KindInteraction)}
}

// deniedAlong names what would go along although the user may not delete it.
func (h *handler) deniedAlong(ctx context.Context, user behavior.User, d deletion) ([]string, error) {
	var denied []string
	for _, m := range modelsAlong(d.list.model) {
		if h.may(user, m, behavior.CanDelete) {
			continue
		}
		found, _, err := h.records(ctx, m, behavior.Query{Filters: d.along(), Limit: 1, Uncounted: true})
		if err != nil {
			return nil, fmt.Errorf("list what a deletion takes: %w", err)
		}
		if len(found) > 0 {
			denied = append(denied, m.plural)
		}
	}
	return denied, nil
}

// askDeletion shows what would be deleted, and asks whether it shall be.
func (h *handler) askDeletion(w http.ResponseWriter, r *http.Request, user behavior.User, d deletion, mistake string) error {
	denied, err := h.deniedAlong(r.Context(), user, d)
	if err != nil {
		return err
	}
	groups, err := h.groups(r.Context(), d)
	if err != nil {
		return err
	}
	d.total, d.objects = groups[0].n, objectsOf(groups)
	m, noun := d.list.model, d.list.model.plural
	switch d.total {
	case 0:
		h.tell(w, r, d.outcome()...)
		http.Redirect(w, r, h.adminPath(m.path, "/", d.list.with(nil)), http.StatusSeeOther)
		return nil
	case 1:
		noun = m.singular
	}
	p := deletePage{Title: "Are you sure?", Groups: groups, Denied: denied, Mistake: mistake}
	p.Sentence = fmt.Sprintf("Are you sure you want to delete the selected %s? All of the following objects and their related items will be deleted:", noun)
	if len(denied) > 0 {
		p.Title = "Cannot delete " + noun
		p.Sentence = fmt.Sprintf("Deleting the selected %s would result in deleting related objects, but your account doesn’t have permission to delete the following types of objects:", noun)
	}
	if d.objects > maxUnasked {
		p.Typed = grouped(d.objects)
	}
	return h.deletePage(w, r, d, p)
}

// objectsOf is how many objects a deletion takes in all.
func objectsOf(groups []deleteGroup) int {
	n := 0
	for _, g := range groups {
		n += g.n
	}
	return n
}

// deletePage shows a page of the deletion.
func (h *handler) deletePage(w http.ResponseWriter, r *http.Request, d deletion, p deletePage) error {
	m := d.list.model
	p.Action, p.Back, p.Hidden = h.adminPath(m.path, "/delete/"), h.adminPath(m.path, "/", d.list.with(nil)), d.hidden()
	return h.adminPage(w, r, http.StatusOK, "admin_delete_selected", p,
		ui.Link{Text: m.plural, URL: p.Back}, ui.Link{Text: "Delete multiple objects"})
}

// confirmed reports whether a deletion may begin: what takes many objects
// wants their number, as it is or as the page said.
func (h *handler) confirmed(ctx context.Context, d *deletion, form url.Values) (bool, error) {
	groups, err := h.groups(ctx, *d)
	if err != nil {
		return false, err
	}
	d.total = groups[0].n
	objects := objectsOf(groups)
	if objects <= maxUnasked {
		return true, nil
	}
	digits := strings.NewReplacer(",", "", ".", "", " ", "", "’", "").Replace(form.Get("count"))
	typed, err := strconv.Atoi(digits)
	return err == nil && (typed == objects || typed == d.objects), nil
}

// runDeletion deletes batch after batch, until all is done or the time of one
// request is over. What is deleted is noted, even if nobody waits any more.
func (h *handler) runDeletion(r *http.Request, d *deletion) (done bool, err error) {
	start := h.settings.Now()
	steps := d.walk(d.after, deleteBatch)
	for {
		found, err := h.next(r.Context(), &steps)
		if err != nil || len(found) == 0 {
			return true, err
		}
		ids := make([]int64, len(found))
		for i, rec := range found {
			ids[i] = rec.id()
		}
		events, err := h.tracker.Delete(context.WithoutCancel(r.Context()), d.list.model.kind, ids)
		if err != nil {
			return false, err
		}
		if !h.audit(r, deleteEntries(events)...) {
			d.unnoted = true
		}
		d.gone, d.after = d.gone+len(events), steps.after
		switch {
		case steps.after >= steps.last:
			return true, nil
		case r.Context().Err() != nil:
			return false, r.Context().Err()
		case h.settings.Now().Sub(start) >= deleteTime:
			return false, nil
		}
	}
}

// deleteEntries are what the audit trail keeps of a batch.
func deleteEntries(events []behavior.Event) []behavior.AuditEntry {
	entries := make([]behavior.AuditEntry, len(events))
	for i, e := range events {
		rec := recordOf(e)
		entries[i] = behavior.AuditEntry{
			Deed: behavior.DeedDelete, Kind: e.Kind, ObjectID: strconv.FormatInt(e.ID, 10), Object: clip(rec.text(), maxTitle), Note: alongNote(e.Along),
		}
	}
	return entries
}

// alongNote says what went with a session; nothing if nothing did.
func alongNote(c behavior.Counts) string {
	var parts []string
	for _, part := range []struct {
		n int
		m adminModel
	}{{c.PageViews, modelOf(behavior.KindPageView)}, {c.Interactions, modelOf(behavior.KindInteraction)}} {
		if part.n > 0 {
			parts = append(parts, amountOf(part.n, part.m))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "With it: " + strings.Join(parts, ", ") + "."
}

// outcome tells what a deletion that is done has done.
func (d deletion) outcome() []ui.Message {
	messages := []ui.Message{{Level: "success", Before: fmt.Sprintf("Successfully deleted %s.", amountOf(d.gone, d.list.model))}}
	if d.gone == 0 {
		messages = []ui.Message{{Level: "warning", Before: "The selected records were gone already. No items have been changed."}}
	}
	if d.unnoted {
		messages = append(messages, ui.Message{Level: "warning", Before: "The history could not be written for all of them."})
	}
	return messages
}
