package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// The large store is filled inside the engine: half a million sessions for ten
// million events, three page views in ten, spread over 30 days from filledFrom
// on. One session in 50 is a bot's.
const (
	fillSessions = `INSERT INTO sessions BY NAME
SELECT i AS id, md5(i::VARCHAR) AS session_id, 'Mozilla/5.0 (' || i %% 200 || ')' AS user_agent,
	'192.0.2.' || i %% 250 AS ip_address, TIMESTAMP '2025-03-01' + to_seconds(i * 2592000 // %[1]d) AS start_time,
	CASE WHEN i %% 3 > 0 THEN TIMESTAMP '2025-03-01' + to_seconds(i * 2592000 // %[1]d + i %% 1800) END AS end_time,
	CASE WHEN i %% 5 < 2 THEN 'user-' || i %% 10000 END AS user_id, 'v' || i %% 100000 AS visitor,
	['Firefox','Chrome','Safari','Edge'][1 + i %% 4] AS browser, (120 + i %% 9) || '.0' AS browser_version,
	['Firefox','Chrome','Safari','Edge'][1 + i %% 4] AS browser_family, ['Linux','Windows','macOS','Android','iOS'][1 + i %% 5] AS os,
	['desktop','mobile','tablet'][1 + i %% 3] AS device, i %% 50 = 0 AS bot, CASE WHEN i %% 50 = 0 THEN 'crawler' ELSE '' END AS bot_reason,
	['DE','FR','BR','US','JP','IN','GB','ES','IT','NL'][1 + i %% 10] AS country, ['de','fr','pt-BR','en-US','ja'][1 + i %% 5] AS language,
	['1920x1080','390x844','1280x720'][1 + i %% 3] AS screen, 'https://site-' || i %% 300 || '.example/' AS referrer,
	'site-' || i %% 300 || '.example' AS source, ['Direct','Organic Search','Referral','Organic Social'][1 + i %% 4] AS channel,
	'' AS utm_source, '' AS utm_medium, CASE WHEN i %% 7 = 0 THEN 'campaign-' || i %% 20 ELSE '' END AS utm_campaign, '' AS utm_term, '' AS utm_content,
	'/page/' || (i * 31) %% 500 AS entry_path,
	'/page/' || (i * (%[2]d + 1) - 1) // %[1]d * 7919 %% 5000 AS exit_path -- that of its last page view
FROM range(1, %[1]d + 1) t(i)`
	fillPageViews = `INSERT INTO page_views BY NAME
SELECT i AS id, 1 + i * %[1]d // (%[2]d + 1) AS session, 'https://example.com/page/' || (i * 7919) %% 5000 AS url,
	TIMESTAMP '2025-03-01' + to_microseconds((i * 2592000000000::HUGEINT // %[2]d)::BIGINT) AS "timestamp",
	'example.com' AS host, '/page/' || (i * 7919) %% 5000 AS path, '' AS title, '' AS referrer, '' AS event_key,
	1000 * (i %% 90) AS visible_ms, i %% 101 AS scroll_depth
FROM range(1, %[2]d + 1) t(i)`
	fillInteractions = `INSERT INTO interactions BY NAME
SELECT i AS id, 1 + i * %[1]d // (%[2]d + 1) AS session,
	['click','scroll','mouse_move','form_submit','input_change','page_resize','keypress','hover'][1 + i %% 8] AS event_type,
	'button#b' || i %% 60 AS element, '{"x_coord":' || i %% 1000 || '}' AS metadata,
	TIMESTAMP '2025-03-01' + to_microseconds((i * 2592000000000::HUGEINT // %[2]d)::BIGINT) AS "timestamp",
	'example.com' AS host, '/page/' || (i * 7919) %% 5000 AS path, 0 AS x, 0 AS y, '' AS viewport, '' AS event_key
FROM range(1, %[2]d + 1) t(i)`
)

// question is a list asked through the library, and the SQL that one would
// type into the engine for it.
type question struct {
	what  string
	query behavior.Query
	sql   []string // all of them, one after the other
}

