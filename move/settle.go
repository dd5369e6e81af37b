package move

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/userbehavior/behavior"
)

// settle makes the destination have what the source has. What is gone goes
// first: it may hold a name or a key that others have now.
func (c *Copier) settle(ctx context.Context, kind behavior.Kind, d *differences) error {
	if err := c.remove(ctx, kind, d); err != nil {
		return err
	}
	if err := c.insert(ctx, kind, d.missing); err != nil {
		return err
	}
	if err := c.change(ctx, kind, d.changed); err != nil {
		return err
	}
	if kind != behavior.KindPageView {
		return nil
	}
	return c.restay(ctx, d.missing)
}

// restay makes the sessions of page views that were missing what they are at
// the source: a store has moved each on to the page view that it was given
// last, see [behavior.Session.Follow].
func (c *Copier) restay(ctx context.Context, views []record) error {
	for ids := range slices.Chunk(sessionsOf(views), maxAlike) {
		found, err := byIDs(ctx, c.from, behavior.KindSession, ids)
		if err != nil {
			return err
		}
		var sessions []record
		for _, id := range ids {
			if s, ok := found[id]; ok {
				s.sum = sumOf(s.row)
				sessions = append(sessions, s)
				c.restayed[s.day()] = true
			}
		}
		mark := c.marks[behavior.KindSession]
		if err := c.alike(ctx, behavior.KindSession, sessions); err != nil {
			return err
		}
		c.marks[behavior.KindSession] = mark // those in between are not known to be the source's
	}
	return nil
}

// sessionsOf are the ids of the sessions of events, each once, in order.
func sessionsOf(events []record) (ids []int64) {
	for _, r := range events {
		ids = append(ids, r.session().ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// remove deletes what is gone from the source. What is still there, and only
// did not pass the same filters, is changed instead.
func (c *Copier) remove(ctx context.Context, kind behavior.Kind, d *differences) error {
	ids := idsOf(d.gone)
	there, err := byIDs(ctx, c.from, kind, ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	for _, r := range d.gone {
		if from, ok := there[r.id]; ok {
			d.changed = append(d.changed, pair{from, r})
		}
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { _, ok := there[id]; return ok })
	_, err = c.to.Delete(ctx, kind, ids)
	return err
}

// insert stores records that the destination does not have.
func (c *Copier) insert(ctx context.Context, kind behavior.Kind, records []record) error {
	if len(records) == 0 {
		return nil
	}
	failed, err := c.append(ctx, records)
	if err != nil {
		return err
	}
	var homeless, taken []record
	for _, r := range failed {
		switch {
		case errors.Is(r.row.Err, behavior.ErrNoSession):
			homeless = append(homeless, r)
		case errors.Is(r.row.Err, behavior.ErrConflict):
			taken = append(taken, r)
		default:
			if err := c.force(ctx, kind, r); err != nil {
				return err
			}
		}
	}
	if err := c.house(ctx, kind, homeless); err != nil {
		return err
	}
	if err := c.meet(ctx, kind, taken); err != nil {
		return err
	}
	c.marks[kind] = max(c.marks[kind], records[len(records)-1].id)
	return nil
}

// append stores records, and returns those that were refused, with the reason.
func (c *Copier) append(ctx context.Context, records []record) (failed []record, err error) {
	rows := make([]behavior.Row, len(records))
	for i, r := range records {
		rows[i] = r.row
		rows[i].Err = nil
		if s := r.session(); s != nil {
			*s = behavior.Session{ID: s.ID} // by which it is named: no id ever changes
		}
	}
	if err := c.to.Append(ctx, rows); err != nil {
		return nil, err
	}
	for i, row := range rows {
		if row.Err != nil {
			records[i].row = row
			failed = append(failed, records[i])
			continue
		}
		switch {
		case row.Session != nil:
			c.stored.Sessions++
		case row.PageView != nil:
			c.stored.PageViews++
		default:
			c.stored.Interactions++
		}
	}
	return failed, nil
}

// house stores events once more whose sessions were not there: these came
// about after the last look at the source's sessions.
func (c *Copier) house(ctx context.Context, kind behavior.Kind, events []record) error {
	if len(events) == 0 {
		return nil
	}
	sessions, err := byIDs(ctx, c.from, behavior.KindSession, sessionsOf(events))
	if err != nil {
		return err
	}
	var missing []record
	for _, s := range sessions {
		missing = append(missing, s)
	}
	slices.SortFunc(missing, func(a, b record) int { return cmp.Compare(a.id, b.id) })
	mark := c.marks[behavior.KindSession]
	if err := c.insert(ctx, behavior.KindSession, missing); err != nil {
		return err
	}
	c.marks[behavior.KindSession] = mark // those in between are not known to be the source's
	failed, err := c.append(ctx, events)
	if err != nil {
		return err
	}
	for _, r := range failed {
		if errors.Is(r.row.Err, behavior.ErrNoSession) {
			continue // it is gone from the source, or was refused
		}
		if err := c.force(ctx, kind, r); err != nil {
			return err
		}
	}
	return nil
}

// meet stores records whose ids are taken, or whose names: most of them are
// there already, from a write that was interrupted.
func (c *Copier) meet(ctx context.Context, kind behavior.Kind, records []record) error {
	for some := range slices.Chunk(records, maxAlike) {
		there, err := byIDs(ctx, c.to, kind, idsOf(some))
		if err != nil {
			return err
		}
		var changed []pair
		for _, r := range some {
			to, ok := there[r.id]
			if !ok {
				if err := c.force(ctx, kind, r); err != nil {
					return err
				}
				continue
			}
			if r.sum = sumOf(r.row); r.sum != sumOf(to.row) {
				changed = append(changed, pair{r, to})
			}
		}
		if err := c.change(ctx, kind, changed); err != nil {
			return err
		}
	}
	return nil
}

// force stores a record that Append has refused.
func (c *Copier) force(ctx context.Context, kind behavior.Kind, r record) error {
	var invalid behavior.Invalid
	err := r.row.Err
	if errors.As(err, &invalid) {
		c.refused.add(kind, r, err)
		return nil
	}
	if !errors.Is(err, behavior.ErrDuplicate) { // its id is taken, or a session's name
		err = c.update(ctx, kind, r)
		if !errors.Is(err, behavior.ErrNotFound) {
			return err
		}
	}
	err = c.makeRoom(ctx, kind, r)
	if errors.As(err, new(twofold)) {
		c.refused.add(kind, r, err)
		return nil
	}
	if err != nil {
		return err
	}
	failed, err := c.append(ctx, []record{r})
	if err == nil && len(failed) > 0 {
		err = fmt.Errorf("%s %d cannot be stored: %w", singular[kind], r.id, failed[0].row.Err)
	}
	return err
}

// maxRefused is how many refused records are told of one by one.
const maxRefused = 20

// refused are the records that the destination cannot store.
type refused struct {
	ids   map[behavior.Kind]map[int64]bool
	first []string
}

func (f *refused) add(kind behavior.Kind, r record, err error) {
	if f.ids == nil {
		f.ids = map[behavior.Kind]map[int64]bool{}
	}
	if f.ids[kind] == nil {
		f.ids[kind] = map[int64]bool{}
	}
	if !f.ids[kind][r.id] && len(f.first) < maxRefused {
		f.first = append(f.first, fmt.Sprintf("%s %d of %s: %v", singular[kind], r.id, r.at.UTC().Format(time.DateTime), err))
	}
	f.ids[kind][r.id] = true
}

func (f *refused) count() (n int) {
	for _, ids := range f.ids {
		n += len(ids)
	}
	return n
}
