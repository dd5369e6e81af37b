package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/ClickHouse/clickhouse-go/v2" // the driver "clickhouse"
	_ "github.com/jackc/pgx/v5/stdlib"         // the driver "pgx"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/clickhouse"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/move"
	"github.com/userbehavior/behavior/postgres"
	"github.com/userbehavior/behavior/sqlite"
)

// engine is an engine with the large store in it, and how its own SQL is
// written.
type engine struct {
	name   string
	source string // a path or a DSN
	open   func(ctx context.Context, source string) (behavior.Store, error)

	driver, dsn string // for database/sql
	schema      string // before the names of tables, with its dot
	final       string // after them
	at          func(t time.Time) string
	day         func(column string) string
	length      string // of a session
	size        func(ctx context.Context, db *sql.DB) (bytes int64, err error)
	write       func(ctx context.Context, conn *sql.Conn, rows [][]any) error
	raise       string // has the ids go on above those that were written past the engine; empty: it looks when it is opened
}

func micros(t time.Time) string { return strconv.FormatInt(t.UnixMicro(), 10) }

func quotedTime(t time.Time) string { return "'" + t.UTC().Format("2006-01-02 15:04:05+00") + "'" }

// fileSize is the size of an engine's file.
func fileSize(path string) func(context.Context, *sql.DB) (int64, error) {
	return func(context.Context, *sql.DB) (int64, error) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	}
}

// sizeBy asks an engine for its size.
func sizeBy(question string) func(context.Context, *sql.DB) (int64, error) {
	return func(ctx context.Context, db *sql.DB) (bytes int64, err error) {
		err = db.QueryRowContext(ctx, question).Scan(&bytes)
		return bytes, err
	}
}

func duckdbEngine(path string) engine {
	return engine{
		name: "DuckDB", source: path, driver: "duckdb", dsn: path + "?threads=2", size: fileSize(path), write: appendBare,
		open:   func(ctx context.Context, path string) (behavior.Store, error) { return duckdb.Open(ctx, path) },
		at:     func(t time.Time) string { return "TIMESTAMP " + quotedTime(t) },
		day:    func(column string) string { return "CAST(" + column + " AS DATE)" },
		length: "epoch_us(end_time) - epoch_us(start_time)",
	}
}

func sqliteEngine(path string) engine {
	return engine{
		name: "SQLite", source: path, driver: "sqlite", dsn: "file:" + path + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000", size: fileSize(path), write: insertPrepared("?"),
		open: func(ctx context.Context, path string) (behavior.Store, error) { return sqlite.Open(ctx, path) },
		at:   micros, day: func(column string) string { return column + " / 86400000000" },
		length: "end_time - start_time",
	}
}

func postgresEngine(dsn string) engine {
	return engine{
		name: "PostgreSQL", source: dsn, driver: "pgx", dsn: dsn, schema: "behavior.", write: copyRows,
		open: func(ctx context.Context, dsn string) (behavior.Store, error) {
			return postgres.OpenWith(ctx, dsn, postgres.Options{Migrate: true})
		},
		at:     func(t time.Time) string { return "timestamptz " + quotedTime(t) },
		day:    func(column string) string { return "CAST(" + column + " AT TIME ZONE 'UTC' AS date)" },
		length: "extract(epoch FROM end_time - start_time)",
		raise:  "SELECT setval('behavior.page_view_ids', (SELECT max(id) FROM behavior.page_views))",
		size: sizeBy(`SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
			JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'behavior' AND c.relkind = 'r'`),
	}
}

func clickhouseEngine(dsn string) engine {
	return engine{
		name: "ClickHouse", source: dsn, driver: "clickhouse", dsn: strings.TrimPrefix(dsn, "clickhouse+"), final: " FINAL", write: insertPrepared(""),
		open: func(ctx context.Context, dsn string) (behavior.Store, error) {
			return clickhouse.OpenWith(ctx, dsn, clickhouse.Options{Migrate: true})
		},
		at: micros, day: func(column string) string { return "intDiv(" + column + ", 86400000000)" },
		length: "end_time - start_time",
		size:   sizeBy(`SELECT toInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = currentDatabase()`),
	}
}

// table is a table as the engine's SQL names it.
func (e engine) table(name string) string { return e.schema + name + e.final }

