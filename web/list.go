package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/userbehavior/behavior"
)

// getList answers with a page of the records.
func (e *resource[T, In]) getList(r *http.Request) (answer, error) {
	q, err := e.query(r)
	if err != nil {
		return answer{}, err
	}
	pages := e.settings.Pagination
	if err := pages.Apply(r, &q); err != nil {
		return answer{}, pageFault(err)
	}
	records, total, err := e.list(r.Context(), q)
	if err != nil {
		return answer{}, err
	}
	results := make([]any, len(records))
	for i, record := range records {
		results[i] = e.show(record)
	}
	envelope, err := pages.Envelope(behavior.Page{
		Request: r, URL: e.h.origin(r) + r.URL.EscapedPath(), Query: q, Total: total, Results: results,
		Position: func(i int, field string) any { return e.value(records[i], field) },
	})
	if err != nil {
		return answer{}, pageFault(err)
	}
	return answer{body: envelope}, nil
}

// pageFault is the answer to a page that is not there.
func pageFault(err error) error {
	var page behavior.PageError
	switch {
	case errors.As(err, &page):
		return detail(http.StatusNotFound, page.Error())
	case errors.Is(err, behavior.ErrNotFound):
		return detail(http.StatusNotFound, "Invalid page.")
	}
	return err
}

// query is what a list asks the store for, before it is cut into pages.
func (e *resource[T, In]) query(r *http.Request) (behavior.Query, error) {
	values, err := parameters(r)
	if err != nil {
		return behavior.Query{}, err
	}
	filters, err := e.filters(r.Context(), values)
	if err != nil {
		return behavior.Query{}, err
	}
	return behavior.Query{Filters: filters, Order: ordering(e.kind, e.settings.OrderingFields, last(values, "ordering"))}, nil
}

// filters are the conditions that a request puts on the records: those of the
// filter set, and the search.
func (e *resource[T, In]) filters(ctx context.Context, values url.Values) ([]behavior.Filter, error) {
	if len(values) == 0 {
		return nil, nil
	}
	f := filterReader{tracker: e.h.tracker, kind: e.kind, events: e.h.eventTypes(), values: values}
	filters, err := f.read(ctx, e.settings.FilterSet)
	if err != nil {
		return nil, err
	}
	found, err := search(e.settings.SearchFields, last(values, "search"))
	return append(filters, found...), err
}

// eventTypes are all that this site knows.
func (h *handler) eventTypes() []behavior.EventType {
	return append(behavior.EventTypes(), h.settings.EventTypes...)
}

// parameters reads the query string. It is read as a form is: nothing in it is
// an error but too many parameters.
func parameters(r *http.Request) (url.Values, error) {
	p, err := behavior.FormParser.Parse(strings.NewReader(r.URL.RawQuery), nil)
	if err != nil {
		return nil, parseFault(r, err)
	}
	return p.Form, nil
}

// last is a parameter's last value, which is the one that counts.
func last(values url.Values, name string) string {
	if all := values[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}
