package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

type userCommands struct {
	Add        userAdd        `cmd:"" help:"Add somebody who can sign in."`
	List       userList       `cmd:"" help:"List who can sign in."`
	Role       userRole       `cmd:"" help:"Change what somebody may do."`
	Passwd     userPasswd     `cmd:"" help:"Change somebody's password."`
	Activate   userActivate   `cmd:"" help:"Let somebody sign in again."`
	Deactivate userDeactivate `cmd:"" help:"Do not let somebody sign in any more."`
	Remove     userRemove     `cmd:"" help:"Remove somebody."`
	Copy       userCopy       `cmd:"" help:"Copy everybody to another place, from a file into a database for example."`
}

// Help is printed by "behavior user --help".
func (*userCommands) Help() string {
	return `
People are kept in people.sqlite in the data folder, or in PostgreSQL, see
--accounts. These commands work while the server runs, and count at once. What
they change is noted in the audit trail of the admin, as done by "command line".

A superuser may do everything, people and settings included: that is an owner in
the pages, where staff are called editors. Staff may use the
report, and the admin as far as their rights go. A viewer sees the report and
the admin and changes nothing. A user has the API, as its settings allow. One
active superuser must always be left.`
}

type userAdd struct {
	accountsOptions
	Name          string  `arg:"" help:"Letters, digits and @ . + - _; upper and lower case differ."`
	Role          string  `enum:"superuser,staff,viewer,user" default:"user" placeholder:"superuser|staff|viewer|user" help:"What they may do: a superuser is the owner, see \"behavior user --help\". Default: user."`
	Rights        *string `placeholder:"RIGHTS" help:"Narrows what staff may do in the admin: none, or for example \"session.view pageview.change\". Default: all."`
	Inactive      bool    `help:"Do not let them sign in yet."`
	PasswordStdin bool    `help:"Read the password from the first line of standard input instead of asking."`
}

// Help is printed by "behavior user add --help".
func (*userAdd) Help() string {
	return `
Asks for the password twice, or reads it from standard input. It needs at least
8 characters; it must not be one that many people have, all digits, or much like
the name.

  behavior user add ann --role superuser
  pass show behavior/bob | behavior user add bob --role staff --password-stdin
  behavior user add carl --role staff --rights "session.view pageview.view"` + rightsHelp
}

// Run adds a person.
func (c *userAdd) Run(p *process) error {
	person := behavior.Person{Name: c.Name, Role: behavior.Role(c.Role), Active: !c.Inactive}
	var err error
	if person.Rights, err = parseRights(person.Role, c.Rights); err != nil {
		return err
	}
	where, err := p.accounts(c.accountsOptions)
	if err != nil {
		return err
	}
	password, err := p.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	if where.inFile() {
		if err := os.MkdirAll(filepath.Dir(where.source), 0o700); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
	}
	return withPeople(where, func(ctx context.Context, people *account.Store) error {
		added, err := people.AddPerson(ctx, person, password)
		switch {
		case errors.Is(err, behavior.ErrConflict):
			return fmt.Errorf("there is a user %s already", c.Name)
		case err != nil:
			return sentences(err)
		}
		fmt.Fprintf(p.stdout, "Added %s %s.\n", c.Role, c.Name)
		return note(ctx, people, behavior.DeedAdd, added, personChanges(behavior.Person{}, added))
	})
}

type userList struct{ accountsOptions }

// Help is printed by "behavior user list --help".
func (*userList) Help() string {
	return `
RIGHTS are what they may do in the admin with sessions, page views and
interactions, as far as the server's settings let anybody.`
}

