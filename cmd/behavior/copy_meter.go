package main

import (
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/userbehavior/behavior/move"
)

// meter shows how far a copy is: on a bar, or in a line now and then.
type meter struct {
	out   io.Writer
	every time.Duration // between lines

	step    move.Step
	bar     *progressbar.ProgressBar // nil where there is no terminal
	said    time.Time
	carried int
	failed  string
}

var stepNames = map[move.Step]string{
	move.Checking: "Looking at the destination", move.Copying: "Copying", move.Verifying: "Verifying", move.Following: "Following",
}

// show is called with each piece of work that is done.
func (m *meter) show(p move.Progress) {
	if p.Step != m.step {
		m.finish()
		m.step, m.said, m.carried = p.Step, time.Now(), 0
		if p.Total > 0 {
			m.bar = newBar(m.out, int64(p.Total), stepNames[p.Step], progressbar.OptionShowIts(), progressbar.OptionSetItsString("records"))
		}
	}
	if p.Step == move.Following {
		m.follow(p)
		return
	}
	if m.bar != nil {
		_ = m.bar.Set(min(p.Done, p.Total)) // a broken terminal must not stop the copy
		return
	}
	if time.Since(m.said) < m.every {
		return
	}
	m.said = time.Now()
	share := ""
	if p.Total > 0 {
		share = fmt.Sprintf(" of %s (%d %%)", humanize.Comma(int64(p.Total)), 100*min(p.Done, p.Total)/p.Total)
	}
	fmt.Fprintf(m.out, "%s: %s records%s\n", stepNames[p.Step], humanize.Comma(int64(p.Done)), share)
}

// follow tells what has been carried, and at once when a store is out of reach.
func (m *meter) follow(p move.Progress) {
	failed := ""
	if p.Err != nil {
		failed = p.Err.Error()
	}
	switch {
	case failed != m.failed && failed != "":
		fmt.Fprintf(m.out, "Waiting: %s\n", failed)
	case failed != m.failed:
		fmt.Fprintln(m.out, "Going on.")
	case p.Done > m.carried && time.Since(m.said) >= m.every:
		fmt.Fprintf(m.out, "Carried %s so far, the latest %s after it came about.\n", count(p.Done, "record"), max(p.Lag, time.Millisecond).Round(time.Millisecond))
		m.said, m.carried = time.Now(), p.Done
	}
	m.failed = failed
}

// finish ends a bar.
func (m *meter) finish() {
	if m.bar != nil {
		_ = m.bar.Finish()
		m.bar = nil
	}
	m.step = ""
}
