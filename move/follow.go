package move

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
)

// Follow carries what arrives at the source until ctx ends, which is no error.
// What has been copied before is where it begins. A store that cannot be used
// for a while is tried again and again; any other failure ends it.
func (c *Copier) Follow(ctx context.Context) error {
	if err := c.check(ctx); err != nil {
		return err
	}
	if c.looked.IsZero() {
		c.looked = c.options.Now()
	}
	c.begin(Following, 0)
	tick := time.NewTicker(c.options.Every)
	defer tick.Stop()
	for {
		err := c.look(ctx, false)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, behavior.ErrUnavailable), errors.Is(err, behavior.ErrBusy):
		case err != nil:
			return err
		}
		c.meter.Err = err
		if c.lag > 0 {
			c.meter.Lag = c.lag
		}
		c.advance(0)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CatchUp is one whole look of Follow. With nothing under way at the source any
// more, it is the last one that is needed.
func (c *Copier) CatchUp(ctx context.Context) error { return c.look(ctx, true) }

// look carries what is new, and what has changed if it is time for that.
func (c *Copier) look(ctx context.Context, whole bool) error {
	c.lag = 0
	if err := c.carryAll(ctx); err != nil {
		return err
	}
	if err := c.revisit(ctx); err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	now := c.options.Now()
	if !whole && now.Sub(c.looked) < min(10*time.Second, c.options.LookBack/10) {
		return nil
	}
	if err := c.lookBack(ctx, c.looked.Add(-c.options.LookBack)); err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	c.looked = now
	return nil
}

// lookBack looks once more at what is young, and carries what has changed or
// became visible after records with larger ids.
func (c *Copier) lookBack(ctx context.Context, since time.Time) error {
	later := func(field string) behavior.Filter {
		return behavior.Filter{Field: field, Op: behavior.AtLeast, Values: []any{since}}
	}
	young := map[behavior.Kind]behavior.Filter{
		behavior.KindSession:     {Any: []behavior.Filter{later("start_time"), later("end_time")}},
		behavior.KindPageView:    later("timestamp"),
		behavior.KindInteraction: later("timestamp"),
	}
	for _, kind := range kinds {
		s := openStream(ctx, c.from, kind, []behavior.Filter{young[kind]}, 0, min(c.options.Page, maxAlike), true)
		err := s.each(func(page []record) error { return c.alike(ctx, kind, page) })
		if err != nil {
			return err
		}
	}
	return nil
}

// maxAlike is how many records are asked for by their ids, where it is known
// that they are not large.
const maxAlike = 2000

// alike makes the destination have some records as the source has them.
func (c *Copier) alike(ctx context.Context, kind behavior.Kind, page []record) error {
	there, err := byIDs(ctx, c.to, kind, idsOf(page))
	if err != nil {
		return err
	}
	var todo differences
	for _, r := range page {
		to, ok := there[r.id]
		switch {
		case !ok:
			todo.missing = append(todo.missing, r)
		case sumOf(to.row) != r.sum:
			todo.changed = append(todo.changed, pair{r, to})
		}
	}
	return c.settle(ctx, kind, &todo)
}

// touched are the records that somebody says have changed.
type touched struct {
	sync.Mutex
	ids map[behavior.Kind]map[int64]bool
}

// Touch says that a record of the source has been changed or deleted, however
// old it is: Follow carries that with its next look. Until then it takes some
// bytes of memory for each such record. Any goroutine may call it.
func (c *Copier) Touch(kind behavior.Kind, id int64) {
	c.touched.Lock()
	defer c.touched.Unlock()
	if c.touched.ids == nil {
		c.touched.ids = map[behavior.Kind]map[int64]bool{}
	}
	if c.touched.ids[kind] == nil {
		c.touched.ids[kind] = map[int64]bool{}
	}
	c.touched.ids[kind][id] = true
}

// revisit carries what Touch has told of. What fails stays for the next time.
func (c *Copier) revisit(ctx context.Context) error {
	c.touched.Lock()
	todo := c.touched.ids
	c.touched.ids = nil
	c.touched.Unlock()
	for _, kind := range kinds {
		for ids := range slices.Chunk(slices.Sorted(maps.Keys(todo[kind])), firstPage) {
			if err := c.revisitSome(ctx, kind, ids); err != nil {
				for kind, ids := range todo {
					for id := range ids {
						c.Touch(kind, id)
					}
				}
				return err
			}
		}
	}
	return nil
}

func (c *Copier) revisitSome(ctx context.Context, kind behavior.Kind, ids []int64) error {
	there, err := byIDs(ctx, c.from, kind, ids)
	if err != nil {
		return err
	}
	var page []record
	var gone []int64
	for _, id := range ids {
		if r, ok := there[id]; ok {
			r.sum = sumOf(r.row)
			page = append(page, r)
		} else if c.ours(kind, id) {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		if _, err := c.to.Delete(ctx, kind, gone); err != nil {
			return err
		}
	}
	return c.alike(ctx, kind, page)
}
