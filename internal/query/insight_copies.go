package query

import (
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// copied reports whether an engine's events have a copy of a session's field.
func (d Dialect) copied(field string) bool { return slices.Contains(d.Copies, field) }

// byCopies counts the rows of a part by what they have copies of, where that is
// all that it asks of sessions; those of marked sessions it counts by what these
// have. It does so in two shares, each from one table of events, so that the servers of a
// cluster count what they have: of all rows in one place, all would have to come there.
func (w *writer) byCopies(p part, keys []string) (text string, ok bool, err error) {
	w.copies = w.copiesOf(p)
	if w.copies == nil {
		return "", false, nil
	}
	defer func() { w.copies, w.marked = nil, false }()
	var shares [2]string
	for i := range shares {
		w.marked = i == 1
		if shares[i], err = w.share(p, keys); err != nil {
			return "", true, err
		}
	}
	var columns []string
	for i := range w.insight.Dimensions {
		columns = append(columns, "e.d"+strconv.Itoa(i))
	}
	w.groups = slices.Clone(columns)
	_, wholes := w.tallies(p)
	for _, whole := range wholes {
		columns = append(columns, w.dialect.Float(whole))
	}
	return "SELECT " + strings.Join(columns, ", ") + " FROM (" + strings.Join(shares[:], " UNION ALL ") + ") e", true, nil
}

// share counts the rows of a part, known as r: those of marked sessions, known
// as s, or those of the others.
func (w *writer) share(p part, keys []string) (string, error) {
	kind := p.source.rows()
	var columns, groups []string
	for i, d := range w.insight.Dimensions {
		columns = append(columns, w.value(d, kind, "r", "s")+" AS d"+strconv.Itoa(i))
		groups = append(groups, strconv.Itoa(i+1))
	}
	tallies, _ := w.tallies(p)
	for i, tally := range tallies {
		columns = append(columns, tally+" AS "+tallyName(i))
	}
	where, err := w.where(kind, w.ofSession("bot"), keys)
	if err != nil {
		return "", err
	}
	from, marked := " FROM "+w.dialect.Schema+Table(kind)+" r", w.dialect.Marked(w.copies)
	if w.marked {
		from += " JOIN " + w.dialect.Schema + "sessions s ON s.id = r.session"
		where += " AND s.id IN " + marked
	} else {
		where += " AND r.session NOT IN " + marked
	}
	text := "SELECT " + strings.Join(columns, ", ") + from + where
	if len(groups) > 0 {
		text += " GROUP BY " + strings.Join(groups, ", ")
	}
	return text, nil
}

// tallies are the columns of a part's metrics in a share, and what makes the
// whole of those of all shares.
func (w *writer) tallies(p part) (shares, wholes []string) {
	add := func(share string, whole func(name string) string) {
		wholes = append(wholes, whole("e."+tallyName(len(shares))))
		shares = append(shares, share)
	}
	sum := func(name string) string { return "sum(" + name + ")" }
	for _, place := range p.metrics {
		switch m := w.insight.Metrics[place]; m {
		case behavior.MetricVisitors:
			add(w.dialect.Distinct(w.ofSession("visitor")), w.dialect.CountDistinct)
		case behavior.MetricSessions:
			add("count(DISTINCT r.session)", sum) // each is in one share
		default:
			for _, column := range metricColumns[m](w.dialect, "s", "") {
				add(column, sum)
			}
		}
	}
	return shares, wholes
}

func tallyName(i int) string { return "c" + strconv.Itoa(i) }

// ofSession is what a row has of a field of its session: a copy, or in the share
// of marked sessions what these have.
func (w *writer) ofSession(field string) string {
	if w.marked {
		return quoted("s", field)
	}
	return quoted("r", behavior.SessionPrefix+field)
}

// hasCopy reports whether the rows of a kind that are selected from have a copy of
// a dimension of the session.
func (w *writer) hasCopy(d behavior.Dimension, kind behavior.Kind) bool {
	return kind != behavior.KindSession && d.Level() == behavior.SessionLevel && slices.Contains(w.copies, d.Field())
}

// copiesOf are the fields of sessions of which a part needs copies; nil where
// it needs none, or something that there are no copies of.
func (w *writer) copiesOf(p part) (fields []string) {
	kind := p.source.rows()
	if w.dialect.Marked == nil || kind == behavior.KindSession {
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
