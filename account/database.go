package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// database is where a store has its tables: a file of SQLite or a schema of
// PostgreSQL. All queries are the same for both; this is how they differ.
//
// In queries @ comes before the names of tables, and values are $1, $2 and so
// on. Times are microseconds since 1970.
type database struct {
	*sql.DB
	shared    bool                // by several servers
	prefix    string              // stands in queries where the @ is
	reads     sql.TxOptions       // of a transaction that sees one moment
	writes    sql.TxOptions       // of one that writes
	lock      string              // its first statement, by which no other one writes meanwhile; empty: a file has it locked already
	contains  string              // the condition that %s has the value %s in it, whatever the case of ASCII letters
	lastID    string              // asks for the last id that was given to a person; zero: none was
	setLastID string              // has ids go on after that of $1
	timeout   time.Duration       // of a question or a transaction
	textOf    func(string) string // a text as it can be stored
	translate func(error) error   // puts an error of the driver into one of the domain
}

// runner is what runs statements: the database or a transaction.
type runner interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// queries asks and changes a database, or does so in a transaction. All errors
// are the domain's; no row is [behavior.ErrNotFound].
type queries struct {
	database *database
	run      runner
}

// values are those of a query.
type values []any

// in is a query about the database's tables.
func (d *database) in(query string) string { return strings.ReplaceAll(query, "@", d.prefix) }

// limited bounds a question by the database's timeout.
func (d *database) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d.timeout)
}

// answered is the error of a question in the domain's words. limited is its
// caller's ctx with our own timeout.
func (d *database) answered(ctx, limited context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return behavior.ErrNotFound
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return fmt.Errorf("%w: no answer within %v", behavior.ErrUnavailable, d.timeout)
	}
	return d.translate(err)
}

// row reads the one row of a query into dest.
func (q queries) row(ctx context.Context, query string, args values, dest ...any) error {
	limited, cancel := q.database.limited(ctx)
	defer cancel()
	return q.database.answered(ctx, limited, q.run.QueryRowContext(limited, q.database.in(query), args...).Scan(dest...))
}

// all has scan read each row of a query. An error of scan's own comes back as
// it is.
func (q queries) all(ctx context.Context, query string, args values, scan func(*sql.Rows) error) error {
	limited, cancel := q.database.limited(ctx)
	defer cancel()
	rows, err := q.run.QueryContext(limited, q.database.in(query), args...)
	if err != nil {
		return q.database.answered(ctx, limited, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return q.database.answered(ctx, limited, rows.Err())
}

// exec runs a statement and returns how many rows it has changed.
func (q queries) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	limited, cancel := q.database.limited(ctx)
	defer cancel()
	done, err := q.run.ExecContext(limited, q.database.in(statement), args...)
	if err != nil {
		return 0, q.database.answered(ctx, limited, err)
	}
	n, err := done.RowsAffected()
	return n, q.database.answered(ctx, limited, err)
}

// rowsAtOnce is how many rows one statement adds.
const rowsAtOnce = 100

// insertRows is the statement that adds rows to a table, and its values.
func insertRows(table, columns string, rows []values) (statement string, args values) {
	text := []byte("INSERT INTO @" + table + " (" + columns + ") VALUES ")
	for i, row := range rows {
		if i > 0 {
			text = append(text, ", "...)
		}
		for j := range row {
			text = fmt.Appendf(text, "%c$%d", "(,"[min(j, 1)], len(args)+j+1)
		}
		text = append(text, ')')
		args = append(args, row...)
	}
	return string(text), args
}

// write runs f in a transaction that nothing else is written during, also not
// by other processes. What f returns is wrapped with the attempt;
// [behavior.Invalid] and the caller's own errors come back as they are.
func (s *Store) write(ctx context.Context, what string, f func(queries) error) error {
	limited, cancel := s.db.database.limited(ctx)
	defer cancel()
	err := s.attempt(limited, f)
	var own ownError
	var invalid behavior.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &invalid):
		return invalid
	case limited.Err() != nil && ctx.Err() == nil && errors.Is(err, limited.Err()):
		err = s.db.database.answered(ctx, limited, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// attempt runs f in a transaction and commits it.
func (s *Store) attempt(ctx context.Context, f func(queries) error) error {
	d := s.db.database
	tx, err := d.BeginTx(ctx, &d.writes)
	if err != nil {
		return d.answered(ctx, ctx, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if d.lock != "" {
		if _, err := tx.ExecContext(ctx, d.lock); err != nil {
			return d.answered(ctx, ctx, err)
		}
	}
	if err := f(queries{d, tx}); err != nil {
		return err
	}
	return d.answered(ctx, ctx, tx.Commit())
}

// view runs f in a transaction that sees one moment, and waits for no writer.
func (s *Store) view(ctx context.Context, f func(queries) error) error {
	d := s.db.database
	limited, cancel := d.limited(ctx)
	defer cancel()
	tx, err := d.BeginTx(limited, &d.reads)
	if err != nil {
		return d.answered(ctx, limited, err)
	}
	defer func() { _ = tx.Rollback() }() // it has nothing to keep
	return f(queries{d, tx})
}

// ownError is an error of the caller's own function.
type ownError struct{ error }
