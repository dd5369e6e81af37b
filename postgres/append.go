package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Append stores rows in one transaction, see [behavior.Store]. It takes two
// round trips where the sessions of its events are new or remembered, and one
// more if it has both page views and interactions. Else it reads the sessions,
// which takes one more, and another one if there are event keys. So does one
// more when a row brings an id along.
//
// A connection that is lost at the very end leaves it open whether the rows
// are stored. Append then asks the server, as soon as that can be reached, for
// the transaction's fate, and only if there is no answer within
// [Options.WriteTimeout] does it return an error although all rows may be
// stored. Events with keys can be sent again then, without harm.
func (s *Store) Append(ctx context.Context, rows []behavior.Row) error {
	if err := record.Check(rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	return s.write(ctx, "append", func(ctx context.Context, w *writer) error { return w.append(ctx, rows) })
}

func (w *writer) append(ctx context.Context, rows []behavior.Row) error {
	p := newPlan(rows, w.strict)
	b := w.batch()
	given := p.given()
	if len(given) > 0 {
		if err := w.checkIDs(ctx, b, p, given); err != nil {
			return err
		}
		b = w.batch()
		w.raiseSequences(b, given)
	} else {
		w.lockIDs(b, false)
	}
	var moments []time.Time
	for i, row := range rows {
		if row.Session == nil && row.Progress == nil && p.faults[i] == nil {
			moments = append(moments, eventTime(row))
		}
	}
	w.makeMonths(b, moments...)
	if err := w.find(ctx, b, p, len(given) == 0); err != nil {
		return err
	}
	w.check = w.store.checkPlan(p)
	w.done = func() {
		p.complete()
		w.store.memory.remember(p.byName, w.number(), w.since)
	}
	return w.storeEvents(ctx, p)
}

// find decides about all rows, by what is remembered or else by what is read.
func (w *writer) find(ctx context.Context, b *pgx.Batch, p *plan, unnumbered bool) error {
	if unnumbered && !w.careful {
		if k := w.recall(p); k != nil {
			return w.rely(ctx, b, p, k)
		}
	}
	return w.look(ctx, b, p)
}

// mostChecked is how many records are looked for to learn whether a plan is
// stored: one alone may have been changed or deleted since.
const mostChecked = 16

// checkPlan asks whether any of a plan's new records is stored. The id alone
// does not tell: what a crash has undone, the sequence may give out again.
// Progress is the same when it is stored twice.
func (s *Store) checkPlan(p *plan) check {
	var found []string
	var args []any
	for i, row := range p.rows {
		kind, _ := record.Identity(row)
		if p.errs[i] != nil || kind == "" || len(found) == mostChecked {
			continue
		}
		values, tells := p.values[i], recordMarks[kind]
		if kind == behavior.KindSession {
			values = sessionValues(&p.stays[i].Session)
		}
		var conditions []string
		for n, f := range kind.Fields() {
			if slices.Contains(tells, f.Name) {
				args = append(args, values[n])
				conditions = append(conditions, fmt.Sprintf(`"%s" = $%d`, f.Name, len(args)))
			}
		}
		found = append(found, `EXISTS (SELECT FROM @`+query.Table(kind)+` WHERE `+strings.Join(conditions, " AND ")+`)`)
	}
	if len(found) == 0 {
		return check{}
	}
	return check{SQL: s.in(`SELECT ` + strings.Join(found, " OR ")), Args: args}
}

// recordMarks are the fields that tell a record from others.
var recordMarks = map[behavior.Kind][]string{
	behavior.KindSession:     {"id", "session_id", "start_time", "user_agent"},
	behavior.KindPageView:    {"id", "session", "timestamp", "url", "event_key"},
	behavior.KindInteraction: {"id", "session", "timestamp", "event_type", "element", "event_key"},
}

// lockIDs takes the lock on ids, alone or with others.
func (w *writer) lockIDs(b *pgx.Batch, alone bool) {
	lock := "pg_advisory_xact_lock_shared"
	if alone {
		lock = "pg_advisory_xact_lock"
	}
	b.Queue(`SELECT `+lock+`($1::bigint)::text`, w.store.lockKey)
}

// sequences are where the ids of each kind come from.
var sequences = map[behavior.Kind]string{
	behavior.KindSession: "session_ids", behavior.KindPageView: "page_view_ids", behavior.KindInteraction: "interaction_ids",
}

// checkIDs refuses the ids that are taken, while nobody else takes any. Those
// above all that were given out are free; to look for each of them in every
// month would take longer than to store it.
func (w *writer) checkIDs(ctx context.Context, b *pgx.Batch, p *plan, given map[behavior.Kind]map[int64]int) error {
	w.lockIDs(b, true)
	for kind, places := range given {
		b.Queue(w.store.in(`SELECT id FROM @`+query.Table(kind)+` WHERE id = ANY(
			ARRAY(SELECT given FROM unnest($1::bigint[]) AS given WHERE given <= (SELECT last_value FROM @`+sequences[kind]+`)))`), keysOf(places)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var id int64
				if err := rows.Scan(&id); err != nil {
					return err
				}
				p.faults[places[id]] = behavior.ErrConflict
			}
			return rows.Err()
		})
	}
	return w.send(ctx, b)
}

