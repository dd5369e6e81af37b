package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/migrate"
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
	config, err := parse(dsn)
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

// parse reads a DSN and sets what it does not.
func parse(dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New(oneLine(err)) // has no password in it
	}
	sets := func(option string) bool { return strings.Contains(dsn, option) }
	if !sets("default_query_exec_mode") {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	if !sets("connect_timeout") && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	if !sets("pool_max_conns") {
		config.MaxConns = 10
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "behavior"
	}
	return config, nil
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
	return o
}

// schemaName is what a schema may be called.
var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// newStore makes a store and readies its schema.
func newStore(ctx context.Context, pool *pgxpool.Pool, options Options) (*Store, error) {
	options = options.complete(pool.Config().MaxConns)
	switch {
	case !schemaName.MatchString(options.Schema) || strings.HasPrefix(options.Schema, "pg_"):
		return nil, fmt.Errorf("open store: %q is no name for a schema: letters a to z, digits and underscores make one, and pg_ does not begin it", options.Schema)
	case pool.Config().MaxConns < 2:
		return nil, errors.New("open store: the pool of connections must allow for two at least")
	}
	s := &Store{
		pool: pool, options: options, schema: migrate.Quote(options.Schema), lockKey: migrate.AdvisoryKey("ids " + options.Schema),
		reads: make(chan struct{}, options.Reads), long: make(chan struct{}, max(1, options.Reads-1)),
		months: map[time.Time]bool{},
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
	if err := inspect(ctx, db); err != nil {
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

// inspect refuses a server that cannot keep the store.
func inspect(ctx context.Context, db *sql.DB) error {
	var version int
	var encoding string
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding')`).Scan(&version, &encoding)
	switch {
	case err != nil:
		return err
	case version < 140000:
		return fmt.Errorf("the server is PostgreSQL %d, and 14 is the oldest that will do", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database's encoding is %s, and UTF8 is the only one that will do", encoding)
	}
	return nil
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
