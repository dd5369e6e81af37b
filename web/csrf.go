package web

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
)

// A request that carries a sign-in and changes something must show that it
// comes from a page of ours: it repeats the token of the cookie csrftoken in a
// form field or in a header. Names and messages are those of the reference.
const (
	tokenCookie = "csrftoken"
	tokenField  = "csrfmiddlewaretoken"
	tokenHeader = "X-Csrftoken"
)

// tokenForm is what a token looks like: ours, and the longer one that clients
// of the reference may still hold.
var tokenForm = regexp.MustCompile(`^(?:[A-Za-z0-9]{26}|[A-Za-z0-9]{32}|[A-Za-z0-9]{64})$`)

// formToken returns the token for the forms of a page, and gives the client
// one where it has none.
func (h *handler) formToken(w http.ResponseWriter, r *http.Request) string {
	if cookie, err := r.Cookie(tokenCookie); err == nil && tokenForm.MatchString(cookie.Value) {
		return cookie.Value
	}
	return h.newToken(w, r)
}

// newToken gives the client a new token.
func (h *handler) newToken(w http.ResponseWriter, r *http.Request) string {
	token := rand.Text()
	http.SetCookie(w, &http.Cookie{
		Name: tokenCookie, Value: token, Path: "/", MaxAge: int(signInTime.Seconds()) * 26,
		SameSite: http.SameSiteLaxMode, Secure: h.secure(r),
	})
	return token
}

// checkToken fails when a request changes something and does not come from a
// page of ours.
func (h *handler) checkToken(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil
	}
	if err := new(http.CrossOriginProtection).Check(r); err != nil {
		return forged(fmt.Sprintf("Origin checking failed - %s does not match any trusted origins.", r.Header.Get("Origin")))
	}
	cookie, err := r.Cookie(tokenCookie)
	if err != nil || !tokenForm.MatchString(cookie.Value) {
		return forged("CSRF cookie not set.")
	}
	form, err := formOf(r)
	if err != nil {
		return err
	}
	token, source := form.Get(tokenField), "POST"
	if token == "" {
		token, source = r.Header.Get(tokenHeader), "the '"+tokenHeader+"' HTTP header"
	}
	switch {
	case token == "":
		return forged("CSRF token missing.")
	case !tokenForm.MatchString(token):
		return forged("CSRF token from " + source + " has incorrect length.")
	case subtle.ConstantTimeCompare([]byte(token), []byte(cookie.Value)) != 1:
		return forged("CSRF token from " + source + " incorrect.")
	}
	return nil
}

func forged(reason string) error { return detail(http.StatusForbidden, "CSRF Failed: "+reason) }

// formOf returns the fields of the form that a POST carries, none for other
// requests. The body can be read once more afterwards.
func formOf(r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.Method != http.MethodPost || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	probe := &http.Request{Method: r.Method, Header: r.Header, Body: io.NopCloser(bytes.NewReader(body))}
	// What cannot be parsed has no fields; whoever reads the body next tells
	// what is wrong with it.
	_ = probe.ParseMultipartForm(int64(len(body)) + 1)
	return probe.PostForm, nil
}
