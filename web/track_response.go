package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
)

// pageResponse watches an answer go by: it finds out whether it is a page.
// What the server's own writer can do beyond writing, it can do too.
type pageResponse struct {
	http.ResponseWriter
	visit  *pageVisit
	status int    // zero: none was sent, as when the connection was handed over
	kind   string // media type of the answer
}

// isPage reports whether the answer was a page. That nothing has changed since
// the browser was here, is the answer to a page as well.
func (w *pageResponse) isPage() bool {
	if w.status == http.StatusNotModified {
		return true
	}
	kind, _, _ := strings.Cut(w.kind, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	return w.status/100 == 2 && w.status != http.StatusPartialContent && (kind == "text/html" || kind == "application/xhtml+xml")
}

// WriteHeader sends the status. Those that only announce another do not count.
func (w *pageResponse) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// begin takes note of the answer's head, which is complete now.
func (w *pageResponse) begin(status int) {
	header := w.Header()
	w.status, w.kind = status, header.Get("Content-Type")
	// A page with a key in it is for one visitor.
	if w.visit.told && header.Get("Cache-Control") == "" {
		header.Set("Cache-Control", "private")
	}
}

// Write sends a part of the body. Like the server it looks what the body is
// where the application does not say so.
func (w *pageResponse) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	if w.kind == "" && len(p) > 0 {
		w.kind = "unknown"
		if w.Header().Get("Content-Encoding") == "" {
			w.kind = http.DetectContentType(p)
		}
	}
	return w.ResponseWriter.Write(p)
}

// ReadFrom sends the body from a reader, so that files still take the short way.
func (w *pageResponse) ReadFrom(r io.Reader) (int64, error) {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	if w.kind == "" {
		return io.Copy(struct{ io.Writer }{w}, r)
	}
	return io.Copy(w.ResponseWriter, r)
}

// Flush sends what is written so far.
func (w *pageResponse) Flush() {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
	_ = http.NewResponseController(w.ResponseWriter).Flush() // as much as the writer can
}

// Hijack hands the connection over.
func (w *pageResponse) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap lets [http.ResponseController] reach the server's writer.
func (w *pageResponse) Unwrap() http.ResponseWriter { return w.ResponseWriter }
