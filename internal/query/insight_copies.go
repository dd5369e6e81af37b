package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// copied reports whether an engine's events have a copy of a session's field.
func (d Dialect) copied(field string) bool { return slices.Contains(d.Copies, field) }

// byCopies selects from the table of a kind of events alone, known as r, where
// that has copies of all that a part asks of sessions for each row. Else it
// returns nothing.
func (w *writer) byCopies(p part, keys []string) (text string, ok bool, err error) {
	w.copies = w.copiesOf(p)
	if w.copies == nil {
		return "", false, nil
	}
	defer func() { w.copies = nil }()
	if p.source.events != "" {
		text, err = w.distinctByCopies(p, keys)
		return text, true, err
	}
	columns := []string(nil)
	for _, d := range w.insight.Dimensions {
		columns = append(columns, w.value(d, p.source.kind, "r", ""))
		w.groups = append(w.groups, strconv.Itoa(len(columns)))
	}
	from, where, err := w.events(p.source.kind, keys)
	return "SELECT " + strings.Join(append(columns, w.metrics(p, "r")...), ", ") + from + where, true, err
}

// distinctByCopies counts sessions and visitors by their events: each session
// once for each combination of values, known as s.
func (w *writer) distinctByCopies(p part, keys []string) (string, error) {
	inner, columns := []string(nil), []string(nil)
	if !w.visitorsAlone(p) {
		inner = append(inner, "r.session AS session")
	}
	for i, d := range w.insight.Dimensions {
		name := "d" + strconv.Itoa(i)
		inner = append(inner, w.value(d, p.source.events, "r", "")+" AS "+name)
		columns = append(columns, "s."+name)
		w.groups = append(w.groups, "s."+name)
	}
	if slices.Contains(w.copies, "visitor") {
		inner = append(inner, copyOf("r", "visitor")+" AS visitor")
	}
	once := "DISTINCT "
	if w.visitorsAlone(p) {
		once = ""
	}
	from, where, err := w.events(p.source.events, keys)
	return "SELECT " + strings.Join(append(columns, w.metrics(p, "s")...), ", ") +
		" FROM (SELECT " + once + strings.Join(inner, ", ") + from + where + ") s", err
}

// events is what to select from for the rows of a kind with copies, and what
// these must meet.
func (w *writer) events(kind behavior.Kind, keys []string) (from, where string, err error) {
	from = " FROM " + w.dialect.WithCopies(w.dialect.Schema+Tables[kind], w.copies, w.within(kind)) + " r"
	where, err = w.where(kind, copyOf("r", "bot"), keys)
	return from, where, err
}

// copyOf is the column of a row that has a copy of a field of the session.
func copyOf(row, field string) string { return quoted(row, behavior.SessionPrefix+field) }

// hasCopy reports whether the rows of a kind that are selected from have a copy of
// a dimension of the session.
func (w *writer) hasCopy(d behavior.Dimension, kind behavior.Kind) bool {
	return kind != behavior.KindSession && d.Level() == behavior.SessionLevel && slices.Contains(w.copies, d.Field())
}

// copiesOf are the fields of sessions of which a part needs copies; nil where
// it needs none, or something that there are no copies of.
func (w *writer) copiesOf(p part) (fields []string) {
	kind := p.source.kind
	if p.source.events != "" {
		kind = p.source.events
	}
	if w.dialect.WithCopies == nil || kind == behavior.KindSession {
		return nil
	}
	add := func(field string) {
		if !slices.Contains(fields, field) {
			fields = append(fields, field)
		}
	}
	for _, place := range p.metrics {
		switch m := w.insight.Metrics[place]; {
		case m == behavior.MetricVisitors:
			add("visitor")
		case m.Of() == behavior.KindSession && m != behavior.MetricSessions:
			return nil
		}
	}
	for _, d := range w.insight.Dimensions {
		if d.Level() != behavior.SessionLevel {
			continue
		}
		if !w.dialect.copied(d.Field()) {
			return nil
		}
		add(d.Field())
	}
	if w.bots("x") != "" {
		add("bot")
	}
	w.conditionFields(w.insight.Conditions, add)
	return fields
}

// conditionFields adds the fields of sessions that conditions ask for and that
// there are copies of. Of others the condition asks the sessions.
func (w *writer) conditionFields(conditions []behavior.Condition, add func(field string)) {
	for _, c := range conditions {
		w.conditionFields(c.Any, add)
		w.conditionFields(c.All, add)
		if c.Dimension.Level() == behavior.SessionLevel && w.dialect.copied(c.Dimension.Field()) {
			add(c.Dimension.Field())
		}
	}
}
