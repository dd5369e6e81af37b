package main

import (
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/userbehavior/behavior/move"
)

// copyMeter shows how far a copy is.
type copyMeter struct {
	meter

	step    move.Step
	carried int
	failed  string
}

var stepNames = map[move.Step]string{
	move.Checking: "Looking at the destination", move.Copying: "Copying", move.Verifying: "Verifying", move.Following: "Following",
}

// tell is called with each piece of work that is done.
func (m *copyMeter) tell(p move.Progress) {
	if p.Step != m.step {
		m.step, m.carried = p.Step, 0
		m.begin(int64(p.Total), stepNames[p.Step], progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"))
	}
	if p.Step == move.Following {
		m.follow(p)
		return
	}
	m.show(int64(min(p.Done, p.Total)), func(out io.Writer) {
		share := ""
		if p.Total > 0 {
			share = fmt.Sprintf(" of %s (%d %%)", humanize.Comma(int64(p.Total)), 100*min(p.Done, p.Total)/p.Total)
		}
		fmt.Fprintf(out, "%s: %s records%s\n", stepNames[p.Step], humanize.Comma(int64(p.Done)), share)
	})
}

// follow tells what has been carried, and at once when a store is out of reach.
func (m *copyMeter) follow(p move.Progress) {
	failed := ""
	if p.Err != nil {
		failed = p.Err.Error()
	}
	switch {
	case failed != m.failed && failed != "":
		fmt.Fprintf(m.out, "Waiting: %s\n", failed)
	case failed != m.failed:
		fmt.Fprintln(m.out, "Going on.")
	case p.Done > m.carried && m.due():
		fmt.Fprintf(m.out, "Carried %s so far, the latest %s after it came about.\n", count(p.Done, "record"), max(p.Lag, time.Millisecond).Round(time.Millisecond))
		m.carried = p.Done
	}
	m.failed = failed
}

// finish takes the bar away; whatever is told next begins another.
func (m *copyMeter) finish() {
	m.meter.finish()
	m.step = ""
}