// raiseSequences has the sequences go on above ids that were given.
func (w *writer) raiseSequences(b *pgx.Batch, given map[behavior.Kind]map[int64]int) {
	for kind, places := range given {
		sequence := w.store.in("@" + sequences[kind])
		b.Queue(`SELECT setval('`+sequence+`', $1::bigint) FROM `+sequence+` WHERE last_value <= $1::bigint`, slices.Max(keysOf(places)))
	}
}

// look stores the new sessions, locks those that are there, reads the event
// keys that matter, and decides.
func (w *writer) look(ctx context.Context, b *pgx.Batch, p *plan) error {
	fresh := p.fresh()
	var stays []*stay
	for _, i := range fresh {
		stays = append(stays, p.newStay(i, p.rows[i].Session.ID))
	}
	p.decide(stays)
	stored := map[string]int64{}
	w.insertSessions(b, p, fresh, stays, stored)

	var there []*stay
	w.lockSessions(b, p, &there)
	free := map[behavior.Kind][]int64{}
	w.takeIDs(b, p, free)
	if err := w.send(ctx, b); err != nil {
		return err
	}

	stays = nil
	for _, s := range there {
		if _, isNew := stored[s.SessionID]; !isNew {
			stays = append(stays, s)
		}
	}
	if err := w.readKeys(ctx, p.rows, stays); err != nil {
		return err
	}
	for _, i := range fresh {
		id, ok := stored[p.rows[i].Session.SessionID]
		if !ok {
			p.faults[i] = behavior.ErrConflict
			continue
		}
		stays = append(stays, p.newStay(i, id))
	}
	p.decide(stays)
	p.number(free)
	return nil
}

// insertSessions stores new sessions as they will be when their events are
// stored too. They come in the order of their names, in which all writers
// store them; ids rise in the order of rows. What is there already is left out
// of stored, which gets the ids by name.
func (w *writer) insertSessions(b *pgx.Batch, p *plan, fresh []int, stays []*stay, stored map[string]int64) {
	if len(fresh) == 0 {
		return
	}
	unnumbered := slices.DeleteFunc(slices.Sorted(slices.Values(fresh)), func(row int) bool { return p.rows[row].Session.ID != 0 })
	rank := map[int]int32{}
	for n, row := range unnumbered {
		rank[row] = int32(n + 1)
	}
	var ranks []int32
	var records [][]any
	var from, to []*time.Time
	for n, row := range fresh {
		ranks, records = append(ranks, rank[row]), append(records, sessionValues(&stays[n].Session))
		from, to = append(from, bound(stays[n].from)), append(to, bound(stays[n].to))
	}
	args := append([]any{len(unnumbered), ranks, from, to}, arrays(behavior.KindSession, records)...)
	b.Queue(w.store.in(`
		WITH ids AS MATERIALIZED (SELECT ARRAY(SELECT nextval('@session_ids') FROM generate_series(1, $1::int)) AS list)
		INSERT INTO @sessions (events_from, events_to, `+columnNames(behavior.KindSession, "")+`)
		SELECT s.events_from, s.events_to, CASE WHEN s.rank > 0 THEN ids.list[s.rank] ELSE s.id END, `+columnsAfterID("s.")+`
		FROM ids, unnest($2::int[], $3::timestamptz[], $4::timestamptz[], `+places(behavior.KindSession, 5)+`)
			AS s (rank, events_from, events_to, `+columnNames(behavior.KindSession, "")+`)
		ON CONFLICT DO NOTHING RETURNING session_id, id`), args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var name string
			var id int64
			if err := rows.Scan(&name, &id); err != nil {
				return err
			}
			stored[name] = id
		}
		return rows.Err()
	})
}

