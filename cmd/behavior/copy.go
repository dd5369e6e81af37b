package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/move"
	"github.com/userbehavior/behavior/postgres"
)

type copyCommand struct {
	options
	From    string `placeholder:"DSN" help:"Where the records are: ${files}, postgres://... or clickhouse://... Default: the database of the settings."`
	To      string `placeholder:"DSN" required:"" help:"Where they go: a DSN of the same form."`
	Migrate bool   `help:"Make the tables of a database server, or bring them up to date, first."`
	Follow  bool   `help:"Go on with what arrives, until Ctrl-C or SIGTERM."`
	Mirror  bool   `help:"Delete and overwrite what else the destination has."`
	Days    bool   `help:"Print count and checksum of each day."`
}

// Help is printed by "behavior copy --help".
func (*copyCommand) Help() string {
	return `
Copies sessions, page views and interactions, whatever the two engines are.
Records keep their ids. Then both databases are read side by side, a count and a
checksum are made for each day in UTC, and what differs is copied again until
all days are equal. Printed checksums can be compared from copy to copy.

  behavior copy --from duckdb:behavior-data/behavior.duckdb --to postgres://ann@db.example.com/analytics --migrate
  behavior copy --from postgres://ann@db.example.com/analytics --to sqlite:archive.sqlite

An interrupted copy goes on where it was: run the same command again. The
destination must be empty, or such a copy; else nothing is written. --mirror
copies into it all the same, and deletes there what the source does not have. No
server may write to the destination meanwhile; in ClickHouse none may run on it.

With --follow it goes on with what arrives at the source, so that a live site can
move: wait until it says that it follows, stop the old server, press Ctrl-C, and
start the new one on the destination. Ctrl-C carries what is left, verifies once
more and exits with 0; press it again to leave at once.

A file belongs to one process. While a server runs on it, only that server can
copy it:

  behavior serve --copy-to postgres://ann@db.example.com/analytics

People and their passwords are not copied: those of a file, people.sqlite in the
data folder, come along by "behavior user copy", or with the file.

Exits with 0 when both are equal, with 1 when not, when a record keeps changing
at the source, or when one cannot be stored at the destination.`
}

// Run copies.
func (c *copyCommand) Run(p *process) error {
	if c.From != "" {
		if _, err := flagDatabase("--from", c.From); err != nil {
			return err
		}
	}
	conf, err := p.configure(storeOptions{options: c.options, Database: c.From}, "")
	if err != nil {
		return err
	}
	to, err := flagDatabase("--to", c.To)
	if err != nil {
		return err
	}
	if conf.database.same(to) {
		return usageError("source and destination are the same: " + to.String())
	}
	keepPrivate()
	ctx, stop := untilSignal()
	defer stop()
	return c.copy(ctx, p, conf, to)
}

// flagDatabase reads a DSN that a flag gives.
func flagDatabase(flag, dsn string) (database, error) {
	var faults behavior.Faults
	d := parseDatabase(dsn, &faults)
	if len(faults) > 0 {
		return database{}, usageError(flag + " " + strings.TrimPrefix(faults[0].Message, "'"+settingDatabase+"' ") + " " + faults[0].Hint)
	}
	return d, nil
}

// same reports whether two names are of one database, as far as can be told
// before it is opened: a file may have several, by links of both kinds.
func (d database) same(other database) bool {
	if d.isServer() || other.isServer() {
		return d.source == other.source
	}
	path, err := filepath.Abs(d.source)
	another, fault := filepath.Abs(other.source)
	if err == nil && fault == nil && path == another {
		return true
	}
	file, err := os.Stat(d.source)
	second, fault := os.Stat(other.source)
	return err == nil && fault == nil && os.SameFile(file, second)
}

// sameServer reports whether two open stores are one, whatever their servers
// are called.
func sameServer(ctx context.Context, from, to behavior.Store) bool {
	a, ok := from.(*postgres.Store)
	b, too := to.(*postgres.Store)
	return ok && too && postgres.Same(ctx, a, b)
}

