package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// welcomePage is what the page "welcome" shows: a form, or that the link is
// no longer good.
type welcomePage struct {
	Good     bool
	Username string
	Problems []string // with the name
	Password passwordField
	Again    passwordField
	Rules    passwordRules
	Error    string // above the form; empty for none
}

// welcome lets the first person in, who has the link that the server has
// printed: the owner.
func (h *handler) welcome(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	from := newGuess(h.clientAddr(r), "")
	if wait := h.guard.judgeAddr(r.Context(), from); wait > 0 {
		return throttled(wait)
	}
	good, err := h.settings.People.Invited(r.Context(), token)
	switch {
	case err != nil:
		return err
	case !good:
		h.guard.failedAddr(r.Context(), from)
		return h.page(w, r, http.StatusGone, "welcome", welcomePage{})
	case r.Method != http.MethodPost:
		return h.welcomePage(w, r, newWelcomePage(""))
	}
	h.guard.failedAddr(r.Context(), from)
	if err := h.checkToken(r); err != nil {
		return err
	}
	return h.accept(w, r, token)
}

func newWelcomePage(name string) welcomePage {
	p := welcomePage{Good: true, Username: name, Rules: newPasswordRules("password1", "password2", "username")}
	p.Password, p.Again = newPasswordFields("password1", "password2")
	p.Password.Label, p.Again.Label = "Password", "Password again"
	return p
}

func (h *handler) welcomePage(w http.ResponseWriter, r *http.Request, p welcomePage) error {
	return h.render(w, r, http.StatusOK, ui.Page{Name: "welcome", Data: p, WithToken: true})
}

// accept makes the first person, and signs in.
func (h *handler) accept(w http.ResponseWriter, r *http.Request, token string) error {
	p := newWelcomePage(r.PostFormValue("username"))
	person, err := behavior.Person{}, error(nil)
	if r.PostFormValue("password1") != r.PostFormValue("password2") {
		p.Again.Problems = []string{notRepeated}
		err = behavior.Invalid{}
	} else {
		person, err = h.settings.People.AcceptInvitation(r.Context(), token, p.Username, r.PostFormValue("password1"))
	}
	var invalid behavior.Invalid
	switch {
	case errors.As(err, &invalid):
		p.Problems, p.Password.Problems = invalid["name"], invalid["password"]
		p.Error = correctErrors(len(p.Problems) + len(p.Password.Problems) + len(p.Again.Problems))
		return h.welcomePage(w, r, p)
	case errors.Is(err, behavior.ErrCredentials): // somebody else was faster
		return h.page(w, r, http.StatusGone, "welcome", welcomePage{})
	case err != nil:
		return fmt.Errorf("accept invitation: %w", err)
	}
	if err := h.startSignIn(w, r, person.User(), false); err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	entry := behavior.AuditEntry{UserID: person.ID, User: person.Name, Deed: behavior.DeedSignIn}
	added := personDeed(behavior.DeedAdd, person)
	added.UserID, added.User, added.Note = person.ID, person.Name, "By the link that the server has printed."
	return h.done(w, r, h.start(person.User()), "Welcome, "+person.Name+". You are the owner now.", added, entry)
}
