package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// appLabel is what the reference's admin calls the three models together.
const appLabel = "user_behavior"

// completed is how many sessions one page of an autocompletion has.
const completed = 20

// names are what the reference's admin and our own call a model.
func (m adminModel) names() []string {
	return map[behavior.Kind][]string{
		behavior.KindSession:     {"usersession", "session"},
		behavior.KindPageView:    {"pageview"},
		behavior.KindInteraction: {"userinteraction", "interaction"},
	}[m.kind]
}

// completion is an answer of the autocompletion.
type completion struct {
	Results    []completionResult `json:"results"`
	Pagination struct {
		More bool `json:"more"`
	} `json:"pagination"`
}

type completionResult struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// adminAutocomplete finds sessions for the field of a form that names one, by
// the rule of their list, the newest first.
func (h *handler) adminAutocomplete(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	query := r.URL.Query()
	m := modelOf(behavior.KindSession)
	if !completes(query) || !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	page := 1
	if text := query.Get("page"); text != "" {
		n, ok := behavior.ParseInteger(text)
		if !ok || n < 1 || n > maxCounted {
			return httpError{status: http.StatusNotFound}
		}
		page = int(n)
	}
	term := trim(query.Get("term"))
	terms := adminTerms(term)
	if strings.ContainsRune(term, 0) {
		return detail(http.StatusBadRequest, messageNUL)
	}
	found, _, err := h.records(r.Context(), m, behavior.Query{
		Filters: termFilters(m, terms[:min(len(terms), maxTerms)]), Order: []behavior.Order{{Field: "id", Desc: true}},
		Limit: completed + 1, Offset: (page - 1) * completed, Uncounted: true,
	})
	switch {
	case err != nil:
		return err
	case len(found) == 0 && page > 1:
		return httpError{status: http.StatusNotFound}
	}
	return writeCompletion(w, found)
}

func writeCompletion(w http.ResponseWriter, found []record) error {
	out := completion{Results: []completionResult{}}
	out.Pagination.More = len(found) > completed
	for _, one := range found[:min(len(found), completed)] {
		out.Results = append(out.Results, completionResult{ID: strconv.FormatInt(one.id(), 10), Text: showTurns(one.text())})
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate, private")
	_, _ = w.Write(body) // whoever asked has gone, if this fails
	return nil
}

// completes reports whether a query string names a field that can be completed.
func completes(query url.Values) bool {
	if query.Get("app_label") != appLabel || query.Get("field_name") != "session" {
		return false
	}
	return slices.ContainsFunc(adminModels, func(m adminModel) bool {
		return m.kind != behavior.KindSession && slices.Contains(m.names(), query.Get("model_name"))
	})
}
