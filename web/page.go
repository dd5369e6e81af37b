package web

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/userbehavior/behavior/ui"
)

// contentPolicy lets a page load its own style sheets and images, and nothing else.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page answers with the page of that name from package ui. It is rendered as a
// whole first: an error leaves the answer untouched.
func (h *handler) page(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	p := ui.Page{
		Name: name, Prefix: h.settings.Prefix, Path: r.URL.RequestURI(),
		SignIn: h.signIns != nil, RequestID: visitOf(r).id, Data: data,
	}
	if caller, err := h.caller(r); err == nil {
		p.User = caller.User.Name
	}
	p.SignOut = h.signedIn(r)
	if p.SignOut || name == "login" {
		p.Token = h.formToken(w, r)
	}
	var body bytes.Buffer
	if err := ui.Render(&body, p); err != nil {
		return err
	}
	writePage(w, status, body.Bytes())
	return nil
}

// writePage answers with a rendered page.
func writePage(w http.ResponseWriter, status int, body []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Content-Security-Policy", contentPolicy)
	header.Set("Cache-Control", "no-store")
	if header.Get("Vary") == "" {
		header.Set("Vary", "Cookie")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone, if this fails
}
