package clickhouse

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// How a session_id stays that of one session.
//
// ClickHouse keeps nothing unique. So whoever is to make a session claims its
// name first, in a table that rows are only added to, and kept for two days. A
// row says that a session of some id is to have the name; another one like it,
// "withdrawn", ends that claim for good, and anybody may write it. A process does
// this, each step after the one before:
//
//  1. It looks for the name among the sessions, and refuses what is there.
//  2. It stores its claim.
//  3. It reads the claims of the name. Where there is none but its own, it goes
//     on. Else it looks which of the claims that are not withdrawn have been
//     followed by their sessions' rows, and then whether there is a session of
//     the name. If so it withdraws its claim and begins anew, and step 1 ends
//     it. If not, the other claims that neither are withdrawn nor were followed
//     are pending. Where there are none, it goes on. Where an older one is
//     pending it withdraws its own, waits until that has come to an end, and
//     begins anew. Where all are younger it looks again: they give way to it, or
//     have not seen it and are about to store their sessions.
//  4. It stores the session. Before, nobody sees it.
//  5. It reads whether its claim has been withdrawn by somebody else. If so, it
//     takes the session back and begins anew. If not, the name is the session's:
//     its events are stored, and the caller is told.
//
// Who calls a session otherwise does the same, under its id below zero: no row
// follows that, so that the claim is withdrawn at the end.
//
// A claim that has been pending for longer than patience is that of a process
// that has died, or is as slow as if it had: whoever is kept waiting by it
// withdraws it.
//
// Of two sessions of one name one at most gets past step 5. Of their claims one,
// say a's, was stored before the other, b, read the claims, because both are
// stored before they are read. So b has seen the claim of a, in step 3, and yet
// went on: a's claim was withdrawn, or a's row was there, and then there was no
// session of the name. If a's row was there, a has been deleted or called
// otherwise since. If it came later, then a reads its claim in step 5 later
// still, finds it withdrawn, and stops. No clock matters to this, nor how long
// anything takes.
//
// What got past step 5 stays: only somebody who finds no row of it takes it for
// pending, and to withdraw its claim then has no effect any more.
//
// A process may die before step 4: what it leaves is a claim, which keeps the
// others waiting for patience at most. It may die after that: its session is
// there and is all others' session of the name, as if its batch had been stored
// up to that point. An insert that is sent again adds the same claim, or the same
// version of a session. A reader that lags behind, with a quorum of 1, may miss
// a claim or a session, and then there may be two; one that only misses the
// session takes its claim for pending, and waits.
//
// One thing is left to luck: a process that is held up between steps 3 and 5 for
// longer than patience, although it does not begin step 4 after half of that.
// Others may see and use its session before it takes it back. A session in use
// stays, see takeBackOne, although nobody has been told that it is stored.

// patience is how long others wait for what a claim announces.
const patience = 10 * time.Second

// lookEvery is how long one waits at most before one looks again at what others do.
const lookEvery = 20 * time.Millisecond

// nameClaim says that a session is to have a name.
type nameClaim struct {
	name    string
	id      int64  // below zero: that of a session which is there, and is to be called so
	version uint64 // below that of the session's row

	withdrawn bool
	age       time.Duration // in whole seconds
}

// key tells claims apart.
func (c nameClaim) key() nameClaim { return nameClaim{name: c.name, id: c.id, version: c.version} }

func keysOfClaims(claims []nameClaim) map[nameClaim]bool {
	keys := make(map[nameClaim]bool, len(claims))
	for _, c := range claims {
		keys[c.key()] = true
	}
	return keys
}

// before orders all claims, about by age: those of one batch are alike.
func (c nameClaim) before(other nameClaim) bool {
	return c.version < other.version || c.version == other.version && c.id < other.id
}

// standing is how a claim stands beside those of others. The largest of a
// batch's is the batch's.
type standing int

