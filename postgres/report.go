package postgres

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/query"
)

// Report answers the report's questions at one moment of the store, and in one
// round trip.
func (s *Store) Report(ctx context.Context, r behavior.ReportRange) (behavior.Report, error) {
	r.From, r.To = clamp(r.From), clamp(r.To)
	days := query.NewCalendar(r)
	var report behavior.Report
	err := s.readLong(ctx, "report", func(ctx context.Context, tx *reader) error {
		report = behavior.Report{}
		q := reportQuery{batch: tx.batch(), store: s, from: r.From, to: r.To, days: days}
		q.events(&report)
		q.byDay(&report)
		q.pageViews(&report)
		q.durations(&report)
		q.browsers(&report)
		return tx.finish(ctx, q.batch)
	})
	if err != nil {
		return behavior.Report{}, err
	}
	return report, nil
}

// reportQuery asks the questions of one report.
type reportQuery struct {
	batch    *pgx.Batch
	store    *Store
	from, to time.Time
	days     query.Calendar
}

// queue queues a question about the range, which is $1 up to $2.
func (q reportQuery) queue(text string) *pgx.QueuedQuery {
	return q.batch.Queue(q.store.in(text), q.from, q.to)
}

func (q reportQuery) events(r *behavior.Report) {
	into(q.queue(`
		SELECT event_type, count(*) AS n FROM @interactions
		WHERE "timestamp" >= $1::timestamptz AND "timestamp" < $2::timestamptz
		GROUP BY event_type ORDER BY n DESC, event_type`), &r.Events,
		func(rows pgx.Rows, e *behavior.EventCount) error { return rows.Scan(&e.EventType, &e.Count) })
}

func (q reportQuery) byDay(r *behavior.Report) {
	into(q.queue(`
		SELECT `+q.days.Day(q.store.dialect, `"timestamp"`)+` AS day, count(*) FROM @interactions
		WHERE "timestamp" >= $1::timestamptz AND "timestamp" < $2::timestamptz
		GROUP BY day ORDER BY day DESC`), &r.Days,
		func(rows pgx.Rows, d *behavior.DayCount) error { return q.days.Scan(rows, &d.Day, &d.Count) })
}

func (q reportQuery) pageViews(r *behavior.Report) {
	q.queue(`
		SELECT ` + q.days.Day(q.store.dialect, `"timestamp"`) + ` AS day, url, count(*) AS n FROM @page_views
		WHERE "timestamp" >= $1::timestamptz AND "timestamp" < $2::timestamptz
		GROUP BY day, url ORDER BY day DESC, n DESC, url`).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var day time.Time
			var u behavior.URLCount
			if err := q.days.Scan(rows, &day, &u.URL, &u.Count); err != nil {
				return err
			}
			if n := len(r.PageViews); n == 0 || !r.PageViews[n-1].Day.Equal(day) {
				r.PageViews = append(r.PageViews, behavior.DayPages{Day: day})
			}
			last := &r.PageViews[len(r.PageViews)-1]
			last.Count += u.Count
			last.URLs = append(last.URLs, u)
		}
		return rows.Err()
	})
}

func (q reportQuery) durations(r *behavior.Report) {
	into(q.queue(`
		SELECT `+q.days.Day(q.store.dialect, "start_time")+` AS day,
			sum(@micros(end_time) - @micros(start_time))::text, count(*) FROM @sessions
		WHERE start_time >= $1::timestamptz AND start_time < $2::timestamptz AND end_time IS NOT NULL
		GROUP BY day ORDER BY day DESC`), &r.Durations,
		func(rows pgx.Rows, d *behavior.DayDurations) error {
			var micros string
			if err := q.days.Scan(rows, &d.Day, &micros, &d.Count); err != nil {
				return err
			}
			sum, ok := new(big.Int).SetString(micros, 10)
			if !ok {
				return fmt.Errorf("a sum of durations is %q", micros)
			}
			d.Mean = query.Mean(sum, d.Count)
			return nil
		})
}

func (q reportQuery) browsers(r *behavior.Report) {
	q.queue(`
		SELECT browser_family, count(*) AS n FROM @sessions
		WHERE start_time >= $1::timestamptz AND start_time < $2::timestamptz
		GROUP BY browser_family ORDER BY n DESC, browser_family`).Query(func(rows pgx.Rows) error {
		total := 0
		for rows.Next() {
			var b behavior.BrowserCount
			if err := rows.Scan(&b.Browser, &b.Count); err != nil {
				return err
			}
			total += b.Count
			r.Browsers = append(r.Browsers, b)
		}
		for i := range r.Browsers {
			r.Browsers[i].Percentage = query.Percentage(r.Browsers[i].Count, total)
		}
		return rows.Err()
	})
}
