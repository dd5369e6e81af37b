package web

import (
	"net/http"

	"github.com/userbehavior/behavior"
)

// queryDescription tells a client what it can ask for.
type queryDescription struct {
	Metrics    []metricDescription    `json:"metrics"`
	Dimensions []dimensionDescription `json:"dimensions"`
	DateRanges []string               `json:"date_ranges"`
	Operators  []string               `json:"operators"`
}

type metricDescription struct {
	Name       behavior.Metric `json:"name"`
	Label      string          `json:"label"`
	Unit       string          `json:"unit"`
	Definition string          `json:"definition"`
}

type dimensionDescription struct {
	Name  behavior.Dimension `json:"name"`
	Label string             `json:"label"`
	Of    string             `json:"of"`
}

// describeQuery tells what can be asked.
func describeQuery(*http.Request) (any, error) { return newQueryDescription(), nil }

// funnelDescription tells a client what a funnel is made of.
type funnelDescription struct {
	Steps      stepsDescription       `json:"steps"`
	Count      []string               `json:"count"`
	Within     string                 `json:"within"`
	Dimensions []dimensionDescription `json:"dimensions"` // to filter by
	DateRanges []string               `json:"date_ranges"`
	Operators  []string               `json:"operators"`
}

type stepsDescription struct {
	Most int      `json:"most"`
	Of   []string `json:"of"`
	Hint string   `json:"hint"`
}

func describeFunnel(*http.Request) (any, error) {
	all := newQueryDescription()
	d := funnelDescription{
		Steps: stepsDescription{behavior.MaxFunnelSteps, []string{"page_view", "interaction"}, stepsHint},
		Count: countWords, Within: durationHint, DateRanges: all.DateRanges, Operators: all.Operators,
	}
	for _, one := range all.Dimensions {
		if one.Name.Level() != behavior.TimeLevel {
			d.Dimensions = append(d.Dimensions, one)
		}
	}
	return d, nil
}

func newQueryDescription() queryDescription {
	d := queryDescription{
		DateRanges: behavior.RangeNames(),
		Operators:  []string{"is", "is_not", "contains", "contains_not", "starts_with", "starts_with_not", "ends_with", "ends_with_not", "matches", "matches_not", "and", "or", "not"},
	}
	for _, m := range behavior.Metrics() {
		d.Metrics = append(d.Metrics, metricDescription{m, m.Label(), m.Unit(), m.Definition()})
	}
	levels := map[behavior.DimensionLevel]string{
		behavior.TimeLevel: "time", behavior.SessionLevel: "session", behavior.PageLevel: "page",
		behavior.PageViewLevel: "page view", behavior.InteractionLevel: "interaction",
	}
	for _, dimension := range behavior.Dimensions() {
		d.Dimensions = append(d.Dimensions, dimensionDescription{dimension, dimension.Label(), levels[dimension.Level()]})
	}
	return d
}
