package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/postgres"
)

// settingAccounts says where people are kept.
const settingAccounts = "USER_BEHAVIOR_ACCOUNTS_URL"

// peopleName is the file of people in the data folder.
const peopleName = "people.sqlite"

// accountsFlag says where people are kept.
type accountsFlag struct {
	Accounts string `placeholder:"DSN" help:"Where people are kept: sqlite:PATH or postgres://... (USER_BEHAVIOR_ACCOUNTS_URL). Default: the PostgreSQL database of the records, else people.sqlite in the data folder."`
}

// accounts is where people are kept.
type accounts struct {
	database
	dir   string // the data folder
	given bool   // by a setting, not by default
}

// inFile reports whether people are in a file.
func (a accounts) inFile() bool { return a.engine == "sqlite" }

// file is the file of people in the data folder.
func (a accounts) file() string { return filepath.Join(a.dir, peopleName) }

const accountsHint = "Write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE."

// parseAccounts reads where people are kept: in the records' database where that
// is a PostgreSQL server, and else in the data folder. Of a DSN that will not do
// nothing is repeated but the engine's name: it may hold a password.
func parseAccounts(dsn, dir string, records database, faults *behavior.Faults) accounts {
	a := accounts{database: database{"sqlite", filepath.Join(dir, peopleName)}, dir: dir, given: dsn != ""}
	parts := scheme.FindStringSubmatch(dsn)
	switch {
	case !a.given && records.engine == "postgres":
		a.database = records
	case !a.given:
	case parts == nil:
		a.source = dsn
	case strings.EqualFold(parts[1], "postgres"), strings.EqualFold(parts[1], "postgresql"):
		checkDSN(postgres.CheckDSN(dsn), "E036", settingAccounts, faults)
		a.database = database{"postgres", dsn}
	case !strings.EqualFold(parts[1], "sqlite"):
		addFault(faults, "E036", settingAccounts, fmt.Sprintf("names %s:, where people cannot be kept", parts[1]), accountsHint)
	case parts[2] == "":
		addFault(faults, "E036", settingAccounts, "names no file", accountsHint)
	default:
		a.source = parts[2]
	}
	return a
}

// open opens the people. With migrate the schema in a server is brought up to
// date; that of a file always is.
func (a accounts) open(ctx context.Context, migrate bool) (*account.Store, error) {
	if a.inFile() {
		return account.Open(ctx, a.source)
	}
	people, err := account.OpenPostgres(ctx, a.source, account.Options{Migrate: migrate})
	if err != nil {
		return nil, a.explain(err)
	}
	if err := a.refuseLeft(ctx, people); err != nil {
		return nil, errors.Join(err, people.Close())
	}
	return people, nil
}

// explain says whose tables do not fit, where there may be those of records in
// another database.
func (a accounts) explain(err error) error {
	if !errors.Is(err, behavior.ErrSchema) {
		return err
	}
	text := strings.TrimPrefix(err.Error(), "open people: ")
	if a.given {
		text = strings.Replace(text, migrateAdvice, migrateAdvice+" with the same --accounts", 1)
	}
	return fmt.Errorf("open people in %s: %s", a, text)
}

// refuseLeft refuses to begin anew in a server while people are left in the data
// folder, where they were kept before, and nobody has said which ones count.
func (a accounts) refuseLeft(ctx context.Context, people *account.Store) error {
	if a.given {
		return nil
	}
	there, err := people.People(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	if _, err := os.Stat(a.file()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	before, err := account.Open(ctx, a.file())
	if err != nil {
		return err
	}
	left, err := before.People(ctx)
	if err := errors.Join(err, before.Close()); err != nil || len(left) == 0 {
		return err
	}
	return fmt.Errorf("people are kept in the database now (%s), where nobody is yet, and %s has %d of them; bring them over with \"behavior user copy\", or keep the file with %s=sqlite:%s",
		a, a.file(), len(left), settingAccounts, a.file())
}

// accountsOptions are the flags of the commands that need the people alone.
type accountsOptions struct {
	options
	accountsFlag
	Database string `placeholder:"DSN" help:"Where the records are kept, and people with them where that is PostgreSQL (USER_BEHAVIOR_DATABASE_URL)."`
}

// accounts tells where people are kept, for commands that need no other setting.
func (p *process) accounts(o accountsOptions) (accounts, error) {
	v, err := p.readValues(o.Config)
	if err != nil {
		return accounts{}, err
	}
	var faults behavior.Faults
	dir := v.dir(o.options, &faults)
	records := parseDatabase(v.text(o.Database, settingDatabase, defaultDatabase(dir), &faults), &faults)
	a := parseAccounts(v.text(o.Accounts, settingAccounts, "", &faults), dir, records, &faults)
	if len(faults) > 0 {
		return accounts{}, faults
	}
	return a, nil
}

type userCopy struct {
	accountsOptions
	From string `placeholder:"DSN" help:"Where they are: sqlite:PATH or postgres://... Default: people.sqlite in the data folder."`
}

// Help is printed by "behavior user copy --help".
func (*userCopy) Help() string {
	return `
Copies people with their passwords, sign-ins and saved segments, and the audit
trail, to where people are kept now and nobody is yet: for example from
people.sqlite into the PostgreSQL database that several servers share. What is
copied stays where it was. Stop the servers first.

  USER_BEHAVIOR_DATABASE_URL=postgres://ann@db.example.com/analytics behavior user copy`
}

// Run copies people.
func (c *userCopy) Run(p *process) (err error) {
	to, err := p.accounts(c.accountsOptions)
	if err != nil {
		return err
	}
	var faults behavior.Faults
	from := parseAccounts(c.From, to.dir, database{}, &faults)
	switch {
	case len(faults) > 0:
		return usageError("--from: " + accountsHint)
	case from.database == to.database:
		return usageError(fmt.Sprintf("people are kept in %s, and cannot be copied there from itself; say where to with --accounts or %s", to, settingAccounts))
	}
	if _, err := os.Stat(from.source); from.inFile() && err != nil {
		return fmt.Errorf("there are no people in %s", from.source)
	}
	to.given = true // that there are people left is what this is about
	keepPrivate()
	ctx, stop := untilSignal()
	defer stop()
	source, err := from.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	target, err := to.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	n, err := source.CopyTo(ctx, target)
	switch {
	case errors.Is(err, behavior.ErrConflict):
		return fmt.Errorf("%s has people already; nothing was copied", to)
	case err != nil:
		return err
	}
	fmt.Fprintf(p.stdout, "Copied %s from %s to %s.\n", peopleCount(n), from, to)
	return nil
}

func peopleCount(n int) string {
	if n == 1 {
		return "one person"
	}
	return fmt.Sprintf("%d people", n)
}
