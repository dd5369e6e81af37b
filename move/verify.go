package move

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
)

// Result is what both stores have, as they were compared for the last time.
type Result struct {
	Days []Day // by kind, and then by day

	// Moving is how many records were changed at the source while they were
	// compared, every time anew. They were carried each time.
	Moving int

	// Others is how many records the destination has beyond those of the
	// source, of somebody who writes there already. They were left alone.
	Others int

	// Refused is how many records the destination cannot store, and Reasons
	// are the first of them.
	Refused int
	Reasons []string

	// Repaired is how many records differed at first, and were made alike. Of
	// these, Overwritten were others at the destination and Deleted were not at
	// the source; the rest was missing.
	Repaired, Overwritten, Deleted int
}

// Total is the sum of all days of a kind.
func (r Result) Total(kind behavior.Kind) (from, to Sum) {
	for _, d := range r.Days {
		if d.Kind == kind {
			from, to = from.Plus(d.From), to.Plus(d.To)
		}
	}
	return from, to
}

// Differ are the days that are not equal.
func (r Result) Differ() []Day {
	return slices.DeleteFunc(slices.Clone(r.Days), Day.Equal)
}

// The bounds of verifying.
const (
	maxRounds = 8 // comparisons, the first one included
	maxStuck  = 3 // of them in which a record differs although nothing happens to it
)

// Verify compares all records of both stores, carries what differs, and
// compares those days again until they are equal. Differences that will not go
// away are an error. Records that keep changing at the source are none, see
// [Result]. The destination must have been filled by Copy.
func (c *Copier) Verify(ctx context.Context) (Result, error) {
	if err := c.check(ctx); err != nil {
		return Result{}, err
	}
	v := verification{copier: c, days: map[behavior.Kind]map[time.Time]*Day{}, stuck: map[behavior.Kind]map[int64]stuck{}}
	total := 0
	for _, kind := range kinds {
		n, err := count(ctx, c.from, kind)
		if err != nil {
			return Result{}, fmt.Errorf("verify: %w", err)
		}
		total += n
		v.days[kind], v.stuck[kind] = map[time.Time]*Day{}, map[int64]stuck{}
	}
	c.begin(Verifying, total)
	return v.run(ctx)
}

// verification is one run of Verify.
type verification struct {
	copier *Copier
	result Result
	days   map[behavior.Kind]map[time.Time]*Day
	stuck  map[behavior.Kind]map[int64]stuck
}

// stuck is a record that differs, for how many comparisons already, and its
// checksum at the source all the while.
type stuck struct {
	times int
	sum   uint64
}

func (v *verification) run(ctx context.Context) (Result, error) {
	everything := true
	for round := 1; ; round++ {
		displaced := v.copier.displaced
		deleted, err := v.round(ctx, everything)
		displaced = v.copier.displaced - displaced
		if err != nil {
			return v.finish(), fmt.Errorf("verify: %w", err)
		}
		kind, id, worst := v.worst()
		switch {
		case worst == 0 && displaced == 0:
			return v.finish(), nil
		case worst >= maxStuck:
			return v.finish(), fmt.Errorf("verify: %s %d differs, however often it is carried", singular[kind], id)
		case round == maxRounds:
			for _, differ := range v.stuck {
				v.result.Moving += len(differ)
			}
			v.result.Moving = max(v.result.Moving, displaced)
			return v.finish(), nil
		}
		everything = deleted || displaced > 0 // what went along, or made room, may be of any day
	}
}

// round compares everything, or the days that differed before. deleted tells
// whether sessions were deleted.
func (v *verification) round(ctx context.Context, everything bool) (deleted bool, err error) {
	c := v.copier
	v.result.Others = 0
	restayed := c.restayed // in the round before
	c.restayed = map[time.Time]bool{}
	for _, kind := range kinds {
		was := v.stuck[kind]
		v.stuck[kind] = map[int64]stuck{}
		spans := []span{{}}
		if !everything {
			spans = v.spans(kind, restayed)
		}
		for _, s := range spans {
			found, err := c.compare(ctx, kind, s.filters(kind))
			if err != nil {
				return false, fmt.Errorf("%s: %w", plural[kind], err)
			}
			maps.DeleteFunc(v.days[kind], func(day time.Time, _ *Day) bool { return s.has(day) })
			maps.Copy(v.days[kind], found.days)
			v.note(kind, was, found)
			deleted = deleted || kind == behavior.KindSession && found.deleted > 0
		}
	}
	return deleted, nil
}

// note takes note of what a comparison has found to differ.
func (v *verification) note(kind behavior.Kind, was map[int64]stuck, found comparison) {
	v.result.Others += found.others
	for id, d := range found.differ {
		if v.copier.refused.ids[kind][id] {
			continue
		}
		s := stuck{1, d.sum}
		if before, ok := was[id]; ok && before.sum == d.sum {
			s.times += before.times
		} else if !ok {
			v.result.repair(d)
		}
		v.stuck[kind][id] = s
	}
}

// repair counts a record that differs for the first time.
func (r *Result) repair(d differing) {
	r.Repaired++
	switch {
	case d.has && d.had:
		r.Overwritten++
	case d.had:
		r.Deleted++
	}
}

// worst is a record that has differed for longest; times is zero when none does.
func (v *verification) worst() (kind behavior.Kind, id int64, times int) {
	for k, differ := range v.stuck {
		for i, s := range differ {
			if s.times > times {
				kind, id, times = k, i, s.times
			}
		}
	}
	return kind, id, times
}

// spans are the days of a kind that differ, those in a row together. Days of
// sessions that were restayed since are looked at once more.
func (v *verification) spans(kind behavior.Kind, restayed map[time.Time]bool) (spans []span) {
	again := map[time.Time]bool{}
	if kind == behavior.KindSession {
		maps.Copy(again, restayed)
	}
	for day, d := range v.days[kind] {
		if !d.Equal() {
			again[day] = true
		}
	}
	for _, day := range slices.SortedFunc(maps.Keys(again), time.Time.Compare) {
		if n := len(spans); n > 0 && spans[n-1].to.Equal(day) {
			spans[n-1].to = day.Add(oneDay)
			continue
		}
		spans = append(spans, span{day, day.Add(oneDay)})
	}
	return spans
}

func (v *verification) finish() Result {
	for _, kind := range kinds {
		for _, d := range v.days[kind] {
			v.result.Days = append(v.result.Days, *d)
		}
	}
	order := map[behavior.Kind]int{behavior.KindPageView: 1, behavior.KindInteraction: 2}
	slices.SortFunc(v.result.Days, func(a, b Day) int {
		return cmp.Or(cmp.Compare(order[a.Kind], order[b.Kind]), a.Day.Compare(b.Day))
	})
	v.result.Refused, v.result.Reasons = v.copier.refused.count(), v.copier.refused.first
	return v.result
}

// span is some days, the end excluded. The zero span is all.
type span struct{ from, to time.Time }

func (s span) has(day time.Time) bool {
	return s == span{} || !day.Before(s.from) && day.Before(s.to)
}

func (s span) filters(kind behavior.Kind) []behavior.Filter {
	if s == (span{}) {
		return nil
	}
	return []behavior.Filter{
		{Field: timeField[kind], Op: behavior.AtLeast, Values: []any{s.from}},
		{Field: timeField[kind], Op: behavior.Less, Values: []any{s.to}},
	}
}
