package web

import (
	"fmt"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// readSearch reads the parameter q: every term must be found, each in any of
// the model's search fields. What cannot be searched for is told, and the list
// is then not searched.
func (s *listState) readSearch() {
	text, ok := s.params["q"]
	if text = trim(text); !ok || text == "" {
		delete(s.params, "q")
		return
	}
	s.params["q"] = text
	terms := adminTerms(text)
	switch {
	case strings.ContainsRune(text, 0):
		s.refuseSearch(messageNUL)
		return
	case len(terms) > maxTerms:
		s.refuseSearch(fmt.Sprintf("Search for at most %d words at once.", maxTerms))
		return
	}
	s.search = termFilters(s.model, terms)
}

func (s *listState) refuseSearch(sentence string) {
	delete(s.params, "q")
	s.problems = append(s.problems, ui.Message{Level: "error", Before: sentence})
}

// termFilters looks for each of the terms in any of a model's search fields.
func termFilters(m adminModel, terms []string) []behavior.Filter {
	var filters []behavior.Filter
	for _, term := range terms {
		var filter behavior.Filter
		for _, field := range m.search {
			filter.Any = append(filter.Any, searchField(field, term))
		}
		filters = append(filters, filter)
	}
	return filters
}

// adminTerms splits what is typed into the admin's search: at blanks, but not
// within quotation marks. Unlike those of the API, terms may have commas.
func adminTerms(text string) []string {
	words := searchWords.FindAllString(text, maxTerms+1)
	for i, word := range words {
		if quoted, ok := unquoted(word); ok {
			words[i] = quoted
		}
	}
	return words
}
