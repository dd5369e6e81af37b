package move

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"github.com/userbehavior/behavior"
)

// update makes a record of the destination what the source has. ErrNotFound:
// the destination does not have it.
func (c *Copier) update(ctx context.Context, kind behavior.Kind, r record) error {
	err := c.replace(ctx, kind, r)
	if errors.Is(err, behavior.ErrConflict) || errors.Is(err, behavior.ErrDuplicate) {
		if err = c.makeRoom(ctx, kind, r); err == nil {
			err = c.replace(ctx, kind, r)
		}
	}
	var invalid behavior.Invalid
	var twofold twofold
	switch {
	case errors.As(err, &twofold):
		c.refused.add(kind, r, err)
		return nil
	case errors.As(err, &invalid):
		c.refused.add(kind, r, err)
		return nil
	case errors.Is(err, behavior.ErrNoSession):
		return nil // its new session is still to come; it is found when compared
	}
	return err
}

// replace stores a record in the place of the one with its id, unless that is
// somebody else's.
func (c *Copier) replace(ctx context.Context, kind behavior.Kind, r record) (err error) {
	allowed := func(was record) error {
		if c.ours(kind, r.id) || r.same(was) {
			return nil
		}
		return foreign(kind, was)
	}
	switch {
	case r.row.Session != nil:
		_, err = c.to.UpdateSession(ctx, r.id, func(s *behavior.Session) error {
			was := *s
			*s = *r.row.Session
			return allowed(recordOf(behavior.Row{Session: &was}))
		})
	case r.row.PageView != nil:
		_, err = c.to.UpdatePageView(ctx, r.id, func(v *behavior.PageView) error {
			was := *v
			*v = *r.row.PageView
			v.Session = behavior.Session{ID: v.Session.ID}
			return allowed(recordOf(behavior.Row{PageView: &was}))
		})
	default:
		_, err = c.to.UpdateInteraction(ctx, r.id, func(i *behavior.Interaction) error {
			was := *i
			*i = *r.row.Interaction
			i.Session = behavior.Session{ID: i.Session.ID}
			return allowed(recordOf(behavior.Row{Interaction: &was}))
		})
	}
	return err
}

// twofold says that the source itself has two records of which a store can keep
// one: two sessions of one name, or two events of a session with one key.
type twofold struct {
	kind behavior.Kind
	id   int64
}

// Error is a sentence.
func (t twofold) Error() string {
	what := "event key"
	if t.kind == behavior.KindSession {
		what = "name"
	}
	return fmt.Sprintf("the source has %s %d with the same %s", singular[t.kind], t.id, what)
}

// makeRoom takes from other records of the destination what a record is to
// have and only one can: a session gives up its name for the time being, and
// an event with the same key goes. Both are made right when they are compared.
func (c *Copier) makeRoom(ctx context.Context, kind behavior.Kind, r record) error {
	others := kinds[1:]
	switch {
	case kind == behavior.KindSession:
		others = kinds[:1]
	case r.claim().text == "":
		return nil // any number of events may have no key
	}
	for _, other := range others {
		found, err := list(ctx, c.to, other, behavior.Query{Filters: r.claim().filters()})
		if err != nil {
			return err
		}
		for _, taken := range found {
			if other == kind && taken.id == r.id {
				continue
			}
			if err := c.displace(ctx, other, taken, kind, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// displace takes from one record what another is to have.
func (c *Copier) displace(ctx context.Context, other behavior.Kind, taken record, kind behavior.Kind, r record) error {
	theirs, err := byIDs(ctx, c.from, other, []int64{taken.id})
	if err != nil {
		return err
	}
	from, ok := theirs[taken.id]
	if !c.ours(other, taken.id) && (!ok || !from.same(taken)) {
		return foreign(other, taken)
	}
	if ok && from.claim() == r.claim() {
		now, err := byIDs(ctx, c.from, kind, []int64{r.id})
		if err != nil {
			return err
		}
		if still, ok := now[r.id]; ok && still.claim() == r.claim() {
			return twofold{other, taken.id}
		}
	}
	c.displaced++
	if other == behavior.KindSession {
		_, err = c.to.UpdateSession(ctx, taken.id, func(s *behavior.Session) error {
			s.SessionID = "moving-" + rand.Text()
			return nil
		})
		return err
	}
	_, err = c.to.Delete(ctx, other, []int64{taken.id})
	return err
}

// change makes changed records what the source has: by progress where that is
// all that has happened to them, many at once, and one by one otherwise.
func (c *Copier) change(ctx context.Context, kind behavior.Kind, pairs []pair) error {
	if err := c.nameSessions(ctx, kind, pairs); err != nil {
		return err
	}
	var rows []behavior.Row
	for _, p := range pairs {
		if progress, ok := progressOf(p); ok && c.ours(kind, p.to.id) {
			rows = append(rows, behavior.Row{Progress: &progress})
			continue
		}
		if err := c.update(ctx, kind, p.from); err != nil && !errors.Is(err, behavior.ErrNotFound) {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return c.to.Append(ctx, rows) // what one of them fails at is found when it is compared again
}

// nameSessions fills in the sessions of the destination's page views, which
// progress names.
func (c *Copier) nameSessions(ctx context.Context, kind behavior.Kind, pairs []pair) error {
	if kind != behavior.KindPageView {
		return nil
	}
	var ids []int64
	for _, p := range pairs {
		if s := p.to.session(); s.SessionID == "" {
			ids = append(ids, s.ID)
		}
	}
	slices.Sort(ids)
	for some := range slices.Chunk(slices.Compact(ids), maxAlike) {
		sessions, err := byIDs(ctx, c.to, behavior.KindSession, some)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if s, ok := sessions[p.to.session().ID]; ok {
				*p.to.session() = *s.row.Session
			}
		}
	}
	return nil
}

// progressOf is what has become known since of a record that the destination
// has; ok is false where more than that has changed.
func progressOf(p pair) (progress behavior.Progress, ok bool) {
	switch from, to := p.from.row, p.to.row; {
	case from.Session != nil:
		progress = behavior.Progress{
			SessionID: to.Session.SessionID, Country: from.Session.Country, Language: from.Session.Language, Screen: from.Session.Screen,
		}
		if from.Session.EndTime != nil {
			progress.At = *from.Session.EndTime
		}
		if from.Session.UserID != nil {
			progress.UserID = *from.Session.UserID
		}
		moved := *to.Session
		moved.Advance(progress)
		return progress, sumOf(behavior.Row{Session: &moved}) == p.from.sum
	case from.PageView != nil && to.PageView.EventKey != "" && to.PageView.Session.SessionID != "":
		progress = behavior.Progress{
			SessionID: to.PageView.Session.SessionID, ViewKey: to.PageView.EventKey,
			Visible: from.PageView.Visible, ScrollDepth: from.PageView.ScrollDepth,
		}
		moved := *to.PageView
		moved.Advance(progress)
		return progress, sumOf(behavior.Row{PageView: &moved}) == p.from.sum
	}
	return behavior.Progress{}, false
}
