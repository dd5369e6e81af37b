package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"

	"github.com/userbehavior/behavior/internal/django"
)

// djangoNouns name the kinds of record of a site.
var djangoNouns = [...]struct{ one, many string }{
	django.Users:        {"user", "users"},
	django.Sessions:     {"session", "sessions"},
	django.PageViews:    {"page view", "page views"},
	django.Interactions: {"interaction", "interactions"},
}

// told is the order in which the kinds are told.
var told = []django.Kind{django.Sessions, django.PageViews, django.Interactions, django.Users}

// What is worth a mention of people who were taken over.
const (
	noPassword mention = iota
	otherID
	mentions
)

// mention is something of people that is worth it.
type mention int

// mentionSentences tell a mention of one person and of several, after how many
// there are; who it is takes the place of %s.
var mentionSentences = [mentions][2]string{
	noPassword: {"needs a new password: %s (behavior user passwd NAME).", "need a new password: %s (behavior user passwd NAME)."},
	otherID:    {"has another id here, because the old one is taken: %s.", "have another id here, because the old one is taken: %s."},
}

// maxExamples is how many examples are given of each thing.
const maxExamples = 5

// djangoTally counts what a take-over has done, and shows it meanwhile.
type djangoTally struct {
	started      time.Time
	taken, there [len(djangoNouns)]int
	refused      map[djangoFault]*examples
	mentions     map[mention]*examples

	meter
	done  int64 // of the kind under way
	total int64
}

// djangoFault is why records of a kind were refused.
type djangoFault struct {
	kind   django.Kind
	reason string
}

// examples are how many there are, and the first of them.
type examples struct {
	count int
	some  []string
}

func (e *examples) add(one string) {
	if e.count++; len(e.some) < maxExamples {
		e.some = append(e.some, short(one))
	}
}

// String lists the examples.
func (e *examples) String() string {
	list := printable(strings.Join(e.some, ", "))
	if e.count > len(e.some) {
		list += ", ..."
	}
	return list
}

func newDjangoTally(out io.Writer) *djangoTally {
	return &djangoTally{started: time.Now(), refused: map[djangoFault]*examples{}, mentions: map[mention]*examples{}, meter: newMeter(out)}
}

// begin tells which kind comes now, and how many there are.
func (t *djangoTally) begin(k django.Kind, total int64) {
	t.done, t.total = 0, total
	t.meter.begin(total, "Taking over "+djangoNouns[k].many, progressbar.OptionShowCount())
}

// show tells how far it is.
func (t *djangoTally) show(k django.Kind, more int) {
	t.done += int64(more)
	t.meter.show(min(t.done, t.total), func(out io.Writer) {
		fmt.Fprintf(out, "%s of %s\n", humanize.Comma(t.done), countOf(k, int(t.total)))
	})
}

// refuse notes a record that was not taken, by its id in the source.
func (t *djangoTally) refuse(k django.Kind, id, reason string) {
	fault := djangoFault{k, short(reason)}
	if t.refused[fault] == nil && len(t.refused) >= maxReasons {
		fault.reason = otherReasons
	}
	if t.refused[fault] == nil {
		t.refused[fault] = &examples{}
	}
	t.refused[fault].add(cmp.Or(id, "none"))
}

// mention notes something of a person.
func (t *djangoTally) mention(what mention, who string) {
	if t.mentions[what] == nil {
		t.mentions[what] = &examples{}
	}
	t.mentions[what].add(who)
}

// refusals is how many records were refused.
func (t *djangoTally) refusals() (n int) {
	for _, e := range t.refused {
		n += e.count
	}
	return n
}

// countOf is a number of records of a kind.
func countOf(k django.Kind, n int) string { return count(n, djangoNouns[k].one) }

// inWords lists numbers of records.
func inWords(numbers [len(djangoNouns)]int, all bool) string {
	var list []string
	for _, k := range told {
		if n := numbers[k]; n > 0 || all {
			list = append(list, countOf(k, n))
		}
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// print tells what was taken over, what was there, and what was refused.
func (t *djangoTally) print(w io.Writer, dry bool) {
	took, all := time.Since(t.started), 0
	for _, n := range t.taken {
		all += n
	}
	verb := "Took over"
	if dry {
		verb = "Would take over"
	}
	fmt.Fprintf(w, "%s %s in %s, %s a second.\n", verb, inWords(t.taken, true),
		took.Round(time.Millisecond), humanize.Comma(int64(float64(all)/max(took.Seconds(), 1e-3))))
	if there := inWords(t.there, false); there != "" {
		fmt.Fprintf(w, "There already, and left alone: %s.\n", there)
	}
	for what, forms := range mentionSentences {
		e := t.mentions[mention(what)]
		switch {
		case e == nil:
		case e.count == 1:
			fmt.Fprintf(w, "1 user "+forms[0]+"\n", e)
		default:
			fmt.Fprintf(w, "%s "+forms[1]+"\n", count(e.count, "user"), e)
		}
	}
	if n := t.refusals(); n > 0 {
		fmt.Fprintf(w, "Refused %s:\n", count(n, "record"))
		t.printRefused(w)
	}
	if dry {
		fmt.Fprintln(w, "Nothing was stored: this was a dry run.")
	}
}

// printRefused lists the reasons, those of most records first.
func (t *djangoTally) printRefused(w io.Writer) {
	faults := slices.SortedFunc(maps.Keys(t.refused), func(a, b djangoFault) int {
		return cmp.Or(cmp.Compare(t.refused[b].count, t.refused[a].count),
			cmp.Compare(slices.Index(told, a.kind), slices.Index(told, b.kind)), cmp.Compare(a.reason, b.reason))
	})
	for _, f := range faults {
		e := t.refused[f]
		ids := "id"
		if e.count > 1 {
			ids = "ids"
		}
		fmt.Fprintf(w, "%8s  %s: %s (%s %s)\n", humanize.Comma(int64(e.count)), djangoNouns[f.kind].one, printable(f.reason), ids, e)
	}
}
