package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/sample"
	"github.com/userbehavior/behavior/web"
)

type demoCommand struct {
	Addr   string `placeholder:"HOST:PORT" help:"Where to listen (USER_BEHAVIOR_ADDR). Default: localhost:8000."`
	Data   string `placeholder:"DIR" help:"Folder of the data, to keep it. Default: a temporary one that is removed at the end."`
	Config string `placeholder:"FILE" help:"File with settings. Default: ./behavior.toml, if it is there."`
	Events int    `default:"54000" help:"How many page views and interactions to make up, about; at most 10000000."`
	Days   int    `default:"60" help:"Over how many days they are spread, at most 1000."`
	Seed   uint64 `help:"A number; another one makes up other visits."`
	Empty  bool   `help:"Make nothing up: what you do in the shop is all there is."`
}

// Help is printed by "behavior demo --help".
func (*demoCommand) Help() string {
	return `
Serves everything that "behavior serve" does, and beside it a small shop at
/shop/ that carries the tracker: open it, click, and look at what arrived in the
report and in the admin. An owner named "demo" is made, who can sign in with the
password that is printed.

  behavior demo                            # forgets everything at the end
  behavior demo --data demo-data           # keeps it; start again to go on
  behavior demo --events 1000000 --days 90 # more to look at
  behavior demo --empty                    # only what you do yourself

The store is filled with sessions of the last 60 days that nobody has had: where
they come from, what they look at and what they buy is made up, the same way for
the same --seed. A folder that has records already is left as it is. The dashboard has a
button that removes them again.

The shop shows what the tracker can do: tabs that change the address without
loading a page, a form whose fields it never reads, and two events of its own,
add_to_cart and purchase. Put the same line into your own pages:

  <script defer src="http://localhost:8000/user_behavior/tracker.js"></script>`
}

// Bounds of what the demo makes up.
const (
	maxDemoEvents = 10_000_000
	maxDemoDays   = 1000
)

// Run serves until a signal comes.
func (c *demoCommand) Run(p *process) (err error) {
	if c.Events < 1 || c.Events > maxDemoEvents {
		return usageError(fmt.Sprintf("--events must be from 1 to %d; to make nothing up, say --empty", maxDemoEvents))
	}
	if c.Days < 1 || c.Days > maxDemoDays {
		return usageError(fmt.Sprintf("--days must be from 1 to %d", maxDemoDays))
	}
	keepPrivate()
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "behavior-demo-"); err != nil {
			return fmt.Errorf("make the data folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	conf, err := c.configure(p, dir)
	if err != nil {
		return err
	}
	return p.serveUntilSignal(conf, func(ctx context.Context, log *slog.Logger) error { return c.serve(ctx, p, conf, log) })
}

// configure reads the settings. Whatever they say of data, the demo has its own.
func (c *demoCommand) configure(p *process, dir string) (config, error) {
	o := storeOptions{options: options{Data: dir, Config: c.Config}, Database: defaultDatabase(dir), accounts: "sqlite:" + filepath.Join(dir, peopleName)}
	conf, err := p.configure(o, c.Addr)
	if err != nil {
		return config{}, err
	}
	conf.chosen = false // it is the default of its folder
	if conf.settings.Prefix == shopRoot || conf.settings.Prefix == "shop" {
		return config{}, usageError("the demo's shop is at " + shopRoot + "; choose another prefix")
	}
	for _, kind := range sample.EventTypes() {
		if !slices.Contains(conf.settings.EventTypes, kind) {
			conf.settings.EventTypes = append(conf.settings.EventTypes, kind)
		}
	}
	if conf.level == slog.LevelInfo {
		conf.level = slog.LevelWarn // a line for each click would hide what is said below
	}
	return conf, nil
}

// serve opens and fills everything, serves until ctx ends, and closes everything.
func (c *demoCommand) serve(ctx context.Context, p *process, conf config, log *slog.Logger) (err error) {
	var h house
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openServer(ctx, conf, log); err != nil {
		return err
	}
	base, prefix := address(conf.addr, h.listener.Addr()), h.tracker.Settings().Prefix
	if err := h.lock.announce(base + prefix); err != nil {
		return err
	}
	if err := c.prepare(ctx, p, conf, &h, base); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "\n  Shop    %s\n  Report  %s\n  Admin   %s\n\n", base+shopRoot, base+prefix+"report/", base+prefix+"admin/")
	fmt.Fprintf(p.stdout, "Listening on %s\n", base+prefix)
	defer context.AfterFunc(ctx, h.tracker.EndLive)() // streams would last until they are cut off
	return serveHTTP(ctx, h.listener, demoFront(prefix, web.Handler(h.tracker)), log)
}

// prepare fills the store, makes the owner, and says so.
func (c *demoCommand) prepare(ctx context.Context, p *process, conf config, h *house, base string) error {
	kept := ", which is removed at the end"
	if c.Data != "" {
		kept = ""
	}
	fmt.Fprintf(p.stdout, "Data in %s%s\n", conf.dir, kept)
	if !c.Empty {
		if err := c.fill(ctx, p, h, base); err != nil {
			return err
		}
	}
	return p.demoOwner(ctx, h)
}

// fill makes sessions up, unless there are some.
func (c *demoCommand) fill(ctx context.Context, p *process, h *house, base string) error {
	counts, err := sample.Fill(ctx, h.tracker, sample.Options{Sessions: sample.SessionsOf(c.Events), Days: c.Days, Shop: base + shopRoot, Seed: c.Seed})
	switch {
	case errors.Is(err, behavior.ErrConflict):
		fmt.Fprintln(p.stdout, "It has sessions already: nothing is made up.")
		return nil
	case err != nil:
		return err
	}
	fmt.Fprintf(p.stdout, "Made up %s sessions of the last %d days, with %s page views and %s interactions.\n",
		humanize.Comma(int64(counts.Sessions)), c.Days, humanize.Comma(int64(counts.PageViews)), humanize.Comma(int64(counts.Interactions)))
	return nil
}

// demoOwner makes an owner where nobody can sign in yet.
func (p *process) demoOwner(ctx context.Context, h *house) error {
	people, err := h.people.People(ctx)
	if err != nil {
		return err
	}
	if len(people) > 0 {
		fmt.Fprintf(p.stdout, "Sign in as %s, with the password of the first start.\n", people[0].Name)
		return nil
	}
	password := rand.Text()[:16]
	owner := behavior.Person{Name: "demo", Role: behavior.RoleSuperuser, Active: true}
	if _, err := h.people.AddPerson(ctx, owner, password); err != nil {
		return fmt.Errorf("add the demo's owner: %w", err)
	}
	fmt.Fprintf(p.stdout, "Sign in as %s with the password %s\n", owner.Name, password)
	return nil
}

// demoFront leads from the root to the shop, and everything else to its place.
func demoFront(prefix string, next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle(shopRoot, newShop(prefix))
	mux.Handle("/", next)
	if prefix != "/" {
		mux.Handle("/{$}", http.RedirectHandler(shopRoot, http.StatusFound))
	}
	return mux
}
