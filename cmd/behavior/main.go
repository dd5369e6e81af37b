// Command behavior is the standalone server: the REST API, the report and the
// sign-in of package web on the embedded store, with people of its own, and
// the commands around it. It is assembled from public packages only.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/userbehavior/behavior"
)

// The exit codes.
const (
	exitFailed = 1 // something went wrong while running
	exitUsage  = 2 // the command line or the settings are faulty
)

// process is what a command has of the world around it.
type process struct {
	environ        []string
	stdin          *os.File
	stdout, stderr io.Writer
}

// commands is the command line.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Check   checkCommand   `cmd:"" help:"Look for faults in the settings."`
	User    userCommands   `cmd:"" help:"Add, list, change and remove those who can sign in."`
	Demo    demoCommand    `cmd:"" help:"Run a server with a small shop and made-up visitors, to look around."`
	Import  importCommands `cmd:"" help:"Load sessions, page views and interactions from a file, or take over a Django site."`
	Copy    copyCommand    `cmd:"" help:"Copy all records into another database, of any engine."`
	Migrate migrateCommand `cmd:"" help:"Make or update the tables in a database server."`
	Version versionCommand `cmd:"" help:"Print the version of the program and its engines."`

	ShowVersion versionFlag `name:"version" help:"The same as the command version."`
}

const description = "Track, manage and analyse what people do in a web application."

// Help is printed by "behavior --help".
func (*commands) Help() string {
	return `
Start with:

  behavior user add NAME --role superuser    # you, the owner, able to sign in
  behavior serve                             # http://localhost:8000/user_behavior/

Or look around first: behavior demo

Settings come from flags, then the environment (USER_BEHAVIOR_...), then the
file behavior.toml in the working folder, which has the same names:

  USER_BEHAVIOR_ADDR = "localhost:9000"
  USER_BEHAVIOR_API_ALLOW_LIST = false

Exit codes: 0 all is well, 1 the command failed, 2 the command line or the
settings are faulty.`
}

// usageError is a fault of the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

func main() {
	p := &process{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(p.run(os.Args[1:]))
}

// run runs one command and returns the exit code. Errors are printed here and
// nowhere else.
func (p *process) run(args []string) (code int) {
	parser, err := kong.New(&commands{}, kong.Bind(p), kong.Name("behavior"), kong.Description(description),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { panic(exited(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"files": fileForms, "file": embeddedFile})
	if err != nil {
		panic(err) // the struct tags above are wrong
	}
	defer func() {
		switch early := recover().(type) {
		case nil:
		case exited: // after --help or --version
			code = int(early)
		default:
			panic(early)
		}
	}()
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help": // which many programs have
		args = append(args[1:], "--help")
	}
	command, err := parser.Parse(args)
	if err == nil {
		err = command.Run(p)
	}
	return p.report(err)
}

// exited is how kong ends a command early.
type exited int

// report prints an error and returns its exit code.
func (p *process) report(err error) int {
	var faults behavior.Faults
	var parse *kong.ParseError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &faults):
		printFaults(p.stderr, faults)
		return exitUsage
	case errors.As(err, &parse):
		fmt.Fprintf(p.stderr, "behavior: %s\nRun \"%s --help\" for what there is.\n", err, asked(parse))
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintf(p.stderr, "behavior: %s\n", err)
		return exitUsage
	}
	fmt.Fprintf(p.stderr, "behavior: %s\n", err)
	return exitFailed
}

// asked is the command, as far as it was understood.
func asked(parse *kong.ParseError) string {
	if parse.Context == nil || parse.Context.Selected() == nil {
		return "behavior"
	}
	return parse.Context.Selected().FullPath()
}

// echoTime is how long after a signal another one is still the same: who ends a
// process together with its group, as the command timeout does, sends two.
const echoTime = 500 * time.Millisecond

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A
// second one that is no echo of it finds nobody listening and ends the process
// at once.
func untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		select {
		case <-signals:
			cancel()
			time.Sleep(echoTime)
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