// Run lists the people.
func (c *userList) Run(p *process) error {
	return p.withTheirPeople(c.accountsOptions, func(ctx context.Context, people *account.Store) error {
		list, err := people.People(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tACTIVE\tADDED (UTC)\tLAST SIGN-IN (UTC)\tRIGHTS")
		for _, person := range list {
			active, last := "yes", "never"
			if !person.Active {
				active = "no"
			}
			if !person.LastSignIn.IsZero() {
				last = person.LastSignIn.Format(time.DateTime)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", person.Name, person.Role, active,
				person.Created.Format(time.DateTime), last, rightsInShort(person.User().Rights))
		}
		return table.Flush()
	})
}

type userPasswd struct {
	accountsOptions
	Name          string `arg:"" help:"Whose password to change."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input instead of asking."`
}

// Help is printed by "behavior user passwd --help".
func (*userPasswd) Help() string {
	return `
The new password counts at once, and whoever is signed in as this user is
signed out.`
}

// Run changes a password.
func (c *userPasswd) Run(p *process) error {
	password, err := p.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	return p.withPerson(c.accountsOptions, c.Name, func(ctx context.Context, people *account.Store, person behavior.Person) error {
		if err := people.SetPassword(ctx, person.ID, password, ""); err != nil {
			return unknownUser(c.Name, err)
		}
		fmt.Fprintf(p.stdout, "Changed the password of %s.\n", c.Name)
		return note(ctx, people, behavior.DeedPassword, person, nil)
	})
}

type userRemove struct {
	accountsOptions
	Name string `arg:"" help:"Whom to remove."`
}

// Help is printed by "behavior user remove --help".
func (*userRemove) Help() string {
	return `
The user is signed out everywhere and cannot sign in again. Recorded sessions
that carry the user's id stay as they are, and so does the audit trail. The
last active superuser cannot be removed: add another one first.`
}

// Run removes a person.
func (c *userRemove) Run(p *process) error {
	return p.withPerson(c.accountsOptions, c.Name, func(ctx context.Context, people *account.Store, person behavior.Person) error {
		if err := people.RemovePerson(ctx, person.ID); err != nil {
			return unknownUser(c.Name, err)
		}
		fmt.Fprintf(p.stdout, "Removed %s.\n", c.Name)
		return note(ctx, people, behavior.DeedDelete, person, personChanges(person, behavior.Person{}))
	})
}

// withTheirPeople runs f on people who must be there, where they are in a file.
func (p *process) withTheirPeople(o accountsOptions, f func(context.Context, *account.Store) error) error {
	where, err := p.accounts(o)
	if err != nil {
		return err
	}
	if _, err := os.Stat(where.source); where.inFile() && errors.Is(err, fs.ErrNotExist) {
		if where.given {
			return fmt.Errorf("%s holds no users; add one with: %s user add NAME --accounts %s", where.source, program(), where.argument())
		}
		return fmt.Errorf("%s holds no users; add one with: %s user add NAME%s", where.dir, program(), dataFlag(where.dir))
	}
	return withPeople(where, f)
}

// withPerson runs f on one of the people.
func (p *process) withPerson(o accountsOptions, name string, f func(context.Context, *account.Store, behavior.Person) error) error {
	return p.withTheirPeople(o, func(ctx context.Context, people *account.Store) error {
		person, err := people.PersonByName(ctx, name)
		if err != nil {
			return unknownUser(name, err)
		}
		return f(ctx, people, person)
	})
}

// withPeople runs f on the people.
func withPeople(where accounts, f func(context.Context, *account.Store) error) (err error) {
	keepPrivate()
	ctx := context.Background()
	people, err := where.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, people.Close()) }()
	return f(ctx, people)
}

// unknownUser puts the error of a change into words.
func unknownUser(name string, err error) error {
	if errors.Is(err, behavior.ErrNotFound) {
		return fmt.Errorf("there is no user %s", name)
	}
	return sentences(err)
}

// sentences puts what is wrong with a person into words: each sentence on a
// line of its own.
func sentences(err error) error {
	var invalid behavior.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	var lines []string
	for _, field := range []string{"name", "role", "password", "non_field_errors"} {
		lines = append(lines, invalid[field]...)
	}
	return errors.New(strings.Join(lines, "\n"))
}
