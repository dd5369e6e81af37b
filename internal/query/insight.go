package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huandu/go-sqlbuilder"

	"github.com/userbehavior/behavior"
)

// Insight is the statements that answer a [behavior.Insight], and what is to
// be made of their rows, see [Insight.Rows].
type Insight struct {
	insight behavior.Insight
	steps   steps
	parts   []part
}

// part is the metrics of one insight that come from one statement.
type part struct {
	source  source
	metrics []int // their places in the insight
}

// source is where the rows of a part come from.
type source struct {
	kind behavior.Kind // whose rows are counted
	// events are the rows by which sessions are found and grouped, where they
	// are: the sessions that have such a row. Empty: the sessions that began
	// in the range.
	events behavior.Kind
}

// rows is the kind whose rows are read.
func (s source) rows() behavior.Kind {
	if s.events != "" {
		return s.events
	}
	return s.kind
}

// NewInsight takes an insight, which must pass its Check.
func NewInsight(i behavior.Insight) (*Insight, error) {
	i.Range = clamped(i.Range)
	if err := i.Check(); err != nil {
		return nil, fmt.Errorf("insight: %w", err)
	}
	in := &Insight{insight: i, steps: newSteps(i.Range, i.Interval)}
	for place, m := range i.Metrics {
		in.add(in.sourceOf(m), place)
	}
	return in, nil
}

// add puts a metric to the others of its source.
func (in *Insight) add(s source, place int) {
	for i := range in.parts {
		if in.parts[i].source == s {
			in.parts[i].metrics = append(in.parts[i].metrics, place)
			return
		}
	}
	in.parts = append(in.parts, part{source: s, metrics: []int{place}})
}

// sourceOf is where a metric is counted: figures of sessions, too, are grouped
// by pages and events where a dimension is of these.
func (in *Insight) sourceOf(m behavior.Metric) source {
	if m.Of() != behavior.KindSession {
		return source{kind: m.Of()}
	}
	s := source{kind: behavior.KindSession}
	for _, d := range in.insight.Dimensions {
		switch d.Level() {
		case behavior.InteractionLevel:
			s.events = behavior.KindInteraction
		case behavior.PageLevel, behavior.PageViewLevel:
			if s.events == "" {
				s.events = behavior.KindPageView
			}
		}
	}
	return s
}

// statement compiles one part: a column for each dimension and those of each
// metric. keys, where there are any, are the only values that matter of the
// first dimension; limit, when above zero, is how many rows are wanted of those
// that come first.
func (in *Insight) statement(d Dialect, p part, keys []string, limit int) (Statement, error) {
	w := writer{Insight: in, dialect: d, args: &sqlbuilder.Args{Flavor: d.Flavor}}
	var text string
	var err error
	switch copied, ok, fault := w.byCopies(p, keys); {
	case ok:
		text, err = copied, fault
	case p.source.events == "":
		text, err = w.direct(p, keys)
	default:
		text, err = w.byEvents(p, keys)
	}
	if err != nil {
		return Statement{}, err
	}
	if len(w.groups) > 0 {
		text += " GROUP BY " + strings.Join(w.groups, ", ")
	}
	if limit > 0 {
		text += " ORDER BY " + w.sorted(p) + " LIMIT " + strconv.Itoa(limit)
	}
	sql, args := w.args.Compile(text)
	return Statement{SQL: sql, Args: args}, nil
}

// sorted is the order of the rows, and then of the dimensions as they are. Its
// metrics are numbers, and those of the part.
func (w *writer) sorted(p part) string {
	n := len(w.insight.Dimensions)
	var columns []string
	for _, o := range w.order() {
		column := 1 + slices.Index(w.insight.Dimensions, o.Dimension)
		if o.Metric != "" {
			column = n + 1
			for _, place := range p.metrics {
				if w.insight.Metrics[place] == o.Metric {
					break
				}
				column += len(metricColumns[w.insight.Metrics[place]](w.dialect, "", ""))
			}
		}
		text := strconv.Itoa(column)
		if o.Desc {
			text += " DESC"
		}
		columns = append(columns, text)
	}
	for i := range n {
		columns = append(columns, strconv.Itoa(i+1))
	}
	return strings.Join(columns, ", ")
}

// writer writes the statement of one part.
type writer struct {
	*Insight
	dialect Dialect
	args    *sqlbuilder.Args
	groups  []string // what the rows are grouped by
	copies  []string // the fields of the session that a row has copies of, see byCopies; else there is a session
	marked  bool     // that share is written in which the sessions are asked instead
}

func (w *writer) bind(value any) string { return w.args.Add(value) }

// direct selects from the table of a kind, known as r, and where dimensions
// need it from that of sessions, known as s.
func (w *writer) direct(p part, keys []string) (string, error) {
	kind := p.source.kind
	columns, session := []string(nil), "s"
	if kind == behavior.KindSession {
		session = "r"
	}
	joined := false
	for _, d := range w.insight.Dimensions {
		joined = joined || d.Level() == behavior.SessionLevel && session == "s"
		if w.byDay(d) {
			columns = w.group(columns, w.steps.dayKey(w.dialect, quoted("r", timeOf[kind])))
			continue
		}
		columns = append(columns, w.value(d, kind, "r", session))
		w.groups = append(w.groups, strconv.Itoa(len(columns)))
	}
	columns = append(columns, w.metrics(p, "r")...)
	from := " FROM " + w.dialect.Schema + Table(kind) + " r"
	if joined {
		from += " JOIN " + w.dialect.Schema + "sessions s ON s.id = r.session"
	}
	if w.countsViews(p) {
		from += w.viewCounts("r")
	}
	bot := w.ofBot()
	if joined || kind == behavior.KindSession {
		bot = session + ".bot"
	}
	where, err := w.where(kind, bot, keys)
	if err != nil {
		return "", err
	}
	return "SELECT " + strings.Join(columns, ", ") + from + where, nil
}