func questions(events int) []question {
	const newest = `WITH v AS (SELECT * FROM page_views ORDER BY "timestamp" DESC LIMIT 10)
SELECT v.*, s.* FROM v JOIN sessions s ON s.id = v.session ORDER BY v."timestamp" DESC`
	middle := int64(events) * 3 / 20
	return []question{
		{"newest ten page views of %d events, with their total", behavior.Query{Order: []behavior.Order{{Field: "timestamp", Desc: true}}, Limit: 10},
			[]string{"SELECT count(*) FROM page_views", newest}},
		{"one page view by id of %d events", behavior.ByID(middle),
			[]string{fmt.Sprintf(`SELECT v.*, s.* FROM page_views v JOIN sessions s ON s.id = v.session WHERE v.id = %d`, middle)}},
	}
}

// measureLists asks a large store through the library and in plain SQL.
func measureLists(ctx context.Context, p plan) ([]line, error) {
	path, err := p.large(ctx)
	if err != nil {
		return nil, err
	}
	const times = 60
	list := questions(p.events)
	ours, bare := make([][]float64, len(list)), make([][]float64, len(list))
	for range p.rounds {
		if err := throughLibrary(ctx, path, list, times, ours); err != nil {
			return nil, err
		}
		if err := throughSQL(ctx, path, list, times, bare); err != nil {
			return nil, err
		}
	}
	var lines []line
	for i, q := range list {
		l := line{what: fmt.Sprintf(q.what, p.events), ours: median(ours[i]), bare: median(bare[i]), unit: "ms", promise: "≤ 1.5"}
		l.holds = l.ours <= 1.5*l.bare
		lines = append(lines, l)
	}
	return lines, nil
}

// large is the path of the large store, which the first who asks for it makes.
func (p plan) large(ctx context.Context) (string, error) {
	if p.filled != "" {
		return p.filled, nil
	}
	path := filepath.Join(p.dir, "large.duckdb")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, fill(ctx, path, p.events)
}

// fill makes the large store.
func fill(ctx context.Context, path string, events int) error {
	visits, views := events/20, events*3/10
	return fillWith(ctx, path, append([]string{
		fmt.Sprintf(fillSessions, visits, views),
		fmt.Sprintf(fillPageViews, visits, views),
		fmt.Sprintf(fillInteractions, visits, events-views),
	}, followed...)...)
}

// followed tells the engine's writer that the sessions have the facts of these
// events already.
var followed = []string{
	"UPDATE progress SET value = (SELECT max(id) FROM page_views) WHERE name = 'followed'",
	"UPDATE progress SET value = (SELECT max(id) FROM interactions) WHERE name = 'advanced'",
}

// fillWith makes a store of our schema, whose rows the engine makes.
func fillWith(ctx context.Context, path string, statements ...string) error {
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", path)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range append(statements, "CHECKPOINT") {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

// throughLibrary adds the milliseconds of each question to out.
func throughLibrary(ctx context.Context, path string, list []question, times int, out [][]float64) error {
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	tracker, err := behavior.New(store, quiet())
	if err != nil {
		return err
	}
	defer tracker.Close()
	for i, q := range list {
		ms, err := timed(times, func() error {
			found, _, err := tracker.PageViews(ctx, q.query)
			if err == nil && len(found) != q.query.Limit {
				err = fmt.Errorf("%d page views found, want %d", len(found), q.query.Limit)
			}
			return err
		})
		if err != nil {
			return err
		}
		out[i] = append(out[i], ms...)
	}
	return nil
}

// throughSQL does the same with the embedded engine's own SQL.
func throughSQL(ctx context.Context, path string, list []question, times int, out [][]float64) error {
	return throughDatabase(ctx, "duckdb", path+"?threads=2", list, times, out)
}

// throughDatabase runs the SQL of each question on one connection, and adds the
// milliseconds to out.
func throughDatabase(ctx context.Context, driver, dsn string, list []question, times int, out [][]float64) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for i, q := range list {
		ms, err := timed(times, func() error {
			for _, statement := range q.sql {
				if err := readAll(ctx, db, statement); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		out[i] = append(out[i], ms...)
	}
	return nil
}

// readAll runs a query and reads every value of every row.
func readAll(ctx context.Context, db *sql.DB, statement string) error {
	rows, err := db.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// timed runs f after three warm-ups and returns the milliseconds of each run.
func timed(times int, f func() error) ([]float64, error) {
	var out []float64
	for i := range times + 3 {
		start := time.Now()
		if err := f(); err != nil {
			return nil, err
		}
		if i >= 3 {
			out = append(out, float64(time.Since(start).Microseconds())/1000)
		}
	}
	return out, nil
}
