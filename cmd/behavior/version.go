package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// engines are the modules that bring the engines of this build.
var engines = []string{"github.com/duckdb/duckdb-go/v2", "modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/ClickHouse/clickhouse-go/v2"}

type versionCommand struct{}

// versionFlag is "behavior --version".
type versionFlag bool

// BeforeReset prints the version and ends the command.
func (versionFlag) BeforeReset(app *kong.Kong, p *process) error {
	if err := new(versionCommand).Run(p); err != nil {
		return err
	}
	app.Exit(0)
	return nil
}

// Run prints what this program is made of.
func (*versionCommand) Run(p *process) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	setting := map[string]string{}
	for _, s := range info.Settings {
		setting[s.Key] = s.Value
	}
	commit := cmp.Or(setting["vcs.revision"], "unknown")
	if setting["vcs.modified"] == "true" {
		commit += ", with changes"
	}
	fmt.Fprintf(p.stdout, "behavior %s\ncommit   %s\ngo       %s %s/%s\n",
		strings.Trim(cmp.Or(info.Main.Version, "(devel)"), "()"), commit,
		strings.TrimPrefix(runtime.Version(), "go"), runtime.GOOS, runtime.GOARCH)
	for _, d := range info.Deps {
		for _, engine := range engines {
			if d.Path == engine {
				fmt.Fprintf(p.stdout, "engine   %s %s\n", d.Path, d.Version)
			}
		}
	}
	return nil
}
