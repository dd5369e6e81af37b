package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// personPage is what the page "admin_person" shows: a person, or the form for a
// new one.
type personPage struct {
	New      bool
	Self     bool // the person is who looks at it
	Name     string
	Role     behavior.Role
	Roles    []roleChoice
	Active   bool
	Rights   []rightRow
	Columns  []behavior.Right
	Created  string
	LastSeen string
	Error    string // above the form; empty for none
	Problems behavior.Invalid

	Password, Again passwordField
	Rules           passwordRules
	PasswordError   string // above the form for a password; empty for none

	SignIns []signInRow
	LogURL  string // of what the person did; empty where nothing is kept
	Confirm bool   // the question whether to remove the person
}

// roleChoice is one role to choose.
type roleChoice struct {
	Role       behavior.Role
	Name, Text string
}

// rightRow is what the rights of a person say of one kind of record.
type rightRow struct {
	Kind  string // as people read it
	Cells []rightCell
}

type rightCell struct {
	Right behavior.Right
	Value string // "session.view"
	Label string
	On    bool
}

func (h *handler) newPersonPage(p behavior.Person) personPage {
	page := personPage{
		Name: p.Name, Role: p.Role, Active: p.Active, Columns: rightColumns,
		Rules: newPasswordRules("password1", "password2", "username"),
	}
	for _, role := range behavior.Roles() {
		word := roleWords[role]
		page.Roles = append(page.Roles, roleChoice{role, word.Name, word.Text})
	}
	for _, m := range adminModels {
		row := rightRow{Kind: m.plural}
		for _, right := range rightColumns {
			value := string(m.kind) + "." + string(right)
			row.Cells = append(row.Cells, rightCell{right, value, string(right) + " " + m.plural, p.Rights.Has(m.kind, right)})
		}
		page.Rights = append(page.Rights, row)
	}
	page.Password, page.Again = newPasswordFields("password1", "password2")
	return page
}

// adminPersonAdd adds a person.
func (h *handler) adminPersonAdd(w http.ResponseWriter, r *http.Request, _ behavior.User) error {
	person := behavior.Person{Role: behavior.RoleStaff, Rights: behavior.ViewRights, Active: true}
	if r.Method == http.MethodPost {
		person = typedPerson(r)
	}
	p := h.newPersonPage(person)
	p.New = true
	if r.Method != http.MethodPost {
		return h.personPage(w, r, p)
	}
	added, err := h.addPerson(r, person)
	var invalid behavior.Invalid
	switch {
	case errors.As(err, &invalid):
		p.Problems, p.Password.Problems, p.Again.Problems = invalid, invalid["password"], invalid["password2"]
		p.Error = correctErrors(len(invalid))
		return h.personPage(w, r, p)
	case err != nil:
		return fmt.Errorf("add person: %w", err)
	}
	return h.done(w, r, h.adminPath("people/"), "“"+added.Name+"” was added.", personDeed(behavior.DeedAdd, added))
}

// addPerson adds a person with the password that was typed twice. What is wrong
// is [behavior.Invalid].
func (h *handler) addPerson(r *http.Request, person behavior.Person) (behavior.Person, error) {
	password := r.PostFormValue("password1")
	if password != r.PostFormValue("password2") {
		return behavior.Person{}, behavior.Invalid{"password2": {notRepeated}}
	}
	added, err := h.settings.People.AddPerson(r.Context(), person, password)
	if errors.Is(err, behavior.ErrConflict) {
		return behavior.Person{}, behavior.Invalid{"name": {"A user with that username already exists."}}
	}
	return added, err
}

// typedPerson is the person whom a form describes.
func typedPerson(r *http.Request) behavior.Person {
	_ = r.ParseForm() // what cannot be parsed has no fields
	p := behavior.Person{
		Name: r.PostFormValue("username"), Role: behavior.Role(r.PostFormValue("role")), Active: r.PostFormValue("active") != "",
	}
	for _, m := range adminModels {
		for _, right := range rightColumns {
			if slices.Contains(r.PostForm["rights"], string(m.kind)+"."+string(right)) {
				p.Rights = p.Rights.With(m.kind, right)
			}
		}
	}
	return p
}

// adminPerson shows one person, and does what the form on the page asks for.
func (h *handler) adminPerson(w http.ResponseWriter, r *http.Request, user behavior.User) error {
	person, err := h.settings.People.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.onePerson(w, r, user, person, h.newPersonPage(person))
	}
	switch action := r.PostFormValue("action"); action {
	case "save":
		return h.changePerson(w, r, user, person)
	case "password":
		return h.setPassword(w, r, user, person)
	case "end", "end_all":
		return h.endOfPerson(w, r, person, action)
	case "delete":
		return h.removePerson(w, r, user, person)
	}
	return detail(http.StatusBadRequest, "There is no such action.")
}

