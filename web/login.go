package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/userbehavior/behavior"
)

// signInTime is how long a sign-in lasts.
const signInTime = 14 * 24 * time.Hour

// signInRate is how often an address may try to sign in.
var signInRate = behavior.Rate{Count: 30, Per: time.Minute}

// newSignIns returns the keeper of sign-ins, nil where nobody can sign in.
// Tokens are stored as hashes, so that whoever reads the table cannot use them.
func newSignIns(s behavior.Settings) *scs.SessionManager {
	if s.People == nil || s.Identify != nil {
		return nil
	}
	m := scs.New()
	m.Store = s.People
	m.Lifetime = signInTime
	m.HashTokenInStore = true
	m.Cookie.Name = "sessionid"
	return m
}

// loginPage is what the page "login" shows.
type loginPage struct {
	Username string
	Next     string
	Error    string
}

// login shows the sign-in form, and signs in.
func (h *handler) login(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return h.page(w, r, http.StatusOK, "login", loginPage{Next: h.safeNext(r.URL.Query().Get("next"))})
	}
	if err := h.checkToken(r); err != nil {
		return err
	}
	if wait, ok := h.signInThrottle(r, behavior.Caller{Addr: h.clientAddr(r)}); !ok {
		return throttled(wait)
	}
	name, next := r.PostFormValue("username"), h.safeNext(r.PostFormValue("next"))
	user, err := h.settings.People.Authenticate(r.Context(), name, r.PostFormValue("password"))
	switch {
	case errors.Is(err, behavior.ErrCredentials):
		return h.page(w, r, http.StatusOK, "login", loginPage{
			Username: name, Next: next,
			Error: "Please enter a correct username and password. Note that both fields may be case-sensitive.",
		})
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	}
	if err := h.startSignIn(w, r, user); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// startSignIn gives the client a new sign-in, whatever it had before.
func (h *handler) startSignIn(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	ctx, err := h.signInOrNew(r)
	if err != nil {
		return err
	}
	if err := errors.Join(h.signIns.Clear(ctx), h.signIns.RenewToken(ctx)); err != nil {
		return err
	}
	h.signIns.Put(ctx, behavior.SessionUser, user.ID)
	token, expiry, err := h.signIns.Commit(ctx)
	if err != nil {
		return err
	}
	h.setSignInCookie(w, r, token, expiry)
	h.newToken(w, r)
	return nil
}

// logout ends the sign-in.
func (h *handler) logout(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkToken(r); err != nil {
		return err
	}
	ctx, err := h.signInOrNew(r)
	if err == nil {
		err = h.signIns.Destroy(ctx)
	}
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	h.setSignInCookie(w, r, "", time.Unix(0, 0))
	http.Redirect(w, r, h.settings.Prefix, http.StatusSeeOther)
	return nil
}

// signInOrNew loads the client's sign-in, or an empty one.
func (h *handler) signInOrNew(r *http.Request) (context.Context, error) {
	ctx, err := h.signIn(r)
	if err != nil || ctx != nil {
		return ctx, err
	}
	return h.signIns.Load(r.Context(), "")
}

// signedIn reports whether the caller came by a sign-in that can be ended.
func (h *handler) signedIn(r *http.Request) bool {
	_, _ = h.caller(r) // finds out
	return visitOf(r).signedIn
}

// setSignInCookie names a sign-in to the client. A time that is past takes the
// cookie away.
func (h *handler) setSignInCookie(w http.ResponseWriter, r *http.Request, token string, expiry time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: h.signIns.Cookie.Name, Value: token, Path: "/", Expires: expiry,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: h.secure(r),
	})
}

// safeNext is where to go after signing in: a path on this host, or the start
// of our pages where next is none. Browsers take backslashes for slashes and
// skip control characters; a path that holds either is not followed.
func (h *handler) safeNext(next string) string {
	odd := func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }
	target, err := url.Parse(next)
	if err != nil || target.Scheme != "" || target.Host != "" || target.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsFunc(next, odd) {
		return h.settings.Prefix
	}
	return next
}
