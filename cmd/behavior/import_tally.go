package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/userbehavior/behavior"
)

const (
	maxReasons = 50  // told apart; strangers' text may be part of a reason
	maxReason  = 200 // bytes of one
)

// tally counts what an import has done, and shows it meanwhile.
type tally struct {
	started time.Time
	stored  behavior.Counts
	refused map[string]*refusals
	line    int   // up to which everything is stored or refused
	offset  int64 // where that ends
	size    int64
	meter
}

// refusals are the lines refused for one reason.
type refusals struct{ count, first int }

// newTally shows progress on out; size is that of the input, or -1.
func newTally(out io.Writer, size int64) *tally {
	t := &tally{started: time.Now(), refused: map[string]*refusals{}, size: size, meter: newMeter(out)}
	t.begin(size, "Importing", progressbar.OptionShowBytes(true))
	return t
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
	t.line, t.offset = b.line, b.offset
	t.show(t.offset, t.say)
}

func (t *tally) refuse(line int, reason string) {
	reason = short(reason)
	if t.refused[reason] == nil && len(t.refused) >= maxReasons {
		reason = otherReasons
	}
	r := t.refused[reason]
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

// say tells in a line how far the import is.
func (t *tally) say(out io.Writer) {
	share := ""
	if t.size > 0 {
		share = fmt.Sprintf(" (%d %%)", 100*t.offset/t.size)
	}
	fmt.Fprintf(out, "%s lines%s\n", humanize.Comma(int64(t.line)), share)
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

// otherReasons stands for all beyond maxReasons.
const otherReasons = "other reasons"

// short cuts strangers' texts.
func short(text string) string {
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "..."
	}
	return text
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
