package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/userbehavior/behavior"
)

// chip is one filter of a view.
type chip struct {
	Dimension, Operator string
	Values              []string
	RemoveURL           string
}

// operatorWords are the operators that the dashboard offers, as people say them.
var operatorWords = []struct{ name, words string }{
	{"is", "is"}, {"is_not", "is not"}, {"contains", "contains"}, {"contains_not", "does not contain"},
	{"starts_with", "starts with"}, {"starts_with_not", "does not start with"}, {"ends_with", "ends with"}, {"ends_with_not", "does not end with"},
	{"matches", "matches"}, {"matches_not", "does not match"},
}

// shortFilter writes a filter as an address has it.
func shortFilter(operator string, d behavior.Dimension, values ...string) string {
	parts := []string{operator, string(d)}
	for _, value := range values {
		parts = append(parts, shortValue.Replace(value))
	}
	return strings.Join(parts, ",")
}

var shortValue = strings.NewReplacer("%", "%25", ",", "%2C")

// filterable reports whether a filter can name a dimension.
func filterable(d behavior.Dimension) bool {
	level := d.Level()
	return level != behavior.NoLevel && level != behavior.TimeLevel && !strings.Contains(string(d), ",")
}

// chips are the filters of the view, which the reader of the query API has
// found to be right.
func (d *dashboard) chips() []chip {
	var chips []chip
	for i, f := range d.filters {
		c := newChip(f)
		c.RemoveURL = d.filtered(slices.Delete(slices.Clone(d.filters), i, i+1))
		chips = append(chips, c)
	}
	return chips
}

// newChip is a filter in words.
func newChip(f string) chip {
	parts := strings.Split(f, ",")
	dimension, _ := dimensionOf(parts[1])
	c := chip{Dimension: dimension.Label(), Operator: parts[0]}
	for _, known := range operatorWords {
		if known.name == parts[0] {
			c.Operator = known.words
		}
	}
	for _, part := range parts[2:] {
		value, _ := url.PathUnescape(part)
		c.Values = append(c.Values, cmp.Or(valueText(dimension, value), "(nothing)"))
	}
	return c
}

// filterLinks lead from a value to the view with it alone, and without it. A
// value that is filtered by already leads to the view without that filter.
func (d *dashboard) filterLinks(dimension behavior.Dimension, value string) (only, without string, current bool) {
	if !filterable(dimension) {
		return "", "", false
	}
	is := shortFilter("is", dimension, value)
	if i := slices.Index(d.filters, is); i >= 0 {
		return d.filtered(slices.Delete(slices.Clone(d.filters), i, i+1)), "", true
	}
	with := func(f string) string { return d.filtered(append(slices.Clone(d.filters), f)) }
	return with(is), with(shortFilter("is_not", dimension, value)), false
}

// formTarget is where what a form of the dashboard has sent leads: forms add
// parameters of their own to the address of the view.
func (d *dashboard) formTarget(sent url.Values) (target string, ok bool) {
	days := func(from, to string) string {
		from, to = cmp.Or(from, to), cmp.Or(to, from)
		return min(from, to) + "," + max(from, to)
	}
	switch {
	case sent.Has("from") || sent.Has("to"):
		return d.link("date_range", days(sent.Get("from"), sent.Get("to"))), true
	case sent.Has("compare_from") || sent.Has("compare_to"):
		return d.link("compare", days(sent.Get("compare_from"), sent.Get("compare_to"))), true
	case sent.Has("metadata_key"):
		return d.link("behaviour", metadataTab+strings.TrimSpace(sent.Get("metadata_key"))), true
	case sent.Has("filter_by"):
		dimension := behavior.Dimension(sent.Get("filter_by"))
		if dimension == metadataTab {
			dimension += behavior.Dimension(strings.TrimSpace(sent.Get("filter_key")))
		}
		f := shortFilter(sent.Get("filter_how"), dimension, sent.Get("filter_value"))
		return d.filtered(append(slices.Clone(d.filters), f)), true
	}
	return "", false
}

// filterDimensions are the dimensions that the form for filters offers.
func filterDimensions() []choice {
	var choices []choice
	for _, d := range behavior.Dimensions() {
		if filterable(d) {
			choices = append(choices, choice{Value: string(d), DisplayName: d.Label()})
		}
	}
	slices.SortFunc(choices, func(a, b choice) int { return strings.Compare(a.DisplayName, b.DisplayName) })
	return append(choices, choice{Value: metadataTab, DisplayName: "Metadata, by key"})
}

func filterOperators() []choice {
	choices := make([]choice, len(operatorWords))
	for i, o := range operatorWords {
		choices[i] = choice{Value: o.name, DisplayName: o.words}
	}
	return choices
}

// valueText is a value of a dimension in the words of people; empty for one
// that has none.
func valueText(d behavior.Dimension, value string) string {
	switch {
	case value == "":
		return ""
	case d == behavior.DimensionCountry:
		return countryName(value)
	case d == behavior.DimensionEventType:
		return behavior.EventType(value).Label()
	case d == behavior.DimensionDevice:
		return strings.ToUpper(value[:1]) + value[1:]
	}
	return value
}

// nameless is what stands in the place of a value that is not known.
func nameless(d behavior.Dimension) string {
	switch d {
	case behavior.DimensionUser:
		return "Not signed in"
	case behavior.DimensionReferrer, behavior.DimensionSource:
		return "No referrer"
	case behavior.DimensionUTMSource, behavior.DimensionUTMMedium, behavior.DimensionUTMCampaign, behavior.DimensionUTMTerm, behavior.DimensionUTMContent:
		return "None"
	}
	return "Not known"
}