const (
	alone   standing = iota // nobody else has the name, or is about to
	eldest                  // younger claims are pending
	younger                 // an older one is
	taken                   // there is a session of the name
)

// stands judges a claim: whether there is a session of its name by now, and
// which other claims are pending.
func (c nameClaim) stands(there bool, pending []nameClaim) standing {
	switch {
	case there:
		return taken
	case len(pending) == 0:
		return alone
	case slices.ContainsFunc(pending, func(other nameClaim) bool { return other.before(c) }):
		return younger
	}
	return eldest
}

// namesOf are the claims that a plan needs: one for each session that it makes.
func (w *writer) namesOf(p *plan.Plan) []nameClaim {
	version := w.version()
	var claims []nameClaim
	for i, row := range p.Rows {
		if row.Session != nil && p.Errs[i] == nil {
			s := p.Session(i)
			claims = append(claims, nameClaim{name: s.SessionID, id: s.ID, version: version})
		}
	}
	return claims
}

// renames are the claims that steps need which call a session otherwise.
func (w *writer) renames(steps []step) []nameClaim {
	var claims []nameClaim
	for _, s := range steps {
		for _, c := range s.changes {
			was, is := c.before.Session, c.after.Session
			if was != nil && is != nil && was.SessionID != is.SessionID {
				claims = append(claims, nameClaim{name: is.SessionID, id: -is.ID, version: w.version()})
			}
		}
	}
	return claims
}

// takeNames takes steps 2 and 3. If the names are not ours then, the claims
// are withdrawn: taken, where a session has one of them, or else one may begin
// anew at once.
func (w *writer) takeNames(ctx context.Context, mine []nameClaim) (standing, error) {
	if len(mine) == 0 {
		return alone, nil
	}
	began := time.Now()
	_, err := repeat(ctx, func() error { return w.sendNames(ctx, mine, false) })
	how := eldest
	for err == nil && how == eldest {
		if how, err = w.look(ctx, mine); how == eldest && err == nil {
			err = pause(ctx, lookEvery)
		}
	}
	if err == nil && how == alone && time.Since(began) < patience/2 {
		return alone, nil
	}
	w.leaving = append(w.leaving, mine...)
	if err == nil {
		err = w.takeBack(ctx)
	}
	for wait := how; err == nil && wait == younger; {
		if err = pause(ctx, lookEvery); err == nil {
			wait, err = w.look(ctx, mine)
		}
	}
	if how != taken {
		how = younger
	}
	return how, err
}

// look looks once at how claims stand, and withdraws those of the dead.
func (w *writer) look(ctx context.Context, mine []nameClaim) (standing, error) {
	claims, err := w.readNames(ctx, mine)
	if err != nil {
		return eldest, err
	}
	keys := keysOfClaims(mine)
	others := slices.DeleteFunc(claims, func(c nameClaim) bool { return keys[c.key()] })
	if len(others) == 0 {
		return alone, nil
	}
	pending, err := w.pendingOf(ctx, others)
	if err != nil {
		return eldest, err
	}
	there, err := w.namesThere(ctx, others)
	if err != nil {
		return eldest, err
	}
	var dead []nameClaim
	byName := map[string][]nameClaim{}
	for _, c := range pending {
		byName[c.name] = append(byName[c.name], c)
		if c.age > patience {
			dead = append(dead, c)
		}
	}
	if len(dead) > 0 {
		_, err := repeat(ctx, func() error { return w.sendNames(ctx, dead, true) })
		return eldest, err // look again
	}
	how := alone
	for _, c := range mine {
		how = max(how, c.stands(there[c.name], byName[c.name]))
	}
	return how, nil
}

