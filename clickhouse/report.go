package clickhouse

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (behavior.Report, error) {
	from, to := clamp(r.From).UnixMicro(), clamp(r.To).UnixMicro()
	r.From, r.To = time.UnixMicro(from), time.UnixMicro(to)
	q := reportQuery{store: s, from: from, to: to, days: query.NewCalendar(r)}
	var report behavior.Report
	err := s.readLong(ctx, "report", func(ctx context.Context, r *reader) (err error) {
		q.db, report = r.db, behavior.Report{}
		for _, ask := range []func(context.Context, *behavior.Report) error{q.events, q.byDay, q.pageViews, q.durations, q.browsers} {
			if err := ask(ctx, &report); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return behavior.Report{}, err
	}
	return report, nil
}

// reportQuery asks the questions of one report.
type reportQuery struct {
	db       *sql.DB
	store    *Store
	from, to int64
	days     query.Calendar
}

// statement is a question about a table, @ before its name, and the range.
func (q reportQuery) statement(text string) query.Statement {
	return query.Statement{SQL: strings.ReplaceAll(text, "@", q.store.dialect.Schema), Args: []any{q.from, q.to}}
}

func (q reportQuery) events(ctx context.Context, r *behavior.Report) (err error) {
	r.Events, err = collect(ctx, q.db, q.statement(`
		SELECT event_type, count(*) AS n FROM @interactions
		WHERE "timestamp" >= ? AND "timestamp" < ?
		GROUP BY event_type ORDER BY n DESC, event_type`),
		func(rows *sql.Rows, e *behavior.EventCount) error { return rows.Scan(&e.EventType, &e.Count) })
	return err
}

func (q reportQuery) byDay(ctx context.Context, r *behavior.Report) (err error) {
	r.Days, err = collect(ctx, q.db, q.statement(`
		SELECT `+q.days.Day(q.store.dialect, `"timestamp"`)+` AS day, count(*) FROM @interactions
		WHERE "timestamp" >= ? AND "timestamp" < ?
		GROUP BY day ORDER BY day DESC`),
		func(rows *sql.Rows, d *behavior.DayCount) error {
			return q.days.Scan(rows, &d.Day, &d.Count)
		})
	return err
}

func (q reportQuery) pageViews(ctx context.Context, r *behavior.Report) error {
	type dayURL struct {
		day time.Time
		behavior.URLCount
	}
	list, err := collect(ctx, q.db, q.statement(`
		SELECT `+q.days.Day(q.store.dialect, `"timestamp"`)+` AS day, url, count(*) AS n FROM @page_views
		WHERE "timestamp" >= ? AND "timestamp" < ?
		GROUP BY day, url ORDER BY day DESC, n DESC, url`),
		func(rows *sql.Rows, u *dayURL) error { return q.days.Scan(rows, &u.day, &u.URL, &u.Count) })
	if err != nil {
		return err
	}
	for _, u := range list {
		if n := len(r.PageViews); n == 0 || !r.PageViews[n-1].Day.Equal(u.day) {
			r.PageViews = append(r.PageViews, behavior.DayPages{Day: u.day})
		}
		day := &r.PageViews[len(r.PageViews)-1]
		day.Count += u.Count
		day.URLs = append(day.URLs, u.URLCount)
	}
	return nil
}

func (q reportQuery) durations(ctx context.Context, r *behavior.Report) (err error) {
	r.Durations, err = collect(ctx, q.db, q.statement(`
		SELECT `+q.days.Day(q.store.dialect, "start_time")+` AS day, toString(sum(toInt128(end_time) - start_time)), count(*) FROM @sessions
		WHERE start_time >= ? AND start_time < ? AND end_time IS NOT NULL
		GROUP BY day ORDER BY day DESC`),
		func(rows *sql.Rows, d *behavior.DayDurations) error {
			var digits string
			if err := q.days.Scan(rows, &d.Day, &digits, &d.Count); err != nil {
				return err
			}
			sum, ok := new(big.Int).SetString(digits, 10)
			if !ok {
				return ours{fmt.Errorf("a sum is %q", digits)}
			}
			d.Mean = query.Mean(sum, d.Count)
			return nil
		})
	return err
}

func (q reportQuery) browsers(ctx context.Context, r *behavior.Report) (err error) {
	r.Browsers, err = collect(ctx, q.db, q.statement(`
		SELECT browser_family, count(*) AS n FROM @sessions
		WHERE start_time >= ? AND start_time < ?
		GROUP BY browser_family ORDER BY n DESC, browser_family`),
		func(rows *sql.Rows, b *behavior.BrowserCount) error { return rows.Scan(&b.Browser, &b.Count) })
	total := 0
	for _, b := range r.Browsers {
		total += b.Count
	}
	for i := range r.Browsers {
		r.Browsers[i].Percentage = query.Percentage(r.Browsers[i].Count, total)
	}
	return err
}
