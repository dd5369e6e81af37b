package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// root is the endpoint that names the lists of the others.
func (h *handler) root() endpoint {
	var lists []string
	for _, e := range h.resources {
		if name, ok := strings.CutSuffix(e.path, "/"); ok && !strings.Contains(name, "/") {
			lists = append(lists, name)
		}
	}
	return endpoint{
		title: "Api Root",
		serve: map[string]func(*http.Request) (answer, error){
			http.MethodGet: func(r *http.Request) (answer, error) {
				return answer{body: h.links(r, lists)}, nil
			},
		},
		describe: describeRoot,
	}
}

// links are the addresses of the lists. They keep the format that the root was
// asked for by its address.
func (h *handler) links(r *http.Request, lists []string) json.RawMessage {
	end := "/"
	if suffix := visitOf(r).format; suffix != "" {
		end = "." + suffix
	} else if name := formatName(r); name != "" {
		end = "/?format=" + name
	}
	out := bytes.NewBufferString("{")
	for i, name := range lists {
		if i > 0 {
			out.WriteByte(',')
		}
		link, _ := encode(h.origin(r)+h.settings.Prefix+name+end, 0) // strings cannot fail
		fmt.Fprintf(out, "%q:%s", name, link)
	}
	out.WriteByte('}')
	return out.Bytes()
}

// describeRoot is the answer to OPTIONS, in the words of the reference.
func describeRoot(*http.Request) (any, error) {
	return struct {
		Name        string   `json:"name"`
		Description string   `json:"description"`
		Renders     []string `json:"renders"`
		Parses      []string `json:"parses"`
	}{
		Name: "Api Root", Description: "The default basic root view for DefaultRouter",
		Renders: []string{formatJSON.mediaType, formatHTML.mediaType},
		Parses:  []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data"},
	}, nil
}
