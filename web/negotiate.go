package web

import (
	"net/http"
	"strconv"
	"strings"
)

// format is a form in which an endpoint answers.
type format struct {
	name      string // in ?format= and in suffixes
	mediaType string
	indent    int // blanks for each level of JSON; zero: all on one line
}

// The formats, the one that we prefer first.
var (
	formatJSON = format{name: "json", mediaType: "application/json"}
	formatHTML = format{name: "api", mediaType: "text/html"}
)

// negotiate chooses the format of an answer: of those that the path's suffix
// or ?format= leaves, the first that the Accept header takes. As in the
// reference, the header's more specific types are tried first, and their q
// values count for nothing.
func negotiate(r *http.Request) (format, error) {
	formats := []format{formatJSON, formatHTML}
	if name := formatName(r); name != "" {
		switch name {
		case formatJSON.name:
			formats = formats[:1]
		case formatHTML.name:
			formats = formats[1:]
		default:
			return formatJSON, detail(http.StatusNotFound, "Not found.")
		}
	}
	accepted := acceptedTypes(r)
	for specificity := 3; specificity >= 0; specificity-- {
		for _, f := range formats {
			for _, t := range accepted {
				if t.specificity == specificity && t.matches(f.mediaType) {
					return f.with(t.params), nil
				}
			}
		}
	}
	return formatJSON, detail(http.StatusNotAcceptable, "Could not satisfy the request Accept header.")
}

// formatName is the format that the address names, if it does.
func formatName(r *http.Request) string {
	if suffix := visitOf(r).format; suffix != "" {
		return suffix
	}
	if names := r.URL.Query()["format"]; len(names) > 0 {
		return names[len(names)-1]
	}
	return ""
}

// with takes up the parameters with which a client accepts the format: JSON
// may be indented, "application/json; indent=4".
func (f format) with(params map[string]string) format {
	if n, err := strconv.Atoi(params["indent"]); err == nil && f == formatJSON {
		f.indent = min(max(n, 0), 8)
	}
	return f
}

// mediaRange is one of the types in an Accept header.
type mediaRange struct {
	kind, sub   string // "text" and "*"
	params      map[string]string
	specificity int // 0: any type; 1: any of a kind; 2: one; 3: one with parameters
}

func acceptedTypes(r *http.Request) []mediaRange {
	values, ok := r.Header["Accept"]
	if !ok {
		values = []string{"*/*"}
	}
	var ranges []mediaRange
	for text := range strings.SplitSeq(strings.Join(values, ","), ",") {
		ranges = append(ranges, parseMediaRange(text))
	}
	return ranges
}

// parseMediaRange reads one of the types. Nothing is an error: what is no type
// matches nothing.
func parseMediaRange(text string) mediaRange {
	full, rest, _ := strings.Cut(strings.ToLower(text), ";")
	m := mediaRange{params: make(map[string]string), specificity: 2}
	m.kind, m.sub, _ = strings.Cut(strings.TrimSpace(full), "/")
	for param := range strings.SplitSeq(rest, ";") {
		if name, value, ok := strings.Cut(param, "="); ok {
			m.params[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	_, quality := m.params["q"]
	switch {
	case m.kind == "*":
		m.specificity = 0
	case m.sub == "*":
		m.specificity = 1
	case len(m.params) > 1, len(m.params) == 1 && !quality:
		m.specificity = 3
	}
	return m
}

func (m mediaRange) matches(mediaType string) bool {
	kind, sub, _ := strings.Cut(mediaType, "/")
	return (m.kind == "*" || m.kind == kind) && (m.sub == "*" || m.sub == sub)
}
