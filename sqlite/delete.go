package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Delete removes records, sessions with all that is theirs, see [behavior.Store].
func (s *Store) Delete(ctx context.Context, kind behavior.Kind, ids []int64) (behavior.Counts, error) {
	if query.Table(kind) == "" {
		return behavior.Counts{}, fmt.Errorf("delete: no kind %q", kind)
	}
	if len(ids) == 0 {
		return behavior.Counts{}, nil
	}
	var gone behavior.Counts
	err := s.write(ctx, "delete "+query.Table(kind), func(ctx context.Context, w *writer) error {
		if err := w.memory.WriteFacts(ctx); err != nil {
			return err
		}
		touched, err := w.touched(ctx, kind, ids)
		if err != nil {
			return err
		}
		if err := w.Transact(ctx, func() (err error) { gone, err = w.delete(ctx, kind, ids); return err }); err != nil {
			return err
		}
		for _, name := range touched {
			w.memory.Forget(name)
		}
		return nil
	})
	if err != nil {
		return behavior.Counts{}, err
	}
	return gone, nil
}

// delete removes records within a transaction. The ids given out so far are
// noted before the records that bear witness to them are gone.
func (w *writer) delete(ctx context.Context, kind behavior.Kind, ids []int64) (gone behavior.Counts, err error) {
	if err := w.noteLast(ctx); err != nil {
		return gone, err
	}
	list := jsonOf(ids)
	remove := func(kind behavior.Kind, column string) (int, error) {
		result, err := w.conn.ExecContext(ctx, `DELETE FROM `+query.Table(kind)+` WHERE `+column+` IN (SELECT value FROM json_each(?))`, list)
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		return int(n), err
	}
	switch kind {
	case behavior.KindPageView:
		gone.PageViews, err = remove(kind, "id")
	case behavior.KindInteraction:
		gone.Interactions, err = remove(kind, "id")
	default:
		if gone.Interactions, err = remove(behavior.KindInteraction, "session"); err != nil {
			return gone, err
		}
		if gone.PageViews, err = remove(behavior.KindPageView, "session"); err != nil {
			return gone, err
		}
		gone.Sessions, err = remove(kind, "id")
	}
	return gone, err
}

// noteLast stores the last ids given out.
func (w *writer) noteLast(ctx context.Context) error {
	for kind, last := range w.memory.LastIDs() {
		if err := w.exec(ctx, `UPDATE progress SET value = max(value, ?) WHERE name = ?`, last, string(kind)); err != nil {
			return err
		}
	}
	return nil
}

// touched names the sessions whose records a deletion removes: what the writer
// knows of them, their event keys for example, will be wrong.
func (w *writer) touched(ctx context.Context, kind behavior.Kind, ids []int64) ([]string, error) {
	sessions := `SELECT value FROM json_each(?)`
	if kind != behavior.KindSession {
		sessions = `SELECT session FROM ` + query.Table(kind) + ` WHERE id IN (` + sessions + `)`
	}
	return query.Collect(ctx, w.conn, query.Statement{
		SQL: `SELECT session_id FROM sessions WHERE id IN (` + sessions + `)`, Args: []any{jsonOf(ids)},
	}, func(rows *sql.Rows, name *string) error { return rows.Scan(name) })
}
