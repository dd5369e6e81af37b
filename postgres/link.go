package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/userbehavior/behavior/internal/query"
)

// What begins a transaction says all that matters: a database may have other
// defaults.
const (
	beginRead  = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
)

// link is a connection with one transaction on it. Statements are sent in
// batches, each of which costs one round trip.
type link struct {
	conn  *pgxpool.Conn
	begin string // what begins the transaction; empty when it has begun
	asISO bool   // times travel as text, which must be in the ISO style
}

// connect takes a connection for a transaction.
func (s *Store) connect(ctx context.Context, begin string) (*link, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, unreachable{err}
	}
	return &link{conn: conn, begin: begin, asISO: s.textual}, nil
}

// batch is for the next statements. The first one begins the transaction.
func (l *link) batch() *pgx.Batch {
	b := &pgx.Batch{}
	if l.begin != "" {
		b.Queue(l.begin)
		if l.asISO {
			b.Queue("SET LOCAL datestyle = 'ISO'")
		}
		l.begin = ""
	}
	return b
}

// send runs a batch.
func (l *link) send(ctx context.Context, b *pgx.Batch) error {
	return l.failed(ctx, l.conn.SendBatch(ctx, b).Close())
}

// failed is the error of what was sent, which may be that of its connection.
func (l *link) failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case l.conn.Conn().IsClosed():
		return lost{err}
	}
	return err
}

// finish runs the last batch of a transaction and commits it.
func (l *link) finish(ctx context.Context, b *pgx.Batch) error {
	b.Queue("COMMIT").Exec(committed)
	return l.send(ctx, b)
}

// committed refuses the answer that a transaction was not committed.
func committed(tag pgconn.CommandTag) error {
	if tag.String() != "COMMIT" {
		return errors.New("the transaction was rolled back")
	}
	return nil
}

// release gives the connection back, without what is not committed.
func (l *link) release() {
	if conn := l.conn.Conn(); !conn.IsClosed() && conn.PgConn().TxStatus() != 'I' {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = conn.Exec(ctx, "ROLLBACK") // where it fails, the pool drops the connection
	}
	l.conn.Release()
}

// in is a statement about the store's tables, which have @ before their names.
func (s *Store) in(statement string) string { return strings.ReplaceAll(statement, "@", s.schema+".") }

// queue adds a compiled statement to a batch.
func queue(b *pgx.Batch, st query.Statement) *pgx.QueuedQuery { return b.Queue(st.SQL, st.Args...) }

// into collects all rows of a statement in list.
func into[T any](q *pgx.QueuedQuery, list *[]T, scan func(pgx.Rows, *T) error) {
	q.Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var one T
			if err := scan(rows, &one); err != nil {
				return err
			}
			*list = append(*list, one)
		}
		return rows.Err()
	})
}
