package web

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
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
	return h.settings.People.Authenticate(r.Context(), c.name, c.password)
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

// signedInUser is the user of the sign-in that the request's cookie names, the
// zero User for none. A sign-in of a user who is no longer there counts for
// nothing.
func (h *handler) signedInUser(r *http.Request) (behavior.User, error) {
	ctx, err := h.signIn(r)
	if err != nil || ctx == nil {
		return behavior.User{}, err
	}
	id := h.signIns.GetString(ctx, behavior.SessionUser)
	if id == "" {
		return behavior.User{}, nil
	}
	user, err := h.settings.People.Person(ctx, id)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return behavior.User{}, nil
	case err != nil:
		return behavior.User{}, fmt.Errorf("find user: %w", err)
	}
	return user, nil
}

// signIn loads the sign-in that the request's cookie names; a nil context
// means that there is no cookie.
func (h *handler) signIn(r *http.Request) (context.Context, error) {
	v := visitOf(r)
	cookie, err := r.Cookie(h.signIns.Cookie.Name)
	if err != nil || v.signIn != nil {
		return v.signIn, nil //nolint:nilerr // no cookie is no error
	}
	if v.signIn, err = h.signIns.Load(r.Context(), cookie.Value); err != nil {
		return nil, fmt.Errorf("load sign-in: %w", err)
	}
	return v.signIn, nil
}