// onePerson answers with the page of a person.
func (h *handler) onePerson(w http.ResponseWriter, r *http.Request, user behavior.User, person behavior.Person, p personPage) error {
	var err error
	if p.SignIns, err = h.signInRows(r, person.ID); err != nil {
		return err
	}
	p.Self, p.Name = person.ID == user.ID, person.Name
	p.Created, p.LastSeen = adminMoment(person.Created, h.settings.TimeZone), "never"
	if !person.LastSignIn.IsZero() {
		p.LastSeen = adminMoment(person.LastSignIn, h.settings.TimeZone)
	}
	if h.settings.Audit != nil {
		p.LogURL = h.adminPath("log/?user=", person.ID)
	}
	return h.personPage(w, r, p)
}

func (h *handler) personPage(w http.ResponseWriter, r *http.Request, p personPage) error {
	last := ui.Link{Text: p.Name}
	if p.New {
		last.Text = "Add"
	}
	return h.adminPage(w, r, http.StatusOK, "admin_person", p, ui.Link{Text: "People", URL: h.adminPath("people/")}, last)
}

// changePerson changes role, rights and whether a person is active.
func (h *handler) changePerson(w http.ResponseWriter, r *http.Request, user behavior.User, was behavior.Person) error {
	typed := typedPerson(r)
	typed.ID, typed.Name = was.ID, was.Name
	changed, err := h.settings.People.ChangePerson(r.Context(), was.ID, func(p *behavior.Person) error {
		was = *p
		p.Role, p.Rights, p.Active = typed.Role, typed.Rights, typed.Active
		return nil
	})
	var invalid behavior.Invalid
	switch {
	case errors.As(err, &invalid):
		p := h.newPersonPage(typed)
		p.Problems, p.Error = invalid, correctErrors(len(invalid))
		if own := invalid["non_field_errors"]; len(own) > 0 {
			p.Error = own[0]
		}
		return h.onePerson(w, r, user, was, p)
	case err != nil:
		return fmt.Errorf("change person: %w", err)
	}
	var entries []behavior.AuditEntry
	if changes := personChanges(personFields(was), personFields(changed)); len(changes) > 0 {
		entries = []behavior.AuditEntry{personDeed(behavior.DeedChange, changed)}
		entries[0].Changes = changes
	}
	next := r.URL.Path
	if changed.ID == user.ID && (!changed.Active || changed.Role != behavior.RoleSuperuser) {
		next = h.start(changed.User()) // this page is no longer for them
	}
	return h.done(w, r, next, "“"+changed.Name+"” was changed.", entries...)
}

// setPassword gives another person a new password. One's own asks for the old
// one, on the page of the account.
func (h *handler) setPassword(w http.ResponseWriter, r *http.Request, user behavior.User, person behavior.Person) error {
	if person.ID == user.ID {
		return detail(http.StatusForbidden, "Change your own password on the page of your account.")
	}
	p, password := h.newPersonPage(person), r.PostFormValue("password1")
	var err error
	if password != r.PostFormValue("password2") {
		p.Again.Problems = []string{notRepeated}
	} else if err = h.settings.People.SetPassword(r.Context(), person.ID, password, ""); err == nil {
		return h.done(w, r, r.URL.Path, "The password of “"+person.Name+"” was changed, and the sign-ins have ended.",
			personDeed(behavior.DeedPassword, person))
	}
	var invalid behavior.Invalid
	if err != nil && !errors.As(err, &invalid) {
		return fmt.Errorf("set password: %w", err)
	}
	p.Password.Problems = invalid["password"]
	p.PasswordError = correctErrors(len(p.Password.Problems) + len(p.Again.Problems))
	return h.onePerson(w, r, user, person, p)
}

// endOfPerson ends one or all of the sign-ins of a person.
func (h *handler) endOfPerson(w http.ResponseWriter, r *http.Request, person behavior.Person, action string) error {
	list, err := h.settings.People.SignIns(r.Context(), person.ID)
	if err != nil {
		return err
	}
	ended := len(list)
	if action == "end" {
		ended = 1
		err = h.settings.People.EndSignIn(r.Context(), person.ID, r.PostFormValue("sign_in"))
		if errors.Is(err, behavior.ErrNotFound) { // it has ended by itself
			ended, err = 0, nil
		}
	} else {
		err = h.settings.People.EndSignIns(r.Context(), person.ID)
	}
	if err != nil {
		return fmt.Errorf("end sign-ins: %w", err)
	}
	return h.done(w, r, r.URL.Path, endedSentence(ended), endedDeed(person, ended)...)
}

// removePerson removes a person, once the question has been answered.
func (h *handler) removePerson(w http.ResponseWriter, r *http.Request, user behavior.User, person behavior.Person) error {
	p := h.newPersonPage(person)
	if p.Confirm = true; r.PostFormValue("post") != "yes" {
		return h.onePerson(w, r, user, person, p)
	}
	err := h.settings.People.RemovePerson(r.Context(), person.ID)
	var invalid behavior.Invalid
	switch {
	case errors.As(err, &invalid):
		p.Confirm, p.Error = false, correctErrors(1)
		if own := invalid["non_field_errors"]; len(own) > 0 {
			p.Error = own[0]
		}
		return h.onePerson(w, r, user, person, p)
	case err != nil:
		return fmt.Errorf("remove person: %w", err)
	}
	return h.done(w, r, h.adminPath("people/"), "“"+person.Name+"” was removed.", personDeed(behavior.DeedDelete, person))
}
