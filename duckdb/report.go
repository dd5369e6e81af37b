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
	q := reportQuery{from: r.From, to: r.To, days: newCalendar(r)}
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
	days     calendar
}

// statement puts the range before the further arguments of a query: it is $1
// up to $2.
func (q reportQuery) statement(text string, args ...any) query.Statement {
	return query.Statement{SQL: text, Args: append([]any{q.from, q.to}, args...)}
}

func (q reportQuery) events(ctx context.Context, r *behavior.Report) (err error) {
	r.Events, err = collect(ctx, q.tx, q.statement(`
		SELECT event_type, count(*) AS n FROM interactions
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY event_type ORDER BY n DESC, event_type`),
		func(rows *sql.Rows, e *behavior.EventCount) error { return rows.Scan(&e.EventType, &e.Count) })
	return err
}

func (q reportQuery) byDay(ctx context.Context, r *behavior.Report) (err error) {
	r.Days, err = collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.of(`"timestamp"`)+` AS day, count(*) FROM interactions
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY day ORDER BY day DESC`),
		func(rows *sql.Rows, d *behavior.DayCount) error {
			return q.days.scan(rows, &d.Day, &d.Count)
		})
	return err
}

func (q reportQuery) pageViews(ctx context.Context, r *behavior.Report) error {
	type dayURL struct {
		day time.Time
		behavior.URLCount
	}
	list, err := collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.of(`"timestamp"`)+` AS day, url, count(*) AS n FROM page_views
		WHERE "timestamp" >= $1::TIMESTAMP AND "timestamp" < $2::TIMESTAMP
		GROUP BY day, url ORDER BY day DESC, n DESC, url`),
		func(rows *sql.Rows, u *dayURL) error { return q.days.scan(rows, &u.day, &u.URL, &u.Count) })
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
	r.Durations, err = collect(ctx, q.tx, q.statement(`
		SELECT `+q.days.of("start_time")+` AS day, sum(epoch_us(end_time) - epoch_us(start_time)), count(*) FROM sessions
		WHERE start_time >= $1::TIMESTAMP AND start_time < $2::TIMESTAMP AND end_time IS NOT NULL
		GROUP BY day ORDER BY day DESC`),
		func(rows *sql.Rows, d *behavior.DayDurations) error {
			var sum *big.Int
			if err := q.days.scan(rows, &d.Day, &sum, &d.Count); err != nil {
				return err
			}
			d.Mean = mean(sum, d.Count)
			return nil
		})
	return err
}

// mean is the mean of durations in microseconds, rounded to a whole one, halves
// to the even one, and zero when it is negative. The sum may exceed an int64.
func mean(sum *big.Int, count int) time.Duration {
	if sum.Sign() <= 0 {
		return 0
	}
	n := big.NewInt(int64(count))
	micros, rest := new(big.Int).QuoRem(sum, n, new(big.Int))
	if half := rest.Lsh(rest, 1).Cmp(n); half > 0 || half == 0 && micros.Bit(0) == 1 {
		micros.Add(micros, big.NewInt(1))
	}
	nanos := micros.Mul(micros, big.NewInt(int64(time.Microsecond)))
	if !nanos.IsInt64() {
		return 1<<63 - 1
	}
	return time.Duration(nanos.Int64())
}

func (q reportQuery) browsers(ctx context.Context, r *behavior.Report) (err error) {
	r.Browsers, err = collect(ctx, q.tx, q.statement(`
		SELECT browser_family, count(*) AS n FROM sessions
		WHERE start_time >= $1::TIMESTAMP AND start_time < $2::TIMESTAMP
		GROUP BY browser_family ORDER BY n DESC, browser_family`),
		func(rows *sql.Rows, b *behavior.BrowserCount) error { return rows.Scan(&b.Browser, &b.Count) })
	total := 0
	for _, b := range r.Browsers {
		total += b.Count
	}
	for i := range r.Browsers {
		r.Browsers[i].Percentage = percentage(r.Browsers[i].Count, total)
	}
	return err
}

// percentage is the share of count in total in percent, rounded to two
// decimals, halves to the even one. It is reckoned in whole numbers: as a
// fraction of two, many a half would not be one.
func percentage(count, total int) float64 {
	hundredths, rest := count*10_000/total, count*10_000%total
	if rest*2 > total || rest*2 == total && hundredths%2 == 1 {
		hundredths++
	}
	return float64(hundredths) / 100
}
