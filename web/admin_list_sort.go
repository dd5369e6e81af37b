package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// sorting is one column by which a list is sorted. Columns are numbered from 1.
type sorting struct {
	column int
	desc   bool
}

func (s sorting) String() string {
	if s.desc {
		return "-" + strconv.Itoa(s.column)
	}
	return strconv.Itoa(s.column)
}

// readSorting reads the parameter o: numbers of columns with dots between
// them, a hyphen before one that is to fall. What is none is left out.
func readSorting(m adminModel, text string) []sorting {
	var list []sorting
	for part := range strings.SplitSeq(text, ".") {
		digits, desc := strings.CutPrefix(part, "-")
		n, ok := behavior.ParseInteger(digits)
		if !ok || n < 1 || n > int64(len(m.columns)) {
			continue
		}
		if !slices.ContainsFunc(list, func(s sorting) bool { return s.column == int(n) }) {
			list = append(list, sorting{int(n), desc})
		}
	}
	return list
}

// sortingText is what readSorting reads.
func sortingText(list []sorting) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = s.String()
	}
	return strings.Join(parts, ".")
}

// order is the order of the list: by its columns, then the newest first.
func (s listState) order() []behavior.Order {
	var order []behavior.Order
	for _, by := range s.sorting {
		order = append(order, behavior.Order{Field: s.model.columns[by.column-1].field, Desc: by.desc})
	}
	return append(order, behavior.Order{Field: "id", Desc: true})
}

// listHeader is what stands above a column.
type listHeader struct {
	Field    string
	Text     string
	URL      string // sorts by it first, the other way round if it is sorted already
	Aria     string // "ascending", "descending" or empty
	Priority int    // among the sorted columns, from 1; zero when it is the only one, or none
	Remove   string // address of the list that is not sorted by it; empty if it is not
}

// headers lists what stands above the columns.
func (s listState) headers() []listHeader {
	var headers []listHeader
	for i, column := range s.model.columns {
		n := i + 1
		header := listHeader{Field: column.field, Text: column.label}
		at := slices.IndexFunc(s.sorting, func(by sorting) bool { return by.column == n })
		first := sorting{column: n}
		others := slices.DeleteFunc(slices.Clone(s.sorting), func(by sorting) bool { return by.column == n })
		if at >= 0 {
			header.Aria = "ascending"
			if s.sorting[at].desc {
				header.Aria = "descending"
			}
			first.desc = !s.sorting[at].desc
			header.Remove = s.sortedBy(others)
			if len(s.sorting) > 1 {
				header.Priority = at + 1
			}
		}
		header.URL = s.sortedBy(append([]sorting{first}, others...))
		headers = append(headers, header)
	}
	return headers
}

// sortedBy is the query string of the list in another order.
func (s listState) sortedBy(list []sorting) string {
	if len(list) == 0 {
		return s.with(nil, named("o"))
	}
	return s.with(params{"o": sortingText(list)})
}
