package main

import (
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
)

// sayEvery is how often a meter says how far it is where there is no terminal.
const sayEvery = 5 * time.Second

// meter shows how far something is: on a bar, or where there is no terminal in
// a line now and then.
type meter struct {
	out   io.Writer
	every time.Duration // between lines

	bar  *progressbar.ProgressBar // nil where there is no terminal
	said time.Time
}

func newMeter(out io.Writer) meter { return meter{out: out, every: sayEvery, said: time.Now()} }

// begin ends what was shown before. total is -1 where nobody knows it; of
// nothing there is no bar.
func (m *meter) begin(total int64, what string, more ...progressbar.Option) {
	m.finish()
	m.said = time.Now()
	f, ok := m.out.(*os.File)
	if !ok || total == 0 || !isatty.IsTerminal(f.Fd()) {
		return
	}
	m.bar = progressbar.NewOptions64(total, append(more, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())...)
}

// show puts the bar at done, or has say write a line if it is time for one.
func (m *meter) show(done int64, say func(out io.Writer)) {
	switch {
	case m.bar != nil:
		_ = m.bar.Set64(done) // a broken terminal must not stop the work
	case m.due():
		say(m.out)
	}
}

// due reports whether it is time for the next line, and that it has been.
func (m *meter) due() bool {
	if time.Since(m.said) < m.every {
		return false
	}
	m.said = time.Now()
	return true
}

// finish takes the bar away.
func (m *meter) finish() {
	if m.bar != nil {
		_ = m.bar.Finish()
		m.bar = nil
	}
}
