package clickhouse

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/gate"
	"github.com/userbehavior/behavior/internal/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the store in a database, which must be there and of this program's
// version, see [Options.Migrate]. The DSN is
//
//	clickhouse://USER:PASSWORD@HOST:9000,HOST:9000/DATABASE?cluster=NAME&quorum=auto
//
// for ClickHouse's own protocol, with secure=true for TLS, or
// clickhouse+http://HOST:8123/DATABASE and clickhouse+https:// for HTTP. Of
// several hosts each connection takes the next. The parameters cluster, quorum
// and async are those of [Options]; the others are the driver's, or settings of
// the server. The error wraps [behavior.ErrUnavailable] when the server cannot
// be reached, [behavior.ErrSchema] when the tables are of another version, and
// else says in a sentence what is wrong.
func Open(ctx context.Context, dsn string) (*Store, error) {
	return OpenWith(ctx, dsn, Options{})
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, dsn string, options Options) (*Store, error) {
	config, err := parse(dsn, &options)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s, err := newStore(config, options)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, s.options.WriteTimeout)
	defer cancel()
	if options.Migrate {
		limited = ctx // takes as long as it takes
	}
	if err := s.ready(limited, config); err != nil {
		_ = s.Close() // nothing is under way
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, misled(translate("open store", err), err, config)
	}
	return s, nil
}

