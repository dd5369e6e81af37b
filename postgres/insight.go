package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
	"github.com/userbehavior/behavior/internal/record"
)

// Insight answers an insight at one moment of the store, see [behavior.Store].
func (s *Store) Insight(ctx context.Context, i behavior.Insight) (rows []behavior.InsightRow, err error) {
	in, err := query.NewInsight(i)
	if err != nil {
		return nil, err
	}
	err = s.readLong(ctx, "insight", func(ctx context.Context, r *reader) (err error) {
		rows, err = in.Rows(s.dialect, r.ask(ctx))
		if err != nil {
			return err
		}
		return r.finish(ctx, r.batch())
	})
	if err != nil {
		return nil, err
	}
	return rows, nil
}

// ask asks within a transaction.
func (r *reader) ask(ctx context.Context) query.Ask {
	return func(st query.Statement, read func(query.Cursor) error) error {
		b := r.batch()
		if err := gather(b)(st, read); err != nil {
			return err
		}
		return r.send(ctx, b)
	}
}

// gather asks when a batch is sent.
func gather(b *pgx.Batch) query.Ask {
	return func(st query.Statement, read func(query.Cursor) error) error {
		queue(b, harmless(st)).Query(func(found pgx.Rows) error {
			if err := read(found); err != nil {
				return err
			}
			return found.Err()
		})
		return nil
	}
}

// harmless makes every text of a statement one that the server takes.
func harmless(st query.Statement) query.Statement {
	for i, arg := range st.Args {
		if text, ok := arg.(string); ok && !record.Storable(text) {
			st.Args[i] = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\ufffd")
		}
	}
	return st
}

func (s *Store) jsonScalar(document string, path []string, bind query.Bind) string {
	at := s.at(document, path, bind)
	return "CASE WHEN json_typeof(" + at + ") IN ('string', 'number', 'boolean') THEN " + at + " #>> '{}' END COLLATE \"C\""
}

// month counts the months between two days.
func month(first time.Time, days string) string {
	day := "(DATE '" + first.Format(time.DateOnly) + "' + CAST(" + days + " AS integer))"
	return fmt.Sprintf("CAST(extract(year FROM %s) * 12 + extract(month FROM %s) - %d AS bigint)", day, day, 12*first.Year()+int(first.Month()))
}
