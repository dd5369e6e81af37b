package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

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
		gone = behavior.Counts{}
		b := w.batch()
		switch kind {
		case behavior.KindPageView:
			w.remove(b, &gone.PageViews, `@page_views WHERE id = ANY($1::bigint[])`, ids)
		case behavior.KindInteraction:
			w.remove(b, &gone.Interactions, `@interactions WHERE id = ANY($1::bigint[])`, ids)
		default:
			b.Queue(s.in(`SELECT id FROM @sessions WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE`), ids)
			theirs := ` e USING @sessions s WHERE s.id = ANY($1::bigint[]) AND e.session = s.id AND e."timestamp" >= s.events_from AND e."timestamp" < s.events_to`
			w.remove(b, &gone.Interactions, `@interactions`+theirs, ids)
			w.remove(b, &gone.PageViews, `@page_views`+theirs, ids)
			w.remove(b, &gone.Sessions, `@sessions WHERE id = ANY($1::bigint[])`, ids)
		}
		if err := w.send(ctx, b); err != nil {
			return err
		}
		w.check = check{SQL: s.in(`SELECT NOT EXISTS (SELECT FROM @` + query.Table(kind) + ` WHERE id = ANY($1::bigint[]))`), Args: []any{ids}}
		return w.commit(ctx, w.batch())
	})
	if err != nil {
		return behavior.Counts{}, err
	}
	return gone, nil
}

// remove deletes rows and counts them.
func (w *writer) remove(b *pgx.Batch, count *int, from string, ids []int64) {
	b.Queue(w.store.in(`DELETE FROM `+from), ids).Exec(counted(count))
}

// counted notes how many rows a statement has changed.
func counted(count *int) func(pgconn.CommandTag) error {
	return func(tag pgconn.CommandTag) error {
		*count = int(tag.RowsAffected())
		return nil
	}
}
