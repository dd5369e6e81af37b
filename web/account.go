package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// accountPage is what the page "account" shows.
type accountPage struct {
	Name       string
	Old        passwordField
	New, Again passwordField
	Rules      passwordRules
	Error      string // above the form; empty for none

	SignIns []signInRow
	Others  int // how many of them are not this one
}

// signInRow is one sign-in in a list.
type signInRow struct {
	ID      string
	Addr    string
	Browser string // in short
	Agent   string // as it was sent
	Start   adminTime
	Expires string
	This    bool // it is that of the request
}

// account lets somebody who has signed in change the password, and end
// sign-ins.
func (h *handler) account(w http.ResponseWriter, r *http.Request) error {
	caller, err := h.caller(r)
	if err != nil {
		return err
	}
	if !h.signedIn(r) {
		http.Redirect(w, r, h.settings.Prefix+"login/?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusFound)
		return nil
	}
	if r.Method != http.MethodPost {
		return h.accountPage(w, r, http.StatusOK, caller.User, h.newAccountPage(caller.User))
	}
	switch r.PostFormValue("action") {
	case "password":
		return h.changePassword(w, r, caller.User)
	case "end":
		return h.endSignIns(w, r, caller.User, func(s signInRow) bool { return !s.This && s.ID == r.PostFormValue("sign_in") })
	case "end_others":
		return h.endSignIns(w, r, caller.User, func(s signInRow) bool { return !s.This })
	}
	return detail(http.StatusBadRequest, "There is no such action.")
}

func (h *handler) newAccountPage(user behavior.User) accountPage {
	p := accountPage{
		Name: user.Name, Old: passwordField{Name: "old_password", Label: "Old password", Autocomplete: "current-password"},
		Rules: newPasswordRules("new_password1", "new_password2", "username"),
	}
	p.New, p.Again = newPasswordFields("new_password1", "new_password2")
	return p
}

func (h *handler) accountPage(w http.ResponseWriter, r *http.Request, status int, user behavior.User, p accountPage) error {
	var err error
	if p.SignIns, err = h.signInRows(r, user.ID); err != nil {
		return err
	}
	for _, s := range p.SignIns {
		if !s.This {
			p.Others++
		}
	}
	return h.page(w, r, status, "account", p)
}

// changePassword changes the password of somebody who knows the old one. All
// other sign-ins end with it; this one gets another token.
func (h *handler) changePassword(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	p, people := h.newAccountPage(user), h.settings.People
	_, err := h.authenticate(r, attempt{
		name: user.Name, password: r.PostFormValue("old_password"), note: "As the old password, on the account page.",
	})
	var often tooOften
	switch {
	case errors.As(err, &often):
		p.Error = often.sentence()
		w.Header().Set("Retry-After", seconds(often.wait))
		return h.accountPage(w, r, http.StatusTooManyRequests, user, p)
	case errors.Is(err, behavior.ErrCredentials):
		p.Old.Problems = []string{"Your old password was entered incorrectly. Please enter it again."}
	case err != nil:
		return fmt.Errorf("change password: %w", err)
	}
	password := r.PostFormValue("new_password1")
	p.New.Problems = people.CheckPassword(user.Name, password)
	if password != r.PostFormValue("new_password2") {
		p.New.Problems, p.Again.Problems = nil, []string{notRepeated}
	}
	if n := len(p.Old.Problems) + len(p.New.Problems) + len(p.Again.Problems); n > 0 {
		p.Error = correctErrors(n)
		return h.accountPage(w, r, http.StatusOK, user, p)
	}
	ctx, err := h.signInOrNew(r)
	if err != nil {
		return err
	}
	if err := people.SetPassword(ctx, user.ID, password, h.signIns.Token(ctx)); err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	if err := h.rotate(ctx, w, r, h.signIns.Deadline(ctx)); err != nil {
		return fmt.Errorf("change password: %w", err)
	}
	h.newToken(w, r)
	entry := behavior.AuditEntry{Deed: behavior.DeedPassword, Kind: behavior.KindPerson, ObjectID: user.ID, Object: user.Name}
	return h.done(w, r, h.settings.Prefix+"account/", "Your password was changed. All your other sign-ins have ended.", entry)
}

// correctErrors is the reference's text above a form with faults.
func correctErrors(n int) string {
	if n == 1 {
		return "Please correct the error below."
	}
	return "Please correct the errors below."
}

// endSignIns ends those of somebody's own sign-ins that are meant.
func (h *handler) endSignIns(w http.ResponseWriter, r *http.Request, user behavior.User, meant func(signInRow) bool) error {
	rows, err := h.signInRows(r, user.ID)
	if err != nil {
		return err
	}
	ended := 0
	for _, s := range rows {
		if !meant(s) {
			continue
		}
		switch err := h.settings.People.EndSignIn(r.Context(), user.ID, s.ID); {
		case errors.Is(err, behavior.ErrNotFound): // it has just ended by itself
		case err != nil:
			return fmt.Errorf("end sign-in: %w", err)
		default:
			ended++
		}
	}
	return h.done(w, r, h.settings.Prefix+"account/", endedSentence(ended), endedDeed(behavior.Person{ID: user.ID, Name: user.Name}, ended)...)
}

// endedDeed tells that sign-ins of a person were ended; nothing, when there
// were none.
func endedDeed(p behavior.Person, n int) []behavior.AuditEntry {
	if n == 0 {
		return nil
	}
	return []behavior.AuditEntry{{
		Deed: behavior.DeedEndSignIns, Kind: behavior.KindPerson, ObjectID: p.ID, Object: p.Name, Note: endedSentence(n),
	}}
}

func endedSentence(n int) string {
	switch n {
	case 0:
		return "No sign-in was ended: there was none any more."
	case 1:
		return "One sign-in was ended."
	}
	return grouped(n) + " sign-ins were ended."
}

// done notes what has been done, and says so on the page that follows.
func (h *handler) done(w http.ResponseWriter, r *http.Request, next, sentence string, entries ...behavior.AuditEntry) error {
	h.tellDone(w, r, ui.Message{Level: "success", Before: sentence}, h.audit(r, entries...))
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// signInRows lists the sign-ins of a person.
func (h *handler) signInRows(r *http.Request, id string) ([]signInRow, error) {
	list, err := h.settings.People.SignIns(r.Context(), id)
	if err != nil {
		return nil, err
	}
	ctx, err := h.signIn(r)
	if err != nil {
		return nil, err
	}
	now, zone := h.settings.Now(), h.settings.TimeZone
	rows := make([]signInRow, 0, len(list))
	for _, s := range list {
		rows = append(rows, signInRow{
			ID: s.ID, Addr: s.Addr, Agent: s.Agent, Browser: h.browserOf(s.Agent), Start: newAdminTime(s.Start, now, zone),
			Expires: adminMoment(s.Expires, zone), This: h.isThis(ctx, s),
		})
	}
	return rows, nil
}

// isThis reports whether a sign-in is that of the request: it began in the same
// microsecond, at the same place. Its id is nothing that a token tells.
func (h *handler) isThis(ctx context.Context, s behavior.SignIn) bool {
	return ctx != nil && h.signIns.GetInt64(ctx, behavior.SessionStart) == s.Start.UnixMicro() &&
		h.signIns.GetString(ctx, behavior.SessionAddr) == s.Addr && h.signIns.GetString(ctx, behavior.SessionAgent) == s.Agent
}

// browserOf is a user agent in short: "Chrome 126 · Windows".
func (h *handler) browserOf(agent string) string {
	s, err := h.tracker.NewSession(behavior.SessionInput{SessionID: "s", UserAgent: agent, IPAddress: "::", StartTime: time.Unix(0, 0)})
	version, _, _ := strings.Cut(s.BrowserVersion, ".")
	browser := strings.TrimSpace(s.Browser + " " + version)
	switch {
	case err != nil || browser == "" && s.OS == "":
		return "Unknown browser"
	case browser == "" || s.OS == "":
		return browser + s.OS
	}
	return browser + " · " + s.OS
}
