package web

import (
	"net/http"

	"github.com/userbehavior/behavior"
)

// endpoint is one address of the REST API: what may be done there, and how.
// The resources describe themselves as endpoints; api.go serves them all alike.
type endpoint struct {
	path   string // below the prefix: "sessions/" or "sessions/{id}/"
	title  string // "User Session List"
	record string // the model's name in messages: "UserSession"

	// serve answers the methods of this address. HEAD is GET without a body;
	// OPTIONS is describe.
	serve map[string]func(r *http.Request) (answer, error)
	// disabled are methods of serve that settings switch off: still allowed by
	// name, but answered with 405.
	disabled map[string]bool
	// describe is the answer to OPTIONS.
	describe func(r *http.Request) (any, error)
	// form, for the browsable page: the fields of a POST, nil for none.
	form []formField

	permission behavior.Permission
	throttles  []behavior.Throttle
}

// formField is one input of the browsable page's form.
type formField struct {
	Name, Label, Help string
	Required          bool
	Multiline         bool     // text area
	Choices           []choice // select
}

// choice is one option of a select.
type choice struct {
	Value       string `json:"value"`
	DisplayName string `json:"display_name"`
}

// answer is what an endpoint answers, before it becomes JSON or HTML.
type answer struct {
	status int // zero: 200
	header http.Header
	body   any // to be written as JSON; nil for an empty body
}

// httpError is an error with its answer.
type httpError struct {
	status int
	body   any // to be written as JSON
	header http.Header
}

// Error names the status; the body is for the client.
func (e httpError) Error() string { return http.StatusText(e.status) }

// detail is the error of a status and a sentence: {"detail": "..."}.
func detail(status int, sentence string) httpError {
	return httpError{status: status, body: struct {
		Detail string `json:"detail"`
	}{sentence}}
}
