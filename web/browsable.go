package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// apiPage is what the page "api" shows: an endpoint and its answer.
type apiPage struct {
	Title    string
	Crumbs   []link
	Method   string
	Path     string // as it was asked, with its query
	Status   int
	Reason   string // "OK"
	Header   []headerLine
	Body     []token
	Pager    *pager
	Action   string // this address without format and query
	JSON     string // this address as JSON
	Curl     string // a command that asks the same
	Describe []token
	Form     *apiForm
}

// maxShown is the largest answer that a page shows; highlighting makes it many
// times as large.
const maxShown = 1 << 20

// tooLarge is shown in place of a larger one.
var tooLarge = []byte(`{"detail": "This answer is too large for a page. Ask for it as JSON, or for fewer records."}`)

type link struct{ Text, Href string }

type headerLine struct{ Name, Value string }

// browse answers a request as a page for people.
func (h *handler) browse(w http.ResponseWriter, r *http.Request, e endpoint) error {
	typed, err := formOf(r)
	a := h.outcome(e, r, err)
	body, err := encode(a.body, 4)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if len(body) > maxShown {
		a.header, body = nil, tooLarge
	}
	a.addHeader(w)
	p := apiPage{
		Title: e.title, Crumbs: h.crumbs(r, e), Method: r.Method, Path: r.URL.RequestURI(),
		Status: a.status, Reason: http.StatusText(a.status), Header: headerLines(w.Header(), body),
		Body: h.highlight(r, e, body), Pager: newPager(body),
		Action: plainPath(r), JSON: jsonAddress(r), Curl: h.curl(r),
	}
	if a.status != http.StatusForbidden {
		if p.Describe, err = h.description(r, e); err != nil {
			return fmt.Errorf("describe endpoint: %w", err)
		}
		p.Form = newForm(e, a, typed)
	}
	return h.page(w, r, a.status, "api", p)
}

// crumbs lead from the start to this endpoint.
func (h *handler) crumbs(r *http.Request, e endpoint) []link {
	crumbs := []link{{"Api Root", h.settings.Prefix}}
	if list, _, ok := strings.Cut(e.path, "{"); ok {
		for _, other := range h.resources {
			if other.path == list {
				crumbs = append(crumbs, link{other.title, h.settings.Prefix + list})
			}
		}
	}
	if e.path != "" {
		crumbs = append(crumbs, link{e.title, plainPath(r)})
	}
	return crumbs
}

// headerLines are the headers of the answer as its JSON form would have them.
func headerLines(header http.Header, body []byte) []headerLine {
	var lines []headerLine
	for _, name := range []string{"Allow", "Content-Type", "Location", "Retry-After", "Vary"} {
		value := strings.Join(header.Values(name), ", ")
		if name == "Content-Type" && body != nil {
			value = formatJSON.mediaType
		}
		if value != "" {
			lines = append(lines, headerLine{name, value})
		}
	}
	return lines
}

// description is the answer to OPTIONS, to be shown on the page; nothing for
// a request that was OPTIONS itself.
func (h *handler) description(r *http.Request, e endpoint) ([]token, error) {
	if r.Method == http.MethodOptions || e.describe == nil {
		return nil, nil
	}
	described, err := e.describe(r)
	if err != nil {
		return nil, err
	}
	body, err := encode(described, 4)
	return h.highlight(r, e, body), err
}

// plainPath is the request's path without the suffix that names a format.
func plainPath(r *http.Request) string {
	path, suffix := r.URL.EscapedPath(), visitOf(r).format
	if suffix == "" {
		return path
	}
	path = strings.TrimSuffix(strings.TrimSuffix(path, "/"), "."+suffix)
	return strings.TrimSuffix(path, "/") + "/"
}

// jsonAddress is the address of the same as JSON.
func jsonAddress(r *http.Request) string {
	query := r.URL.Query()
	query.Set("format", formatJSON.name)
	return plainPath(r) + "?" + query.Encode()
}

// curl is a command for the shell that asks the same.
func (h *handler) curl(r *http.Request) string {
	query := r.URL.Query()
	query.Del("format")
	address := h.origin(r) + plainPath(r)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return "curl -H 'Accept: application/json' " + quoteForShell(address)
}

// quoteForShell makes a text one word for a shell.
func quoteForShell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// pager leads to the pages beside this one.
type pager struct {
	Previous, Next string // empty: none
	Words          string // "11–20 of 57"; empty when the list is not counted
}

// newPager reads the pager out of a list's envelope; nil where there is none.
func newPager(body []byte) *pager {
	var list struct {
		Count          *int
		Next, Previous *string
		Results        []json.RawMessage
	}
	if json.Unmarshal(body, &list) != nil || list.Results == nil {
		return nil
	}
	p := &pager{}
	if list.Next != nil {
		p.Next = *list.Next
	}
	if list.Previous != nil {
		p.Previous = *list.Previous
	}
	if list.Count != nil {
		p.Words = pageWords(*list.Count, len(list.Results), p)
	}
	return p
}

// pageWords tells which of all records a page of n holds. The neighbours'
// addresses tell where it stands: it is the last, the first, or one between.
func pageWords(total, n int, p *pager) string {
	if n == 0 {
		return fmt.Sprintf("none of %d", total)
	}
	first := 1
	switch {
	case p.Next == "":
		first = total - n + 1
	case p.Previous != "":
		first = startOfNext(p.Next, n) - n + 1
	}
	if n == 1 {
		return fmt.Sprintf("%d of %d", first, total)
	}
	return fmt.Sprintf("%d–%d of %d", first, first+n-1, total)
}

// startOfNext is how many records come before the page at an address.
func startOfNext(address string, size int) int {
	u, err := url.Parse(address)
	if err != nil {
		return 0
	}
	if offset, err := strconv.Atoi(u.Query().Get("offset")); err == nil {
		return offset
	}
	page, _ := strconv.Atoi(u.Query().Get("page"))
	return (page - 1) * size
}

// apiForm is the form for a POST.
type apiForm struct {
	Fields []apiField
	Errors []string // those that belong to no field
}

// apiField is one input with what was typed into it.
type apiField struct {
	formField
	Value  string
	Errors []string
}

// newForm is the form of an endpoint, nil where nothing can be posted. After a
// failed POST it holds what was typed and says what is wrong with it.
func newForm(e endpoint, a answer, typed url.Values) *apiForm {
	if e.form == nil || e.serve[http.MethodPost] == nil || e.disabled[http.MethodPost] {
		return nil
	}
	faults := make(map[string][]string)
	if a.status == http.StatusBadRequest && typed != nil {
		body, _ := encode(a.body, 0)
		_ = json.Unmarshal(body, &faults) // another kind of error is shown above the form all the same
	}
	if a.status < http.StatusBadRequest {
		typed = nil
	}
	form := &apiForm{Errors: faults["non_field_errors"]}
	for _, f := range e.form {
		form.Fields = append(form.Fields, apiField{formField: f, Value: typed.Get(f.Name), Errors: faults[f.Name]})
	}
	return form
}

// Chosen reports whether the field's value is this choice.
func (f apiField) Chosen(c choice) bool { return f.Value == c.Value }

// Wrong reports whether something is wrong with the field's value.
func (f apiField) Wrong() bool { return len(f.Errors) > 0 }
