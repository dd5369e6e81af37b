package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/pelletier/go-toml/v2"

	"github.com/userbehavior/behavior"
)

// The settings of the program itself, beside those of [behavior.Settings].
const (
	settingAddr     = "USER_BEHAVIOR_ADDR"
	settingData     = "USER_BEHAVIOR_DATA_DIR"
	settingDatabase = "USER_BEHAVIOR_DATABASE_URL"
	settingMemory   = "USER_BEHAVIOR_MEMORY_LIMIT"
	settingLog      = "USER_BEHAVIOR_LOG_LEVEL"
)

const (
	configName    = "behavior.toml"
	defaultData   = "behavior-data"
	defaultMemory = 1 << 30
	leastMemory   = 256 << 20
)

// options are the flags that every command with data has.
type options struct {
	Data   string `placeholder:"DIR" help:"Folder of the data (USER_BEHAVIOR_DATA_DIR). Default: ./behavior-data."`
	Config string `placeholder:"FILE" help:"File with settings. Default: ./behavior.toml, if it is there."`
}

// storeOptions are the flags of the commands that open the store.
type storeOptions struct {
	options
	Database string `placeholder:"DSN" help:"Where the records are kept: ${files}, postgres://... or clickhouse://... (USER_BEHAVIOR_DATABASE_URL). Default: ${file} in the data folder."`

	accounts string // what the command's flag --accounts says, where it has one
	migrate  bool   // and its flag --migrate
}

// migrateFlag is for commands that write records.
type migrateFlag struct {
	Migrate bool `help:"Bring the tables of a database server up to date first, see behavior migrate --help."`
}

// config is what flags, environment and file say together.
type config struct {
	file              string // that was read; empty: none
	fromFile, fromEnv int    // how many settings come from where
	addr, dir         string
	database          database
	chosen            bool // the database was named, and is not the default
	accounts          accounts
	migrate           bool   // a server's schema, when it is opened
	countries         string // path of the database of countries; empty: none
	memory            int64
	level             slog.Level
	given             map[string]string // the settings by name as they were given, flags included
	sources           map[string]string // where each of them was given
	settings          behavior.Settings
}

// values are settings by name, and where they come from.
type values struct {
	file    string
	inFile  map[string]any
	environ map[string]any
}

// readValues reads the configuration file and the environment. Without a name
// the file may be missing.
func (p *process) readValues(name string) (values, error) {
	v := values{file: cmp.Or(name, configName), environ: behavior.Environ(p.environ)}
	text, err := os.ReadFile(v.file)
	switch {
	case name == "" && errors.Is(err, fs.ErrNotExist):
		v.file = ""
		return v, nil
	case err != nil:
		return values{}, usageError(fmt.Sprintf("read settings: %s", err))
	}
	var fault *toml.DecodeError
	switch err := toml.Unmarshal(text, &v.inFile); {
	case errors.As(err, &fault):
		line, column := fault.Position()
		return values{}, usageError(fmt.Sprintf("read settings: %s, line %d, column %d:\n%s", v.file, line, column, fault.String()))
	case err != nil:
		return values{}, usageError(fmt.Sprintf("read settings: %s: %s", v.file, err))
	}
	return v, nil
}

// text is one of the program's own settings: the flag, else the environment,
// else the file, else the default.
func (v values) text(flag, name, otherwise string, faults *behavior.Faults) string {
	if flag != "" {
		return flag
	}
	if text, _ := v.environ[name].(string); text != "" {
		return text
	}
	switch value := v.inFile[name].(type) {
	case nil:
		return otherwise
	case string:
		return cmp.Or(value, otherwise)
	case int64:
		return strconv.FormatInt(value, 10)
	}
	addFault(faults, "E030", name, "must be text", "Put it in quotes.")
	return otherwise
}

// all are the settings by name, the environment's before the file's.
func (v values) all() map[string]any {
	all := maps.Clone(v.inFile)
	if all == nil {
		return v.environ
	}
	maps.Copy(all, v.environ)
	return all
}

// sources are where settings were given, by name.
func (v values) sources(flags map[string]string) map[string]string {
	from := map[string]string{}
	for name := range v.inFile {
		from[name] = v.file
	}
	for name := range v.environ {
		from[name] = "environment"
	}
	for name, value := range flags {
		if value != "" {
			from[name] = commandLine
		}
	}
	return from
}