// addMigrate names the flag --migrate instead of the command, which would make
// the tables of the database that the settings name.
func addMigrate(err error) error {
	if !errors.Is(err, behavior.ErrSchema) {
		return err
	}
	return errors.New(strings.Replace(err.Error(), migrateAdvice, "add --migrate", 1))
}

// copy opens both databases, copies, and closes them.
func (c *copyCommand) copy(ctx context.Context, p *process, conf config, to database) (err error) {
	debug.SetMemoryLimit(conf.memory / 4)
	conf.memory /= 2 // for each of the two
	if err := conf.refuseOther(); err != nil {
		return err
	}
	if _, err := os.Stat(conf.database.source); !conf.database.isServer() && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is nothing to copy: %s does not exist", conf.database.source)
	}
	from, err := openStore(ctx, conf, false)
	if err != nil {
		return c.sourceError(heldFile(conf.database, err))
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	target := conf
	target.database, target.chosen = to, true
	destination, err := openStore(ctx, target, c.Migrate)
	if err != nil {
		return fmt.Errorf("destination: %w", addMigrate(heldFile(to, err)))
	}
	defer func() { err = errors.Join(err, destination.Close()) }()
	if sameServer(ctx, from, destination) {
		return usageError(fmt.Sprintf("source and destination are the same: %s and %s", conf.database, to))
	}
	m := &copyMeter{meter: newMeter(p.stderr)}
	job := copyJob{copyCommand: c, p: p, meter: m, copier: move.New(from, destination, move.Options{Mirror: c.Mirror, Progress: m.tell})}
	fmt.Fprintf(p.stdout, "Copying %s to %s\n", conf.database, to)
	return job.run(ctx)
}

// sourceError says of tables that do not fit that it is those of the source.
func (c *copyCommand) sourceError(err error) error {
	if c.From == "" || !errors.Is(err, behavior.ErrSchema) {
		return err
	}
	return fmt.Errorf("source: %s", strings.Replace(err.Error(), migrateAdvice, "run `behavior migrate --database DSN` with that of --from", 1))
}

// heldFile adds to the news that a file is in use by whom, and what can be done.
func heldFile(d database, err error) error {
	if !errors.Is(err, behavior.ErrLocked) || d.isServer() {
		return err
	}
	by := ""
	if holder := readHolder(filepath.Join(filepath.Dir(d.source), lockName)); holder.URL != "" {
		by = ", the server at " + holder.URL
	}
	return fmt.Errorf("%w%s\nA file belongs to one process. Stop that one first, or have the server copy while it runs: behavior serve --copy-to DSN", err, by)
}

// copyJob is one run of the command.
type copyJob struct {
	*copyCommand
	p      *process
	meter  *copyMeter
	copier *move.Copier
}

func (j copyJob) run(ctx context.Context) error {
	started := time.Now()
	err := j.copier.Copy(ctx)
	j.meter.finish()
	if err != nil {
		return j.explain(err)
	}
	n := j.copier.Stored()
	took := time.Since(started)
	fmt.Fprintf(j.p.stdout, "Copied %s, %s and %s in %s, %s a second.\n",
		count(n.Sessions, "session"), count(n.PageViews, "page view"), count(n.Interactions, "interaction"),
		took.Round(time.Millisecond), humanize.Comma(int64(float64(n.Sessions+n.PageViews+n.Interactions)/max(took.Seconds(), 1e-3))))
	if err := j.verify(ctx, !j.Follow); err != nil || !j.Follow {
		return j.explain(err)
	}
	fmt.Fprintln(j.p.stdout, "Following what arrives. Ctrl-C carries the rest, verifies and ends.")
	err = j.copier.Follow(ctx)
	j.meter.finish()
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := j.copier.CatchUp(ctx); err != nil {
		return err
	}
	fmt.Fprintln(j.p.stdout, "Everything has been carried. Verifying once more.")
	return j.explain(j.verify(ctx, true))
}

