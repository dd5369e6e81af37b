package behavior

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// PageNumber cuts lists into numbered pages by the parameter page: 1, 2, 3 or
// "last". A page that is not there is answered with 404.
type PageNumber struct {
	PageSize int // Zero: 10
}

// lastPage asks for the last page, whatever its number.
const lastPage = "last"

// Apply reads the page's number. The last page is read backwards from the end
// of the list, since its number is not known yet.
func (n PageNumber) Apply(r *http.Request, q *Query) error {
	q.Limit, q.Offset = cmp.Or(n.PageSize, 10), 0
	switch page := parameter(r, "page"); page {
	case "":
	case lastPage:
		q.Order = reversed(totalOrder(q.Order))
	default:
		number, ok := ParseInteger(page)
		if !ok || number < 1 {
			return errPage
		}
		q.Offset = int(min(number-1, int64(maxInteger/q.Limit))) * q.Limit
	}
	return nil
}

// Envelope is an object of count, next, previous and results.
func (n PageNumber) Envelope(p Page) (any, error) {
	size := p.Query.Limit
	pages := max(1, (p.Total+size-1)/size)
	number, results := p.Query.Offset/size+1, p.Results
	if parameter(p.Request, "page") == lastPage {
		number = pages
		results = slices.Clone(results[:min(len(results), p.Total-(pages-1)*size)])
		slices.Reverse(results)
	}
	if number > pages {
		return nil, errPage
	}
	out := countedEnvelope{Count: p.Total, Results: listed(results)}
	if number < pages {
		out.Next = p.link(map[string]string{"page": strconv.Itoa(number + 1)})
	}
	switch {
	case number > 2:
		out.Previous = p.link(map[string]string{"page": strconv.Itoa(number - 1)})
	case number == 2:
		out.Previous = p.link(nil, "page")
	}
	return out, nil
}

// totalOrder is an order with the id at its end, as stores add it by themselves.
func totalOrder(order []Order) []Order {
	if i := slices.IndexFunc(order, func(o Order) bool { return o.Field == "id" }); i >= 0 {
		return slices.Clone(order[:i+1])
	}
	return append(slices.Clone(order), Order{Field: "id"})
}

// reversed is the opposite order.
func reversed(order []Order) []Order {
	order = slices.Clone(order)
	for i := range order {
		order[i].Desc = !order[i].Desc
	}
	return order
}
