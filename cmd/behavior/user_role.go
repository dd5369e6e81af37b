package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

// commandLine is who does what commands do, in the audit trail.
const commandLine = "command line"

type userRole struct {
	accountsOptions
	Name   string  `arg:"" help:"Whose role to change."`
	Role   string  `arg:"" enum:"superuser,staff,viewer,user" help:"superuser (owner), staff, viewer or user, see \"behavior user --help\"."`
	Rights *string `placeholder:"RIGHTS" help:"Narrows what staff may do in the admin. Default: all."`
}

// Help is printed by "behavior user role --help".
func (*userRole) Help() string {
	return `
Counts at once; whoever is signed in as this user stays so.

  behavior user role ann viewer
  behavior user role bob staff
  behavior user role bob staff --rights "session.view pageview.change"` + rightsHelp
}

// Run changes a role.
func (c *userRole) Run(p *process) error {
	role := behavior.Role(c.Role)
	rights, err := parseRights(role, c.Rights)
	if err != nil {
		return err
	}
	return p.changePerson(c.accountsOptions, c.Name, func(person *behavior.Person) {
		person.Role, person.Rights = role, rights
	}, func(now behavior.Person) string {
		if now.Role == behavior.RoleStaff {
			return fmt.Sprintf("%s is staff now, with rights: %s.", now.Name, rightsInShort(now.Rights))
		}
		return fmt.Sprintf("%s is a %s now.", now.Name, now.Role)
	})
}

type userActivate struct {
	accountsOptions
	Name string `arg:"" help:"Who may sign in again."`
}

// Run lets a person sign in.
func (c *userActivate) Run(p *process) error {
	return p.changePerson(c.accountsOptions, c.Name, func(person *behavior.Person) { person.Active = true },
		func(now behavior.Person) string { return now.Name + " can sign in." })
}

type userDeactivate struct {
	accountsOptions
	Name string `arg:"" help:"Who may not sign in any more."`
}

// Help is printed by "behavior user deactivate --help".
func (*userDeactivate) Help() string {
	return `
The user is signed out everywhere and cannot sign in until "behavior user
activate". Everything else of theirs stays.`
}

// Run keeps a person from signing in.
func (c *userDeactivate) Run(p *process) error {
	return p.changePerson(c.accountsOptions, c.Name, func(person *behavior.Person) { person.Active = false },
		func(now behavior.Person) string { return now.Name + " cannot sign in any more." })
}

// changePerson changes a person, says what became of it and notes it. What
// changes nothing is not noted.
func (p *process) changePerson(o accountsOptions, name string, change func(*behavior.Person), said func(behavior.Person) string) error {
	return p.withPerson(o, name, func(ctx context.Context, people *account.Store, person behavior.Person) error {
		var before behavior.Person // at the moment of the change
		now, err := people.ChangePerson(ctx, person.ID, func(person *behavior.Person) error {
			before = *person
			change(person)
			return nil
		})
		if err != nil {
			return unknownUser(name, err)
		}
		fmt.Fprintln(p.stdout, said(now))
		changes := personChanges(before, now)
		if len(changes) == 0 {
			return nil
		}
		return note(ctx, people, behavior.DeedChange, now, changes)
	})
}

// personChanges are the fields that differ; those of nobody are empty.
func personChanges(before, after behavior.Person) (changes []behavior.FieldChange) {
	texts := func(p behavior.Person) [3]string {
		if p.Name == "" {
			return [3]string{}
		}
		return [3]string{string(p.Role), p.User().Rights.String(), strconv.FormatBool(p.Active)}
	}
	was, is := texts(before), texts(after)
	for i, field := range [3]string{"role", "rights", "active"} {
		if was[i] != is[i] {
			changes = append(changes, behavior.FieldChange{Field: field, Before: was[i], After: is[i]})
		}
	}
	return changes
}

// note adds a deed that is done to the audit trail.
func note(ctx context.Context, people *account.Store, deed behavior.Deed, person behavior.Person, changes []behavior.FieldChange) error {
	err := people.Note(ctx, behavior.AuditEntry{
		User: commandLine, Deed: deed, Kind: behavior.KindPerson, ObjectID: person.ID, Object: person.Name, Changes: changes,
	})
	if err != nil {
		return fmt.Errorf("it is done, but could not be noted in the audit trail: %w", err)
	}
	return nil
}
