package move

import (
	"context"
	"time"

	"github.com/userbehavior/behavior"
)

// merge reads both stores in the order of ids and hands on each record that
// passes filters: as the source has it, and as the destination has it; nil
// where one does not have it.
func (c *Copier) merge(ctx context.Context, kind behavior.Kind, filters []behavior.Filter, each func(from, to *record) error) error {
	source := openStream(ctx, c.from, kind, filters, 0, c.options.Page, true)
	defer source.close()
	destination := openStream(ctx, c.to, kind, filters, 0, c.options.Page, true)
	defer destination.close()
	a, more, err := source.next()
	if err != nil {
		return err
	}
	b, rest, err := destination.next()
	if err != nil {
		return err
	}
	for more || rest {
		from, to := a, b
		has, had := more && (!rest || a.id <= b.id), rest && (!more || b.id <= a.id)
		var left, right *record
		if has {
			left = &from
			if a, more, err = source.next(); err != nil {
				return err
			}
		}
		if had {
			right = &to
			if b, rest, err = destination.next(); err != nil {
				return err
			}
		}
		if err := each(left, right); err != nil {
			return err
		}
	}
	return nil
}

// pair is a record that differs: as the source and as the destination have it.
type pair struct{ from, to record }

// differences are what is to be done to the destination.
type differences struct {
	missing []record
	changed []pair
	gone    []record
	bytes   int // of all of them, as far as note has added them
}

// full reports whether it is time to settle them.
func (d *differences) full(most int) bool {
	return len(d.missing)+len(d.changed)+len(d.gone) >= most || d.bytes >= pageBytes
}

// Day is what both stores have of a kind on one day.
type Day struct {
	Kind     behavior.Kind
	Day      time.Time // its beginning, in UTC
	From, To Sum
}

// Equal reports whether both have the same.
func (d Day) Equal() bool { return d.From == d.To }

// comparison is what comparing a kind has found.
type comparison struct {
	days    map[time.Time]*Day
	differ  map[int64]differing
	others  int // records of somebody else's at the destination
	deleted int
}

// differing is a record that differs: its checksum at the source, and whether
// each of the two has it.
type differing struct {
	sum      uint64
	has, had bool
}

// compare compares the records of a kind that pass filters, and carries what
// differs.
func (c *Copier) compare(ctx context.Context, kind behavior.Kind, filters []behavior.Filter) (comparison, error) {
	found := comparison{days: map[time.Time]*Day{}, differ: map[int64]differing{}}
	var todo differences
	err := c.merge(ctx, kind, filters, func(from, to *record) error {
		if from == nil && !c.ours(kind, to.id) {
			found.others++
			return nil
		}
		found.note(kind, from, to, &todo)
		c.advance(1)
		if !todo.full(c.options.Page) {
			return nil
		}
		defer func() { todo = differences{} }()
		return c.settle(ctx, kind, &todo)
	})
	if err == nil {
		err = c.settle(ctx, kind, &todo)
	}
	return found, err
}

// note adds a record to the sums of its day, and to what is to be done.
func (f *comparison) note(kind behavior.Kind, from, to *record, todo *differences) {
	if from != nil {
		sum := &f.day(kind, from.day()).From
		*sum = sum.Plus(Sum{1, from.sum})
	}
	if to != nil {
		sum := &f.day(kind, to.day()).To
		*sum = sum.Plus(Sum{1, to.sum})
	}
	switch {
	case to == nil:
		todo.missing = append(todo.missing, *from)
		todo.bytes += from.size()
		f.differ[from.id] = differing{from.sum, true, false}
	case from == nil:
		todo.gone = append(todo.gone, *to)
		todo.bytes += 2 * to.size() // the source is asked whether it has them
		f.differ[to.id] = differing{0, false, true}
		f.deleted++
	case from.sum != to.sum:
		todo.changed = append(todo.changed, pair{*from, *to})
		todo.bytes += from.size() + to.size()
		f.differ[from.id] = differing{from.sum, true, true}
	}
}

func (f *comparison) day(kind behavior.Kind, day time.Time) *Day {
	d := f.days[day]
	if d == nil {
		d = &Day{Kind: kind, Day: day}
		f.days[day] = d
	}
	return d
}
