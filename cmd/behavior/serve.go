package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// The bounds of one request.
const (
	headerTime = 10 * time.Second
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	idleTime   = 2 * time.Minute
	maxHeader  = 64 << 10
)

// drainTime is what requests under way get when the server ends.
const drainTime = 8 * time.Second

type serveCommand struct {
	storeOptions
	migrateFlag
	accountsFlag
	Addr   string `placeholder:"HOST:PORT" help:"Where to listen (USER_BEHAVIOR_ADDR). Default: localhost:8000."`
	CopyTo string `placeholder:"DSN" help:"Another database that all records are copied to meanwhile, to move there."`
}

// Help is printed by "behavior serve --help".
func (*serveCommand) Help() string {
	return `
Serves the REST API, the report and the sign-in page below /user_behavior/.
The data folder is made when it is not there; it holds ` + embeddedFile + ` (the
records), people.sqlite (who can sign in) and behavior.lock (who uses it).

  behavior serve
  behavior serve --addr :8000 --data /var/lib/behavior
  USER_BEHAVIOR_MEMORY_LIMIT=4GiB behavior serve

SIGTERM or SIGINT ends it: requests under way are answered, everything that
waits is stored, and it exits with 0. A second signal, half a second later or
more, ends it at once; even then nothing is lost that was acknowledged.

USER_BEHAVIOR_MEMORY_LIMIT (default 1GiB, at least 256MiB) steers its memory:
half of it is for the database, which sorts and groups on disk beyond that, a
quarter for the rest of the program, a quarter is room for what neither counts.
A few very large answers can exceed it for a moment.
USER_BEHAVIOR_LOG_LEVEL is debug, info (the default), warn or error.

Only one process at a time can use a data folder; "behavior user" can all the
same. With the records and the people in PostgreSQL there is none, and any number
of servers share people, sign-ins and throttles.

To move a site to another database while it runs, have the server copy to it. It
verifies what it has copied, goes on with what arrives, and carries the rest when
it ends; then start the new server on that database.

  behavior serve --copy-to postgres://ann@db.example.com/analytics --migrate`
}

// Run serves until a signal comes.
func (c *serveCommand) Run(p *process) error {
	c.accounts, c.migrate = c.Accounts, c.Migrate
	conf, err := p.configure(c.storeOptions, c.Addr)
	if err != nil {
		return err
	}
	keepPrivate()
	return p.serveUntilSignal(conf, func(ctx context.Context, log *slog.Logger) error { return c.serve(ctx, p, conf, log) })
}

// serveUntilSignal runs a server, with its log, until a signal comes.
func (p *process) serveUntilSignal(conf config, serve func(ctx context.Context, log *slog.Logger) error) error {
	ctx, stop := untilSignal()
	defer stop()
	log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: conf.level}))
	slog.SetDefault(log)
	if err := serve(ctx, log); ctx.Err() == nil || !errors.Is(err, context.Canceled) {
		return err
	}
	return nil // the signal came before everything was open
}

// serve opens everything, serves until ctx ends, and closes everything.
func (c *serveCommand) serve(ctx context.Context, p *process, conf config, log *slog.Logger) (err error) {
	var h house
	defer func() { err = errors.Join(err, h.close()) }()
	if c.CopyTo != "" {
		if err := h.openCopy(ctx, p, &conf, c.CopyTo, log); err != nil {
			return err
		}
	}
	if err := h.openServer(ctx, conf, log); err != nil {
		return err
	}
	if h.copy != nil {
		if sameServer(ctx, h.store, h.copy.store) {
			return usageError("--copy-to names the database of the server itself: " + h.copy.to.String())
		}
		h.copy.start(h.store)
	}
	if err := noteSettings(ctx, h.people, conf.given); err != nil {
		log.Warn("the settings could not be compared with those of the last start", "error", err)
	}
	if err := p.welcome(ctx, conf, &h, log); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, h.tracker.EndLive)() // streams would last until they are cut off
	return serveHTTP(ctx, h.listener, front(h.tracker.Settings().Prefix, web.Handler(h.tracker)), log)
}

