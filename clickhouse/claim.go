package clickhouse

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Who gives out which ids. A writer claims blocks of them, and gives out those of
// the blocks that nobody else has claimed. A record that brings its id along may
// come at any time, also for a block that another writer gives out. Whoever
// stores it claims that block as well, and then waits for patience: the others
// look every second, before they use a block, whether it is still theirs alone,
// and leave it if it is not. What they have stored by then is seen when it is
// asked whether the id is taken. Only a writer that is held up for longer, in the
// middle of a batch, may still give that id to another record.

// blockSize is how many ids a writer takes at a time. The rest of a block is
// lost when its store is closed: there are 2^53.
const blockSize = 1 << 16

// recheckEvery is how often a writer looks whether its blocks are its own.
const recheckEvery = time.Second

// blockOf is the number of the block that an id is in.
func blockOf(id int64) int64 { return (id - 1) / blockSize }

// NextID is the next id above after in one of the writer's blocks. There is
// one: see reserve.
func (w *writer) NextID(kind behavior.Kind, after int64) int64 {
	for _, block := range w.blocks[kind] {
		if first := block*blockSize + 1; after < first {
			return first
		}
		if after < (block+1)*blockSize {
			return after + 1
		}
	}
	panic("clickhouse: ids have not been reserved")
}

// reserve sees to it that the writer can give n ids of a kind above after.
func (w *writer) reserve(ctx context.Context, kind behavior.Kind, after, n int64) error {
	free := func() (free int64) {
		for _, block := range w.blocks[kind] {
			free += min(blockSize, max(0, (block+1)*blockSize-after))
		}
		return free
	}
	for tries := 0; free() < n; tries++ {
		if tries > 100 {
			return fmt.Errorf("%w: others take all ids", behavior.ErrUnavailable)
		}
		if err := w.claimNext(ctx, kind, after); err != nil {
			return err
		}
	}
	// Those that lie below are used up.
	w.blocks[kind] = slices.DeleteFunc(w.blocks[kind], func(block int64) bool { return (block+1)*blockSize <= after })
	return nil
}

// claimNext claims the first block that nobody has claimed and that lies above
// all others and reaches above after.
func (w *writer) claimNext(ctx context.Context, kind behavior.Kind, after int64) error {
	next, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT toInt64(if(count() = 0, 0, max(block) + 1)) FROM ` +
		w.store.layout.whole("id_blocks") + ` WHERE kind = ` + literal(string(kind)) + w.store.agreement()},
		func(rows *sql.Rows, next *int64) error { return rows.Scan(next) })
	if err != nil {
		return err
	}
	return w.claim(ctx, kind, []int64{max(next[0], blockOf(after+1))})
}

// claim claims blocks and takes those that are the writer's then. Whoever sees
// that somebody else has claimed a block as well leaves it to him: of two, one
// has written before the other has read, so no block is given to two.
func (w *writer) claim(ctx context.Context, kind behavior.Kind, blocks []int64) error {
	if _, err := repeat(ctx, func() error { return w.sendClaim(ctx, kind, blocks) }); err != nil {
		return err
	}
	owners, err := w.owners(ctx, kind, blocks)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		if slices.ContainsFunc(owners[block], func(owner string) bool { return owner != w.name }) {
			continue
		}
		if !slices.Contains(w.blocks[kind], block) {
			w.blocks[kind] = append(w.blocks[kind], block)
		}
	}
	slices.Sort(w.blocks[kind])
	return nil
}

func (w *writer) sendClaim(ctx context.Context, kind behavior.Kind, blocks []int64) error {
	return w.store.insert(ctx, "id_blocks", []clickhouse.ColumnNameAndType{
		{Name: "kind", Type: "String"}, {Name: "block", Type: "Int64"}, {Name: "owner", Type: "String"},
	}, w.store.agreed(), func(add func(values ...any)) {
		for _, block := range blocks {
			add(string(kind), block, w.name)
		}
	})
}

// owners are those who have claimed blocks.
func (w *writer) owners(ctx context.Context, kind behavior.Kind, blocks []int64) (map[int64][]string, error) {
	type claim struct {
		block int64
		owner string
	}
	found, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT DISTINCT block, owner FROM ` + w.store.layout.whole("id_blocks") +
		` WHERE kind = ` + literal(string(kind)) + ` AND block IN ` + integers(blocks) + w.store.agreement()},
		func(rows *sql.Rows, c *claim) error { return rows.Scan(&c.block, &c.owner) })
	owners := map[int64][]string{}
	for _, c := range found {
		owners[c.block] = append(owners[c.block], c.owner)
	}
	return owners, err
}

