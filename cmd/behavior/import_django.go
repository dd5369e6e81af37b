package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"
	_ "time/tzdata" // --time-zone works on machines without the tables

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/django"
)

type importCommands struct {
	File   importCommand       `cmd:"" default:"withargs" help:"Load records from a file of JSON lines. \"file\" may be left out."`
	Django importDjangoCommand `cmd:"" help:"Take over what a Django site has recorded with dj-user-behavior."`
}

// Help is printed by "behavior import --help".
func (*importCommands) Help() string {
	return `
There are two of them:

  behavior import FILE             # JSON lines, one record each; - is standard input
  behavior import django SOURCE    # the database of a Django site, or its dumpdata

"behavior import django --help" tells of the second, and this of the first.
` + (*importCommand)(nil).Help()
}

type importDjangoCommand struct {
	storeOptions
	migrateFlag
	accountsFlag
	Source      string `arg:"" placeholder:"SOURCE" help:"The site's SQLite file, postgres://..., or a JSON dump; - is a dump on standard input."`
	Users       string `enum:"all,staff,none" default:"all" placeholder:"all|staff|none" help:"Whose sign-ins to take over. Default: all."`
	UserTable   string `placeholder:"TABLE" help:"The table of the site's users. Default: auth_user."`
	App         string `placeholder:"LABEL" help:"The label of the app, with which its tables begin. Default: user_behavior."`
	TimeZone    string `placeholder:"ZONE" default:"UTC" help:"Of times that have none: the site's TIME_ZONE where its USE_TZ is off. Default: UTC."`
	DryRun      bool   `help:"Only tell what would be taken into empty stores, and what would be refused."`
	SkipInvalid bool   `help:"Exit with 0 although records were refused."`
}

// Help is printed by "behavior import django --help".
func (*importDjangoCommand) Help() string {
	return `
Takes over sessions, page views and interactions with their ids, times and
metadata, and fills in what they tell of browser, system, page and visitor. The
source is opened for reading alone and never changed.

  behavior import django db.sqlite3 --dry-run
  behavior import django db.sqlite3
  behavior import django postgres://ann@db.example.com/site
  python manage.py dumpdata user_behavior auth.user | behavior import django -

A dump may be an array or JSON lines, in any order, and compressed by gzip.

Users keep their names, passwords and, where it is free, their ids. A superuser
becomes a superuser, staff become staff with all rights, all others users. Their
passwords are hashed anew when they first sign in. Who is there already stays.

Stop the server first where the records go to a file, and all servers where they
go to ClickHouse: one of them might give an id that is taken over to a visitor.

It can be run again without harm: what is there already is left alone. What
cannot be taken is refused and counted, with the ids of some. Event types of the
site's own must be named in USER_BEHAVIOR_EVENT_TYPES first.

Exits with 0 when all is taken over, with 1 when something was refused.`
}

// errNotTaken is the end of a take-over that has said already what it refused.
var errNotTaken = errors.New("not every record was taken over")

// Run takes over a site.
func (c *importDjangoCommand) Run(p *process) error {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "Local" {
		return usageError(fmt.Sprintf("there is no time zone %s; write for example Europe/Berlin", c.TimeZone))
	}
	c.accounts, c.migrate = c.Accounts, c.Migrate
	conf, err := p.configure(c.storeOptions, "")
	if err != nil {
		return err
	}
	keepPrivate()
	ctx, stop := untilSignal()
	defer stop()
	source, err := django.Open(ctx, c.Source, p.stdin, django.Options{App: c.App, UserTable: c.UserTable, NoUsers: c.Users == "none"})
	if err != nil {
		return fmt.Errorf("import django: %w", err)
	}
	t := &takeover{source: source, zone: zone, users: c.Users, dry: c.DryRun, tally: newDjangoTally(p.stderr)}
	if err = t.tell(p, c); err == nil {
		err = t.into(ctx, p, conf)
	}
	err = errors.Join(err, source.Close())
	if err == nil && t.tally.refusals() > 0 && !c.SkipInvalid {
		err = errNotTaken
	}
	return err
}

// takeover is one run of the command.
type takeover struct {
	source *django.Source
	zone   *time.Location
	users  string // all, staff or none
	dry    bool
	tally  *djangoTally

	tracker *behavior.Tracker
	people  *account.Store
}

// tell says what of the tables is not there. What was asked for by name has to
// be: the table of users, and one at least of the app.
func (t *takeover) tell(p *process, c *importDjangoCommand) error {
	records := []django.Kind{django.Sessions, django.PageViews, django.Interactions}
	if c.App != "" && !slices.ContainsFunc(records, t.source.Has) {
		if t.source.IsDump() {
			return fmt.Errorf("import django: the dump has no records of the app %s", c.App)
		}
		return fmt.Errorf("import django: there are no tables of the app %s, such as %s", c.App, t.source.Table(django.Sessions))
	}
	for _, k := range append(records, django.Users) {
		if t.source.Has(k) || k == django.Users && c.Users == "none" {
			continue
		}
		what := fmt.Sprintf("there is no table %s", t.source.Table(k))
		if t.source.IsDump() {
			what = fmt.Sprintf("the dump has no records of %s", t.source.Table(k))
		}
		if k == django.Users && c.UserTable != "" {
			return fmt.Errorf("import django: %s", what)
		}
		fmt.Fprintf(p.stderr, "behavior: %s: no %s are taken over\n", what, djangoNouns[k].many)
	}
	return nil
}

// into opens the stores and takes everything over.
func (t *takeover) into(ctx context.Context, p *process, conf config) (err error) {
	if t.dry {
		// What is refused shows only when everything is stored: into files that
		// go at the end.
		dir, err := os.MkdirTemp("", "behavior-dry-run-")
		if err != nil {
			return fmt.Errorf("dry run: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }() // of no interest to who asked
		conf.dir, conf.database, conf.chosen = dir, database{"sqlite", filepath.Join(dir, "behavior.sqlite")}, true
		conf.accounts = accounts{database: database{"sqlite", filepath.Join(dir, peopleName)}, dir: dir}
	}
	var h house
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openImport(ctx, conf, slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		return wayIn(err)
	}
	t.tracker = h.tracker
	if t.users != "none" && t.source.Has(django.Users) {
		if h.people, err = conf.accounts.open(ctx, conf.migrate); err != nil {
			return err
		}
		t.people = h.people
	}
	err = t.all(ctx)
	t.tally.finish()
	t.tally.print(p.stdout, t.dry)
	if err != nil && ctx.Err() != nil {
		return errors.New("stopped; what is taken over stays. Run it again to go on: what is there already is left alone")
	}
	return err
}

// all takes over the records of all kinds, those first that others need.
func (t *takeover) all(ctx context.Context) error {
	if t.people != nil {
		if err := t.takeUsers(ctx); err != nil {
			return fmt.Errorf("take over users: %w", err)
		}
	}
	for _, k := range []django.Kind{django.Sessions, django.PageViews, django.Interactions} {
		if err := t.takeRecords(ctx, k); err != nil {
			return fmt.Errorf("take over %s: %w", djangoNouns[k].many, err)
		}
	}
	return nil
}
