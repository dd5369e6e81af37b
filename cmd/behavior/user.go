package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

// peopleName is the file of people in the data folder.
const peopleName = "people.sqlite"

type userCommands struct {
	Add    userAdd    `cmd:"" help:"Add somebody who can sign in."`
	List   userList   `cmd:"" help:"List who can sign in."`
	Passwd userPasswd `cmd:"" help:"Change somebody's password."`
	Remove userRemove `cmd:"" help:"Remove somebody."`
}

// Help is printed by "behavior user --help".
func (*userCommands) Help() string {
	return `
People are kept in people.sqlite in the data folder. These commands work while
the server runs, and count at once.`
}

type userAdd struct {
	options
	Name          string `arg:"" help:"Letters, digits and @ . + - _; upper and lower case differ."`
	Role          string `enum:"superuser,staff,user" default:"user" placeholder:"superuser|staff|user" help:"superuser may do everything, staff see the admin and the report, a user has the API as its settings allow. Default: user."`
	Inactive      bool   `help:"Do not let them sign in yet."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input instead of asking."`
}

// Help is printed by "behavior user add --help".
func (*userAdd) Help() string {
	return `
Asks for the password twice, or reads it from standard input. It needs at least
8 characters, must not be all digits and must not be the name.

  behavior user add ann --role superuser
  pass show behavior/bob | behavior user add bob --role staff --password-stdin`
}

// Run adds a user.
func (c *userAdd) Run(p *process) error {
	dir, err := p.dataDir(c.options)
	if err != nil {
		return err
	}
	password, err := p.password(c.PasswordStdin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	return withPeople(dir, func(ctx context.Context, people *account.Store) error {
		u := account.User{Name: c.Name, Role: account.Role(c.Role), Active: !c.Inactive}
		switch _, err := people.Add(ctx, u, password); {
		case errors.Is(err, behavior.ErrConflict):
			return fmt.Errorf("there is a user %s already", c.Name)
		case err != nil:
			return sentences(err)
		}
		fmt.Fprintf(p.stdout, "Added %s %s.\n", c.Role, c.Name)
		return nil
	})
}

type userList struct{ options }

// Run lists the users.
func (c *userList) Run(p *process) error {
	return p.withTheirPeople(c.options, func(ctx context.Context, people *account.Store) error {
		users, err := people.Users(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "NAME\tROLE\tACTIVE\tADDED (UTC)\tLAST SIGN-IN (UTC)")
		for _, u := range users {
			active, last := "yes", "never"
			if !u.Active {
				active = "no"
			}
			if !u.LastSignIn.IsZero() {
				last = u.LastSignIn.Format(time.DateTime)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", u.Name, u.Role, active, u.Created.Format(time.DateTime), last)
		}
		return table.Flush()
	})
}

type userPasswd struct {
	options
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
	return p.withTheirPeople(c.options, func(ctx context.Context, people *account.Store) error {
		if err := people.SetPassword(ctx, c.Name, password); err != nil {
			return unknownUser(c.Name, err)
		}
		fmt.Fprintf(p.stdout, "Changed the password of %s.\n", c.Name)
		return nil
	})
}

type userRemove struct {
	options
	Name string `arg:"" help:"Whom to remove."`
}

// Help is printed by "behavior user remove --help".
func (*userRemove) Help() string {
	return `
The user is signed out everywhere and cannot sign in again. Recorded sessions
that carry the user's id stay as they are.`
}

// Run removes a user.
func (c *userRemove) Run(p *process) error {
	return p.withTheirPeople(c.options, func(ctx context.Context, people *account.Store) error {
		if err := people.Remove(ctx, c.Name); err != nil {
			return unknownUser(c.Name, err)
		}
		fmt.Fprintf(p.stdout, "Removed %s.\n", c.Name)
		return nil
	})
}

// withTheirPeople runs f on the people of a data folder that must be there.
func (p *process) withTheirPeople(o options, f func(context.Context, *account.Store) error) error {
	dir, err := p.dataDir(o)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, peopleName)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no users; add one with: %s user add NAME%s", dir, program(), dataFlag(dir))
	}
	return withPeople(dir, f)
}

// withPeople runs f on the people of a data folder.
func withPeople(dir string, f func(context.Context, *account.Store) error) (err error) {
	keepPrivate()
	ctx := context.Background()
	people, err := account.Open(ctx, filepath.Join(dir, peopleName))
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

// sentences puts what is wrong with a new user into words: each sentence on a
// line of its own.
func sentences(err error) error {
	var invalid behavior.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	var lines []string
	for _, field := range []string{"name", "role", "password"} {
		lines = append(lines, invalid[field]...)
	}
	return errors.New(strings.Join(lines, "\n"))
}

// maxPassword bounds what is read for a password.
const maxPassword = 4096

// password asks for a password twice, or reads a line of standard input.
func (p *process) password(fromStdin bool) (string, error) {
	if fromStdin {
		line, err := bufio.NewReader(io.LimitReader(p.stdin, maxPassword)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	terminal := int(p.stdin.Fd())
	if !term.IsTerminal(terminal) {
		return "", usageError("there is no terminal to ask for the password; give it with --password-stdin")
	}
	first, err := p.ask(terminal, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := p.ask(terminal, "Again: ")
	if err != nil {
		return "", err
	}
	if !bytes.Equal(first, second) {
		return "", errors.New("the two passwords differ")
	}
	return string(first), nil
}

// ask reads a line from the terminal without showing it. The terminal is put
// right again when the answer is Ctrl-C.
func (p *process) ask(terminal int, question string) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, fmt.Errorf("read the password: %w", err)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupted)
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	fmt.Fprint(p.stderr, question)
	go func() {
		text, err := term.ReadPassword(terminal)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		fmt.Fprintln(p.stderr)
		return a.text, a.err
	case <-interrupted:
		fmt.Fprintln(p.stderr)
		return nil, errors.Join(errors.New("interrupted"), term.Restore(terminal, before))
	}
}
