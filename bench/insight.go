package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
)

// filledFrom is when the large store begins, and filledDays how long it is.
var filledFrom = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)

const filledDays = 30

// asked is an insight or a funnel, and the SQL that one would type into the
// engine for it.
type asked struct {
	what    string
	insight behavior.Insight
	sql     string
	funnel  behavior.Funnel // where it has steps, this is asked instead of the insight
}

// of asks a store.
func (a asked) of(ctx context.Context, store behavior.Store) ([]behavior.InsightRow, error) {
	if len(a.funnel.Steps) == 0 {
		return store.Insight(ctx, a.insight)
	}
	counts, err := store.Funnel(ctx, a.funnel)
	row := behavior.InsightRow{}
	for _, n := range counts {
		row.Metrics = append(row.Metrics, float64(n))
	}
	return []behavior.InsightRow{row}, err
}

// during is the same question about another range.
func (a asked) during(r behavior.Range) asked {
	a.insight.Range, a.funnel.Range = r, r
	return a
}

// insights are the questions of measureInsights. Sessions are found by their
// beginning, all else by its own time; bots do not count.
func insights() []asked {
	const (
		events  = `WHERE "timestamp" >= '2025-03-01' AND "timestamp" < '2025-03-31' AND session NOT IN (SELECT id FROM sessions WHERE bot)`
		joined  = `JOIN sessions s ON s.id = r.session WHERE r."timestamp" >= '2025-03-01' AND r."timestamp" < '2025-03-31' AND NOT s.bot`
		visits  = `WHERE start_time >= '2025-03-01' AND start_time < '2025-03-31' AND NOT bot`
		counted = `LEFT JOIN (SELECT session, count(*) AS n FROM page_views WHERE "timestamp" >= '2025-03-01' AND "timestamp" < '2025-03-31' GROUP BY session) v ON v.session = id`
		length  = `CASE WHEN end_time IS NOT NULL THEN greatest(0, epoch_us(end_time) - epoch_us(start_time)) / 1e6 END`
	)
	path := behavior.DimensionPath
	saw := func(page string) string {
		return ` AND id IN (SELECT session FROM page_views WHERE path = '` + page + `' AND "timestamp" >= '2025-03-01' AND "timestamp" < '2025-03-31')`
	}
	const submitted = ` AND id IN (SELECT session FROM interactions WHERE event_type = 'form_submit' AND "timestamp" >= '2025-03-01' AND "timestamp" < '2025-03-31')`
	return []asked{
		{what: "interactions by type", insight: ask(0, by(behavior.DimensionEventType), behavior.MetricInteractions),
			sql: `SELECT event_type, count(*) FROM interactions ` + events + ` GROUP BY 1 ORDER BY 2 DESC`},
		{what: "page views by day", insight: ask(0, by(behavior.DimensionTime), behavior.MetricPageViews),
			sql: `SELECT CAST("timestamp" AS DATE), count(*) FROM page_views ` + events + ` GROUP BY 1 ORDER BY 1`},
		{what: "visitors by day", insight: ask(0, by(behavior.DimensionTime), behavior.MetricVisitors),
			sql: `SELECT CAST(start_time AS DATE), count(DISTINCT visitor) FROM sessions ` + visits + ` GROUP BY 1 ORDER BY 1`},
		{what: "page views by day and path, the first 1,000", insight: ask(1000, by(behavior.DimensionTime, path), behavior.MetricPageViews),
			sql: `SELECT CAST("timestamp" AS DATE), path, count(*) FROM page_views ` + events + ` GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2 LIMIT 1000`},
		{what: "the 100 paths with the most page views, and their sessions", insight: ask(100, by(path), behavior.MetricPageViews, behavior.MetricSessions),
			sql: `SELECT path, count(*), count(DISTINCT session) FROM page_views ` + events + ` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`},
		{what: "the 100 paths with the most visitors", insight: ask(100, by(path), behavior.MetricVisitors),
			sql: `SELECT path, count(DISTINCT s.visitor) FROM page_views r ` + joined + ` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`},
		{what: "page views by browser and day", insight: ask(0, by(behavior.DimensionTime, behavior.DimensionBrowser), behavior.MetricPageViews),
			sql: `SELECT CAST(r."timestamp" AS DATE), s.browser, count(*) FROM page_views r ` + joined + ` GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`},
		{what: "bounce rate and views per session", insight: ask(0, nil, behavior.MetricBounceRate, behavior.MetricViewsPerSession),
			sql: `SELECT sum(CASE WHEN coalesce(n, 0) <= 1 THEN 100 ELSE 0 END) / count(*), sum(coalesce(n, 0)) / count(*) FROM sessions ` + counted + ` ` + visits},
		{what: "session length, mean, median and 90th percentile", insight: ask(0, nil, behavior.MetricSessionLength, behavior.MetricSessionLengthMedian, behavior.MetricSessionLengthP90),
			sql: `SELECT avg(` + length + `), quantile_cont(` + length + `, 0.5), quantile_cont(` + length + `, 0.9) FROM sessions ` + visits},
		{what: "visible time and scroll depth by path, the first 100", insight: ask(100, by(path), behavior.MetricPageViews, behavior.MetricVisibleTime, behavior.MetricScrollDepth),
			sql: `SELECT path, count(*), avg(nullif(visible_ms, 0)) / 1000, avg(nullif(scroll_depth, 0)) FROM page_views ` + events + ` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`},
		{what: "sessions that saw two pages and submitted a form", insight: threeThings(),
			sql: `SELECT count(*) FROM sessions ` + visits + saw("/page/7") + saw("/page/2926") + submitted},
		{what: "sessions by three steps of a funnel", funnel: threeSteps(), sql: funnelSQL("", events)},
		{what: "interactions by a key of the metadata, the first 100", insight: ask(100, by("metadata:x_coord"), behavior.MetricInteractions),
			sql: `SELECT coalesce(json_extract_string(metadata, '$.x_coord'), ''), count(*) FROM interactions ` + events + ` GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 100`},
	}
}

