package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Funnel asks an engine how many took each step of a funnel.
func Funnel(d Dialect, f behavior.Funnel, ask Ask) ([]int, error) {
	st, err := funnel(d, f)
	if err != nil {
		return nil, err
	}
	counts, targets := make([]int, len(f.Steps)), make([]any, len(f.Steps))
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

// funnel compiles a funnel: one row, with a number for each step.
func funnel(d Dialect, f behavior.Funnel) (Statement, error) {
	if err := f.Check(); err != nil {
		return Statement{}, fmt.Errorf("funnel: %w", err)
	}
	asked := behavior.Insight{Range: f.Range, Bots: f.Bots}
	w := funnelWriter{Funnel: f, writer: writer{Insight: &Insight{insight: asked}, dialect: d, args: &sqlbuilder.Args{Flavor: d.Flavor}}}
	compile := w.byJoins
	if d.Funnel != nil {
		compile = w.byEngine
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

// byJoins joins each step to those who took the one before. Without a limit to
// the time nothing matters but when somebody is first done with a step. With
// one, the latest beginning is kept for each moment at which a step is taken: of
// several ways to come that far it leaves the most time for the rest.
func (w *funnelWriter) byJoins() (string, error) {
	var steps, counts []string
	for n := range w.Steps {
		from, where, err := w.step(n)
		if err != nil {
			return "", err
		}
		who, at := w.who(), quoted("r", "timestamp")
		name, before := "t"+strconv.Itoa(n+1), "t"+strconv.Itoa(n)
		columns, groups, began := who+" AS who, min("+at+") AS moment", who, w.dialect.Micros(at)
		if n > 0 {
			from += " JOIN " + before + " p ON p.who = " + who
			where += " AND " + at + " > p.moment"
			began = "p.began"
		}
		count := "count(*)"
		if w.Within > 0 {
			columns, groups = who+" AS who, "+at+" AS moment, max("+began+") AS began", who+", "+at
			count = "count(DISTINCT who)"
			if n > 0 {
				where += fmt.Sprintf(" AND %s - p.began <= %d", w.dialect.Micros(at), w.Within.Microseconds())
			}
		}
		steps = append(steps, name+" AS MATERIALIZED (SELECT "+columns+from+where+" GROUP BY "+groups+")")
		counts = append(counts, "(SELECT "+count+" FROM "+name+")")
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
	from = " FROM " + w.dialect.Schema + Tables[step.Kind] + " r"
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
