package clickhouse

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/plan"
	"github.com/userbehavior/behavior/internal/query"
)

// writer decides what is stored, and stores it. It is used under the store's
// lock. Its exported methods are those of [plan.Shared].
type writer struct {
	store  *Store
	name   string // random, of this open store
	memory *plan.Memory
	blocks map[behavior.Kind][]int64 // of ids that are ours to give, rising

	shared   map[behavior.Kind]map[int64]bool // blocks that others leave to the records that bring their ids along
	sharedAt time.Time                        // when they have left all of these
	checked  time.Time                        // when it was looked whether blocks are ours alone

	last    uint64      // the last version given or seen
	inserts int         // how many there were
	within  *[]step     // what the transaction under way is to store; nil outside of one
	pending []step      // what is still to be stored of something that failed
	leaving []nameClaim // what is to be withdrawn after that
}

// step is changes of one kind, which one insert stores. However often that is
// sent, it is the same one: number gives it its version and its token.
type step struct {
	kind    behavior.Kind
	changes []change
	version uint64
	token   string // what the server knows the insert by
	undoes  bool   // it takes another step back
}

// change is a record as it is and as it is to be. One of them may be empty: a
// record that is made, or goes.
type change struct {
	before, after behavior.Row

	// stays: it is not taken back, because whoever sends it again, to whichever
	// process, is told that it is known already.
	stays bool
}

func newWriter(s *Store) *writer {
	w := &writer{store: s, name: rand.Text(), blocks: map[behavior.Kind][]int64{}, shared: map[behavior.Kind]map[int64]bool{}}
	for _, kind := range kinds {
		w.shared[kind] = map[int64]bool{}
	}
	w.memory = plan.OpenShared(w, s.options.CacheSessions)
	return w
}

// version is higher than all that the writer has given or seen. Those of
// several processes follow each other as well as their clocks agree; whoever
// changes a record has seen its version. It is even: the odd one above it is
// that of the rows which take back what is stored with it, and nothing else.
func (w *writer) version() uint64 {
	w.last = max(w.last+2, uint64(time.Now().UnixMicro())) &^ 1
	return w.last
}

// number gives steps their versions and tokens.
func (w *writer) number(steps []step) {
	for i := range steps {
		w.inserts++
		steps[i].version, steps[i].token = w.version(), w.name+"-"+strconv.Itoa(w.inserts)
	}
}

// saw takes note of the version of a row that was read.
func (w *writer) saw(version uint64) { w.last = max(w.last, version) }

// Transact gathers what do stores, and then stores it.
func (w *writer) Transact(ctx context.Context, do func() error) error {
	var steps []step
	w.within = &steps
	defer func() { w.within = nil }()
	if err := do(); err != nil {
		return err
	}
	return w.storeRenamed(ctx, steps)
}

// mostStale is how long a changed record may have been read before it is stored:
// what others do to it in between is lost.
const mostStale = time.Second

// storeRenamed is storeAll for steps that may call sessions otherwise. It
// returns [behavior.ErrConflict] if others have stored such a name meanwhile.
func (w *writer) storeRenamed(ctx context.Context, steps []step) error {
	if err := w.amend(ctx, steps); err != nil {
		return w.giveUp(ctx, nil, err)
	}
	began := time.Now()
	for range givesWay {
		if time.Since(began) > mostStale {
			break
		}
		names := w.renames(steps)
		switch how, err := w.takeNames(ctx, names); {
		case err != nil:
			return err
		case how == taken:
			return behavior.ErrConflict
		case how != alone:
			continue
		}
		err := w.storeSteps(ctx, steps)
		w.leaving = append(w.leaving, names...)
		if err != nil {
			return err
		}
		held, err := w.holdsNames(ctx, names)
		if err == nil && held {
			_ = w.takeBack(ctx) // the claims are withdrawn later
			return nil
		}
		w.pending = append(w.pending, reversed(steps)...)
		if err = errors.Join(err, w.takeBack(ctx)); err != nil {
			return err
		}
	}
	return errContended
}

// storeAll stores steps one after the other, what they change of sessions marked
// before. If one fails, what may be stored of them is taken back: at once, or else
// before the next write.
func (w *writer) storeAll(ctx context.Context, steps []step) error {
	if err := w.amend(ctx, steps); err != nil {
		return w.giveUp(ctx, nil, err)
	}
	return w.storeSteps(ctx, steps)
}

