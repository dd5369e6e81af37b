package move

import (
	"context"
	"fmt"
	"time"

	"github.com/userbehavior/behavior"
)

// Foreign says that the destination has a record that the source does not
// have, or another record in its place: it is no copy of the source.
type Foreign struct {
	Kind behavior.Kind
	ID   int64
	Name string    // a session's session_id
	At   time.Time // the record's time
}

// Error is a sentence.
func (f Foreign) Error() string {
	name := ""
	if f.Name != "" {
		name = fmt.Sprintf(" (%q)", f.Name)
	}
	return fmt.Sprintf("the destination has %s %d%s of %s, which is not one of the source",
		singular[f.Kind], f.ID, name, f.At.UTC().Format(time.DateTime))
}

func foreign(kind behavior.Kind, r record) error {
	f := Foreign{Kind: kind, ID: r.id, At: r.at}
	if r.row.Session != nil {
		f.Name = r.row.Session.SessionID
	}
	return f
}

// check looks at what the destination has. All its sessions must be the
// source's, and so must be the first and the last of its events: engines give
// an event of somebody else's an id above all others.
func (c *Copier) check(ctx context.Context) error {
	if c.checked {
		return nil
	}
	for _, kind := range kinds {
		last, err := newest(ctx, c.to, kind)
		if err != nil {
			return fmt.Errorf("look at the destination: %w", err)
		}
		c.marks[kind], c.last[kind] = last, last
	}
	if !c.options.Mirror {
		if err := c.checkSessions(ctx); err != nil {
			return err
		}
		for _, kind := range kinds[1:] {
			for _, desc := range []bool{true, false} {
				if err := c.checkEvents(ctx, kind, desc); err != nil {
					return err
				}
			}
		}
	}
	c.checked = true
	return nil
}

// newest is the largest id of a kind, zero when there is none.
func newest(ctx context.Context, s behavior.Store, kind behavior.Kind) (int64, error) {
	found, err := list(ctx, s, kind, behavior.Query{Order: []behavior.Order{{Field: "id", Desc: true}}, Limit: 1})
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].id, nil
}

// checkSessions compares all sessions of the destination with the source's.
func (c *Copier) checkSessions(ctx context.Context) error {
	total, err := count(ctx, c.to, behavior.KindSession)
	if err != nil || total == 0 {
		return err
	}
	c.begin(Checking, total)
	return c.merge(ctx, behavior.KindSession, nil, func(from, to *record) error {
		if to == nil {
			return nil
		}
		c.advance(1)
		if from == nil || !from.same(*to) {
			return foreign(behavior.KindSession, *to)
		}
		return nil
	})
}

// checkEvents compares events at one end of the destination with the source's.
func (c *Copier) checkEvents(ctx context.Context, kind behavior.Kind, desc bool) error {
	found, err := list(ctx, c.to, kind, behavior.Query{Order: []behavior.Order{{Field: "id", Desc: desc}}, Limit: firstPage})
	if err != nil {
		return fmt.Errorf("look at the destination: %w", err)
	}
	theirs, err := byIDs(ctx, c.from, kind, idsOf(found))
	if err != nil {
		return fmt.Errorf("look at the source: %w", err)
	}
	for _, r := range found {
		if from, ok := theirs[r.id]; !ok || !from.same(r) {
			return foreign(kind, r)
		}
	}
	return nil
}

// ours reports whether a record of the destination is surely the source's, and
// not somebody else's who writes there meanwhile.
func (c *Copier) ours(kind behavior.Kind, id int64) bool { return id <= c.marks[kind] }
