package web

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// statusGone is noted in the log when the client did not wait for its answer.
const statusGone = 499

// reply is the answer to an error: the one place where errors become statuses.
// What the client cannot use stays in the log.
func (h *handler) reply(r *http.Request, e endpoint, err error) answer {
	var own httpError
	var invalid behavior.Invalid
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &own):
	case errors.As(err, &invalid):
		own = httpError{status: http.StatusBadRequest, body: ordered(invalid, e.fields())}
	case errors.As(err, &large):
		own = detail(http.StatusRequestEntityTooLarge, fmt.Sprintf("The request is too large: its body may have at most %d bytes.", large.Limit))
	case errors.Is(err, behavior.ErrNotFound):
		own = detail(http.StatusNotFound, e.missing())
	case errors.Is(err, behavior.ErrCredentials):
		own = detail(http.StatusForbidden, err.Error())
	case errors.Is(err, os.ErrDeadlineExceeded):
		own = detail(http.StatusRequestTimeout, "The request took too long to arrive.")
	case r.Context().Err() != nil:
		own = httpError{status: statusGone}
	case errors.Is(err, behavior.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		own = later("The server is too busy. Please try again in a moment.")
		h.outages.Do(func() { h.log(r, slog.LevelWarn, err) })
	case errors.Is(err, behavior.ErrUnavailable):
		own = later("Data cannot be stored or read at the moment. Please try again later.")
		h.outages.Do(func() { h.log(r, slog.LevelError, err) })
	default:
		own = detail(http.StatusInternalServerError, "Something went wrong on the server. Its log has the details, under "+visitOf(r).id+".")
		h.log(r, slog.LevelError, err)
	}
	return answer{status: own.status, header: own.header, body: own.body}
}

// outagesInLog is when it is told in the log that a store is busy or away: of
// the first ten answers that this has cost, and then of one a second. All have
// the same cause.
func outagesInLog() rate.Sometimes { return rate.Sometimes{First: 10, Interval: time.Second} }

// log notes an error that its client will not see.
func (h *handler) log(r *http.Request, level slog.Level, err error) {
	h.settings.Logger.Log(r.Context(), level, "request failed", "request", visitOf(r).id, "error", err)
}

// later asks the client to come again.
func later(sentence string) httpError {
	e := detail(http.StatusServiceUnavailable, sentence)
	e.header = http.Header{"Retry-After": {seconds(behavior.RetryAfter)}}
	return e
}

// throttled is the answer to a caller who has to wait.
func throttled(wait time.Duration) httpError {
	n, unit := seconds(wait), "seconds"
	if n == "1" {
		unit = "second"
	}
	e := detail(http.StatusTooManyRequests, fmt.Sprintf("Request was throttled. Expected available in %s %s.", n, unit))
	e.header = http.Header{"Retry-After": {n}}
	return e
}

// seconds is a time in whole seconds, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// missing says that a record is not there.
func (e endpoint) missing() string {
	if e.record == "" {
		return "Not found."
	}
	return "No " + e.record + " matches the given query."
}

// fields names the fields of a resource in their order.
func (e endpoint) fields() []string {
	var names []string
	for _, f := range e.form {
		names = append(names, f.Name)
	}
	return names
}

// ordered is what is wrong with an input, the fields in the order of first,
// then the others by name.
func ordered(in behavior.Invalid, first []string) any {
	names := slices.Sorted(maps.Keys(in))
	slices.SortStableFunc(names, func(a, b string) int {
		return place(first, a) - place(first, b)
	})
	out := bytes.NewBufferString("{")
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		key, _ := encode(name, 0) // strings cannot fail
		messages, _ := encode(in[name], 0)
		fmt.Fprintf(out, "%s:%s", key, messages)
	}
	out.WriteByte('}')
	return json.RawMessage(out.Bytes())
}

// place is the index of a name, or the end for one that is not there.
func place(names []string, name string) int {
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return len(names)
}

// fail answers an error with a page.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	a := h.reply(r, endpoint{}, err)
	for name, values := range a.header {
		w.Header()[name] = values
	}
	p, ok := errorPages[a.status]
	if !ok {
		p.Title = http.StatusText(a.status)
	}
	p.Status, p.Sentence = a.status, cmp.Or(a.sentence(), p.Sentence)
	p.Action = h.errorAction(r, a.status)
	if err := h.page(w, r, a.status, "error", p); err != nil {
		h.log(r, slog.LevelError, err)
		http.Error(w, p.Title, a.status)
	}
}

// errorAction is the one thing that helps on after an error.
func (h *handler) errorAction(r *http.Request, status int) ui.Link {
	caller, err := h.caller(r)
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case status == http.StatusForbidden && h.signIns != nil && err == nil && caller.User.Anonymous() && read:
		return ui.Link{Text: "Sign in", URL: h.settings.Prefix + "login/?next=" + url.QueryEscape(r.URL.RequestURI())}
	case read && (status == http.StatusTooManyRequests || status >= http.StatusInternalServerError):
		return ui.Link{Text: "Try again", URL: r.URL.RequestURI()}
	case status != http.StatusForbidden && isAdmin(visitOf(r).route) && err == nil && h.mayEnter(caller.User):
		return ui.Link{Text: h.settings.Admin.Site.IndexTitle, URL: h.adminPath()}
	}
	return ui.Link{Text: "Go to the start", URL: h.settings.Prefix}
}

// errorPage is what the page "error" shows.
type errorPage struct {
	Status   int
	Title    string
	Sentence string
	Action   ui.Link
}

// errorPages are the words for statuses whose own say little. The error's
// detail goes before the sentence.
var errorPages = map[int]errorPage{
	http.StatusBadRequest:          {Title: "That cannot be read"},
	http.StatusForbidden:           {Title: "Not allowed", Sentence: "You may not see this page."},
	http.StatusNotFound:            {Title: "Page not found", Sentence: "There is nothing at this address."},
	http.StatusMethodNotAllowed:    {Title: "Not possible here", Sentence: "This page cannot be asked that way."},
	http.StatusTooManyRequests:     {Title: "Too fast"},
	http.StatusInternalServerError: {Title: "Something went wrong"},
	http.StatusServiceUnavailable:  {Title: "Not at the moment"},
}

// sentence is the detail of an error, or nothing.
func (a answer) sentence() string {
	var body struct{ Detail string }
	raw, err := json.Marshal(a.body)
	if err != nil || json.Unmarshal(raw, &body) != nil {
		return ""
	}
	return body.Detail
}