// byEvents selects sessions, known as s, once for each combination of values
// that the dimensions have in their page views or interactions.
func (w *writer) byEvents(p part, keys []string) (string, error) {
	inner, columns := []string{"r.session AS session"}, []string(nil)
	for i, d := range w.insight.Dimensions {
		if d.Level() == behavior.SessionLevel {
			columns = append(columns, w.value(d, behavior.KindSession, "s", "s"))
			w.groups = append(w.groups, strconv.Itoa(len(columns)))
			continue
		}
		name := "d" + strconv.Itoa(i)
		if w.byDay(d) {
			inner = append(inner, w.steps.dayKey(w.dialect, quoted("r", timeOf[p.source.events]))+" AS "+name)
			columns = w.group(columns, "p."+name)
			continue
		}
		inner = append(inner, w.value(d, p.source.events, "r", "")+" AS "+name)
		columns = append(columns, "p."+name)
		w.groups = append(w.groups, "p."+name)
	}
	columns = append(columns, w.metrics(p, "s")...)
	where, err := w.where(p.source.events, "", keys)
	if err != nil {
		return "", err
	}
	once := "DISTINCT "
	if w.visitorsAlone(p) {
		once = "" // to count different visitors is enough
	}
	// The table comes first: in a cluster each server then joins what it has.
	text := "SELECT " + strings.Join(columns, ", ") + " FROM " + w.dialect.Schema + "sessions s JOIN (SELECT " + once + strings.Join(inner, ", ") +
		" FROM " + w.dialect.Schema + Table(p.source.events) + " r" + where + ") p ON p.session = s.id"
	if w.countsViews(p) {
		text += w.viewCounts("s")
	}
	if bot := w.bots("s.bot"); bot != "" {
		text += " WHERE " + bot
	}
	return text, nil
}

// visitorsAlone reports whether a part counts visitors and nothing else.
func (w *writer) visitorsAlone(p part) bool {
	return len(p.metrics) == 1 && w.insight.Metrics[p.metrics[0]] == behavior.MetricVisitors
}

// byDay reports whether a dimension is that of time in steps of a day, which
// the engine has an own way to cut.
func (w *writer) byDay(d behavior.Dimension) bool {
	return d == behavior.DimensionTime && w.insight.Interval == behavior.Day && w.dialect.Day != nil
}

// group adds a day to the columns, as a number, and to what the rows are
// grouped by as it is.
func (w *writer) group(columns []string, day string) []string {
	w.groups = append(w.groups, day)
	return append(columns, w.dialect.DayNumber(day, w.steps.base))
}

// value is the value of a dimension in a row of a kind, known as row, of a
// session known as session.
func (w *writer) value(d behavior.Dimension, kind behavior.Kind, row, session string) string {
	at := quoted(row, timeOf[kind])
	switch d {
	case behavior.DimensionTime:
		return w.steps.number(w.dialect, at)
	case behavior.DimensionWeekday:
		return w.steps.weekday(w.dialect, at)
	case behavior.DimensionHour:
		return w.steps.hour(w.dialect, at)
	}
	column := quoted(row, d.Field())
	switch d.Level() {
	case behavior.SessionLevel:
		if w.hasCopy(d, kind) {
			column = w.ofSession(d.Field())
		} else {
			column = quoted(session, d.Field())
		}
	case behavior.InteractionLevel:
		if path := d.MetadataPath(); path != nil {
			return "coalesce(" + w.dialect.JSONScalar(quoted(row, "metadata"), path, w.bind) + ", '')"
		}
	}
	if d == behavior.DimensionUser {
		return "coalesce(" + column + ", '')"
	}
	return column
}

// timeOf is the field of each kind that says when it was.
var timeOf = map[behavior.Kind]string{
	behavior.KindSession: "start_time", behavior.KindPageView: "timestamp", behavior.KindInteraction: "timestamp",
}

// within is the condition that a row of a kind is in the range.
func (w *writer) within(kind behavior.Kind) string {
	column := quoted("r", timeOf[kind])
	return column + " >= " + w.dialect.Time(ceil(w.insight.Range.From), w.bind) + " AND " + column + " < " + w.dialect.Time(ceil(w.insight.Range.To), w.bind)
}

// ofBot is the condition that a row, known as r, belongs to a bot's session.
func (w *writer) ofBot() string {
	return "r.session IN (SELECT r.id FROM " + w.dialect.Schema + "sessions r WHERE r.bot)"
}

// bots is what rows must meet for the bots' sake; empty for nothing. bot is the
// condition that one is of a bot.
func (w *writer) bots(bot string) string {
	switch w.insight.Bots {
	case behavior.WithoutBots:
		return "NOT " + bot
	case behavior.OnlyBots:
		return bot
	}
	return ""
}

// where is what the rows of a kind, known as r, must meet. bot is the condition
// that one is of a bot; empty where that is seen to elsewhere.
func (w *writer) where(kind behavior.Kind, bot string, keys []string) (string, error) {
	conditions := []string{w.within(kind)}
	if bot != "" && w.bots(bot) != "" {
		conditions = append(conditions, w.bots(bot))
	}
	all := w.insight.Conditions
	if len(keys) > 0 {
		all = append(append([]behavior.Condition{}, all...), behavior.Condition{Dimension: w.insight.Dimensions[0], Values: keys})
	}
	for _, c := range all {
		condition, err := w.condition(c, kind)
		if err != nil {
			return "", err
		}
		conditions = append(conditions, condition)
	}
	return " WHERE " + strings.Join(conditions, " AND "), nil
}
