package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior/ui"
)

// scriptNames are the built files that pages of other sites load.
var scriptNames = []string{"tracker.js", "tracker-vitals.js", "tracker-errors.js"}

// script is one of them, ready to be sent.
type script struct {
	ui.Asset
	zipped []byte
}

// scriptRoutes serves the tracker's scripts below the prefix, and the tracker
// once more by the name that settings give it.
func (h *handler) scriptRoutes() []route {
	var routes []route
	add := func(path, name string) {
		if asset, ok := ui.Find(name); ok {
			serve := script{Asset: asset, zipped: zip(asset.Content)}.serve
			routes = append(routes, route{path: path, methods: []string{http.MethodGet, http.MethodHead}, serve: serve})
		}
	}
	for _, name := range scriptNames {
		add(name, name)
	}
	if name := h.settings.Collect.ScriptName; name != "" {
		add(name, scriptNames[0])
	}
	return routes
}

// zip compresses a file as well as gzip can.
func zip(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err) // there is no such level
	}
	_, _ = w.Write(content) // into memory
	_ = w.Close()
	return out.Bytes()
}

// serve answers with the script. Its address stays the same when it changes,
// so it may be kept for a day and is asked for by its version then. Any page
// may use it: also those that ask for its hash, or are isolated from others.
func (s script) serve(w http.ResponseWriter, r *http.Request) error {
	header, content, version := w.Header(), s.Content, s.Version
	if acceptsGzip(r) {
		content, version = s.zipped, version+"-gzip"
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", s.Type)
	header.Set("ETag", strconv.Quote(version))
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "public, max-age=86400")
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
	http.ServeContent(w, r, s.Name, time.Time{}, bytes.NewReader(content))
	return nil
}

// acceptsGzip reports whether a client takes a compressed answer.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if name = strings.TrimSpace(name); !strings.EqualFold(name, "gzip") && name != "*" {
			continue
		}
		_, q, weighed := strings.Cut(quality, "=")
		weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		return !weighed || err == nil && weight > 0
	}
	return false
}
