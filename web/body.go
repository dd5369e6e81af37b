package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/userbehavior/behavior"
)

// body is what a request sends, on its way into an input.
type body struct {
	values  map[string]any  // of a document, see [behavior.Payload]
	form    url.Values      // of a form; nil when it was a document
	files   map[string]bool // fields of the form that carried a file
	partial bool            // fields that are not sent stay as they are

	wrong behavior.Invalid // what has been found so far; nil: nothing
}

// readBody reads the body of a request by the parser for its media type. No
// body at all is an empty object, whatever its type is said to be.
func readBody(r *http.Request, parsers []behavior.Parser) (*body, error) {
	content, err := contentOf(r)
	if err != nil || content == nil {
		return &body{}, err
	}
	contentType := r.Header.Get("Content-Type")
	mediaType, params := splitMediaType(contentType)
	for _, p := range parsers {
		if matchMediaType(p.MediaType, mediaType) {
			payload, err := p.Parse(content, params)
			if err != nil {
				return nil, parseFault(r, err)
			}
			return newBody(payload)
		}
	}
	return nil, detail(http.StatusUnsupportedMediaType, fmt.Sprintf("Unsupported media type %s in request.", quote(contentType)))
}

// quote puts a text between quotation marks, without escaping anything in it.
func quote(text string) string { return `"` + text + `"` }

// contentOf is the body of a request, nil when it is empty.
func contentOf(r *http.Request) (io.Reader, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > 0 {
		return r.Body, nil
	}
	first := make([]byte, 1) // the length is known only at the end
	switch _, err := io.ReadFull(r.Body, first); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read body: %w", err)
	}
	return io.MultiReader(bytes.NewReader(first), r.Body), nil
}

// splitMediaType splits a Content-Type into the media type and its
// parameters. Parameters that cannot be read count as none.
func splitMediaType(contentType string) (mediaType string, params map[string]string) {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		mediaType, _, _ = strings.Cut(contentType, ";")
		mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	}
	return mediaType, params
}

// matchMediaType reports whether a parser's media type is the one of a body.
// Either may have a wildcard.
func matchMediaType(parser, sent string) bool {
	if parser == sent {
		return true
	}
	main, sub, _ := strings.Cut(parser, "/")
	sentMain, sentSub, ok := strings.Cut(sent, "/")
	match := func(a, b string) bool { return a == b || a == "*" || b == "*" }
	return ok && match(strings.ToLower(main), sentMain) && match(strings.ToLower(sub), sentSub)
}

// parseFault is the answer to a parser's error.
func parseFault(r *http.Request, err error) error {
	var parse behavior.ParseError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &parse):
		return detail(http.StatusBadRequest, parse.Error())
	case errors.As(err, &large), r.Context().Err() != nil:
		return err
	}
	return detail(http.StatusBadRequest, "Malformed request.")
}

// newBody takes a payload that is a form or an object.
func newBody(p behavior.Payload) (*body, error) {
	if p.Form != nil {
		return &body{form: p.Form, files: p.Files}, nil
	}
	if raw, ok := p.Value.(json.RawMessage); ok && bytes.HasPrefix(raw, []byte("{")) {
		var err error
		if p, err = behavior.JSONParser.Parse(bytes.NewReader(raw), nil); err != nil {
			return nil, fmt.Errorf("read payload: %w", err)
		}
	}
	switch v := p.Value.(type) {
	case map[string]any:
		return &body{values: v}, nil
	case nil:
		return nil, behavior.Invalid{"non_field_errors": {"No data provided"}}
	}
	return nil, behavior.Invalid{"non_field_errors": {"Invalid data. Expected a dictionary, but got " + typeName(p.Value) + "."}}
}

// typeName is what the reference calls the type of a value.
func typeName(value any) string {
	switch v := value.(type) {
	case bool:
		return "bool"
	case float64:
		return "float"
	case int, int64:
		return "int"
	case json.Number:
		if isFloat(v) {
			return "float"
		}
		return "int"
	case []any:
		return "list"
	case json.RawMessage:
		if bytes.HasPrefix(v, []byte("[")) {
			return "list"
		}
	}
	return "str"
}
