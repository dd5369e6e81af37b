package testserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres is a PostgreSQL server.
type Postgres struct {
	dsn string // of its own database

	// Of a server that this process has started:
	bin, dir string
	port     int
	server   *daemon
}

// errNoPostgres: there are no programs to start.
var errNoPostgres = errors.New("no PostgreSQL found: on Debian, `apt-get install postgresql` brings it; or name a server in BEHAVIOR_POSTGRES_DSN")

// shared is the server of all tests of this process.
var shared = sync.OnceValues(func() (*Postgres, error) {
	if dsn := os.Getenv("BEHAVIOR_POSTGRES_DSN"); dsn != "" {
		return &Postgres{dsn: dsn}, nil
	}
	p, err := StartPostgres(context.Background())
	if err == nil {
		atEnd(p.Stop)
	}
	return p, err
})

// SharedPostgres is the server that all tests of this process share: the one
// that BEHAVIOR_POSTGRES_DSN names, whose user must be allowed to make
// databases, or a private one. Without either the test is skipped, see
// [Required].
func SharedPostgres(t testing.TB) *Postgres {
	t.Helper()
	p, err := shared()
	if errors.Is(err, errNoPostgres) {
		missing(t, "postgres", err.Error())
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	return p
}

// PrivatePostgres is a server for one test, which may do to it what it likes.
func PrivatePostgres(t testing.TB) *Postgres {
	t.Helper()
	p, err := StartPostgres(t.Context())
	if errors.Is(err, errNoPostgres) {
		missing(t, "postgres", err.Error())
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	t.Cleanup(p.Stop)
	return p
}

// StartPostgres makes a server in a new folder and starts it. Its settings are
// those of production as far as what is acknowledged must be on disk, and odd
// ones otherwise: it sorts by the rules of English, in the time of New York.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "behavior-postgres-")
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, dir: dir}
	if err := p.initialize(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := p.Start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// postgresPrograms finds the folder of PostgreSQL's programs, the newest where
// there are several.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.Join(errNoPostgres, err)
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(majorVersion(a), majorVersion(b)) })), nil
}

func majorVersion(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

// initialize makes the server's files.
func (p *Postgres) initialize(ctx context.Context) error {
	if err := giveAway(p.dir); err != nil {
		return err
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	p.port = port
	p.dsn = fmt.Sprintf("postgres://behavior@127.0.0.1:%d/postgres?sslmode=disable", port)
	c := p.command(ctx, "initdb", "--no-sync", "-D", p.data(), "-U", "behavior", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
		"--locale-provider=icu", "--icu-locale=en-US")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// command is one of PostgreSQL's programs, run by a user that it lets run it.
func (p *Postgres) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	c.Dir, c.Env = p.dir, append(os.Environ(), "LC_ALL=C.UTF-8")
	stepDown(c)
	return c
}

// Start starts the server, also once more after [Postgres.Crash], and waits
// until it answers.
func (p *Postgres) Start(ctx context.Context) error {
	args := []string{"-D", p.data(), "-p", strconv.Itoa(p.port), "-k", p.dir}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "max_connections=200", "fsync=on", "synchronous_commit=on",
		"timezone=America/New_York", "datestyle=SQL, DMY", "shared_buffers=128MB",
	} {
		args = append(args, "-c", setting)
	}
	server, err := startDaemon(p.command(context.WithoutCancel(ctx), "postgres", args...), filepath.Join(p.dir, "log"), syscall.SIGQUIT)
	if err != nil {
		return err
	}
	p.server = server
	return p.server.wait(ctx, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, p.dsn)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// Crash ends the server as a crash would: at once, with nothing written that
// was not on disk.
func (p *Postgres) Crash() error { return p.server.end(syscall.SIGQUIT) }

// Stop ends the server and removes its files.
func (p *Postgres) Stop() {
	if p.server == nil {
		return
	}
	_ = p.server.end(os.Interrupt) // it may have ended already
	_ = os.RemoveAll(p.dir)
	p.server = nil
}

// DSN leads to a database of the server; an empty name to the one that tests
// may share.
func (p *Postgres) DSN(database string) string {
	if database == "" {
		return p.dsn
	}
	at, err := url.Parse(p.dsn)
	if err != nil || at.Host == "" {
		return p.dsn + " dbname=" + database
	}
	at.Path = "/" + database
	return at.String()
}

// Port is where a server that this process has started listens, at 127.0.0.1.
func (p *Postgres) Port() int { return p.port }

var databases atomic.Int64

// Database makes a new database and returns its DSN. It is dropped when the
// test ends.
func (p *Postgres) Database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("behavior_test_%d_%d", os.Getpid(), databases.Add(1))
	p.run(t.Context(), t, "CREATE DATABASE "+name)
	t.Cleanup(func() { p.run(context.Background(), t, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	return p.DSN(name)
}

// run runs a statement in the server's own database.
func (p *Postgres) run(ctx context.Context, t testing.TB, statement string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, p.dsn)
	if err == nil {
		_, err = conn.Exec(ctx, statement)
		err = errors.Join(err, conn.Close(ctx))
	}
	if err != nil && (p.server != nil || !strings.HasPrefix(statement, "DROP")) {
		t.Errorf("%s: %v", statement, err)
	}
}
