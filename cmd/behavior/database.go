package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/clickhouse"
	"github.com/userbehavior/behavior/postgres"
	"github.com/userbehavior/behavior/sqlite"
)

// database is where the records are kept.
type database struct {
	engine string // "duckdb", "sqlite", "postgres" or "clickhouse"
	source string // the path of a file, or the whole DSN of a server
}

// String names the database without the password that a DSN may hold.
func (d database) String() string {
	switch d.engine {
	case "postgres":
		return postgres.Describe(d.source)
	case "clickhouse":
		return clickhouse.Describe(d.source)
	}
	return d.engine + ":" + d.source
}

// embeddedFile is the file of records in the data folder.
const embeddedFile = "behavior." + embedded

// defaultDatabase is the file in a data folder: that of the first engine which
// this build has.
func defaultDatabase(dir string) string {
	return embedded + ":" + filepath.Join(dir, embeddedFile)
}

// scheme is how a DSN names its engine. One letter is a drive of Windows.
var scheme = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+):(?://)?(.*)$`)

const databaseHint = "Write " + fileForms + ", postgres://USER:PASSWORD@HOST/DATABASE or clickhouse://USER:PASSWORD@HOST/DATABASE."

// argument is the DSN as it is to be typed, but for a password in it.
func (d database) argument() string {
	if d.isServer() {
		return shellQuote(mask(settingDatabase, d.source))
	}
	return shellQuote(d.String())
}

// isServer reports whether the database is on a server, whose tables are made
// and changed by "behavior migrate".
func (d database) isServer() bool { return d.engine == "postgres" || d.engine == "clickhouse" }

// parseDatabase reads a DSN. Of one for an unknown engine nothing is repeated
// but the engine's name: it may hold a password.
func parseDatabase(dsn string, faults *behavior.Faults) database {
	parts := scheme.FindStringSubmatch(dsn)
	if parts == nil {
		return database{embedded, dsn}
	}
	engine := strings.ToLower(parts[1])
	switch engine {
	case "duckdb", "sqlite":
		if parts[2] == "" {
			addFault(faults, "E033", settingDatabase, "names no file", "Write "+engine+":PATH.")
		}
		if engine == "duckdb" && embedded != engine {
			addFault(faults, "E033", settingDatabase, "names duckdb:, and this build has no engine for it", "Use sqlite:PATH, or a build with cgo.")
		}
		return database{engine, parts[2]}
	case "postgres", "postgresql":
		checkDSN(postgres.CheckDSN(dsn), "E033", settingDatabase, faults)
		return database{"postgres", dsn}
	case "clickhouse", "clickhouse+http", "clickhouse+https":
		checkDSN(clickhouse.CheckDSN(dsn), "E033", settingDatabase, faults)
		return database{"clickhouse", dsn}
	}
	addFault(faults, "E033", settingDatabase, fmt.Sprintf("names %s: and this build has no engine for %[1]s:", parts[1]), databaseHint)
	return database{}
}

// checkDSN notes what an engine says of a DSN that it cannot read.
func checkDSN(err error, code, name string, faults *behavior.Faults) {
	if err == nil {
		return
	}
	why, how, _ := strings.Cut(err.Error(), "; ")
	addFault(faults, code, name, "cannot be used: "+why, sentence(how))
}

// sentence makes a sentence of a part of one.
func sentence(part string) string {
	if part == "" {
		return ""
	}
	return strings.ToUpper(part[:1]) + part[1:] + "."
}

// refuseOther refuses to begin anew in a data folder whose records are in the
// file of another build: it would look as if all were lost.
func (c config) refuseOther() error {
	other := "sqlite"
	if embedded == other {
		other = "duckdb"
	}
	there := database{other, filepath.Join(c.dir, "behavior."+other)}
	if _, err := os.Stat(c.database.source); c.chosen || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(there.source); err != nil {
		return nil
	}
	anew := fmt.Sprintf("To begin anew beside it, say --database %s", shellQuote(c.database.String()))
	if other == "duckdb" {
		return fmt.Errorf("the records are in %s, and this build has no engine for it: use one with cgo, "+
			"which can copy them to sqlite: as well.\n%s", there.source, anew)
	}
	return fmt.Errorf("the records are in %s: go on with --database %s, or bring them over with: behavior copy --from %[2]s --to %s\n%s",
		there.source, shellQuote(there.String()), shellQuote(c.database.String()), anew)
}

// openStore opens the database with its share of the memory. With migrate the
// schema of a server is brought up to date; that of a file always is.
func openStore(ctx context.Context, conf config, migrate bool) (behavior.Store, error) {
	if err := conf.refuseOther(); err != nil {
		return nil, err
	}
	switch conf.database.engine {
	case "sqlite":
		return sqlite.OpenWith(ctx, conf.database.source, sqlite.Options{Memory: conf.memory / 8, CacheSessions: cacheSessions(conf.memory)})
	case "postgres":
		return postgres.OpenWith(ctx, conf.database.source, postgres.Options{Migrate: migrate, CacheSessions: cacheSessions(conf.memory)})
	case "clickhouse":
		return clickhouse.OpenWith(ctx, conf.database.source, clickhouse.Options{Migrate: migrate, CacheSessions: cacheSessions(conf.memory)})
	}
	return openEmbedded(ctx, conf)
}

// cacheSessions is how many sessions a writer may keep in memory.
func cacheSessions(memory int64) int { return int(min(memory/32/1024, 50_000)) }

// migrateAdvice is what engines advise to do about tables that are missing or old.
const migrateAdvice = "run `behavior migrate`"

type migrateCommand struct {
	storeOptions
	accountsFlag
}

// Help is printed by "behavior migrate --help".
func (*migrateCommand) Help() string {
	return `
Makes the tables in a database server, or brings them up to date: those of the
records, and those of people where they are kept in one. Servers that run
meanwhile go on. A file needs no such command: the server does it when it
opens the file.

  behavior migrate --database postgres://ann@db.example.com/analytics`
}

// Run migrates a database server.
func (c *migrateCommand) Run(p *process) error {
	c.accounts = c.Accounts
	conf, err := p.configure(c.storeOptions, "")
	if err != nil {
		return err
	}
	if !conf.database.isServer() && conf.accounts.inFile() {
		return usageError("a file needs no migration: the server does it when it opens the file")
	}
	ctx, stop := untilSignal()
	defer stop()
	if conf.database.isServer() {
		store, err := openStore(ctx, conf, true)
		if err != nil {
			return err
		}
		if err := store.Close(); err != nil {
			return err
		}
	}
	if !conf.accounts.inFile() {
		conf.accounts.given = true // who is left in the data folder is not this command's concern
		people, err := conf.accounts.open(ctx, true)
		if err != nil {
			return err
		}
		if err := people.Close(); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.stdout, "The database is up to date.")
	return nil
}
