package query

import (
	"fmt"
	"strings"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Funnel is the statement that answers a [behavior.Funnel], see [Funnel.Counts].
type Funnel struct {
	funnel behavior.Funnel
}

// NewFunnel takes a funnel, which must pass its Check.
func NewFunnel(f behavior.Funnel) (*Funnel, error) {
	f.Range = clamped(f.Range)
	if err := f.Check(); err != nil {
		return nil, fmt.Errorf("funnel: %w", err)
	}
	return &Funnel{funnel: f}, nil
}

// Counts asks an engine how many took each step.
func (f *Funnel) Counts(d Dialect, ask Ask) ([]int, error) {
	st, err := f.statement(d)
	if err != nil {
		return nil, err
	}
	counts, targets := make([]int, len(f.funnel.Steps)), make([]any, len(f.funnel.Steps))
	for n := range counts {
		targets[n] = &counts[n]
	}
	err = ask(st, func(rows Cursor) error {
		if !rows.Next() {
			return nil // why not, the engine tells
		}
		return rows.Scan(targets...)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

// statement compiles the funnel: one row, with a number for each step.
func (f *Funnel) statement(d Dialect) (Statement, error) {
	asked := behavior.Insight{Range: f.funnel.Range, Bots: f.funnel.Bots}
	w := funnelWriter{Funnel: f.funnel, writer: writer{Insight: &Insight{insight: asked}, dialect: d, args: &sqlbuilder.Args{Flavor: d.Flavor}}}
	compile := w.byFirst
	switch {
	case d.Funnel != nil:
		compile = w.byEngine
	case f.funnel.Within > 0:
		compile = w.byLatest
	}
	text, err := compile()
	if err != nil {
		return Statement{}, err
	}
	sql, args := w.args.Compile(text)
	return Statement{SQL: sql, Args: args}, nil
}

// funnelWriter writes the statement of a funnel.
type funnelWriter struct {
	behavior.Funnel
	writer
}

// byFirst joins each step to those who took the one before. Without a limit to
// the time nothing matters but when somebody is first done with a step.
func (w *funnelWriter) byFirst() (string, error) {
	var steps, counts []string
	for n := range w.Steps {
		from, where, err := w.step(n)
		if err != nil {
			return "", err
		}
		who, at := w.who(), quoted("r", "timestamp")
		if n > 0 {
			from += fmt.Sprintf(" JOIN t%d p ON p.who = %s", n, who)
			where += " AND " + at + " > p.moment"
		}
		steps = append(steps, fmt.Sprintf("t%d AS MATERIALIZED (SELECT %s AS who, min(%s) AS moment%s%s GROUP BY %s)", n+1, who, at, from, where, who))
		counts = append(counts, fmt.Sprintf("(SELECT count(*) FROM t%d)", n+1))
	}
	return "WITH " + strings.Join(steps, ", ") + " SELECT " + strings.Join(counts, ", "), nil
}

// byLatest keeps the latest beginning for each moment at which a step is taken:
// of several ways to come that far it leaves the most time for the rest. The
// beginning comes from the moments of the step before, of which all are looked
// back at in one pass: pairs of moments would be too many.
func (w *funnelWriter) byLatest() (string, error) {
	var steps, counts []string
	for n := range w.Steps {
		from, where, err := w.step(n)
		if err != nil {
			return "", err
		}
		moments := "SELECT " + w.who() + " AS who, " + w.dialect.Micros(quoted("r", "timestamp")) + " AS moment"
		text := moments + ", " + w.dialect.Micros(quoted("r", "timestamp")) + " AS began" + from + where
		if n > 0 {
			// At one moment those of this step come first: they do not follow the others.
			text = fmt.Sprintf("SELECT who, moment, began FROM (SELECT who, moment, taken,"+
				" max(began) OVER (PARTITION BY who ORDER BY moment, taken DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS began"+
				" FROM (SELECT who, moment, began, 0 AS taken FROM t%d UNION ALL %s, NULL, 1%s%s AND %s IN (SELECT who FROM t%d)) e) f"+
				" WHERE taken = 1 AND moment - began <= %d", n, moments, from, where, w.who(), n, w.Within.Microseconds())
		}
		steps = append(steps, fmt.Sprintf("t%d AS MATERIALIZED (%s)", n+1, text))
		counts = append(counts, fmt.Sprintf("(SELECT count(DISTINCT who) FROM t%d)", n+1))
	}
	return "WITH " + strings.Join(steps, ", ") + " SELECT " + strings.Join(counts, ", "), nil
}

// byEngine lists who took which step when, for the engine to put it in order.
func (w *funnelWriter) byEngine() (string, error) {
	var steps []string
	for n := range w.Steps {
		from, where, err := w.step(n)
		if err != nil {
			return "", err
		}
		columns := fmt.Sprintf("%s AS who, %s AS moment, %d AS step", w.who(), w.dialect.Micros(quoted("r", "timestamp")), n+1)
		steps = append(steps, "SELECT "+columns+from+where)
	}
	within := w.Within.Microseconds()
	if within == 0 {
		within = w.Range.To.UnixMicro() - w.Range.From.UnixMicro()
	}
	return w.dialect.Funnel(strings.Join(steps, " UNION ALL "), len(w.Steps), within), nil
}

// who is what is counted, in the rows of a step.
func (w *funnelWriter) who() string {
	if w.BySession {
		return "r.session"
	}
	return "s.visitor"
}

// step is the rows by which a step is taken, known as r, with their sessions
// as s where these are needed.
func (w *funnelWriter) step(n int) (from, where string, err error) {
	step := w.Steps[n]
	from = " FROM " + w.dialect.Schema + Table(step.Kind) + " r"
	bot := w.ofBot()
	if !w.BySession {
		from += " JOIN " + w.dialect.Schema + "sessions s ON s.id = r.session"
		bot = "s.bot"
	}
	w.insight.Conditions = step.Conditions
	if where, err = w.where(step.Kind, bot, nil); err != nil {
		return "", "", err
	}
	for _, c := range w.Conditions {
		condition, err := w.condition(c, behavior.KindSession)
		if err != nil {
			return "", "", err
		}
		where += " AND r.session IN (SELECT r.id FROM " + w.dialect.Schema + "sessions r WHERE " + condition + ")"
	}
	return from, where, nil
}