// storeSteps is storeAll for steps of which the sessions are marked already.
func (w *writer) storeSteps(ctx context.Context, steps []step) error {
	w.number(steps)
	for i, s := range steps {
		sent, err := w.insert(ctx, s)
		if err == nil {
			continue
		}
		if sent {
			i++
		}
		return w.giveUp(ctx, steps[:i], err)
	}
	return nil
}

// storeTogether stores steps at the same time.
func (w *writer) storeTogether(ctx context.Context, steps []step) error {
	sent, errs := make([]bool, len(steps)), make([]error, len(steps))
	w.number(steps)
	var wg sync.WaitGroup
	for i, s := range steps {
		wg.Go(func() { sent[i], errs[i] = w.insert(ctx, s) })
	}
	wg.Wait()
	var stored []step
	for i, s := range steps {
		if sent[i] {
			stored = append(stored, s)
		}
	}
	for _, err := range errs {
		if err != nil {
			return w.giveUp(ctx, stored, err)
		}
	}
	return nil
}

// Taken returns those of ids that records of a kind have. Those of deleted
// records are free, and who takes one must have a higher version.
func (w *writer) Taken(ctx context.Context, kind behavior.Kind, ids []int64) ([]int64, error) {
	text := `SELECT max(version) FROM ` + w.store.layout.whole(query.Table(kind)) + ` WHERE id IN ` + integers(ids)
	if !w.store.options.old {
		text += " SETTINGS final = 0"
	}
	var newest uint64
	if err := w.store.db.QueryRowContext(ctx, text).Scan(&newest); err != nil {
		return nil, err
	}
	w.saw(newest)
	from, where := w.store.live(kind)
	return collect(ctx, w.store.db, query.Statement{SQL: `SELECT id` + from + where + `id IN ` + integers(ids)},
		func(rows *sql.Rows, id *int64) error { return rows.Scan(id) })
}

// FindSessions reads sessions by name or id. Of several with one name the first
// counts: with a quorum of 1, two processes may have stored it at the same moment.
func (w *writer) FindSessions(ctx context.Context, names []string, ids []int64) (found []behavior.Session, err error) {
	var conditions []string
	if len(names) > 0 {
		conditions = append(conditions, "session_id IN "+texts(names))
	}
	if len(ids) > 0 {
		conditions = append(conditions, "id IN "+integers(ids))
	}
	from, where := w.store.live(behavior.KindSession)
	for _, condition := range conditions {
		some, err := collect(ctx, w.store.db, query.Statement{
			SQL: `SELECT ` + columnNames(behavior.KindSession, "") + `, version` + from + where + condition + ` ORDER BY id`,
		}, w.scanSession)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// scanSession scans a session and its version.
func (w *writer) scanSession(rows *sql.Rows, s *behavior.Session) error {
	var version uint64
	err := sessions.scan(rows, s, &version)
	w.saw(version)
	return err
}

// EventKeys reads those of keys that sessions have. It looks at the versions of
// deleted events, too: one that takes its key must have a higher one.
func (w *writer) EventKeys(ctx context.Context, ids []int64, keys []string) ([]plan.EventKey, error) {
	var selects []string
	for _, kind := range kinds[1:] {
		view := "argMax(id, version)"
		if kind != behavior.KindPageView {
			view = "toInt64(0)"
		}
		selects = append(selects, `SELECT session, event_key, `+view+` AS view, argMax(deleted, version) AS gone, max(version) AS newest
			FROM `+w.store.layout.whole(query.Table(kind))+` WHERE session IN `+integers(ids)+` AND event_key IN `+texts(keys)+` GROUP BY session, event_key`)
	}
	text := strings.Join(selects, " UNION ALL ")
	if !w.store.options.old {
		text += " SETTINGS final = 0"
	}
	type foundKey struct {
		plan.EventKey
		gone uint8
	}
	found, err := collect(ctx, w.store.db, query.Statement{SQL: text}, func(rows *sql.Rows, k *foundKey) error {
		var version uint64
		err := rows.Scan(&k.Session, &k.Key, &k.View, &k.gone, &version)
		w.saw(version)
		return err
	})
	var known []plan.EventKey
	for _, k := range found {
		if k.gone == 0 {
			known = append(known, k.EventKey)
		}
	}
	return known, err
}

// PageView and Interaction read one record with its session.
func (w *writer) PageView(ctx context.Context, id int64) (behavior.PageView, error) {
	return pageViews.one(ctx, w, id)
}

func (w *writer) Interaction(ctx context.Context, id int64) (behavior.Interaction, error) {
	return interactions.one(ctx, w, id)
}