// measureEngines sets beside the library's figures those of each engine's own
// SQL, on the full store. The large store is moved to servers and files of the
// run's own, unless the plan names some that have it already.
func measureEngines(ctx context.Context, p plan) ([]line, error) {
	large, err := p.large(ctx)
	if err != nil {
		return nil, err
	}
	var lines []line
	engines, stop, err := p.engines(ctx)
	defer stop()
	if err != nil {
		return nil, err
	}
	if p.measures("duckdb") {
		engines = append(engines, duckdbEngine(large)) // the last one: it is written to when all have been filled
	}
	for _, e := range engines {
		measured, err := e.measure(ctx, p, large)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		lines = append(lines, measured...)
	}
	return lines, nil
}

// measures reports whether an engine is to be measured.
func (p plan) measures(engine string) bool {
	return len(p.among) == 0 || slices.Contains(p.among, engine)
}

// engines are those besides the large store's own. stop ends what was started
// for them.
func (p plan) engines(ctx context.Context) (all []engine, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, end := range stops {
			end()
		}
	}
	if p.measures("sqlite") {
		all = append(all, sqliteEngine(cmp.Or(p.sqlite, filepath.Join(p.dir, "large.sqlite"))))
	}
	if dsn := p.postgres; p.measures("postgres") {
		if dsn == "" {
			server, err := testserver.StartPostgres(ctx)
			if err != nil {
				return nil, stop, err
			}
			stops, dsn = append(stops, server.Stop), server.DSN("")
		}
		all = append(all, postgresEngine(dsn))
	}
	if dsn := p.clickhouse; p.measures("clickhouse") {
		if dsn == "" {
			server, err := testserver.StartClickHouse(ctx)
			if err != nil {
				return nil, stop, err
			}
			stops, dsn = append(stops, server.Stop), server.DSN("bench")
		}
		all = append(all, clickhouseEngine(dsn))
	}
	return all, stop, nil
}

// measure measures one engine.
func (e engine) measure(ctx context.Context, p plan, large string) ([]line, error) {
	var lines []line
	if !slices.Contains([]string{large, p.sqlite, p.postgres, p.clickhouse}, e.source) {
		rate, err := e.fill(ctx, large)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line{what: e.name + ": moved in from DuckDB, with verification", ours: rate, unit: "rows/s"})
	}
	for _, part := range []func(context.Context, plan) ([]line, error){e.measureSize, e.measureReads, e.measureWrites} {
		found, err := part(ctx, p)
		if err != nil {
			return nil, err
		}
		lines = append(lines, found...)
	}
	return lines, nil
}

// fill moves the large store into the engine.
func (e engine) fill(ctx context.Context, large string) (rate float64, err error) {
	from, err := duckdb.Open(ctx, large)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := e.open(ctx, e.source)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	start, copier := time.Now(), move.New(from, to, move.Options{})
	if err := copier.Copy(ctx); err != nil {
		return 0, err
	}
	result, err := copier.Verify(ctx)
	if err != nil {
		return 0, err
	}
	rows := 0
	for _, day := range result.Days {
		rows += day.To.Count
	}
	return float64(rows) / time.Since(start).Seconds(), nil
}

