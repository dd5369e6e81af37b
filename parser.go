package behavior

import (
	"io"
	"net/url"
)

// Parser reads request bodies of one media type. [JSONParser],
// [MultiPartParser] and [FormParser] are built in.
type Parser struct {
	MediaType string // "application/json"

	// Parse reads a body, which is not empty; params are the parameters of
	// its Content-Type, their names in lower case. An error is answered with
	// 400 and, if it is a [ParseError], its text.
	Parse func(body io.Reader, params map[string]string) (Payload, error)
}

// Payload is a parsed request body.
type Payload struct {
	// Value is the document of a structured body: map[string]any, []any,
	// string, json.Number, float64, int, int64, bool or nil. A json.RawMessage
	// in the place of any of these is its JSON text, in which keys keep their
	// order and numbers their spelling.
	Value any
	// Form is set instead of Value for forms, whose values are all text. Of
	// repeated fields the last value counts.
	Form url.Values
	// Files names the form's fields that carried an uploaded file. In Form
	// they have the file's name.
	Files map[string]bool
}

// ParseError is the text of what is wrong with a body.
type ParseError string

// Error is the text, as the client sees it.
func (e ParseError) Error() string { return string(e) }
