package duckdb

import (
	"context"
	"database/sql"
	"math/big"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions at one moment of the store.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (behavior.Report, error) {
	r.From, r.To = clamp(r.From), clamp(r.To)
	q := reportQuery{from: r.From, to: r.To, days: query.NewCalendar(r)}
	var report behavior.Report
	err := s.readLong(ctx, "report", func(ctx context.Context, tx *sql.Tx) (err error) {
		q.tx = tx
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
	tx       *sql.Tx
	from, to time.Time
	days     query.Calendar
}

// statement puts the range before the further arguments of a query: it is $1
// up to $2.
func (q reportQuery) statement(text string, args ...any) query.Statement {
	return query.Statement{SQL: text, Args: append([]any{q.from, q.to}, args...)}
}

func (q reportQuery) events(ctx context.Context, r *behavior.Report) (err error) {
	r.Events, err = query.Collect(ctx, q.tx, q.statement(`
		SELECT event_type, count(*) AS n FROM interactions
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY event_type ORDER BY n DESC, event_type`),
		func(rows *sql.Rows, e *behavior.EventCount) error { return rows.Scan(&e.EventType, &e.Count) })
	return err
}

func (q reportQuery) byDay(ctx context.Context, r *behavior.Report) (err error) {
	r.Days, err = query.Collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.Day(dialect, `"timestamp"`)+` AS day, count(*) FROM interactions
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY `+q.days.Key(dialect, `"timestamp"`)+` ORDER BY day DESC`),
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
	list, err := query.Collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.Day(dialect, `"timestamp"`)+` AS day, url, count(*) AS n FROM page_views
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY `+q.days.Key(dialect, `"timestamp"`)+`, url ORDER BY day DESC, n DESC, url`),
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
	r.Durations, err = query.Collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.Day(dialect, "start_time")+` AS day, sum(epoch_us(end_time) - epoch_us(start_time)), count(*) FROM sessions
		WHERE start_time >= $1::TIMESTAMP AND start_time < $2::TIMESTAMP AND end_time IS NOT NULL
		GROUP BY `+q.days.Key(dialect, "start_time")+` ORDER BY day DESC`),
		func(rows *sql.Rows, d *behavior.DayDurations) error {
			var sum *big.Int
			if err := q.days.Scan(rows, &d.Day, &sum, &d.Count); err != nil {
				return err
			}
			d.Mean = query.Mean(sum, d.Count)
			return nil
		})
	return err
}

func (q reportQuery) browsers(ctx context.Context, r *behavior.Report) (err error) {
	r.Browsers, err = query.Collect(ctx, q.tx, q.statement(`
		SELECT browser_family, count(*) AS n FROM sessions
		WHERE start_time >= $1::TIMESTAMP AND start_time < $2::TIMESTAMP
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
