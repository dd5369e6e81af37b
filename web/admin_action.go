package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// What the form around a list sends. The names are the reference's.
const (
	inputAction   = "action"
	inputSelected = "_selected_action" // an id, as often as there are
	inputAcross   = "select_across"    // "1": all that the list shows, on every page

	actionDelete = "delete_selected"
	actionExport = "export_" // and the name of a format
)

// adminAct does with the selected records what the form asks for.
func (h *handler) adminAct(w http.ResponseWriter, r *http.Request, user behavior.User, s listState) error {
	form, err := formOf(r)
	if err != nil {
		return err
	}
	action := form.Get(inputAction)
	format, export := strings.CutPrefix(action, actionExport)
	selected := selectedIDs(form[inputSelected])
	across := form.Get(inputAcross) == "1"
	switch {
	case len(selected) == 0 && !across:
		h.tell(w, r, ui.Message{Level: "warning", Before: "Items must be selected in order to perform actions on them. No items have been changed."})
	case action == actionDelete:
		return h.adminDeleteSelected(w, r, user, s.model)
	case export && exportFormatOf(format) != nil:
		set := params{"format": format}
		if !across {
			set["ids"] = idList(selected)
		}
		http.Redirect(w, r, h.adminPath(s.model.path, "/export/", s.with(set)), http.StatusSeeOther)
		return nil
	default:
		h.tell(w, r, ui.Message{Level: "warning", Before: "No action selected."})
	}
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusSeeOther)
	return nil
}

// selectedIDs reads ids, each once; what is none is left out.
func selectedIDs(texts []string) []int64 {
	var ids []int64
	for _, text := range texts {
		if id, ok := behavior.ParseInteger(text); ok && id > 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idList is ids with commas between them.
func idList(ids []int64) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(ids), "[]"), " ", ",")
}

// readWhole reads the query string of a list of which more than a page will be
// worked on. What the list's page would only complain of is an error here:
// leaving out a search would take more than what was meant.
func (h *handler) readWhole(ctx context.Context, m adminModel, rawQuery string) (listState, error) {
	s, err := h.readList(ctx, m, rawQuery)
	if err == nil && len(s.problems) > 0 {
		err = detail(http.StatusBadRequest, s.problems[0].Before)
	}
	return s, err
}

// selection is what an action is done to: records of a list, each by its id or
// all that the list shows.
type selection struct {
	list listState
	all  bool
	ids  []int64 // unless all
	last int64   // the highest id that there was when all were taken
}

// readSelection reads what a form has selected in a list.
func (h *handler) readSelection(ctx context.Context, form url.Values, list listState) (selection, error) {
	s := selection{list: list, all: form.Get(inputAcross) == "1"}
	if !s.all {
		s.ids = selectedIDs(form[inputSelected])
		if len(s.ids) > 0 {
			s.last = s.ids[len(s.ids)-1]
		}
		return s, nil
	}
	if last, ok := behavior.ParseInteger(form.Get("last")); ok {
		s.last = last
		return s, nil
	}
	var err error
	s.last, err = h.lastID(ctx, list.model, list.conditions())
	return s, err
}

// lastID is the highest id of the records that match, zero for none.
func (h *handler) lastID(ctx context.Context, m adminModel, filters []behavior.Filter) (int64, error) {
	newest, _, err := h.records(ctx, m, behavior.Query{
		Filters: filters, Order: []behavior.Order{{Field: "id", Desc: true}}, Limit: 1, Uncounted: true,
	})
	if err != nil || len(newest) == 0 {
		return 0, err
	}
	return newest[0].id(), nil
}

// filters are the conditions of the selected records.
func (s selection) filters() []behavior.Filter {
	filters := slices.Clone(s.list.conditions())
	if !s.all {
		values := make([]any, len(s.ids))
		for i, id := range s.ids {
			values[i] = id
		}
		return append(filters, behavior.Filter{Field: "id", Values: values})
	}
	return append(filters, behavior.Filter{Field: "id", Op: behavior.AtMost, Values: []any{s.last}})
}

// along are the conditions of the page views or interactions whose sessions
// are selected.
func (s selection) along() []behavior.Filter { return ofSessions(s.filters()) }

// ofSessions turns filters on sessions into filters on what belongs to them.
func ofSessions(filters []behavior.Filter) []behavior.Filter {
	filters = slices.Clone(filters)
	for i := range filters {
		f := &filters[i]
		if f.Any = ofSessions(f.Any); len(f.Any) == 0 {
			f.Field = behavior.SessionPrefix + f.Field
		}
	}
	return filters
}

// walk goes through the records that match, by rising id, a batch at a time.
// An engine finds a span of ids at once, but it sorts all that matches to find
// the first few: so each step looks at one span, a wider one where little
// matches.
type walk struct {
	model   adminModel
	filters []behavior.Filter
	after   int64 // where it is: all up to this id are done
	last    int64 // where it ends
	batch   int
	span    int64
}

// next returns the next records, at most a batch of them; none at the end.
func (h *handler) next(ctx context.Context, w *walk) ([]record, error) {
	for w.after < w.last {
		w.span = max(w.span, int64(w.batch))
		upto := min(w.after+w.span, w.last)
		found, _, err := h.records(ctx, w.model, behavior.Query{
			Filters: append(slices.Clone(w.filters),
				behavior.Filter{Field: "id", Op: behavior.Greater, Values: []any{w.after}},
				behavior.Filter{Field: "id", Op: behavior.AtMost, Values: []any{upto}}),
			Limit: w.batch, Uncounted: true,
		})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", w.model.plural, err)
		}
		if len(found) == w.batch {
			w.after = found[len(found)-1].id()
			w.span /= 2
			return found, nil
		}
		w.after = upto
		if w.span < maxSpan {
			w.span *= 2
		}
		if len(found) > 0 {
			return found, nil
		}
	}
	return nil, nil
}

// walk goes through the selected records, from behind an id on.
func (s selection) walk(after int64, batch int) walk {
	w := walk{model: s.list.model, filters: s.filters(), after: after, last: s.last, batch: batch}
	if !s.all {
		w.span = maxSpan // a list of ids is found at once, wherever they are
	}
	return w
}

// maxSpan bounds what one step of a walk looks at.
const maxSpan = 1 << 22
