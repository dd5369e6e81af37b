package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"

	"github.com/userbehavior/behavior"
)

type importCommand struct {
	storeOptions
	migrateFlag
	File        string `arg:"" placeholder:"FILE" help:"File with one JSON object in each line; - is standard input."`
	SkipInvalid bool   `help:"Exit with 0 although lines were refused."`
}

// Help is printed by "behavior import --help".
func (*importCommand) Help() string {
	return `
Each line is one record, with its own time. A session stands before its page
views and interactions, in the file or in the store. Times without a time zone
are in UTC.

  {"kind":"session","session_id":"s1","user_agent":"Mozilla/5.0","ip_address":"192.0.2.1","start_time":"2025-03-01T12:00:00Z"}
  {"kind":"pageview","session_id":"s1","url":"https://example.com/","timestamp":"2025-03-01T12:00:05Z"}
  {"kind":"interaction","session_id":"s1","event_type":"click","element":"#buy","timestamp":"2025-03-01T12:00:09Z","metadata":{"x":10}}

These fields may be left out: end_time, user_id, language, screen and country
of a session; title, referrer and event_key of a page view; metadata, url and
event_key of an interaction.

Lines that cannot be stored are refused and counted, the others are stored. A
session_id that is taken is refused, and so is an event whose event_key its
session has already: what has event keys can be imported twice without harm.
The first Ctrl-C stops between two batches and says how far it came.

Exits with 0 when every line was stored, with 1 when one was not.

  behavior import january.jsonl
  zcat january.jsonl.gz | behavior import - --skip-invalid`
}

// errRefused is the end of an import that has said already what it refused.
var errRefused = errors.New("not every line was stored")

// Run imports a file.
func (c *importCommand) Run(p *process) error {
	c.migrate = c.Migrate
	conf, err := p.configure(c.storeOptions, "")
	if err != nil {
		return err
	}
	keepPrivate()
	file, size, err := p.input(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReader(file)
	if err := refuseDjango(c.File, in); err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	refused, err := p.load(ctx, conf, in, size)
	if err == nil && refused && !c.SkipInvalid {
		err = errRefused
	}
	return err
}

// load imports in, and reports whether lines were refused.
func (p *process) load(ctx context.Context, conf config, in io.Reader, size int64) (refused bool, err error) {
	var h house
	defer func() { err = errors.Join(err, h.close()) }()
	if err := h.openImport(ctx, conf, slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))); err != nil {
		return false, wayIn(err)
	}
	t := newTally(p.stderr, size)
	err = store(ctx, h.tracker, in, t)
	t.finish()
	t.print(p.stdout)
	switch {
	case errors.Is(err, context.Canceled):
		return false, fmt.Errorf("stopped after line %d; go on with: tail -n +%d FILE | behavior import -", t.line, t.line+1)
	case err != nil:
		return false, fmt.Errorf("stopped after line %d: %w", t.line, err)
	}
	return t.lines() > 0, nil
}

// wayIn adds to the news that a server holds the data what can be done.
func wayIn(err error) error {
	var held heldError
	if !errors.As(err, &held) || held.by.URL == "" {
		return err
	}
	return fmt.Errorf("%w\nAn import needs the data for itself. Stop the server first (kill %d), or send new records to its API, below %s", err, held.by.PID, held.by.URL)
}

// input opens a file, or standard input; its size is -1 where it has none.
func (p *process) input(name string) (io.ReadCloser, int64, error) {
	f := p.stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return nil, 0, fmt.Errorf("import: %w", err)
		}
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("import: %w", err)
	case info.IsDir():
		return nil, 0, fmt.Errorf("import: %s is a folder", name)
	case !info.Mode().IsRegular():
		return f, -1, nil
	}
	return f, info.Size(), nil
}

// djangoDump is how a dump of Django's begins, as a list or as lines.
var djangoDump = regexp.MustCompile(`^\x{FEFF}?\s*\[?\s*\{\s*"model"\s*:`)

// refuseDjango refuses what a Django site has: "django" has been left out of the
// command.
func refuseDjango(name string, in *bufio.Reader) error {
	_, _ = in.Peek(1) // what fails here fails again when it is read
	start, _ := in.Peek(in.Buffered())
	file := name
	if name == "-" {
		file = "standard input"
	}
	switch sqlite := bytes.HasPrefix(start, []byte("SQLite format 3\x00")); {
	case sqlite && name == "-":
		return usageError(file + " is a SQLite database, not a file of JSON lines. That of a Django site is taken over with: behavior import django FILE")
	case sqlite:
		return usageError(fmt.Sprintf("%s is a SQLite database, not a file of JSON lines. That of a Django site is taken over with: behavior import django %s\n"+
			"One of this program's own is copied with: behavior copy --from sqlite:%[2]s --to DSN", file, shellQuote(name)))
	case djangoDump.Match(start):
		return usageError(fmt.Sprintf("%s is a dump of a Django site; take it over with: behavior import django %s", file, shellQuote(name)))
	}
	return nil
}

// store reads records and stores them, a batch while the next one is read.
func store(ctx context.Context, tracker *behavior.Tracker, in io.Reader, t *tally) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	batches := make(chan *batch)
	// The reader is not waited for: it may hang in a read of a terminal. It
	// holds nothing but its input and ends with the process at the latest.
	go newRecordReader(tracker, in).run(ctx, batches)
	for {
		var b *batch
		select {
		case b = <-batches:
		case <-ctx.Done():
			return ctx.Err()
		}
		// The batch is stored whole, also when the signal comes meanwhile.
		if err := tracker.Record(context.WithoutCancel(ctx), b.rows); err != nil {
			return err
		}
		t.add(b)
		if b.err != nil {
			return ignoreEOF(b.err)
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return fmt.Errorf("read: %w", err)
}
