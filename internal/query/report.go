package query

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Report is the questions of a [behavior.Report], see [Report.Fill].
type Report struct {
	span  behavior.Range
	steps steps
}

// NewReport takes the range of a report.
func NewReport(r behavior.ReportRange) *Report {
	span := clamped(behavior.Range(r))
	return &Report{span: span, steps: newSteps(span, behavior.Day)}
}

// Fill asks an engine the five questions and puts the answers into a report.
// No question depends on another's answer: ask may gather them, and have their
// rows read when Fill has returned.
func (r *Report) Fill(report *behavior.Report, d Dialect, ask Ask) error {
	*report = behavior.Report{}
	if !r.span.From.Before(r.span.To) {
		return nil
	}
	for _, answer := range []func(*behavior.Report, Dialect, Ask) error{r.events, r.days, r.pageViews, r.durations, r.browsers} {
		if err := answer(report, d, ask); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) events(report *behavior.Report, d Dialect, ask Ask) error {
	return ask(r.statement(d, question{kind: behavior.KindInteraction, by: "event_type"}), func(rows Cursor) error {
		report.Events = nil
		var e behavior.EventCount
		return each(rows, func() { report.Events = append(report.Events, e) }, &e.EventType, &e.Count)
	})
}

func (r *Report) days(report *behavior.Report, d Dialect, ask Ask) error {
	return ask(r.statement(d, question{kind: behavior.KindInteraction, daily: true}), func(rows Cursor) error {
		report.Days = nil
		var day int64
		var count int
		return each(rows, func() {
			report.Days = append(report.Days, behavior.DayCount{Day: r.steps.start(day), Count: count})
		}, &day, &count)
	})
}

func (r *Report) pageViews(report *behavior.Report, d Dialect, ask Ask) error {
	return ask(r.statement(d, question{kind: behavior.KindPageView, daily: true, by: "url"}), func(rows Cursor) error {
		report.PageViews = nil
		var number int64
		var u behavior.URLCount
		return each(rows, func() {
			day := r.steps.start(number)
			if n := len(report.PageViews); n == 0 || !report.PageViews[n-1].Day.Equal(day) {
				report.PageViews = append(report.PageViews, behavior.DayPages{Day: day})
			}
			last := &report.PageViews[len(report.PageViews)-1]
			last.Count += u.Count
			last.URLs = append(last.URLs, u)
		}, &number, &u.URL, &u.Count)
	})
}

func (r *Report) durations(report *behavior.Report, d Dialect, ask Ask) error {
	return ask(r.statement(d, question{kind: behavior.KindSession, daily: true, lengths: true}), func(rows Cursor) error {
		report.Durations = nil
		var day, seconds, micros int64
		var count int
		return each(rows, func() {
			sum := new(big.Int).Mul(big.NewInt(seconds), big.NewInt(int64(time.Second/time.Microsecond)))
			length := mean(sum.Add(sum, big.NewInt(micros)), count)
			report.Durations = append(report.Durations, behavior.DayDurations{Day: r.steps.start(day), Mean: length, Count: count})
		}, &day, &seconds, &micros, &count)
	})
}

func (r *Report) browsers(report *behavior.Report, d Dialect, ask Ask) error {
	return ask(r.statement(d, question{kind: behavior.KindSession, by: "browser_family"}), func(rows Cursor) error {
		report.Browsers = nil
		var b behavior.BrowserCount
		total := 0
		err := each(rows, func() {
			report.Browsers = append(report.Browsers, b)
			total += b.Count
		}, &b.Browser, &b.Count)
		for i := range report.Browsers {
			report.Browsers[i].Percentage = percentage(report.Browsers[i].Count, total)
		}
		return err
	})
}

// question is one of a report: how many records of a kind there are in the range.
type question struct {
	kind    behavior.Kind
	daily   bool   // on each day, the newest first
	by      string // with each value of this field, the most frequent first
	lengths bool   // only sessions that have ended; and how long they are
}

// statement compiles a question. Its columns are the number of the day, the
// field, the sum of lengths in seconds and of the microseconds beyond these, and
// the number of records.
func (r *Report) statement(d Dialect, q question) Statement {
	w := writer{Insight: &Insight{insight: behavior.Insight{Range: r.span}}, dialect: d, args: &sqlbuilder.Args{Flavor: d.Flavor}}
	var columns, order []string
	if q.daily {
		at := quoted("r", timeOf[q.kind])
		columns, order, w.groups = append(columns, r.steps.day(d, at)), append(order, "1 DESC"), append(w.groups, "1")
		if d.Day != nil {
			w.groups[0] = r.steps.dayKey(d, at)
		}
	}
	if q.by != "" {
		columns = append(columns, quoted("r", q.by))
		w.groups = append(w.groups, quoted("r", q.by))
	}
	where := " WHERE " + w.within(q.kind)
	if q.lengths {
		columns = append(columns, w.lengthSums()...)
		where += " AND " + quoted("r", "end_time") + " IS NOT NULL"
	}
	columns = append(columns, "count(*)")
	if q.by != "" {
		order = append(order, strconv.Itoa(len(columns))+" DESC", quoted("r", q.by))
	}
	sql, args := w.args.Compile("SELECT " + strings.Join(columns, ", ") + " FROM " + d.Schema + Table(q.kind) + " r" + where +
		" GROUP BY " + strings.Join(w.groups, ", ") + " ORDER BY " + strings.Join(order, ", "))
	return Statement{SQL: sql, Args: args}
}

// lengthSums are the lengths of sessions, known as r. Seconds and microseconds
// are added up apart: a sum of microseconds may exceed a whole number.
func (w *writer) lengthSums() []string {
	length := "(" + w.dialect.Micros(quoted("r", "end_time")) + " - " + w.dialect.Micros(quoted("r", "start_time")) + ")"
	return []string{"CAST(sum(" + w.dialect.Div(length, 1e6) + ") AS BIGINT)", "CAST(sum(" + length + " % 1000000) AS BIGINT)"}
}

// each scans row after row into the same targets, and has each taken from there:
// an allocation for each column of each row costs more than the rows themselves.
func each(rows Cursor, take func(), targets ...any) error {
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		take()
	}
	return nil
}
