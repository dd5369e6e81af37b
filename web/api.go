package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// api serves an endpoint. Its errors are answers as well, in the format that
// the client asks for.
func (h *handler) api(e endpoint) func(http.ResponseWriter, *http.Request) error {
	allow := strings.Join(e.allowed(), ", ")
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allow)
		w.Header().Set("Vary", "Accept, Cookie")
		f, err := negotiate(r)
		if f == formatHTML {
			return h.browse(w, r, e)
		}
		a := h.outcome(e, r, err)
		return writeJSON(w, a, f.indent)
	}
}

// outcome is the answer to a request that has come so far with err.
func (h *handler) outcome(e endpoint, r *http.Request, err error) answer {
	var a answer
	if err == nil {
		err = rescue(func() (err error) {
			a, err = h.judge(e, r)
			return err
		})
	}
	if err != nil {
		a = h.reply(r, e, err)
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a
}

// judge answers a request, or says why it may not be made. The order is the
// reference's: credentials, permission, throttle, method.
func (h *handler) judge(e endpoint, r *http.Request) (answer, error) {
	caller, err := h.caller(r)
	if err != nil {
		return answer{}, err
	}
	if e.permission != nil && !e.permission(r, caller.User) {
		return answer{}, forbidden(caller.User)
	}
	if err := e.throttle(r, caller); err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodOptions {
		body, err := e.describe(r)
		return answer{body: body}, err
	}
	serve, ok := e.serve[method(r)]
	switch {
	case !ok:
		return answer{}, detail(http.StatusMethodNotAllowed, fmt.Sprintf("Method %q not allowed.", r.Method))
	case e.disabled[method(r)]:
		return answer{}, detail(http.StatusMethodNotAllowed, fmt.Sprintf("The method %q is currently disabled for this endpoint. It can be changed in the settings.", r.Method))
	}
	return serve(r)
}

// forbidden is the answer to a user who may not do what was asked.
func forbidden(user behavior.User) httpError {
	if user.Anonymous() {
		return detail(http.StatusForbidden, "Authentication credentials were not provided.")
	}
	return detail(http.StatusForbidden, "You do not have permission to perform this action.")
}

// throttle asks all throttles of an endpoint; the longest wait counts.
func (e endpoint) throttle(r *http.Request, caller behavior.Caller) error {
	refused, longest := false, time.Duration(0)
	for _, allows := range e.throttles {
		if wait, ok := allows(r, caller); !ok {
			refused, longest = true, max(longest, wait)
		}
	}
	if refused {
		return throttled(longest)
	}
	return nil
}

// method is the method that serves a request: GET also serves HEAD.
func method(r *http.Request) string {
	if r.Method == http.MethodHead {
		return http.MethodGet
	}
	return r.Method
}

// methodOrder is the order of methods in Allow headers.
var methodOrder = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// allowed lists the methods of an endpoint, those that are switched off too.
func (e endpoint) allowed() []string {
	methods := slices.DeleteFunc(slices.Clone(methodOrder), func(m string) bool { return e.serve[m] == nil })
	return append(methods, http.MethodHead, http.MethodOptions)
}

// writeJSON answers with JSON.
func writeJSON(w http.ResponseWriter, a answer, indent int) error {
	body, err := encode(a.body, indent)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	a.addHeader(w)
	if body != nil {
		w.Header().Set("Content-Type", formatJSON.mediaType)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // whoever asked has gone, if this fails
	return nil
}

// addHeader puts the answer's own headers into those of the response.
func (a answer) addHeader(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
}

// encode writes a body as JSON, with so many blanks for each level; nil is no body.
func encode(body any, indent int) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", strings.Repeat(" ", indent))
	if err := enc.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
