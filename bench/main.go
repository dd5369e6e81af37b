// Command bench measures the server against the bare engine, side by side in
// one run, and prints the ratios as a table. Absolute figures depend on the
// machine; the ratios are what docs/performance.md promises.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/userbehavior/behavior"
)

// plan is what a run measures, and how long.
type plan struct {
	dir      string        // for the databases
	events   int           // page views and interactions of the large store
	duration time.Duration // of each measurement under load
	rounds   int           // of each pair, alternating
}

// line is one row of the table: two figures of one run and their ratio.
type line struct {
	what       string
	ours, bare float64 // medians over the rounds
	unit       string
	promise    string
	holds      bool
}

func main() {
	p := plan{}
	flag.IntVar(&p.events, "events", 10_000_000, "events in the large store")
	flag.DurationVar(&p.duration, "duration", 3*time.Second, "length of each measurement under load")
	flag.IntVar(&p.rounds, "rounds", 3, "rounds of each pair, alternating")
	flag.Parse()
	if err := run(context.Background(), p); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, p plan) error {
	dir, err := os.MkdirTemp("", "behavior-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	p.dir = dir

	var table []line
	for _, part := range []func(context.Context, plan) ([]line, error){measureIngest, measureRecord, measureLists} {
		lines, err := part(ctx, p)
		if err != nil {
			return err
		}
		table = append(table, lines...)
	}
	return printTable(table)
}

func printTable(table []line) error {
	fmt.Println("| measured | ours | bare | ratio | promise |")
	fmt.Println("|---|--:|--:|--:|---|")
	broken := 0
	for _, l := range table {
		verdict := l.promise
		if !l.holds {
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
	s.API.Session.Throttles = []behavior.Throttle{}
	s.API.PageView.Throttles = []behavior.Throttle{}
	s.API.Interaction.Throttles = []behavior.Throttle{}
	return s
}