// pendingOf are those of claims that neither are withdrawn nor were followed by
// their session's row.
func (w *writer) pendingOf(ctx context.Context, claims []nameClaim) ([]nameClaim, error) {
	pending := slices.DeleteFunc(slices.Clone(claims), func(c nameClaim) bool { return c.withdrawn })
	if len(pending) == 0 {
		return nil, nil
	}
	var ids []int64
	for _, c := range pending {
		ids = append(ids, c.id)
	}
	text := `SELECT id, max(version) FROM ` + w.store.layout.whole("sessions") + ` WHERE id IN ` + integers(ids) + ` GROUP BY id`
	if !w.store.options.old {
		text += " SETTINGS final = 0" // deleted ones, too
	}
	rows, err := collect(ctx, w.store.db, query.Statement{SQL: text},
		func(rows *sql.Rows, c *nameClaim) error { return rows.Scan(&c.id, &c.version) })
	newest := map[int64]uint64{}
	for _, r := range rows {
		newest[r.id] = r.version
	}
	return slices.DeleteFunc(pending, func(c nameClaim) bool { return newest[c.id] > c.version }), err
}

// namesThere are those names of claims that sessions have.
func (w *writer) namesThere(ctx context.Context, claims []nameClaim) (map[string]bool, error) {
	from, where := w.store.live(behavior.KindSession)
	found, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT DISTINCT session_id` + from + where + `session_id IN ` + namesIn(claims)},
		func(rows *sql.Rows, name *string) error { return rows.Scan(name) })
	there := map[string]bool{}
	for _, name := range found {
		there[name] = true
	}
	return there, err
}

// holdsNames takes step 5: it reports whether claims stand. One that is not to
// be seen does: a replica lags behind.
func (w *writer) holdsNames(ctx context.Context, mine []nameClaim) (bool, error) {
	if len(mine) == 0 {
		return true, nil
	}
	found, err := w.readNames(ctx, mine)
	keys := keysOfClaims(mine)
	return !slices.ContainsFunc(found, func(c nameClaim) bool { return c.withdrawn && keys[c.key()] }), err
}

// readNames reads all claims of the names of some.
func (w *writer) readNames(ctx context.Context, claims []nameClaim) ([]nameClaim, error) {
	return collect(ctx, w.store.db, query.Statement{SQL: `SELECT session_id, id, version, max(withdrawn), toInt64(now()) - toInt64(min(made)) FROM ` +
		w.store.layout.whole("session_names") + ` WHERE session_id IN ` + namesIn(claims) + ` GROUP BY session_id, id, version`},
		func(rows *sql.Rows, c *nameClaim) error {
			var withdrawn uint8
			var seconds int64
			err := rows.Scan(&c.name, &c.id, &c.version, &withdrawn, &seconds)
			c.withdrawn, c.age = withdrawn > 0, time.Duration(seconds)*time.Second
			return err
		})
}

// namesIn are the names of claims as a list in SQL.
func namesIn(claims []nameClaim) string {
	names := make([]string, len(claims))
	for i, c := range claims {
		names[i] = c.name
	}
	return texts(names)
}

// sendNames stores claims, or that they are withdrawn.
func (w *writer) sendNames(ctx context.Context, claims []nameClaim, withdrawn bool) error {
	return w.store.insert(ctx, "session_names", []clickhouse.ColumnNameAndType{
		{Name: "session_id", Type: "String"}, {Name: "id", Type: "Int64"}, {Name: "version", Type: "UInt64"}, {Name: "withdrawn", Type: "UInt8"},
	}, nil, func(add func(values ...any)) {
		for _, c := range claims {
			add(c.name, c.id, c.version, flag(withdrawn))
		}
	})
}

// leave withdraws the claims that have come to nothing.
func (w *writer) leave(ctx context.Context) error {
	if len(w.leaving) == 0 {
		return nil
	}
	_, err := repeat(ctx, func() error { return w.sendNames(ctx, w.leaving, true) })
	if err == nil {
		w.leaving = nil
	}
	return err
}

// pause waits for up to so long.
func pause(ctx context.Context, most time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(most)):
		return nil
	}
}
