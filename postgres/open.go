package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/migrate"
	"github.com/userbehavior/behavior/internal/pgpool"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the store in the schema "behavior" of a database, which must be
// there and of this program's version, see [Options.Migrate]. The DSN is a URL
// or a list of keywords and values, as libpq takes it; besides, pool_max_conns
// says how many connections there may be: else 10. The error wraps
// [behavior.ErrUnavailable] when the database cannot be reached,
// [behavior.ErrSchema] when its schema is another version's, and else says in
// a sentence what is wrong.
func Open(ctx context.Context, dsn string) (*Store, error) {
	return OpenWith(ctx, dsn, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, dsn string, options Options) (*Store, error) {
	config, err := pgpool.Config(dsn)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s, err := newStore(ctx, pool, options)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s.own = true
	return s, nil
}

// New opens the store in a schema of the database that a pool leads to. The
// pool stays the caller's, must allow for two connections at least, and must
// outlive the store. Behind a pooler that gives each transaction another
// connection, its DefaultQueryExecMode must be one without prepared
// statements, as always. Errors are as with [Open].
func New(ctx context.Context, pool *pgxpool.Pool, options Options) (*Store, error) {
	return newStore(ctx, pool, options)
}

func (o Options) complete(connections int32) Options {
	if o.Schema == "" {
		o.Schema = "behavior"
	}
	if o.Reads <= 0 {
		o.Reads = max(1, int(connections)-2)
	}
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = 30 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 30 * time.Second
	}
	if o.CacheSessions <= 0 {
		o.CacheSessions = 50_000
	}
	return o
}

// newStore makes a store and readies its schema.
func newStore(ctx context.Context, pool *pgxpool.Pool, options Options) (*Store, error) {
	options = options.complete(pool.Config().MaxConns)
	if err := pgpool.Check(pool, options.Schema); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		pool: pool, options: options, schema: migrate.Quote(options.Schema), lockKey: migrate.AdvisoryKey("ids " + options.Schema),
		reads:  gate.New(options.Reads, options.ReadTimeout, translate),
		months: map[time.Time]bool{}, memory: newMemory(options.CacheSessions),
	}
	s.dialect = s.newDialect()
	mode := pool.Config().ConnConfig.DefaultQueryExecMode
	s.textual = mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol
	limited, cancel := context.WithTimeout(ctx, options.WriteTimeout)
	defer cancel()
	if options.Migrate {
		limited = ctx // takes as long as it takes
	}
	if err := s.ready(limited); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, translate("open store", err)
	}
	return s, nil
}

// ready looks at the server, and migrates or checks the schema.
func (s *Store) ready(ctx context.Context) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return unreachable{err}
	}
	conn.Release()
	db := stdlib.OpenDBFromPool(s.pool)
	defer db.Close()
	if err := pgpool.Inspect(ctx, db); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := migrate.CheckPostgres(ctx, db, s.options.Schema, files); err == nil || !s.options.Migrate {
		return err
	}
	if err := s.refuseForeign(ctx, db); err != nil {
		return err
	}
	if err := migrate.UpPostgres(ctx, db, s.options.Schema, files); err != nil {
		return err
	}
	return migrate.CheckPostgres(ctx, db, s.options.Schema, files)
}

// refuseForeign refuses a schema that has tables of somebody else's with the
// names of ours.
func (s *Store) refuseForeign(ctx context.Context, db *sql.DB) error {
	var ours, others int
	err := db.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE tablename = $1), count(*) FILTER (WHERE tablename <> $1)
		FROM pg_tables WHERE schemaname = $2 AND tablename IN ($1, 'sessions', 'page_views', 'interactions', 'salts')`,
		migrate.Table, s.options.Schema).Scan(&ours, &others)
	switch {
	case err != nil:
		return err
	case ours == 0 && others > 0:
		return fmt.Errorf("%w: schema %s has tables of something else, with names like ours; choose another schema", behavior.ErrSchema, s.schema)
	}
	return nil
}
