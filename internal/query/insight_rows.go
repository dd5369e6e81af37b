package query

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// Cursor is the rows that an engine gives, as [database/sql.Rows] does.
type Cursor interface {
	Next() bool
	Scan(targets ...any) error
}

// Ask runs a statement of an engine and lets read have its rows. What goes
// wrong with them is its error. An engine that asks once more has read begin
// anew.
type Ask func(st Statement, read func(Cursor) error) error

// line is one row of an answer on its way: the values of its dimensions, of
// time as numbers.
type line struct {
	values  []string
	figures []float64
}

// key tells lines apart, whatever their values hold.
func (l *line) key() string {
	var key []byte
	for _, value := range l.values {
		key = append(strconv.AppendInt(key, int64(len(value)), 10), ':')
		key = append(key, value...)
	}
	return string(key)
}

// Rows runs the statements and makes the answer of them.
func (in *Insight) Rows(d Dialect, ask Ask) ([]behavior.InsightRow, error) {
	lines, err := in.firstLines(d, ask)
	if err == nil && lines == nil {
		lines, err = in.allLines(d, ask)
	}
	if err != nil {
		return nil, err
	}
	in.sort(lines)
	lines = in.filled(lines)
	lines = lines[min(in.insight.Offset, len(lines)):]
	if in.insight.Limit > 0 {
		lines = lines[:min(in.insight.Limit, len(lines))]
	}
	rows := make([]behavior.InsightRow, len(lines))
	for i, l := range lines {
		rows[i] = behavior.InsightRow{Dimensions: in.texts(l.values), Metrics: l.figures}
	}
	return rows, nil
}

// allLines asks for everything that there is.
func (in *Insight) allLines(d Dialect, ask Ask) ([]*line, error) {
	found := map[string]*line{}
	for _, p := range in.parts {
		if err := in.ask(d, ask, p, nil, 0, found); err != nil {
			return nil, err
		}
	}
	if len(in.insight.Dimensions) == 0 && len(found) == 0 {
		found[""] = in.newLine(nil)
	}
	lines := make([]*line, 0, len(found))
	for _, l := range found {
		lines = append(lines, l)
	}
	return lines, nil
}