func (o Options) complete() Options {
	if o.Database == "" {
		o.Database = "behavior"
	}
	if o.Cluster != "" && o.Quorum == "" {
		o.Quorum = o.half()
	}
	if o.Reads <= 0 {
		o.Reads = 8
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

var (
	// databaseName is what a database may be called.
	databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)
	// quorumText is what a quorum may be.
	quorumText = regexp.MustCompile(`^(auto|[1-9][0-9]?)?$`)
)

func (o Options) check() error {
	switch {
	case !databaseName.MatchString(o.Database):
		return fmt.Errorf("%q is no name for a database: letters, digits and underscores make one", o.Database)
	case !quorumText.MatchString(o.Quorum):
		return fmt.Errorf("the quorum is %q, and must be a number of replicas or auto", o.Quorum)
	}
	return nil
}

// newStore makes a store that is not connected yet.
func newStore(config *clickhouse.Options, options Options) (*Store, error) {
	options = options.complete()
	if err := options.check(); err != nil {
		return nil, err
	}
	s := &Store{
		options: options, layout: layout{database: options.Database, cluster: options.Cluster, old: options.old},
		lock: make(chan struct{}, 1), reads: gate.New(options.Reads, options.ReadTimeout, translate),
		stop: make(chan struct{}),
	}
	s.dialect = s.newDialect()
	asking, inserting := *config, *config
	asking.Settings, inserting.Settings = s.readSettings(config.Settings), s.writeSettings(config.Settings)
	s.db = clickhouse.OpenDB(&asking)
	s.db.SetMaxOpenConns(options.Reads + 3) // two for the writer, one for Ping
	s.db.SetMaxIdleConns(options.Reads + 3)
	s.db.SetConnMaxLifetime(time.Hour)
	var err error
	s.conn, err = clickhouse.Open(&inserting)
	return s, err
}

// readSettings are the settings that all questions are asked with.
func (s *Store) readSettings(given clickhouse.Settings) clickhouse.Settings {
	all := clickhouse.Settings{}
	if !s.options.old {
		all["final"] = 1
		all["do_not_merge_across_partitions_select_final"] = 1
		all["max_query_size"] = 64 << 20
		all["max_ast_elements"] = 10_000_000
		all["max_expanded_ast_elements"] = 10_000_000
		all["join_use_nulls"] = 0
		all["enable_shared_storage_snapshot_in_query"] = 1
		all["use_skip_indexes_if_final"], all["use_skip_indexes_if_final_exact_mode"] = 1, 1
	}
	if s.options.Cluster == "" && !s.options.old {
		all["select_sequential_consistency"] = 1 // of a service that replicates by itself; a server alone has no other
	}
	if s.options.Cluster != "" && !s.options.old { // which is told nothing but numbers
		all["distributed_product_mode"] = "local" // a session and what is its lie in one shard
	}
	if s.options.quorate() {
		s.insertByQuorum(all, s.options.Quorum) // the version of the tables is stored by these, too
	}
	for name, value := range given {
		all[name] = value
	}
	return all
}

// writeSettings are the settings that all inserts are made with.
func (s *Store) writeSettings(given clickhouse.Settings) clickhouse.Settings {
	all := clickhouse.Settings{}
	if !s.options.old {
		all["async_insert"], all["max_partitions_per_insert_block"] = 0, 0
	}
	if s.options.Cluster != "" {
		all["insert_distributed_sync"] = 1
	}
	if s.options.quorate() {
		s.insertByQuorum(all, s.options.Quorum)
	}
	if s.options.Async {
		all["async_insert"], all["wait_for_async_insert"] = 1, 1
	}
	for name, value := range given {
		all[name] = value
	}
	return all
}

// quorate reports whether inserts need several replicas.
func (o Options) quorate() bool { return o.Quorum != "" && o.Quorum != "1" }

// half is the quorum of more than half.
func (o Options) half() string {
	if o.old { // has no word for it
		return "2"
	}
	return "auto"
}

// insertByQuorum adds the settings of inserts that need several replicas. Only
// those that come one after the other can be read in their order.
func (s *Store) insertByQuorum(settings clickhouse.Settings, quorum string) {
	settings["insert_quorum"], settings["select_sequential_consistency"] = quorum, 1
	if n, err := strconv.Atoi(quorum); err == nil {
		settings["insert_quorum"] = n // an old server is told nothing but numbers
	}
	if !s.options.old {
		settings["insert_quorum_parallel"] = 0
	}
}

// agreed are the settings of an insert that all must agree about, whatever
// the quorum of records is: who gives out which ids, and the salt of a day.
func (s *Store) agreed() clickhouse.Settings {
	settings := clickhouse.Settings{}
	if s.options.Cluster != "" && !s.options.quorate() {
		s.insertByQuorum(settings, s.options.half())
	}
	return settings
}

// agreement ends a question about what was stored with these settings.
func (s *Store) agreement() string {
	if s.options.Cluster == "" {
		return ""
	}
	return " SETTINGS select_sequential_consistency = 1"
}

// ready looks at the server, migrates or checks the tables, and readies the writer.
func (s *Store) ready(ctx context.Context, config *clickhouse.Options) error {
	if err := s.inspect(ctx, config); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	s.writer = newWriter(s)
	return nil
}

// inspect refuses a server that cannot keep the store. It asks without our
// settings, which such a server may not know.
func (s *Store) inspect(ctx context.Context, config *clickhouse.Options) error {
	plain := *config
	db := clickhouse.OpenDB(&plain)
	defer db.Close()
	var version string
	if err := db.QueryRowContext(ctx, "SELECT version()").Scan(&version); err != nil {
		return err
	}
	if !s.options.old && olderThan(version, 25, 8) {
		return ours{fmt.Errorf("the server is ClickHouse %s, and 25.8 is the oldest that will do", version)}
	}
	return nil
}

var versionText = regexp.MustCompile(`^(\d+)\.(\d+)`)

// olderThan compares a version's first two numbers.
func olderThan(version string, major, minor int) bool {
	found := versionText.FindStringSubmatch(version)
	if found == nil {
		return false
	}
	a, _ := strconv.Atoi(found[1])
	b, _ := strconv.Atoi(found[2])
	return a < major || a == major && b < minor
}

// migrate checks the tables, and before makes them where that is asked for.
func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	l := s.layout
	versions := migrate.ClickHouse(l.database, l.onCluster(), l.plain(migrate.Table))
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(s.agreed())) // the version, too
	check := func() error {
		return settled(ctx, func() error { return migrate.Check(ctx, s.db, versions, "database "+quote(l.database), files) })
	}
	if err := check(); err == nil || !s.options.Migrate {
		return err
	}
	if err := s.refuseForeign(ctx); err != nil {
		return err
	}
	if err := settled(ctx, func() error {
		return migrate.Up(ctx, s.db, versions, migrate.Filled{FS: files, Fill: l.fill})
	}); err != nil {
		return err
	}
	return check()
}

// settled asks again while it meets what a moment's waiting may mend.
func settled(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if !slices.Contains(passing, code(err)) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryEvery):
		}
	}
}

// refuseForeign refuses a database that has tables of somebody else's with the
// names of ours.
func (s *Store) refuseForeign(ctx context.Context) error {
	var ours, others uint64
	err := s.db.QueryRowContext(ctx, `SELECT countIf(name = ?), countIf(name <> ?) FROM system.tables
		WHERE database = ? AND name IN (?, 'sessions', 'page_views', 'interactions', 'amended', 'salts')`,
		migrate.Table, migrate.Table, s.options.Database, migrate.Table).Scan(&ours, &others)
	switch {
	case err != nil:
		return err
	case ours == 0 && others > 0:
		return fmt.Errorf("%w: database %s has tables of something else, with names like ours; choose another database",
			behavior.ErrSchema, quote(s.options.Database))
	}
	return nil
}
