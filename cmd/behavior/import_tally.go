package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"

	"github.com/userbehavior/behavior"
)

const (
	maxReasons = 50  // told apart; strangers' text may be part of a reason
	maxReason  = 200 // bytes of one
	sayEvery   = 5 * time.Second
)

// tally counts what an import has done, and shows it meanwhile.
type tally struct {
	started time.Time
	stored  behavior.Counts
	refused map[string]*refusals
	line    int // up to which everything is stored or refused
	size    int64

	bar  *progressbar.ProgressBar // nil where there is no terminal
	out  io.Writer
	said time.Time
}

// refusals are the lines refused for one reason.
type refusals struct{ count, first int }

// newTally shows progress on out; size is that of the input, or -1.
func newTally(out io.Writer, size int64) *tally {
	now := time.Now()
	t := &tally{started: now, said: now, refused: map[string]*refusals{}, size: size, out: out}
	t.bar = newBar(out, size, "Importing", progressbar.OptionShowBytes(true))
	return t
}

// newBar is a bar on a terminal, nil where out is none.
func newBar(out io.Writer, size int64, what string, more ...progressbar.Option) *progressbar.ProgressBar {
	f, ok := out.(*os.File)
	if !ok || !isatty.IsTerminal(f.Fd()) {
		return nil
	}
	return progressbar.NewOptions64(size, append(more, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())...)
}

// add counts a batch that has been stored, row by row.
func (t *tally) add(b *batch) {
	for i, row := range b.rows {
		switch {
		case row.Err != nil:
			t.refuse(b.at[i], reason(row.Err))
		case row.Session != nil:
			t.stored.Sessions++
		case row.PageView != nil:
			t.stored.PageViews++
		case row.Interaction != nil:
			t.stored.Interactions++
		}
	}
	for _, r := range b.refused {
		t.refuse(r.line, r.reason)
	}
	t.line = b.line
	t.show(b.offset)
}

func (t *tally) refuse(line int, reason string) {
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "") + "..."
	}
	r := t.refused[reason]
	if r == nil && len(t.refused) >= maxReasons {
		reason = "other reasons"
		r = t.refused[reason]
	}
	if r == nil {
		r = &refusals{first: line}
		t.refused[reason] = r
	}
	r.count++
	r.first = min(r.first, line)
}

// lines is how many lines were refused.
func (t *tally) lines() (n int) {
	for _, r := range t.refused {
		n += r.count
	}
	return n
}

// show tells how far the import is: on a bar, or in a line now and then.
func (t *tally) show(offset int64) {
	if t.bar != nil {
		_ = t.bar.Set64(offset) // a broken terminal must not stop the import
		return
	}
	if time.Since(t.said) < sayEvery {
		return
	}
	t.said = time.Now()
	share := ""
	if t.size > 0 {
		share = fmt.Sprintf(" (%d %%)", 100*offset/t.size)
	}
	fmt.Fprintf(t.out, "%s lines%s\n", humanize.Comma(int64(t.line)), share)
}

func (t *tally) finish() {
	if t.bar != nil {
		_ = t.bar.Finish()
	}
}

// print tells what was stored and what was refused.
func (t *tally) print(w io.Writer) {
	took := time.Since(t.started)
	all := t.stored.Sessions + t.stored.PageViews + t.stored.Interactions
	fmt.Fprintf(w, "Stored %s, %s and %s in %s, %s a second.\n",
		count(t.stored.Sessions, "session"), count(t.stored.PageViews, "page view"), count(t.stored.Interactions, "interaction"),
		took.Round(time.Millisecond), humanize.Comma(int64(float64(all)/max(took.Seconds(), 1e-3))))
	if len(t.refused) == 0 {
		return
	}
	fmt.Fprintf(w, "Refused %s:\n", count(t.lines(), "line"))
	reasons := slices.SortedFunc(maps.Keys(t.refused), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.refused[b].count, t.refused[a].count), cmp.Compare(t.refused[a].first, t.refused[b].first))
	})
	for _, reason := range reasons {
		r := t.refused[reason]
		fmt.Fprintf(w, "%8s  %s (first in line %d)\n", humanize.Comma(int64(r.count)), printable(reason), r.first)
	}
}

// count is a number and a noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return humanize.Comma(int64(n)) + " " + noun
}

// printable keeps strangers' control characters off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
