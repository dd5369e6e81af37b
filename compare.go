package behavior

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Compare answers an insight for another range, and puts the figures beside
// the rows of its answer: an element for each row, nil where the other range has
// no such row. Steps of time are compared by their place in the ranges.
func (t *Tracker) Compare(ctx context.Context, i Insight, rows []InsightRow, with Range) ([][]float64, error) {
	places := i.stepPlaces()
	i.Range, i.Limit, i.Offset, i.Order = with, 0, 0, nil
	if len(i.Dimensions) > 0 && i.Dimensions[0].Level() != TimeLevel && len(rows) > 0 && len(rows) <= maxConditionValues {
		i.Conditions = append(slices.Clone(i.Conditions), Condition{Dimension: i.Dimensions[0], Values: firstValues(rows)})
	}
	others, err := t.Insight(ctx, i)
	if err != nil {
		return nil, err
	}
	found, otherPlaces := map[string][]float64{}, i.stepPlaces()
	for _, r := range others {
		found[i.rowKey(r, otherPlaces)] = r.Metrics
	}
	figures := make([][]float64, len(rows))
	for n, r := range rows {
		figures[n] = found[i.rowKey(r, places)]
	}
	return figures, nil
}

func firstValues(rows []InsightRow) []string {
	var values []string
	for _, r := range rows {
		values = append(values, r.Dimensions[0])
	}
	return values
}

// stepPlaces are the places of the steps of time, by how rows name them.
func (i Insight) stepPlaces() map[string]int {
	places := map[string]int{}
	if i.Interval != "" {
		for n, start := range i.Range.Steps(i.Interval) {
			places[start.Format(time.RFC3339)] = n
		}
	}
	return places
}

// rowKey is the same for rows that are compared.
func (i Insight) rowKey(r InsightRow, places map[string]int) string {
	values := slices.Clone(r.Dimensions)
	for n, d := range i.Dimensions {
		if d == DimensionTime {
			values[n] = strconv.Itoa(places[values[n]])
		}
	}
	return strings.Join(values, "\x00")
}
