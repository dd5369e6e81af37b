package web

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
)

// caller tells who makes a request. It finds out once for each request. What
// is wrong with the caller's credentials comes back as an error, to be
// answered with 403.
func (h *handler) caller(r *http.Request) (behavior.Caller, error) {
	v := visitOf(r)
	if !v.asked {
		v.asked = true
		v.caller.Addr = h.clientAddr(r)
		v.caller.User, v.err = h.identify(r)
	}
	return v.caller, v.err
}

// identify asks the application, or else looks for a sign-in and then for
// Basic credentials. A request by sign-in that changes something must carry
// the token that only our own pages know.
func (h *handler) identify(r *http.Request) (behavior.User, error) {
	if h.settings.Identify != nil {
		return h.settings.Identify(r)
	}
	if h.settings.People == nil {
		return behavior.User{}, nil
	}
	user, err := h.signedInUser(r)
	switch {
	case err != nil:
		return behavior.User{}, err
	case user.Anonymous():
		return h.basicUser(r)
	}
	visitOf(r).signedIn = true
	if err := h.checkToken(r); err != nil {
		return behavior.User{}, err
	}
	return user, nil
}

// basicUser is the user that HTTP Basic credentials name. Other schemes are no
// credentials.
func (h *handler) basicUser(r *http.Request) (behavior.User, error) {
	c, err := basicCredentials(r.Header.Get("Authorization"))
	if err != nil || c == nil {
		return behavior.User{}, err
	}
	user, err := h.authenticate(r, attempt{name: c.name, password: c.password, note: "By HTTP Basic."})
	if often := (tooOften{}); errors.As(err, &often) {
		return behavior.User{}, throttled(often.wait)
	}
	return user, err
}

// credentials are a name and a password as a client gives them.
type credentials struct {
	name, password string
}

// basicCredentials reads an Authorization header; nil means that there are
// none in it. Faults are told in the words of the reference.
func basicCredentials(header string) (*credentials, error) {
	parts := strings.Fields(header)
	switch {
	case len(parts) == 0 || !strings.EqualFold(parts[0], "basic"):
		return nil, nil
	case len(parts) == 1:
		return nil, badBasic("No credentials provided.")
	case len(parts) > 2:
		return nil, badBasic("Credentials string should not contain spaces.")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[1])
	name, password, ok := strings.Cut(decodeText(raw), ":")
	if err != nil || !ok {
		return nil, badBasic("Credentials not correctly base64 encoded.")
	}
	return &credentials{name, password}, nil
}

// decodeText reads UTF-8, or else Latin-1, as older clients send it.
func decodeText(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	runes := make([]rune, len(raw))
	for i, b := range raw {
		runes[i] = rune(b)
	}
	return string(runes)
}

func badBasic(sentence string) error {
	return detail(http.StatusForbidden, "Invalid basic header. "+sentence)
}