// ask is an insight into all that the large store has.
func ask(limit int, dimensions []behavior.Dimension, metrics ...behavior.Metric) behavior.Insight {
	i := behavior.Insight{Metrics: metrics, Dimensions: dimensions, Limit: limit, Range: behavior.Range{From: filledFrom, To: filledFrom.AddDate(0, 0, filledDays)}}
	if len(dimensions) > 0 && dimensions[0] == behavior.DimensionTime {
		i.Interval = behavior.Day
	}
	return i
}

func by(dimensions ...behavior.Dimension) []behavior.Dimension { return dimensions }

// measureInsights asks a large store through the library and in plain SQL.
func measureInsights(ctx context.Context, p plan) ([]line, error) {
	path, err := p.large(ctx)
	if err != nil {
		return nil, err
	}
	const times = 10
	list := insights()
	var typed []question
	for _, a := range list {
		typed = append(typed, question{sql: []string{a.sql}})
	}
	ours, bare := make([][]float64, len(list)), make([][]float64, len(list))
	for range p.rounds {
		if err := throughInsights(ctx, path, list, times, ours); err != nil {
			return nil, err
		}
		if err := throughSQL(ctx, path, typed, times, bare); err != nil {
			return nil, err
		}
	}
	var lines []line
	for i, a := range list {
		l := line{what: fmt.Sprintf("insight: %s, %d events", a.what, p.events), ours: median(ours[i]), bare: median(bare[i]), unit: "ms", promise: "≤ 1.5"}
		l.holds = l.ours <= 1.5*l.bare
		lines = append(lines, l)
	}
	return lines, nil
}

// throughInsights adds the milliseconds of each insight to out.
func throughInsights(ctx context.Context, path string, list []asked, times int, out [][]float64) error {
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return err
	}
	defer store.Close()
	for i, a := range list {
		ms, err := timed(times, func() error {
			rows, err := a.of(ctx, store)
			if err == nil && len(rows) == 0 {
				err = fmt.Errorf("%s: no rows", a.what)
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

// measureOutside asks for a week of the large store, and of a store that has
// nothing but that week: what lies outside must not cost.
func measureOutside(ctx context.Context, p plan) ([]line, error) {
	large, err := p.large(ctx)
	if err != nil {
		return nil, err
	}
	week := filepath.Join(p.dir, "week.duckdb")
	from := filledFrom.AddDate(0, 0, 10)
	if err := excerpt(ctx, week, large, from, from.AddDate(0, 0, 7)); err != nil {
		return nil, err
	}
	var list []asked
	for _, a := range insights() {
		list = append(list, a.during(behavior.Range{From: from, To: from.AddDate(0, 0, 7)}))
	}
	ours, bare := make([][]float64, len(list)), make([][]float64, len(list))
	for range p.rounds {
		if err := throughInsights(ctx, large, list, 5, ours); err != nil {
			return nil, err
		}
		if err := throughInsights(ctx, week, list, 5, bare); err != nil {
			return nil, err
		}
	}
	all, alone := 0.0, 0.0
	for i := range list {
		all, alone = all+median(ours[i]), alone+median(bare[i])
	}
	l := line{what: fmt.Sprintf("all insights above for 7 of 30 days with %d events, against a store of these 7 days alone", p.events), ours: all, bare: alone, unit: "ms", promise: "≤ 1.5"}
	l.holds = all <= 1.5*alone
	return []line{l}, nil
}

// excerpt makes a store of what another has of a span of time.
func excerpt(ctx context.Context, path, from string, begin, end time.Time) error {
	const span = ` BY NAME SELECT * FROM other.%[1]s WHERE "%[2]s" >= '%[3]s' AND "%[2]s" < '%[4]s'`
	statements := []string{fmt.Sprintf("ATTACH '%s' AS other (READ_ONLY)", from)}
	for _, table := range []struct{ name, time string }{{"sessions", "start_time"}, {"page_views", "timestamp"}, {"interactions", "timestamp"}} {
		statements = append(statements, "INSERT INTO "+table.name+fmt.Sprintf(span, table.name, table.time, begin.Format(time.DateOnly), end.Format(time.DateOnly)))
	}
	return fillWith(ctx, path, append(statements, followed...)...)
}
