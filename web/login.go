package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// The reference's texts for somebody who cannot sign in.
const (
	wrongPassword      = "Please enter a correct username and password. Note that both fields may be case-sensitive."
	wrongStaffPassword = "Please enter the correct username and password for a staff account. Note that both fields may be case-sensitive."
)

// loginPage is what the page "login" shows.
type loginPage struct {
	Username string
	Password passwordField
	Remember bool
	Next     string
	Error    string
	Notice   string // who is signed in and may not go on; empty for nobody
}

func newLoginPage(next string) loginPage {
	return loginPage{Next: next, Password: passwordField{Name: "password", Label: "Password", Autocomplete: "current-password"}}
}

// login shows the sign-in form, and signs in.
func (h *handler) login(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return h.loginPost(w, r)
	}
	p := newLoginPage(nextOf(r.URL.Query().Get("next")))
	if h.signedIn(r) {
		caller, err := h.caller(r)
		if err != nil {
			return err
		}
		if !h.leadsIntoAdmin(p.Next) || h.mayEnter(caller.User) {
			http.Redirect(w, r, cmp.Or(p.Next, h.start(caller.User)), http.StatusFound)
			return nil
		}
		p.Notice = "You are signed in as " + caller.User.Name + ", who may not see this page. Sign in as somebody who may."
	}
	return h.page(w, r, http.StatusOK, "login", p)
}

// loginPost signs in, or says why it cannot.
func (h *handler) loginPost(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkToken(r); err != nil {
		return err
	}
	p := newLoginPage(nextOf(r.PostFormValue("next")))
	p.Username, p.Remember = r.PostFormValue("username"), r.PostFormValue("remember") != ""
	try := attempt{name: p.Username, password: r.PostFormValue("password")}
	p.Error = wrongPassword
	if h.leadsIntoAdmin(p.Next) {
		try.admit, p.Error = h.mayEnter, wrongStaffPassword
	}
	user, err := h.authenticate(r, try)
	var often tooOften
	switch {
	case errors.As(err, &often):
		p.Error = often.sentence()
		w.Header().Set("Retry-After", seconds(often.wait))
		return h.page(w, r, http.StatusTooManyRequests, "login", p)
	case errors.Is(err, behavior.ErrCredentials):
		return h.page(w, r, http.StatusOK, "login", p)
	case err != nil:
		return fmt.Errorf("sign in: %w", err)
	}
	if err := h.startSignIn(w, r, user, p.Remember); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	h.audit(r, behavior.AuditEntry{UserID: user.ID, User: user.Name, Deed: behavior.DeedSignIn})
	http.Redirect(w, r, cmp.Or(p.Next, h.start(user)), http.StatusSeeOther)
	return nil
}

// attempt is a name and a password that somebody tries.
type attempt struct {
	name, password string
	admit          func(behavior.User) bool // whom the password lets in; nil: everybody
	note           string                   // of where it failed, for the audit trail
}

// authenticate finds the user of a name and a password. Who fails too often has
// to wait, with the right password too: that is a [tooOften]. What is wrong is
// [behavior.ErrCredentials], and noted.
func (h *handler) authenticate(r *http.Request, try attempt) (behavior.User, error) {
	guess := newGuess(h.clientAddr(r), try.name)
	before := h.guard.judge(r.Context(), guess)
	if before.wait > 0 {
		return behavior.User{}, tooOften{before.wait}
	}
	user, err := h.settings.People.Authenticate(r.Context(), try.name, try.password)
	if err == nil && try.admit != nil && !try.admit(user) {
		err = behavior.ErrCredentials
	}
	switch {
	case errors.Is(err, behavior.ErrCredentials):
		h.guard.failed(r.Context(), guess, before.known)
		h.auditFailure(r, try)
		return behavior.User{}, behavior.ErrCredentials
	case err != nil:
		return behavior.User{}, err
	}
	// Many guesses may have been under way at once: of those that end after
	// the last one allowed, none learns whether it was right.
	after := h.guard.judge(r.Context(), guess)
	if after.wait > 0 {
		return behavior.User{}, tooOften{after.wait}
	}
	h.guard.succeeded(r.Context(), guess, after)
	return user, nil
}

// maxTypedName is how much of a name that somebody typed is kept.
const maxTypedName = 150

// auditFailure notes a failed attempt, under the name that was typed.
func (h *handler) auditFailure(r *http.Request, try attempt) {
	name := []rune(try.name)
	if len(name) == 0 {
		return // nobody was meant
	}
	h.audit(r, behavior.AuditEntry{User: string(name[:min(len(name), maxTypedName)]), Deed: behavior.DeedSignInFailed, Note: try.note})
}

// tooOften is the answer to somebody who has failed too often.
type tooOften struct{ wait time.Duration }

func (e tooOften) Error() string { return "too many attempts to sign in" }

// sentence asks to wait.
func (e tooOften) sentence() string {
	n, unit := seconds(e.wait), "seconds"
	if n == "1" {
		unit = "second"
	}
	return fmt.Sprintf("There were too many attempts to sign in. Please try again in %s %s.", n, unit)
}

// logout ends the sign-in.
func (h *handler) logout(w http.ResponseWriter, r *http.Request) error {
	if err := h.checkToken(r); err != nil {
		return err
	}
	caller, signedIn := behavior.Caller{}, h.signedIn(r)
	if signedIn {
		caller, _ = h.caller(r)
	}
	ctx, err := h.signInOrNew(r)
	if err == nil {
		err = h.signIns.Destroy(ctx)
	}
	if err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	if signedIn {
		h.audit(r, behavior.AuditEntry{UserID: caller.User.ID, User: caller.User.Name, Deed: behavior.DeedSignOut})
	}
	h.setSignInCookie(w, r, "", time.Unix(0, 0))
	http.Redirect(w, r, h.settings.Prefix, http.StatusSeeOther)
	return nil
}

// start is where somebody goes who has not said where: into the admin, if
// possible.
func (h *handler) start(user behavior.User) string {
	if h.mayEnter(user) {
		return h.adminPath()
	}
	return h.settings.Prefix
}

// leadsIntoAdmin reports whether an address is one of the admin.
func (h *handler) leadsIntoAdmin(next string) bool {
	target, err := url.Parse(next)
	return err == nil && strings.HasPrefix(target.Path+"/", h.adminPath())
}

// nextOf is where to go afterwards: a path on this host, or nothing where next
// is none. Browsers take backslashes for slashes and skip control characters;
// a path that holds either is not followed.
func nextOf(next string) string {
	odd := func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }
	target, err := url.Parse(next)
	if err != nil || target.Scheme != "" || target.Host != "" || target.User != nil ||
		!strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsFunc(next, odd) {
		return ""
	}
	return next
}

// safeNext is where to go afterwards: a path on this host, or the start of our
// pages where next is none.
func (h *handler) safeNext(next string) string { return cmp.Or(nextOf(next), h.settings.Prefix) }