// prepareIDs sees to the ids of rows: those that they bring along, so that
// nobody gives them to another record, and those that they need.
func (w *writer) prepareIDs(ctx context.Context, rows []behavior.Row) error {
	need, after := map[behavior.Kind]int64{}, map[behavior.Kind]int64{}
	given, brought := map[behavior.Kind]map[int64]bool{}, false
	for kind, last := range w.memory.LastIDs() {
		after[kind], given[kind] = last, map[int64]bool{}
	}
	for _, row := range rows {
		if row.Progress != nil {
			continue
		}
		kind, id := record.Identity(row)
		switch {
		case id == 0:
			need[kind]++
		case id > 0 && id <= record.MaxID:
			after[kind], brought = max(after[kind], id), true
			if block := blockOf(id); !w.shared[kind][block] && !slices.Contains(w.blocks[kind], block) {
				given[kind][block] = true
			}
		}
	}
	if brought {
		if err := w.claimGiven(ctx, given); err != nil {
			return err
		}
	}
	if err := w.recheck(ctx, need); err != nil {
		return err
	}
	for _, kind := range kinds {
		if need[kind] == 0 {
			continue
		}
		if err := w.reserve(ctx, kind, after[kind], need[kind]); err != nil {
			return err
		}
	}
	return nil
}

// claimGiven claims the blocks of ids that records bring along. Where others
// have claimed one of them, it waits until they have left it; and not again for
// each of those that they have claimed so far.
func (w *writer) claimGiven(ctx context.Context, given map[behavior.Kind]map[int64]bool) error {
	for _, kind := range kinds {
		if len(given[kind]) == 0 {
			continue
		}
		blocks := keysOf(given[kind])
		owners, err := w.owners(ctx, kind, blocks)
		if err != nil {
			return err
		}
		if len(owners) > 0 {
			if blocks, err = w.allBlocks(ctx, kind, blocks); err != nil {
				return err
			}
		}
		if err := w.claim(ctx, kind, blocks); err != nil {
			return err
		}
		for _, block := range blocks {
			if !slices.Contains(w.blocks[kind], block) && !w.shared[kind][block] {
				w.shared[kind][block], w.sharedAt = true, time.Now().Add(patience)
			}
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(w.sharedAt)):
		return nil
	}
}

// allBlocks are blocks and those that anybody has claimed.
func (w *writer) allBlocks(ctx context.Context, kind behavior.Kind, blocks []int64) ([]int64, error) {
	all, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT DISTINCT block FROM ` + w.store.layout.whole("id_blocks") +
		` WHERE kind = ` + literal(string(kind)) + w.store.agreement()},
		func(rows *sql.Rows, block *int64) error { return rows.Scan(block) })
	all = append(all, blocks...)
	slices.Sort(all)
	return slices.Compact(all), err
}

// recheck leaves blocks that others have claimed as well, if ids are needed.
func (w *writer) recheck(ctx context.Context, need map[behavior.Kind]int64) error {
	if len(need) == 0 || time.Since(w.checked) < recheckEvery {
		return nil
	}
	checked := time.Now()
	var ours []string
	for kind, blocks := range w.blocks {
		if len(blocks) > 0 {
			ours = append(ours, `kind = `+literal(string(kind))+` AND block IN `+integers(blocks))
		}
	}
	if len(ours) > 0 {
		type lease struct {
			kind  string
			block int64
		}
		contested, err := collect(ctx, w.store.db, query.Statement{SQL: `SELECT DISTINCT kind, block FROM ` + w.store.layout.whole("id_blocks") +
			` WHERE owner <> ` + literal(w.name) + ` AND (` + strings.Join(ours, " OR ") + `)` + w.store.agreement()},
			func(rows *sql.Rows, l *lease) error { return rows.Scan(&l.kind, &l.block) })
		if err != nil {
			return err
		}
		for kind := range w.blocks {
			w.blocks[kind] = slices.DeleteFunc(w.blocks[kind], func(block int64) bool { return slices.Contains(contested, lease{string(kind), block}) })
		}
	}
	w.checked = checked
	return nil
}