// firstLines asks for no more than a page needs, where the engine can tell
// what that is, see sorter. Else it returns nil.
func (in *Insight) firstLines(d Dialect, ask Ask) ([]*line, error) {
	i, ok := in.sorter()
	if !ok {
		return nil, nil
	}
	wanted := in.insight.Limit + in.insight.Offset
	found := map[string]*line{}
	if err := in.ask(d, ask, in.parts[i], nil, wanted, found); err != nil {
		return nil, err
	}
	if len(in.parts) > 1 && len(found) < wanted {
		return nil, nil // the next ones are those of another part
	}
	lines := make([]*line, 0, len(found))
	for _, l := range found {
		lines = append(lines, l)
	}
	for j, p := range in.parts {
		if j == i {
			continue
		}
		if err := in.ask(d, ask, p, in.keys(lines), 0, found); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// sorter is the part whose statement can sort the rows and so give the first
// ones: what sorts them is dimensions and numbers of that part. If there are
// other parts, the largest of its numbers must come first: then its rows come
// before those of which it has none.
func (in *Insight) sorter() (place int, ok bool) {
	dimensions, order := in.insight.Dimensions, in.order()
	if in.insight.Limit == 0 || len(dimensions) == 0 || slices.Equal(dimensions, []behavior.Dimension{behavior.DimensionTime}) {
		return 0, false // all rows are wanted, or those of empty steps too
	}
	sorting := map[int]bool{}
	for _, o := range order {
		if o.Metric == "" {
			continue
		}
		if none(o.Metric) != 0 {
			return 0, false // a mean is reckoned later
		}
		place = slices.IndexFunc(in.parts, func(p part) bool {
			return slices.Contains(p.metrics, slices.Index(in.insight.Metrics, o.Metric))
		})
		sorting[place] = true
	}
	switch {
	case len(in.parts) == 1:
		return 0, true
	case len(sorting) != 1 || order[0].Metric == "" || !order[0].Desc:
		return 0, false
	}
	return place, dimensions[0].Level() != behavior.TimeLevel // whose values are no keys for the other parts
}

// keys are the values of the first dimension, where they are texts.
func (in *Insight) keys(lines []*line) []string {
	var keys []string
	for _, l := range lines {
		keys = append(keys, l.values[0])
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// newLine is a line on which nothing has been counted.
func (in *Insight) newLine(values []string) *line {
	l := &line{values: values}
	for _, m := range in.insight.Metrics {
		l.figures = append(l.figures, none(m))
	}
	return l
}

// ask runs the statement of a part and puts its figures on their lines. With
// keys, lines that are not there yet are not wanted.
func (in *Insight) ask(d Dialect, ask Ask, p part, keys []string, limit int, found map[string]*line) error {
	st, err := in.statement(d, p, keys, limit)
	if err != nil {
		return err
	}
	var lines []line // with the figures of the part alone
	err = ask(st, func(c Cursor) error {
		lines = nil
		for c.Next() {
			values, figures, err := in.scan(d, c, p)
			if err != nil {
				return err
			}
			lines = append(lines, line{values, figures})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range lines {
		key := l.key()
		if found[key] == nil {
			if keys != nil {
				continue
			}
			found[key] = in.newLine(l.values)
		}
		for i, at := range p.metrics {
			found[key].figures[at] = l.figures[i]
		}
	}
	return nil
}

// scan reads one row of a part.
func (in *Insight) scan(d Dialect, c Cursor, p part) (values []string, figures []float64, err error) {
	values = make([]string, len(in.insight.Dimensions))
	numbers := make([]int64, len(values))
	var targets []any
	for i, dimension := range in.insight.Dimensions {
		if dimension.Level() == behavior.TimeLevel {
			targets = append(targets, &numbers[i])
		} else {
			targets = append(targets, &values[i])
		}
	}
	columns := make([][]*float64, len(p.metrics))
	for i, place := range p.metrics {
		columns[i] = make([]*float64, len(metricColumns[in.insight.Metrics[place]](d, "", "")))
		for j := range columns[i] {
			targets = append(targets, &columns[i][j])
		}
	}
	if err := c.Scan(targets...); err != nil {
		return nil, nil, err
	}
	for i, dimension := range in.insight.Dimensions {
		if dimension.Level() == behavior.TimeLevel {
			values[i] = strconv.FormatInt(numbers[i], 10)
		}
	}
	for i, place := range p.metrics {
		figures = append(figures, figure(in.insight.Metrics[place], columns[i]))
	}
	return values, figures, nil
}

// order is the order of the rows, the default one where none is asked for.
func (in *Insight) order() []behavior.InsightOrder {
	if len(in.insight.Order) > 0 {
		return in.insight.Order
	}
	if slices.Contains(in.insight.Dimensions, behavior.DimensionTime) {
		return []behavior.InsightOrder{{Dimension: behavior.DimensionTime}, {Metric: in.insight.Metrics[0], Desc: true}}
	}
	return []behavior.InsightOrder{{Metric: in.insight.Metrics[0], Desc: true}}
}

// sort sorts lines, in the end by the values of their dimensions.
func (in *Insight) sort(lines []*line) {
	order := in.order()
	for _, d := range in.insight.Dimensions {
		order = append(order[:len(order):len(order)], behavior.InsightOrder{Dimension: d})
	}
	slices.SortFunc(lines, func(a, b *line) int {
		for _, o := range order {
			if c := in.compareBy(o, a, b); c != 0 {
				return c
			}
		}
		return 0
	})
}

func (in *Insight) compareBy(o behavior.InsightOrder, a, b *line) (c int) {
	if o.Metric != "" {
		i := slices.Index(in.insight.Metrics, o.Metric)
		c = cmp.Compare(a.figures[i], b.figures[i]) // NaN is less than all
	} else {
		c = compareValues(o.Dimension, a.values[slices.Index(in.insight.Dimensions, o.Dimension)], b.values[slices.Index(in.insight.Dimensions, o.Dimension)])
	}
	if o.Desc {
		return -c
	}
	return c
}

// compareValues compares values of a dimension: those of time are numbers.
func compareValues(d behavior.Dimension, a, b string) int {
	if d.Level() != behavior.TimeLevel {
		return cmp.Compare(a, b)
	}
	x, _ := strconv.ParseInt(a, 10, 64)
	y, _ := strconv.ParseInt(b, 10, 64)
	return cmp.Compare(x, y)
}

// filled adds the steps in which nothing happened, where time alone makes the
// rows.
func (in *Insight) filled(lines []*line) []*line {
	if !slices.Equal(in.insight.Dimensions, []behavior.Dimension{behavior.DimensionTime}) {
		return lines
	}
	found := map[string]bool{}
	for _, l := range lines {
		found[l.values[0]] = true
	}
	for place, start := range in.insight.Range.Steps(in.insight.Interval) {
		if value := strconv.FormatInt(in.steps.numberOf(place, start), 10); !found[value] {
			lines = append(lines, in.newLine([]string{value}))
		}
	}
	in.sort(lines)
	return lines
}

// texts makes moments of the numbers of steps.
func (in *Insight) texts(values []string) []string {
	for i, d := range in.insight.Dimensions {
		if d == behavior.DimensionTime {
			n, _ := strconv.ParseInt(values[i], 10, 64)
			values[i] = in.steps.start(n).Format(time.RFC3339)
		}
	}
	return values
}
