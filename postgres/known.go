package postgres

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/record"
)

// known is what a plan relies on: all sessions that its rows name, but for
// those that come with it.
type known struct {
	stays []*stay // in the order of their ids
	fresh []int   // the rows of new sessions, see plan
	since time.Time
}

// recall finds the sessions of a plan in the store's memory. Nil: not all of
// them are there, or the memory was wrong of late.
func (w *writer) recall(p *plan) *known {
	since, trusted := w.store.memory.trusted()
	if !trusted {
		return nil
	}
	k := &known{since: since, fresh: p.fresh()}
	comes := map[string]bool{}
	for _, i := range k.fresh {
		name := p.rows[i].Session.SessionID
		if w.store.memory.recall(name, since) != nil { // probably a conflict
			return nil
		}
		comes[name] = true
	}
	for i, row := range p.rows {
		if row.Session != nil || p.faults[i] != nil {
			continue
		}
		name := record.Session(row).SessionID
		if name == "" { // it is named by its id
			return nil
		}
		if comes[name] {
			continue
		}
		s := w.store.memory.recall(name, since)
		if s == nil {
			return nil
		}
		comes[name] = true
		k.stays = append(k.stays, s.stay())
	}
	slices.SortFunc(k.stays, func(a, b *stay) int { return cmp.Compare(a.ID, b.ID) })
	return k
}

// rely decides by what is remembered, and stores sessions accordingly. It is
// [errMistaken] if something turns out to be otherwise.
func (w *writer) rely(ctx context.Context, b *pgx.Batch, p *plan, k *known) error {
	var fresh []*stay
	for _, i := range k.fresh {
		fresh = append(fresh, p.newStay(i, 0))
	}
	p.decide(slices.Concat(k.stays, fresh))
	stored := map[string]int64{}
	w.insertSessions(b, p, k.fresh, fresh, stored)
	held := len(k.stays)
	w.hold(b, k, &held)
	repeated := false
	w.askKeys(b, p, func(s *stay, key string, what sighting) {
		new, comes := s.keys[key]
		repeated = repeated || comes && new.row >= 0
		s.learn(key, what)
	})
	free := map[behavior.Kind][]int64{}
	w.takeIDs(b, p, free)
	if err := w.send(ctx, b); err != nil {
		return err
	}
	if len(k.stays) > 0 {
		w.store.memory.proved(held == len(k.stays), k.stays)
	}
	if held != len(k.stays) || len(stored) != len(fresh) || repeated {
		return errMistaken
	}
	for _, s := range fresh {
		s.ID = stored[s.SessionID]
	}
	for i, row := range p.rows {
		if row.Progress != nil && p.errs[i] == nil {
			p.measure(p.byName[row.Progress.SessionID], row.Progress)
		}
	}
	p.number(free)
	return nil
}

// hold locks the sessions of which is known what is stored of them, and stores
// what moves, in one statement for all: so they are locked in the order in
// which all writers lock them. If some are no longer what they were, held
// is not their number.
func (w *writer) hold(b *pgx.Batch, k *known, held *int) {
	if len(k.stays) == 0 {
		return
	}
	oldest := uint64(math.MaxUint64)
	for _, s := range k.stays {
		oldest = min(oldest, s.was.seen)
	}
	args := []any{
		each(k.stays, func(s *stay) int64 { return s.ID }),
		each(k.stays, func(s *stay) int32 { return int32(s.was.version) }),
		k.since, strconv.FormatUint(oldest+math.MaxInt32, 10),
	}
	// Numbers come again after four thousand millions.
	condition := ` AND s.xmin = f.version AND pg_postmaster_start_time() = $3::timestamptz AND pg_current_xact_id() < $4::text::xid8`
	if slices.ContainsFunc(k.stays, (*stay).moved) {
		w.storeFacts(b, k.stays, condition, args...).Exec(counted(held))
		return
	}
	b.Queue(w.store.in(`SELECT count(*) FROM (SELECT FROM unnest($1::bigint[], $2::int[]) AS f (id, version)
		JOIN @sessions s ON s.id = f.id`+condition+` ORDER BY s.id FOR NO KEY UPDATE OF s) AS held`), args...).QueryRow(func(row pgx.Row) error { return row.Scan(held) })
}
