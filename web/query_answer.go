package web

import (
	"bufio"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/userbehavior/behavior"
)

// queryAnswer is the answer to a query.
type queryAnswer struct {
	query         *insightQuery
	rows          []behavior.InsightRow
	compared      [][]float64 // nil: with nothing
	total         []float64   // nil: not asked for
	totalCompared []float64
}

// numberJSON is a figure; null where there is nothing to reckon it from.
type numberJSON float64

// MarshalJSON writes at most six decimals: more would be noise.
func (n numberJSON) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, math.Round(f*1e6)/1e6, 'f', -1, 64), nil
}

func numbersJSON(figures []float64) []numberJSON {
	out := make([]numberJSON, len(figures))
	for i, f := range figures {
		out[i] = numberJSON(f)
	}
	return out
}

// resultJSON is one row.
type resultJSON struct {
	Dimensions []string        `json:"dimensions"`
	Metrics    []numberJSON    `json:"metrics"`
	Comparison *comparisonJSON `json:"comparison,omitempty"`
}

// comparisonJSON is what a row is compared with. Change is in percent, null
// where there is no base for it.
type comparisonJSON struct {
	Metrics []numberJSON `json:"metrics"`
	Change  []numberJSON `json:"change"`
}

// newComparison compares figures with those of another range, of which nil
// stands for nothing at all.
func newComparison(metrics []behavior.Metric, figures, with []float64) *comparisonJSON {
	c := &comparisonJSON{}
	for i, f := range figures {
		other := math.NaN()
		switch {
		case with != nil:
			other = with[i]
		case metrics[i].Unit() == "" && metrics[i] != behavior.MetricViewsPerSession:
			other = 0
		}
		c.Metrics = append(c.Metrics, numberJSON(other))
		c.Change = append(c.Change, numberJSON(change(f, other)))
	}
	return c
}

// change is by how many percent a figure differs from another; NaN where that
// is zero or not known.
func change(figure, from float64) float64 {
	if from == 0 {
		return math.NaN()
	}
	return math.Round((figure-from)/from*1000) / 10
}

// metaJSON tells what the figures are of.
type metaJSON struct {
	DateRange   []string          `json:"date_range"`
	Comparison  []string          `json:"comparison_date_range,omitempty"`
	Timezone    string            `json:"timezone"`
	Interval    behavior.Interval `json:"interval,omitempty"`
	Bots        string            `json:"bots"`
	Exact       bool              `json:"exact"`
	Definitions map[string]string `json:"definitions,omitempty"`
}

// MarshalJSON writes the answer.
func (a *queryAnswer) MarshalJSON() ([]byte, error) {
	i := a.query.insight
	out := struct {
		Results []resultJSON `json:"results"`
		Totals  *resultJSON  `json:"totals,omitempty"`
		Meta    metaJSON     `json:"meta"`
		Query   queryJSON    `json:"query"`
	}{Results: []resultJSON{}, Meta: a.meta(), Query: newQueryJSON(i)}
	for n, r := range a.rows {
		row := resultJSON{Dimensions: r.Dimensions, Metrics: numbersJSON(r.Metrics)}
		if a.compared != nil {
			row.Comparison = newComparison(i.Metrics, r.Metrics, a.compared[n])
		}
		out.Results = append(out.Results, row)
	}
	if a.total != nil {
		out.Totals = &resultJSON{Dimensions: []string{}, Metrics: numbersJSON(a.total)}
		if a.query.compare != nil {
			out.Totals.Comparison = newComparison(i.Metrics, a.total, a.totalCompared)
		}
	}
	return json.Marshal(out)
}

func newMeta(r behavior.Range, bots behavior.Bots) metaJSON {
	names := map[behavior.Bots]string{behavior.WithoutBots: "without", behavior.WithBots: "with", behavior.OnlyBots: "only"}
	return metaJSON{DateRange: rangeText(r), Timezone: r.Location.String(), Bots: names[bots], Exact: true}
}

func (a *queryAnswer) meta() metaJSON {
	i := a.query.insight
	m := newMeta(i.Range, i.Bots)
	m.Interval = i.Interval
	if a.query.compare != nil {
		m.Comparison = rangeText(*a.query.compare)
	}
	if a.query.definitions {
		m.Definitions = map[string]string{}
		for _, metric := range i.Metrics {
			m.Definitions[string(metric)] = metric.Definition()
		}
	}
	return m
}

// queryJSON is the question as it was understood.
type queryJSON struct {
	Metrics    []behavior.Metric    `json:"metrics"`
	Dimensions []behavior.Dimension `json:"dimensions"`
	Limit      int                  `json:"limit"`
	Offset     int                  `json:"offset"`
}

func newQueryJSON(i behavior.Insight) queryJSON {
	return queryJSON{Metrics: i.Metrics, Dimensions: append([]behavior.Dimension{}, i.Dimensions...), Limit: i.Limit, Offset: i.Offset}
}

// writeCSV answers with a table: a column for each dimension and metric, and
// each metric of the comparison.
func (a *queryAnswer) writeCSV(w http.ResponseWriter) error {
	i := a.query.insight
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+fileName("behavior", i.Range)+`"`)
	table := bufio.NewWriter(w)
	var head []string
	for _, d := range i.Dimensions {
		head = append(head, string(d))
	}
	for _, m := range i.Metrics {
		head = append(head, string(m))
	}
	if a.compared != nil {
		for _, m := range i.Metrics {
			head = append(head, "compared_"+string(m))
		}
	}
	_ = csvLine(table, head) // Flush tells what goes wrong
	for n, r := range a.rows {
		var line []string
		for _, d := range r.Dimensions {
			line = append(line, csvCell(d))
		}
		line = append(line, csvFigures(r.Metrics)...)
		if a.compared != nil {
			with := a.compared[n]
			if with == nil {
				with = nothing(len(i.Metrics))
			}
			line = append(line, csvFigures(with)...)
		}
		_ = csvLine(table, line)
	}
	return table.Flush()
}

func nothing(n int) []float64 {
	figures := make([]float64, n)
	for i := range figures {
		figures[i] = math.NaN()
	}
	return figures
}

// fileName is a name for the table of a range.
func fileName(what string, r behavior.Range) string {
	return what + "-" + r.From.Format(time.DateOnly) + "-" + r.To.Add(-1).In(r.Location).Format(time.DateOnly) + ".csv"
}

func csvFigures(figures []float64) []string {
	var cells []string
	for _, f := range figures {
		cell, _ := numberJSON(f).MarshalJSON() // cannot fail
		if string(cell) == "null" {
			cell = nil
		}
		cells = append(cells, string(cell))
	}
	return cells
}
