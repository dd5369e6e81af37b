package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/migrate"
	"github.com/userbehavior/behavior/internal/pgpool"
)

// Options is how a store in a PostgreSQL database behaves. The zero Options
// are the defaults.
type Options struct {
	// Schema is the name of the schema that the tables are in: letters a to z,
	// digits and underscores. It is not that of the records. Empty:
	// "behavior_accounts".
	Schema string

	// Migrate has the schema made or brought up to date. Without, one that is
	// not of this program's version is refused with [behavior.ErrSchema].
	Migrate bool

	// Timeout is when a question or a change is given up, with
	// [behavior.ErrUnavailable]. Zero: 10 seconds.
	Timeout time.Duration

	// Now is the clock. Nil: [time.Now], and for what servers count together,
	// see [Store.Windows], that of the database.
	Now func() time.Time
}

// OpenPostgres opens the store in a PostgreSQL database, version 14 or newer,
// which any number of servers may share. The DSN is a URL or a list of keywords
// and values, as libpq takes it; besides, pool_max_conns says how many
// connections there may be: else 10. The error wraps [behavior.ErrUnavailable]
// when the database cannot be reached, [behavior.ErrSchema] when its schema is
// another version's; no password is in it.
func OpenPostgres(ctx context.Context, dsn string, options Options) (*Store, error) {
	config, err := pgpool.Config(dsn)
	if err != nil {
		return nil, fmt.Errorf("open people: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open people: %w", err)
	}
	s, err := openPool(ctx, pool, options, pool.Close)
	if err != nil {
		pool.Close()
	}
	return s, err
}

// NewPostgres opens the store in the database that a pool leads to. The pool
// stays the caller's, must allow for two connections at least, and must outlive
// the store. Behind a pooler that gives each transaction another connection, its
// DefaultQueryExecMode must be one without prepared statements, as always.
// Errors are as with [OpenPostgres].
func NewPostgres(ctx context.Context, pool *pgxpool.Pool, options Options) (*Store, error) {
	return openPool(ctx, pool, options, func() {})
}

// openPool opens the store; closing it calls after, too.
func openPool(ctx context.Context, pool *pgxpool.Pool, o Options, after func()) (*Store, error) {
	if o.Schema == "" {
		o.Schema = "behavior_accounts"
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if err := pgpool.Check(pool, o.Schema); err != nil {
		return nil, fmt.Errorf("open people: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	if err := readyPostgres(ctx, db, o); err != nil {
		return nil, errors.Join(fmt.Errorf("open people: %w", err), db.Close())
	}
	ids := migrate.Quote(o.Schema) + ".people_id_seq"
	return newStore(&database{
		DB: db, shared: true, prefix: migrate.Quote(o.Schema) + ".", timeout: o.Timeout,
		reads:  sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		writes: sql.TxOptions{Isolation: sql.LevelReadCommitted},
		lock:   fmt.Sprintf(lockPostgres, migrate.AdvisoryKey("accounts "+o.Schema)), contains: `strpos(lower(%s), lower(%s COLLATE "C")) > 0`,
		lastID:    "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM " + ids,
		setLastID: "SELECT setval('" + ids + "', greatest($1::bigint, last_value)) FROM " + ids,
		textOf: func(text string) string {
			return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
		},
		translate: translatePostgres,
	}, o.Now, func() error {
		err := db.Close()
		after()
		return err
	}), nil
}

// lockPostgres lets one transaction of all servers write at a time: changes are
// rare, and what must hold among people, that one owner is left for example,
// then holds. A server that acknowledges what is not on disk is told not to.
const lockPostgres = `SELECT pg_advisory_xact_lock(%d), set_config('synchronous_commit',
	CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)`

// readyPostgres looks at the server, and migrates or checks the schema.
func readyPostgres(ctx context.Context, db *sql.DB, o Options) error {
	limited := ctx
	if !o.Migrate { // which takes as long as it takes
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, o.Timeout)
		defer cancel()
	}
	err := ensureSchema(limited, db, o)
	switch {
	case err == nil || errors.Is(err, behavior.ErrSchema):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return fmt.Errorf("%w: no answer within %v", behavior.ErrUnavailable, o.Timeout)
	}
	return translatePostgres(err)
}

func ensureSchema(ctx context.Context, db *sql.DB, o Options) error {
	if err := pgpool.Inspect(ctx, db); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations/postgres")
	if err != nil {
		return err
	}
	if err := refuseForeign(ctx, db, o.Schema); err != nil {
		return err
	}
	if err := migrate.CheckPostgres(ctx, db, o.Schema, files); err == nil || !o.Migrate {
		return err
	}
	if err := migrate.UpPostgres(ctx, db, o.Schema, files); err != nil {
		return err
	}
	return migrate.CheckPostgres(ctx, db, o.Schema, files)
}

// refuseForeign refuses a schema that has the tables of somebody else, those of
// the records for example, which count their versions under the same name. A
// schema that has nothing but versions is being made at this moment.
func refuseForeign(ctx context.Context, db *sql.DB, schema string) error {
	var ours, others int
	err := db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE tablename = 'people'), count(*) FILTER (WHERE tablename <> 'people')
		FROM pg_tables WHERE schemaname = $1 AND tablename <> $2`, schema, migrate.Table).Scan(&ours, &others)
	switch {
	case err != nil:
		return err
	case ours == 0 && others > 0:
		return fmt.Errorf("%w: schema %s has tables of something else; choose another schema", behavior.ErrSchema, migrate.Quote(schema))
	}
	return nil
}

// translatePostgres puts an error of the driver into one of the domain. The
// driver's errors stay inside: their text remains, their types do not.
func translatePostgres(err error) error {
	var none *pgconn.ConnectError
	switch code := pgpool.Code(err); {
	case err == nil:
		return nil
	case errors.As(err, &none):
		return fmt.Errorf("%w: %s", behavior.ErrUnavailable, pgpool.ConnectError(err))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case strings.HasPrefix(code, "23"):
		return behavior.ErrConflict
	}
	return fmt.Errorf("%w: %s", behavior.ErrUnavailable, pgpool.OneLine(err))
}
