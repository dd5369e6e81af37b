// Command bench measures the server against the bare engine, side by side in
// one run, and prints the ratios as a table. Absolute figures depend on the
// machine; the ratios are what docs/performance.md promises.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/testserver"
)

// plan is what a run measures, and how long.
type plan struct {
	dir      string        // for the databases
	events   int           // page views and interactions of the large store
	duration time.Duration // of each measurement under load
	rounds   int           // of each pair, alternating
	only     []string      // parts to measure; nil: all
	among    []string      // engines to measure; nil: all

	// Where the large store has been moved already: a file, and DSNs of servers.
	// Empty: the run makes and starts its own.
	sqlite, postgres, clickhouse string

	filled string // the file of the large store, when it is there already
}

// line is one row of the table: two figures of one run and their ratio.
type line struct {
	what       string
	ours, bare float64 // medians over the rounds; without bare the figure stands alone
	unit       string
	promise    string // empty: none
	holds      bool   // the promise
}

// parts are what can be measured, in the order of the table.
var parts = []struct {
	name    string
	measure func(context.Context, plan) ([]line, error)
}{
	{"ingest", measureIngest},
	{"record", measureRecord},
	{"collect", measureCollect},
	{"browsers", measureBrowsers},
	{"cost", measureCost},
	{"lists", measureLists},
	{"admin", measureAdmin},
	{"insights", measureInsights},
	{"outside", measureOutside},
	{"dashboard", measureDashboard},
	{"engines", measureEngines},
}

func main() {
	testserver.ServeClickHouse() // when this process is to be that server
	p := plan{}
	flag.IntVar(&p.events, "events", 10_000_000, "events in the large store")
	flag.DurationVar(&p.duration, "duration", 3*time.Second, "length of each measurement under load")
	flag.IntVar(&p.rounds, "rounds", 3, "rounds of each pair, alternating")
	only := flag.String("only", "", "`PARTS` to measure, with commas: ingest, record, collect, browsers, cost, lists, admin, insights, outside, dashboard, engines; all by default")
	among := flag.String("among", "", "`ENGINES` that the part engines measures, with commas: sqlite, postgres, clickhouse, duckdb; all by default")
	flag.StringVar(&p.sqlite, "sqlite", "", "`FILE` of a SQLite store to which the large one has been moved")
	flag.StringVar(&p.postgres, "postgres", "", "`DSN` of a PostgreSQL store to which the large one has been moved")
	flag.StringVar(&p.clickhouse, "clickhouse", "", "`DSN` of a ClickHouse store to which the large one has been moved")
	flag.StringVar(&p.filled, "large", "", "`FILE` with the large store, to be used as it is")
	profile := flag.String("cpuprofile", "", "write a profile of the run to `FILE`")
	flag.Parse()
	if *only != "" {
		p.only = strings.Split(*only, ",")
	}
	if *among != "" {
		p.among = strings.Split(*among, ",")
	}
	if err := profiled(*profile, func() error { return run(context.Background(), p) }); err != nil {
		log.Fatal(err)
	}
}

// profiled runs do, and writes where its time goes into a file if there is a name for it.
func profiled(name string, do func() error) (err error) {
	if name == "" {
		return do()
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return do()
}

func run(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp("", "behavior-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p.dir = dir

	var pairs, alone []line
	for _, part := range parts {
		if len(p.only) > 0 && !slices.Contains(p.only, part.name) {
			continue
		}
		lines, err := part.measure(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		for _, l := range lines {
			if l.bare != 0 {
				pairs = append(pairs, l)
			} else {
				alone = append(alone, l)
			}
		}
	}
	printAlone(alone)
	return printTable(pairs)
}

// printAlone prints the figures that are compared with nothing.
func printAlone(table []line) {
	if len(table) == 0 {
		return
	}
	fmt.Println("| measured alone | |")
	fmt.Println("|---|--:|")
	defer fmt.Println()
	for _, l := range table {
		fmt.Printf("| %s | %s %s |\n", l.what, figure(l.ours), l.unit)
	}
}

// printTable prints the pairs. Its error tells how many promises are not kept.
func printTable(table []line) error {
	if len(table) == 0 {
		return nil
	}
	fmt.Println("| measured | ours | bare | ratio | promise |")
	fmt.Println("|---|--:|--:|--:|---|")
	broken := 0
	for _, l := range table {
		verdict := l.promise
		if l.promise != "" && !l.holds {
			verdict, broken = "**not kept:** "+l.promise, broken+1
		}
		fmt.Printf("| %s | %s %s | %s %s | %.2f | %s |\n", l.what, figure(l.ours), l.unit, figure(l.bare), l.unit, l.ours/l.bare, verdict)
	}
	if broken > 0 {
		return fmt.Errorf("%d promises not kept", broken)
	}
	return nil
}

func figure(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// quiet is the settings of a tracker under measurement: no throttle, no log.
func quiet() behavior.Settings {
	s := behavior.Settings{Logger: slog.New(slog.DiscardHandler)}
	s.Collect.ThrottleRate = behavior.Rate{Count: 1_000_000, Per: time.Second}
	s.API.Session.Throttles = []behavior.Throttle{}
	s.API.PageView.Throttles = []behavior.Throttle{}
	s.API.Interaction.Throttles = []behavior.Throttle{}
	return s
}