// measureSize tells how much room an event takes.
func (e engine) measureSize(ctx context.Context, p plan) ([]line, error) {
	db, err := sql.Open(e.driver, e.dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	bytes, err := e.size(ctx, db)
	return []line{{what: fmt.Sprintf("%s: bytes per event of %d", e.name, p.events), ours: float64(bytes) / float64(p.events), unit: ""}}, err
}

// week is what the report asks about: the last one of the large store.
var week = behavior.Range{From: filledFrom.AddDate(0, 0, filledDays-7), To: filledFrom.AddDate(0, 0, filledDays)}

// reportSQL is what one would type for the report's five tables.
func (e engine) reportSQL() []string {
	within := func(column string) string {
		return " WHERE " + column + " >= " + e.at(week.From) + " AND " + column + " < " + e.at(week.To)
	}
	events, starts := within(`"timestamp"`), within("start_time")
	return []string{
		`SELECT event_type, count(*) FROM ` + e.table("interactions") + events + ` GROUP BY 1 ORDER BY 2 DESC`,
		`SELECT ` + e.day(`"timestamp"`) + `, count(*) FROM ` + e.table("interactions") + events + ` GROUP BY 1 ORDER BY 1`,
		`SELECT ` + e.day(`"timestamp"`) + `, url, count(*) FROM ` + e.table("page_views") + events + ` GROUP BY 1, 2 ORDER BY 1, 3 DESC`,
		`SELECT ` + e.day("start_time") + `, avg(` + e.length + `), count(*) FROM ` + e.table("sessions") + starts + ` AND end_time IS NOT NULL GROUP BY 1 ORDER BY 1`,
		`SELECT browser_family, count(*) FROM ` + e.table("sessions") + starts + ` GROUP BY 1 ORDER BY 2 DESC`,
	}
}

// funnelSQL is what one would type for threeSteps.
func (e engine) funnelSQL() string {
	events := `WHERE "timestamp" >= ` + e.at(threeSteps().Range.From) + ` AND "timestamp" < ` + e.at(threeSteps().Range.To) +
		" AND session NOT IN (SELECT id FROM " + e.table("sessions") + " WHERE bot)"
	if e.name == "ClickHouse" {
		return windowFunnelSQL(events)
	}
	return funnelSQL(e.schema, events)
}

// measureReads asks for the report of a week and for a funnel of a month.
func (e engine) measureReads(ctx context.Context, p plan) ([]line, error) {
	const times = 5
	asks := []struct {
		what string
		ours func(behavior.Store) error
		bare []string
	}{
		{"report of 7 days", func(s behavior.Store) error {
			_, err := s.Report(ctx, behavior.ReportRange(week))
			return err
		}, e.reportSQL()},
		{"funnel of three steps in 30 days", func(s behavior.Store) error {
			_, err := s.Funnel(ctx, threeSteps())
			return err
		}, []string{e.funnelSQL()}},
	}
	ours, bare := make([][]float64, len(asks)), make([][]float64, len(asks))
	for range p.rounds {
		for i, ask := range asks {
			if err := e.through(ctx, func(s behavior.Store) (err error) {
				ms, err := timed(times, func() error { return ask.ours(s) })
				ours[i] = append(ours[i], ms...)
				return err
			}); err != nil {
				return nil, err
			}
			if err := throughDatabase(ctx, e.driver, e.dsn, []question{{sql: ask.bare}}, times, bare[i:i+1]); err != nil {
				return nil, err
			}
		}
	}
	var lines []line
	for i, ask := range asks {
		l := line{what: fmt.Sprintf("%s: %s, %d events", e.name, ask.what, p.events), ours: median(ours[i]), bare: median(bare[i]), unit: "ms", promise: "≤ 1.5"}
		l.holds = l.ours <= 1.5*l.bare
		lines = append(lines, l)
	}
	return lines, nil
}

// through opens the store for one thing.
func (e engine) through(ctx context.Context, do func(behavior.Store) error) (err error) {
	store, err := e.open(ctx, e.source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store)
}

// measureWrites records page views into the full store: one at a time from
// many callers, and in batches. Beside it, the engine writes as many at once.
func (e engine) measureWrites(ctx context.Context, p plan) ([]line, error) {
	var lines []line
	for _, w := range []struct {
		what    string
		callers int
		rows    int // of each call
		group   int // of the engine's own
	}{
		{"page views one by one from 64 callers, against groups of 64", 64, 1, 64},
		{"page views one by one from 512 callers, against groups of 512", 512, 1, 512},
		{"batches of 1,000 page views", 1, batch, batch},
	} {
		var ours, bare []float64
		for range p.rounds {
			err := e.through(ctx, func(store behavior.Store) error {
				tracker, err := visited(ctx, store)
				if err != nil {
					return err
				}
				defer tracker.Close()
				rate, err := recordFrom(ctx, tracker, w.callers, w.rows, p.duration)
				ours = append(ours, rate)
				return err
			})
			if err != nil {
				return nil, err
			}
			raw, err := e.writeBare(ctx, w.group, p.duration)
			if err != nil {
				return nil, err
			}
			bare = append(bare, raw)
		}
		l := line{what: fmt.Sprintf("%s: durable %s, onto %d events", e.name, w.what, p.events), ours: median(ours), bare: median(bare), unit: "rows/s"}
		lines = append(lines, l)
	}
	return lines, nil
}
