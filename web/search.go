package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
)

// search reads the parameter of that name: every term must be found, each in
// any of the fields. A field's "^" wants the term at its beginning, "=" nothing
// but the term.
func search(fields []string, text string) ([]behavior.Filter, error) {
	if strings.ContainsRune(text, 0) {
		return nil, httpError{status: http.StatusBadRequest, body: []string{messageNUL}}
	}
	if len(fields) == 0 {
		return nil, nil
	}
	terms := searchTerms(text)
	if len(terms) > maxTerms {
		return nil, behavior.Invalid{"search": {fmt.Sprintf("Search for at most %d words at once.", maxTerms)}}
	}
	var filters []behavior.Filter
	for _, term := range terms {
		filter := behavior.Filter{}
		for _, field := range fields {
			filter.Any = append(filter.Any, searchField(field, term))
		}
		filters = append(filters, filter)
	}
	return filters, nil
}

// maxTerms is how many different words a search may have. An engine plans each
// of them for each field, so a long list would cost seconds for nothing.
const maxTerms = 32

// searchField looks for a term in one field.
func searchField(field, term string) behavior.Filter {
	op := behavior.Contains
	switch {
	case strings.HasPrefix(field, "^"):
		op, field = behavior.StartsWith, field[1:]
	case strings.HasPrefix(field, "="):
		op, field = behavior.Is, field[1:]
	}
	return behavior.Filter{Field: field, Op: op, Values: []any{term}}
}

// searchWords finds the words of a search: blanks separate, but not within
// quotation marks, where a backslash escapes.
var searchWords = regexp.MustCompile(
	`(?:[^` + blanks + `'"]*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')[^` + blanks + `'"]*)+)|[^` + blanks + `]+`)

// blanks is white space, for use within a class of a pattern.
const blanks = `\s\v\x1c-\x1f\x85\p{Z}`

// searchTerms splits a search. A word in quotation marks is one term, others
// are split at commas as well. A term that comes again counts once.
func searchTerms(text string) []string {
	var terms []string
	add := func(term string) {
		if !slices.Contains(terms, term) && len(terms) <= maxTerms {
			terms = append(terms, term)
		}
	}
	for _, word := range searchWords.FindAllString(text, -1) {
		word = strings.Trim(word, ",")
		if quoted, ok := unquoted(word); ok {
			add(quoted)
			continue
		}
		for term := range strings.SplitSeq(word, ",") {
			if term != "" {
				add(trim(term))
			}
		}
	}
	return terms
}

// unquoted is the text between quotation marks.
func unquoted(word string) (string, bool) {
	if word == "" || word[0] != '"' && word[0] != '\'' || word[0] != word[len(word)-1] {
		return "", false
	}
	mark := word[:1]
	inner := word[1:max(1, len(word)-1)]
	return strings.ReplaceAll(strings.ReplaceAll(inner, `\`+mark, mark), `\\`, `\`), true
}