func (v values) dir(o options, faults *behavior.Faults) string {
	return v.text(o.Data, settingData, defaultData, faults)
}

// configure reads all settings. Its error is [behavior.Faults] where they are
// at fault, all of them at once.
func (p *process) configure(o storeOptions, addr string) (config, error) {
	v, err := p.readValues(o.Config)
	if err != nil {
		return config{}, err
	}
	var faults behavior.Faults
	flags := map[string]string{settingAddr: addr, settingData: o.Data, settingDatabase: o.Database, settingAccounts: o.accounts}
	c := config{
		migrate: o.migrate, file: v.file, fromFile: len(v.inFile), fromEnv: len(v.environ),
		given: givenSettings(v.all(), flags), sources: v.sources(flags),
		addr:   v.text(addr, settingAddr, "localhost:8000", &faults),
		dir:    v.dir(o.options, &faults),
		memory: parseMemory(v.text("", settingMemory, "", &faults), &faults),
		level:  parseLevel(v.text("", settingLog, "info", &faults), &faults),
	}
	checkAddr(c.addr, &faults)
	dsn := v.text(o.Database, settingDatabase, "", &faults)
	c.database, c.chosen = parseDatabase(cmp.Or(dsn, defaultDatabase(c.dir)), &faults), dsn != ""
	c.accounts = parseAccounts(v.text(o.accounts, settingAccounts, "", &faults), c.dir, c.database, &faults)
	c.countries = checkGeo(v.text("", settingGeo, "", &faults), &faults)
	c.settings, err = behavior.ParseSettings(v.all())
	var more behavior.Faults
	switch {
	case errors.As(err, &more):
		faults = append(faults, more...)
	case err != nil:
		return config{}, fmt.Errorf("read settings: %w", err)
	}
	if len(faults) > 0 {
		return config{}, faults
	}
	return c, nil
}

// usesFolder reports whether anything lies in the data folder: a server whose
// records and people are in other servers needs none.
func (c config) usesFolder() bool { return !c.database.isServer() || c.accounts.inFile() }

// checkAddr refuses an address on which nobody can listen.
func checkAddr(addr string, faults *behavior.Faults) {
	_, port, err := net.SplitHostPort(addr)
	var fault *net.AddrError
	why := "it is none"
	switch {
	case errors.As(err, &fault):
		why = fault.Err
	case err == nil:
		if _, err = net.DefaultResolver.LookupPort(context.Background(), "tcp", port); err == nil {
			return
		}
		why = fmt.Sprintf("there is no port %q", port)
	}
	addFault(faults, "E037", settingAddr, "is no address to listen on: "+why, "Write HOST:PORT, localhost:8000 for example, or :8000 for all networks of the machine.")
}

func parseMemory(text string, faults *behavior.Faults) int64 {
	if text == "" {
		return defaultMemory
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n < leastMemory || n > 1<<60 {
		addFault(faults, "E031", settingMemory, "must be a size of at least 256MiB", "Write for example 2GiB.")
		return defaultMemory
	}
	return int64(n)
}

func parseLevel(text string, faults *behavior.Faults) (level slog.Level) {
	switch strings.ToLower(text) {
	case "debug", "info", "warn", "error":
		_ = level.UnmarshalText([]byte(text)) // one of its own names
	default:
		addFault(faults, "E032", settingLog, "must be debug, info, warn or error", "")
	}
	return level
}

func addFault(faults *behavior.Faults, code, name, message, hint string) {
	*faults = append(*faults, behavior.Fault{
		ID: "user_behavior." + code + "_" + name, Message: fmt.Sprintf("'%s' %s.", name, message), Hint: hint,
	})
}

// printFaults prints what is wrong with the settings, and how to mend it.
func printFaults(w io.Writer, faults behavior.Faults) {
	for _, f := range faults {
		fmt.Fprintln(w, f)
	}
	what := "faults"
	if len(faults) == 1 {
		what = "fault"
	}
	fmt.Fprintf(w, "%d %s in the settings.\n", len(faults), what)
}