// serveHTTP serves until ctx ends, and then answers what is under way.
func serveHTTP(ctx context.Context, l net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime,
		MaxHeaderBytes: maxHeader,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("ending: answering what is under way")
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Warn("some requests took too long and were cut off")
		return server.Close()
	}
	return nil
}

// listen opens the port.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use by another program; choose another address with --addr", addr)
	case err != nil:
		return nil, fmt.Errorf("listen on %s: %w", addr, errors.Unwrap(err))
	}
	return l, nil
}

// address is where a browser on this machine finds a listener on addr: the
// host as it was given, and the port that it got.
func address(addr string, l net.Addr) string {
	host, _, _ := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	_, port, _ := net.SplitHostPort(l.String())
	return "http://" + net.JoinHostPort(host, port)
}

// front leads from the root to the prefix. Everything else is the handler's.
func front(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && prefix != "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			http.Redirect(w, r, prefix, http.StatusFound)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// home is where a database is, for people to read: the data folder if its file
// lies there, and else what names it.
func (d database) home(dir string) string {
	folder, err := filepath.Abs(dir)
	path, fault := filepath.Abs(d.source)
	switch {
	case d.isServer() || err != nil || fault != nil:
		return d.String()
	case filepath.Dir(path) == folder:
		return folder
	}
	return d.engine + ":" + path
}

// inviteTime is how long the link of the first start is good.
const inviteTime = 24 * time.Hour

// welcome says where everything is, and what to do first.
func (p *process) welcome(ctx context.Context, conf config, h *house, log *slog.Logger) error {
	people, err := h.people.People(ctx)
	if err != nil {
		return err
	}
	s := h.tracker.Settings()
	url := address(conf.addr, h.listener.Addr()) + s.Prefix
	if err := h.lock.announce(url); err != nil {
		return err
	}
	if records, people := conf.database.home(conf.dir), conf.accounts.home(conf.dir); records != people || conf.database.isServer() {
		fmt.Fprintf(p.stdout, "Data in %s, people in %s\n", records, people)
	} else {
		fmt.Fprintf(p.stdout, "Data in %s\n", records)
	}
	if len(people) == 0 {
		p.invite(ctx, conf, h, url, log)
	}
	for _, line := range warnings(s) {
		log.Warn(line)
	}
	fmt.Fprintf(p.stdout, "Listening on %s\n", url)
	return nil
}

// invite says how the first person gets in: by a link that is good once, or by
// a command.
func (p *process) invite(ctx context.Context, conf config, h *house, url string, log *slog.Logger) {
	fmt.Fprintln(p.stdout, "Nobody can sign in yet.")
	token, err := h.people.Invite(ctx, time.Now().Add(inviteTime))
	switch {
	case errors.Is(err, behavior.ErrConflict): // somebody was added this moment
	case err != nil:
		log.Warn("no link for the first person could be made", "error", err)
	default:
		fmt.Fprintf(p.stdout, "Become the owner with this link; it is good once, for 24 hours:\n  %swelcome/%s/\n", url, token)
	}
	where, how := dataFlag(conf.dir), ""
	if conf.accounts.given || !conf.accounts.inFile() {
		where, how = "", ", with the same settings" // a DSN may hold a password
	}
	fmt.Fprintf(p.stdout, "Or add yourself from another terminal%s:\n  %s user add NAME --role superuser%s\n", how, program(), where)
}

// program is how this program is called: a copy that "go run" has built is
// gone when it ends.
func program() string {
	path, err := os.Executable()
	if err == nil && strings.Contains(filepath.ToSlash(path), "/go-build") {
		return "go run ./cmd/behavior"
	}
	return "behavior"
}

// dataFlag is the flag that names a data folder, where it is not the default.
func dataFlag(dir string) string {
	if dir == defaultData {
		return ""
	}
	return " --data " + shellQuote(dir)
}

// shellQuote makes one word of a text for a shell to read.
func shellQuote(s string) string {
	plain := strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/+,:@%") == ""
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
