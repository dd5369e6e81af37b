package web

import "github.com/userbehavior/behavior"

// queryDescription tells a client what it can ask for.
type queryDescription struct {
	Metrics    []metricDescription    `json:"metrics,omitempty"`
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

// newFunnelDescription tells what a funnel can be made of.
func newFunnelDescription() queryDescription {
	d := newQueryDescription()
	d.Metrics = nil
	return d
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
