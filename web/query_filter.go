package web

import (
	"encoding/json"
	"strings"

	"github.com/userbehavior/behavior"
)

// Names that other tools have for metrics and dimensions.
var (
	metricAliases = map[string]behavior.Metric{
		"visits": behavior.MetricSessions, "pageviews": behavior.MetricPageViews, "events": behavior.MetricInteractions,
		"views_per_visit": behavior.MetricViewsPerSession, "visit_duration": behavior.MetricSessionLength, "time_on_page": behavior.MetricVisibleTime,
	}
	dimensionAliases = map[string]behavior.Dimension{
		"page": behavior.DimensionPath, "hostname": behavior.DimensionHost, "name": behavior.DimensionEventType, "goal": behavior.DimensionEventType,
		"country_name": behavior.DimensionCountry, "event": behavior.DimensionEventType,
	}
)

// dimensionOf reads the name of a dimension: our own, or "visit:source" and
// "event:props:plan" as other tools write them. "time:day" names an interval too.
func dimensionOf(name string) (behavior.Dimension, behavior.Interval) {
	if interval, ok := strings.CutPrefix(name, "time:"); ok {
		return behavior.DimensionTime, behavior.Interval(interval)
	}
	short := strings.TrimPrefix(strings.TrimPrefix(name, "visit:"), "event:")
	if key, ok := strings.CutPrefix(short, "props:"); ok {
		return behavior.Dimension("metadata:" + key), ""
	}
	return nameOf(short, dimensionAliases), ""
}

// dimensions reads a list of dimensions.
func (q *queryReader) dimensions(raw json.RawMessage) {
	var list []string
	if !q.read("dimensions", raw, &list, `A list of names is needed, for example ["source"].`) {
		return
	}
	for _, name := range list {
		d, interval := dimensionOf(name)
		q.insight.Dimensions = append(q.insight.Dimensions, d)
		if interval != "" {
			q.insight.Interval = interval
		}
	}
}

const filtersHint = `Filters are a list, for example [["is", "country", ["DE", "BR"]], ["not", ["contains", "path", ["/admin"]]]].`

// operators are the names of operators; those with a not in them turn the
// comparison round.
var operators = map[string]struct {
	op  behavior.Op
	not bool
}{
	"is": {behavior.Is, false}, "is_not": {behavior.Is, true},
	"contains": {behavior.Contains, false}, "contains_not": {behavior.Contains, true}, "does_not_contain": {behavior.Contains, true},
	"starts_with": {behavior.StartsWith, false}, "starts_with_not": {behavior.StartsWith, true},
	"ends_with": {behavior.EndsWith, false}, "ends_with_not": {behavior.EndsWith, true},
	"matches": {behavior.Matches, false}, "matches_not": {behavior.Matches, true},
	"matches_wildcard": {behavior.Matches, false}, "matches_wildcard_not": {behavior.Matches, true},
}

// conditions reads a list of filters.
func (q *queryReader) conditions(raw json.RawMessage) []behavior.Condition {
	var list []json.RawMessage
	if !q.read("filters", raw, &list, filtersHint) {
		return nil
	}
	var conditions []behavior.Condition
	for _, one := range list {
		conditions = append(conditions, q.condition(one, 0))
	}
	return conditions
}

// condition reads one filter: ["is", "country", ["DE"]], ["and", [...]],
// ["or", [...]] or ["not", [...]].
func (q *queryReader) condition(raw json.RawMessage, depth int) behavior.Condition {
	var parts []json.RawMessage
	var name string
	if depth > 10 || !q.read("filters", raw, &parts, filtersHint) || len(parts) < 2 || !q.read("filters", parts[0], &name, filtersHint) {
		q.once("filters", filtersHint)
		return behavior.Condition{}
	}
	switch name {
	case "not":
		c := q.condition(parts[1], depth+1)
		c.Not = !c.Not
		return c
	case "and", "or":
		return q.group(name, parts[1], depth)
	}
	return q.comparison(name, parts)
}

func (q *queryReader) group(name string, raw json.RawMessage, depth int) behavior.Condition {
	var list []json.RawMessage
	if !q.read("filters", raw, &list, filtersHint) || len(list) == 0 {
		q.once("filters", filtersHint)
		return behavior.Condition{}
	}
	var inner []behavior.Condition
	for _, one := range list {
		inner = append(inner, q.condition(one, depth+1))
	}
	if name == "and" {
		return behavior.Condition{All: inner}
	}
	return behavior.Condition{Any: inner}
}

func (q *queryReader) comparison(name string, parts []json.RawMessage) behavior.Condition {
	operator, known := operators[name]
	var dimension string
	var values []string
	switch {
	case !known:
		q.add("filters", "There is no operator %q.", name)
	case len(parts) != 3 || json.Unmarshal(parts[1], &dimension) != nil:
		q.once("filters", filtersHint)
	case json.Unmarshal(parts[2], &values) != nil:
		var value string
		if json.Unmarshal(parts[2], &value) != nil {
			q.add("filters", "The values for %q must be a list of texts.", dimension)
		}
		values = []string{value}
	}
	c := behavior.Condition{Op: operator.op, Not: operator.not, Values: values}
	c.Dimension, _ = dimensionOf(dimension)
	return c
}

// once adds a message that is not there yet.
func (q *queryReader) once(part, message string) {
	if len(q.wrong[part]) == 0 {
		q.add(part, "%s", message)
	}
}
