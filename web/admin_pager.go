package web

import (
	"net/http"
	"strconv"
)

// shortPager leads through the pages of a short list, by the parameter "p".
type shortPager struct {
	Page, Last            int
	Previous, Next        string // addresses; empty at the ends
	First, Through, Total string // "51", "100", "1,234"

	offset int
}

// newShortPager finds the page that is asked for. A number past the end is the last
// page, and what is no number the first.
func newShortPager(r *http.Request, total, size int) shortPager {
	last := max(1, (total+size-1)/size)
	page, err := strconv.Atoi(r.URL.Query().Get("p"))
	if err != nil {
		page = 1
	}
	page = min(max(page, 1), last)
	p := shortPager{Page: page, Last: last, offset: (page - 1) * size}
	p.First, p.Through, p.Total = grouped(min(p.offset+1, total)), grouped(min(p.offset+size, total)), grouped(total)
	if page > 1 {
		p.Previous = pageAddress(r, page-1)
	}
	if page < last {
		p.Next = pageAddress(r, page+1)
	}
	return p
}

// pageAddress is the address of another page of the same list.
func pageAddress(r *http.Request, page int) string {
	query := r.URL.Query()
	query.Set("p", strconv.Itoa(page))
	return "?" + query.Encode()
}
