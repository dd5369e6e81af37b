package behavior

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Pagination cuts a list into pages. The built-in ones are [LimitOffset],
// [PageNumber], [Cursor] and [Unpaged].
type Pagination interface {
	// Apply puts the page that the request asks for into the query, whose
	// filters and order are there already. An [Invalid] error is answered
	// with 400, a [PageError] with 404 and its text, any other that wraps
	// [ErrNotFound] with 404 and "Invalid page.".
	Apply(r *http.Request, q *Query) error

	// Envelope is the answer around the results of a page, to be written as
	// JSON. Its errors are answered as those of Apply: only now is it known
	// how many records there are.
	Envelope(p Page) (any, error)
}

// Page is one page of a list, on its way out.
type Page struct {
	Request *http.Request
	URL     string // of the request, absolute, without its query
	Query   Query  // as Apply left it
	Total   int    // -1 when not counted
	Results []any  // what the client sees of each record

	// Position returns the value of a field of the i-th result, as
	// [Filter.Values] takes it.
	Position func(i int, field string) any
}

// PageError says why a page is not there. It is an [ErrNotFound] whose text
// the client sees.
type PageError string

// Error is the text, as the client sees it.
func (e PageError) Error() string { return string(e) }

// Is reports that a PageError is an [ErrNotFound].
func (PageError) Is(target error) bool { return target == ErrNotFound }

const (
	errPage   PageError = "Invalid page."
	errCursor PageError = "Invalid cursor"
)

// countedEnvelope is the answer of paginations that count.
type countedEnvelope struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []any   `json:"results"`
}

// cursorEnvelope is the answer of [Cursor], which does not count.
type cursorEnvelope struct {
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  []any   `json:"results"`
}

// Unpaged answers every list whole, as a plain JSON array. Mind what that
// costs once there are many records.
type Unpaged struct{}

// Apply asks for all records, without their count.
func (Unpaged) Apply(_ *http.Request, q *Query) error {
	q.Limit, q.Offset, q.Uncounted = 0, 0, true
	return nil
}

// Envelope is the results themselves.
func (Unpaged) Envelope(p Page) (any, error) { return listed(p.Results), nil }

// listed makes no results an empty JSON array, not null.
func listed(results []any) []any {
	if results == nil {
		return []any{}
	}
	return results
}

// link is the page's URL with parameters changed: those in set replaced, those
// in drop left out. Parameters are sorted by name, blanks are written as "+".
func (p Page) link(set map[string]string, drop ...string) *string {
	values := queryValues(p.Request.URL.RawQuery)
	for name, value := range set {
		values[name] = []string{value}
	}
	for _, name := range drop {
		delete(values, name)
	}
	link := p.URL
	if len(values) > 0 {
		link += "?" + values.Encode()
	}
	return &link
}

// parameter is a query parameter's last value, empty when there is none.
func parameter(r *http.Request, name string) string {
	values := queryValues(r.URL.RawQuery)[name]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// queryValues reads a query string as the reference does: nothing in it is an
// error, so that a link keeps whatever the client sent. Broken escapes stay as
// they are, and bytes that are no UTF-8 become U+FFFD.
func queryValues(raw string) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = lenientUnescape(name)
		values[name] = append(values[name], lenientUnescape(value))
	}
	return values
}

func lenientUnescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b.WriteByte(' ')
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			n, _ := strconv.ParseUint(s[i+1:i+3], 16, 8)
			b.WriteByte(byte(n))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
