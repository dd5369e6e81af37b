package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// segmentMenu is the saved sets of filters that somebody may use.
type segmentMenu struct {
	Rows   []segmentRow
	Save   bool // there are filters to save
	Action string
	Token  string
	Hidden []formValue
	Next   string // where the forms lead
}

type segmentRow struct {
	Name, URL, Owner string // Owner is empty for one's own
	Shared, Current  bool
	RemoveURL        string // empty: one may not remove it
}

// segmentMenu lists the segments of a user who is signed in.
func (d *dashboard) segmentMenu(ctx context.Context) (*segmentMenu, error) {
	store := d.h.settings.Segments
	if store == nil || d.user.Anonymous() {
		return nil, nil
	}
	list, err := store.Segments(ctx, d.user.ID)
	if err != nil {
		return nil, err
	}
	m := &segmentMenu{Save: len(d.filters) > 0, Action: d.h.settings.Prefix + "dashboard/segments/", Token: d.token, Next: d.link()}
	for _, f := range d.filters {
		m.Hidden = append(m.Hidden, formValue{"f", f})
	}
	for _, s := range list {
		row := segmentRow{Name: s.Name, URL: d.filtered(s.Filters), Shared: s.Shared, Current: slices.Equal(s.Filters, d.filters)}
		if s.OwnerID != d.user.ID {
			row.Owner = s.Owner
		}
		if s.OwnerID == d.user.ID || d.user.Superuser {
			row.RemoveURL = m.Action + strconv.FormatInt(s.ID, 10) + "/delete/"
		}
		m.Rows = append(m.Rows, row)
	}
	return m, nil
}

// segmentUser is who saves or removes a segment.
func (h *handler) segmentUser(r *http.Request) (behavior.User, error) {
	user, err := h.viewer(r)
	switch {
	case err != nil:
		return behavior.User{}, err
	case h.settings.Segments == nil:
		return behavior.User{}, httpError{status: http.StatusNotFound}
	case user.Anonymous():
		return behavior.User{}, forbidden(user)
	}
	return user, h.checkToken(r)
}

// addSegment saves the filters of a view under a name.
func (h *handler) addSegment(w http.ResponseWriter, r *http.Request) error {
	user, err := h.segmentUser(r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return detail(http.StatusBadRequest, "The form cannot be read.")
	}
	segment := behavior.Segment{
		Name: strings.TrimSpace(r.PostForm.Get("name")), Filters: r.PostForm["f"], Shared: r.PostForm.Get("shared") != "", OwnerID: user.ID, Owner: user.Name,
	}
	if err := h.checkFilters(r.Context(), segment.Filters); err != nil {
		return err
	}
	_, err = h.settings.Segments.AddSegment(r.Context(), segment)
	var wrong behavior.Invalid
	switch {
	case errors.As(err, &wrong):
		var sentences []string
		for _, name := range slices.Sorted(maps.Keys(wrong)) {
			sentences = append(sentences, wrong[name]...)
		}
		h.tell(w, r, ui.Message{Level: "error", Before: "The segment was not saved. " + strings.Join(sentences, " ")})
	case err != nil:
		return fmt.Errorf("add segment: %w", err)
	default:
		h.tell(w, r, ui.Message{Level: "success", Before: "The segment “" + segment.Name + "” was saved."})
	}
	http.Redirect(w, r, h.safeNext(r.PostForm.Get("next")), http.StatusSeeOther)
	return nil
}

// checkFilters fails where filters cannot be read.
func (h *handler) checkFilters(ctx context.Context, filters []string) error {
	fields, err := queryFields{"metrics": jsonOf([]string{"visitors"})}.withShortFilters(filters)
	if err != nil {
		return addressFault(err)
	}
	_, err = h.readQuery(ctx, fields)
	return addressFault(err)
}

// removeSegment removes a segment of one's own; a superuser removes any.
func (h *handler) removeSegment(w http.ResponseWriter, r *http.Request) error {
	user, err := h.segmentUser(r)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return httpError{status: http.StatusNotFound}
	}
	owner := user.ID
	if user.Superuser {
		owner = ""
	}
	if err := h.settings.Segments.RemoveSegment(r.Context(), owner, id); err != nil {
		return fmt.Errorf("remove segment: %w", err)
	}
	h.tell(w, r, ui.Message{Level: "success", Before: "The segment was deleted."})
	http.Redirect(w, r, h.safeNext(r.PostFormValue("next")), http.StatusSeeOther)
	return nil
}