// explain puts an error into words that say what can be done.
func (j copyJob) explain(err error) error {
	var foreign move.Foreign
	switch {
	case errors.As(err, &foreign):
		return fmt.Errorf("%w\nChoose an empty destination. If it is an older copy, and that record was deleted at the source since, --mirror deletes it there as well", foreign)
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; run the same command again to go on")
	}
	return err
}

// errUnequal is the end of a copy that has said already what is missing.
var errUnequal = errors.New("the destination is not equal to the source")

// verify compares both databases and tells what it has found. What keeps
// changing at the source is left to what follows, unless this is the last time.
func (j copyJob) verify(ctx context.Context, last bool) error {
	result, err := j.copier.Verify(ctx)
	j.meter.finish()
	if err == nil || len(result.Differ()) > 0 {
		j.tell(result, last)
	}
	if err == nil && result.Refused > 0 {
		return errUnequal
	}
	if err == nil && last && result.Moving > 0 {
		return fmt.Errorf("%w: %s changed at the source each time they were compared; run the same command again when nobody writes there any more",
			errUnequal, count(result.Moving, "record"))
	}
	return err
}

// tell tells what was found. Unless this is the last time, somebody writes to
// the source meanwhile.
func (j copyJob) tell(r move.Result, last bool) {
	out := j.p.stdout
	if j.Days {
		for _, d := range r.Days {
			fmt.Fprintf(out, "  %s  %-11s %s\n", d.Day.Format(time.DateOnly), d.Kind, sums(d.From, d.To))
		}
	}
	heading := "Verified %s:\n"
	if !last {
		heading = "First comparison, while the site was writing, of %s:\n"
	}
	fmt.Fprintf(out, heading, count(daysOf(r), "day"))
	for _, kind := range behavior.Kinds() {
		from, to := r.Total(kind)
		fmt.Fprintf(out, "  %-11s %s\n", kind, sums(from, to))
	}
	if r.Repaired > 0 {
		fmt.Fprintf(out, "%s differed at first: %s.\n", count(r.Repaired, "record"), repairs(r))
	}
	switch {
	case r.Moving > 0 && last:
		fmt.Fprintf(out, "%s changed at the source while they were compared; --follow goes on with such.\n", count(r.Moving, "record"))
	case r.Moving > 0:
		fmt.Fprintf(out, "%s changed at the source meanwhile: that is carried from now on.\n", count(r.Moving, "record"))
	}
	if r.Others > 0 {
		fmt.Fprintf(out, "The destination has %s more, of somebody who writes there already; they were left alone.\n", count(r.Others, "record"))
	}
	if r.Refused > 0 {
		fmt.Fprintf(out, "The destination cannot store %s:\n", count(r.Refused, "record"))
		for _, reason := range r.Reasons {
			fmt.Fprintf(out, "  %s\n", printable(reason))
		}
	}
}

// daysOf is how many days were compared: each kind of record has its own.
func daysOf(r move.Result) int {
	days := map[time.Time]bool{}
	for _, d := range r.Days {
		days[d.Day] = true
	}
	return len(days)
}

// repairs tells what became of the records that differed.
func repairs(r move.Result) string {
	var list []string
	for _, part := range []struct {
		n   int
		how string
	}{{r.Repaired - r.Overwritten - r.Deleted, "copied"}, {r.Overwritten, "overwritten"}, {r.Deleted, "deleted"}} {
		if part.n > 0 {
			list = append(list, humanize.Comma(int64(part.n))+" "+part.how)
		}
	}
	return strings.Join(list, ", ")
}

// sums are count and checksum, of both sides where they differ.
func sums(from, to move.Sum) string {
	one := func(s move.Sum) string {
		return fmt.Sprintf("%14s  checksum %016x", humanize.Comma(int64(s.Count)), s.Checksum)
	}
	if from == to {
		return one(from) + "  equal"
	}
	return one(from) + "  but at the destination " + strings.TrimSpace(one(to))
}
