package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// Bounds of the admin's lists.
const (
	maxShowAll = 200       // how many records "Show all" shows at most
	maxCounted = 1_000_000 // how many are counted; beyond it a list says "more than"
)

// pageSizes are the lengths of a page that a list offers.
var pageSizes = []int{10, 25, 50, 100, 200}

// errLookup stands for a query string that asks for what there is not: the
// list is then shown without it.
var errLookup = errors.New("bad lookup")

// listParams are the parameters of a list that are not lookups. Their names
// are the reference's, but for size.
var listParams = []string{"q", "o", "p", "all", "e", "_popup", "_to_field", "size"}

// listState is what the query string of a list says. All of a list is in its
// address, so that one can link to every view of it.
type listState struct {
	model   adminModel
	params  map[string]string // all parameters but p and e
	filters []behavior.Filter // what the lookups ask for
	search  []behavior.Filter // what q asks for
	sorting []sorting

	page     int
	size     int
	all      bool // on one page
	popup    bool // to choose a record for a form
	flagged  bool // a bad query string has led here
	problems []ui.Message
}

// readList reads a query string. [errLookup]: it asks for what there is not.
func (h *handler) readList(ctx context.Context, m adminModel, rawQuery string) (listState, error) {
	parsed, err := behavior.FormParser.Parse(strings.NewReader(rawQuery), nil)
	if err != nil {
		return listState{}, detail(http.StatusBadRequest, "The address has too many parameters.")
	}
	s := listState{model: m, params: map[string]string{}, page: 1}
	for name := range parsed.Form {
		s.params[name] = last(parsed.Form, name)
	}
	_, s.flagged = s.params["e"]
	if s.size, err = strconv.Atoi(s.params["size"]); err != nil || !slices.Contains(pageSizes, s.size) {
		s.size = h.settings.Admin.PageSize
		delete(s.params, "size")
	}
	if p, ok := behavior.ParseInteger(s.params["p"]); ok {
		s.page = int(max(0, min(p, maxCounted+1)))
	}
	_, s.all = s.params["all"]
	s.popup = s.params["_popup"] == "1"
	delete(s.params, "p")
	delete(s.params, "e")
	if field, ok := s.params["_to_field"]; ok && field != "id" {
		return s, detail(http.StatusBadRequest, "Records can only be chosen by their id.")
	}
	s.sorting = readSorting(m, s.params["o"])
	s.readSearch()
	if s.page < 1 {
		return s, errLookup
	}
	return s, s.readLookups(ctx, h)
}

// readLookups turns the parameters that are lookups into filters. Blank ones
// are dropped: a form sends them for what was not filled in.
func (s *listState) readLookups(ctx context.Context, h *handler) error {
	reader := lookupReader{h: h, model: s.model, params: s.params}
	for _, name := range s.lookups() {
		filters, err := reader.read(ctx, name, s.params[name])
		switch {
		case errors.Is(err, errBlank):
			delete(s.params, name)
		case err != nil:
			return err
		}
		s.filters = append(s.filters, filters...)
	}
	return nil
}

// lookups names the parameters that filter, in alphabetic order.
func (s listState) lookups() []string {
	names := slices.Sorted(maps.Keys(s.params))
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(listParams, name) })
}

// conditions are all filters of the list.
func (s listState) conditions() []behavior.Filter {
	return slices.Concat(s.filters, s.search)
}

// filtered reports whether the list shows less than all records.
func (s listState) filtered() bool { return len(s.filters)+len(s.search) > 0 }

// params is a set of parameters of a list.
type params map[string]string

// with is the state's query string with some parameters set and others, that
// remove names, gone. It begins with a question mark.
func (s listState) with(set params, remove ...func(name string) bool) string {
	values := url.Values{}
	for name, value := range s.params {
		if !slices.ContainsFunc(remove, func(gone func(string) bool) bool { return gone(name) }) {
			values.Set(name, value)
		}
	}
	for name, value := range set {
		values.Set(name, value)
	}
	return "?" + values.Encode()
}

// query is the state's query string without its question mark, as it is kept
// while one works on what the list shows.
func (s listState) query() string { return s.with(nil)[1:] }

// unfiltered is the query string of the whole list.
func (s listState) unfiltered() string {
	return s.with(nil, func(name string) bool { return name != "_popup" && name != "_to_field" && name != "size" })
}

// named is a test for one name.
func named(name string) func(string) bool { return func(other string) bool { return other == name } }

// ofField is a test for the lookups of a field.
func ofField(field string) func(string) bool {
	return func(name string) bool {
		rest, ok := strings.CutPrefix(name, field)
		return ok && (rest == "" || strings.HasPrefix(rest, "__"))
	}
}

// hidden lists the parameters that a form must repeat, besides those that it
// asks for itself.
func (s listState) hidden(own ...func(name string) bool) []listParam {
	var list []listParam
	for _, name := range slices.Sorted(maps.Keys(s.params)) {
		if !slices.ContainsFunc(own, func(is func(string) bool) bool { return is(name) }) {
			list = append(list, listParam{name, s.params[name]})
		}
	}
	return list
}

// listParam is a parameter of a list, or an input of a form.
type listParam struct{ Name, Value string }