// columnsAfterID are the columns of a session but for the first.
func columnsAfterID(prefix string) string {
	_, rest, _ := strings.Cut(columnNames(behavior.KindSession, prefix), ", ")
	return rest
}

// place is a parameter of a type, for an array.
func place(n int, typ string) string { return fmt.Sprintf("$%d::%s", n, typ) }

// places are the parameters for the arrays of a kind's fields, from the nth on.
func places(kind behavior.Kind, n int) string {
	var all []string
	for i, f := range kind.Fields() {
		all = append(all, place(n+i, arrayTypes[f.Type]))
	}
	return strings.Join(all, ", ")
}

// lockSessions locks the sessions of events and progress, in the order in
// which all writers lock them, and reads them.
func (w *writer) lockSessions(b *pgx.Batch, p *plan, there *[]*stay) {
	names, ids := map[string]bool{}, map[int64]bool{}
	for i, row := range p.rows {
		if row.Session != nil || p.faults[i] != nil {
			continue
		}
		named := record.Session(row)
		switch {
		case named.SessionID == "":
			ids[named.ID] = true
		case record.Storable(named.SessionID): // no session has another name
			names[named.SessionID] = true
		}
	}
	into(w.queueSessions(b, keysOf(names), keysOf(ids)), there, scanStay)
}

// queueSessions queues the statement that locks sessions and reads them.
func (w *writer) queueSessions(b *pgx.Batch, names []string, ids []int64) *pgx.QueuedQuery {
	text := `SELECT ` + columnNames(behavior.KindSession, "s.") + `, s.events_from, s.events_to, s.xmin FROM `
	if len(ids) == 0 {
		return b.Queue(w.store.in(text+`unnest($1::text[]) AS n JOIN @sessions s ON s.session_id = n ORDER BY s.id FOR NO KEY UPDATE OF s`), names)
	}
	return b.Queue(w.store.in(text+`@sessions s WHERE s.session_id = ANY($1::text[]) OR s.id = ANY($2::bigint[]) ORDER BY s.id FOR NO KEY UPDATE`), names, ids)
}

func scanStay(rows pgx.Rows, into **stay) error {
	s := &state{}
	var from, to *time.Time
	if err := scanSession(rows, &s.Session, &from, &to, &s.version); err != nil {
		return err
	}
	if from != nil && to != nil {
		s.from, s.to = from.UTC(), to.UTC()
	}
	*into = s.stay()
	return nil
}

// takeIDs takes as many ids as there may be events.
func (w *writer) takeIDs(b *pgx.Batch, p *plan, free map[behavior.Kind][]int64) {
	need := map[behavior.Kind]int{}
	for i, row := range p.rows {
		if kind, id := record.Identity(row); id == 0 && kind != "" && kind != behavior.KindSession && p.faults[i] == nil {
			need[kind]++
		}
	}
	for kind, n := range need {
		b.Queue(w.store.in(`SELECT ARRAY(SELECT nextval('@`+sequences[kind]+`') FROM generate_series(1, $1::int))`), n).QueryRow(func(row pgx.Row) error {
			var ids []int64
			err := row.Scan(&ids)
			free[kind] = ids
			return err
		})
	}
}

// storeEvents stores what is decided, and commits.
func (w *writer) storeEvents(ctx context.Context, p *plan) error {
	records := map[behavior.Kind][][]any{}
	for i, row := range p.rows {
		if kind, _ := record.Identity(row); p.errs[i] == nil && kind != "" && kind != behavior.KindSession {
			records[kind] = append(records[kind], p.values[i])
		}
	}
	b := w.batch()
	w.updateFacts(b, slices.Collect(maps.Values(p.byName)))
	w.updateSeen(b, p.seen)
	if len(records) == 0 {
		return w.commit(ctx, b)
	}
	if b.Len() > 0 {
		if err := w.send(ctx, b); err != nil {
			return err
		}
	}
	views, interactions := records[behavior.KindPageView], records[behavior.KindInteraction]
	if len(interactions) == 0 {
		return w.unsure(w.copyEvents(ctx, behavior.KindPageView, views, true))
	}
	if len(views) > 0 {
		if err := w.copyEvents(ctx, behavior.KindPageView, views, false); err != nil {
			return err
		}
	}
	return w.unsure(w.copyEvents(ctx, behavior.KindInteraction, interactions, true))
}
