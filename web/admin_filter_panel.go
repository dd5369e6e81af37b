package web

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// listFilter is a filter as the panel beside a list offers it.
type listFilter struct {
	Field, Label string
	Choices      []listChoice
	Range        []listInput // the ends of a range of days
	Find         *listInput  // a part of the value
	Hidden       []listParam // what the form of Range or Find repeats
	Note         string
}

// listChoice is one choice of a filter.
type listChoice struct {
	Text     string
	Count    string // how many records it leaves; empty when not counted
	URL      string
	Selected bool

	params params // that it stands for; none for everything
}

// listInput is an input of a filter's form.
type listInput struct{ Name, Label, Value string }

// listChip is a filter that is in force.
type listChip struct {
	Text   string
	Remove string // address of the list without it
}

// mostValues is how many values a filter lists.
const mostValues = 10

// listFilters are the filters of a list that has all records without them.
func (h *handler) listFilters(ctx context.Context, s listState, all int) ([]listFilter, error) {
	var filters []listFilter
	for _, f := range s.model.filters {
		shown := listFilter{Field: f.field, Label: f.label}
		switch f.form {
		case dateFilter:
			h.offerDates(&shown, s)
		case choiceFilter:
			shown.Choices = append(shown.Choices, listChoice{Text: "All"})
			for _, event := range h.eventTypes() {
				shown.Choices = append(shown.Choices, listChoice{Text: event.Label(), params: params{f.field + "__exact": string(event)}})
			}
		case valueFilter:
			if err := h.offerValues(ctx, &shown, s, all); err != nil {
				return nil, err
			}
		}
		s.link(&shown)
		filters = append(filters, shown)
	}
	return filters, nil
}

// link gives each choice of a filter its address, and finds the one in force.
func (s listState) link(f *listFilter) {
	own := ofField(f.Field)
	inForce := params{}
	for name, value := range s.params {
		if own(name) {
			inForce[name] = value
		}
	}
	for i := range f.Choices {
		c := &f.Choices[i]
		c.URL = s.with(c.params, own)
		c.Selected = maps.Equal(c.params, inForce)
	}
	if f.Range != nil || f.Find != nil {
		f.Hidden = s.hidden(own)
	}
}

// offerDates offers the reference's spans of days, and a range of one's own.
func (h *handler) offerDates(f *listFilter, s listState) {
	zone := h.settings.TimeZone
	now := h.settings.Now().In(zone)
	y, m, d := now.Date()
	tomorrow := dayStart(y, m, d+1, zone)
	between := func(text string, from, to time.Time) listChoice {
		return listChoice{Text: text, params: params{f.Field + "__gte": linkMoment(from), f.Field + "__lt": linkMoment(to)}}
	}
	f.Choices = []listChoice{
		{Text: "Any date"},
		between("Today", dayStart(y, m, d, zone), tomorrow),
		between("Past 7 days", dayStart(y, m, d-7, zone), tomorrow),
		between("This month", dayStart(y, m, 1, zone), dayStart(y, m+1, 1, zone)),
		between("This year", dayStart(y, 1, 1, zone), dayStart(y+1, 1, 1, zone)),
	}
	if field, _ := s.model.kind.Field(f.Field); field.Nullable {
		f.Choices = append(f.Choices,
			listChoice{Text: "No date", params: params{f.Field + "__isnull": "True"}},
			listChoice{Text: "Has date", params: params{f.Field + "__isnull": "False"}})
	}
	for _, end := range []struct{ lookup, label string }{{"__date__gte", "From"}, {"__date__lte", "To"}} {
		name := f.Field + end.lookup
		f.Range = append(f.Range, listInput{Name: name, Label: end.label, Value: s.params[name]})
	}
	f.Note = "Days begin at midnight, " + zone.String() + "."
}

// linkMoment writes a moment as the reference does in its links.
func linkMoment(t time.Time) string { return t.Format("2006-01-02 15:04:05-07:00") }

// offerValues offers the most frequent values that a field has in what the
// other filters leave, and a search for others. A table too large to be
// counted is not counted for this either.
func (h *handler) offerValues(ctx context.Context, f *listFilter, s listState, all int) error {
	search := f.Field + "__icontains"
	f.Find = &listInput{Name: search, Label: "Find a " + f.Label, Value: s.params[search]}
	f.Choices = []listChoice{{Text: "All"}}
	chosen, isChosen := s.params[f.Field]
	var values []behavior.ValueCount
	if all > maxCounted {
		f.Note = "There are too many records to list the most frequent values."
	} else {
		var others []behavior.Filter
		for _, filter := range s.conditions() {
			if filter.Field != f.Field {
				others = append(others, filter)
			}
		}
		var err error
		values, err = h.tracker.Values(ctx, s.model.kind, f.Field, behavior.Query{Filters: others, Limit: mostValues + 1})
		if err != nil {
			return fmt.Errorf("list values: %w", err)
		}
	}
	none := listChoice{Text: "-", params: params{f.Field + "__isnull": "True"}}
	more, hasNone := len(values) > mostValues || all > maxCounted, false
	for _, v := range values[:min(len(values), mostValues)] {
		text, ok := v.Value.(string)
		if !ok {
			none.Count, hasNone = grouped(v.Count), true
			continue
		}
		isChosen = isChosen && text != chosen
		f.Choices = append(f.Choices, listChoice{Text: clip(text, maxCell), Count: grouped(v.Count), params: params{f.Field: text}})
	}
	if isChosen {
		f.Choices = append(f.Choices, listChoice{Text: clip(chosen, maxCell), params: params{f.Field: chosen}})
	}
	if hasNone || more || s.params[f.Field+"__isnull"] != "" {
		f.Choices = append(f.Choices, none)
	}
	if more && f.Note == "" {
		f.Note = fmt.Sprintf("The %d most frequent are listed.", mostValues)
	}
	return nil
}

// chips are the filters in force, in the order of the panel; then lookups that
// the panel does not have, and the search.
func (s listState) chips(filters []listFilter) []listChip {
	var chips []listChip
	told := map[string]bool{}
	for _, f := range filters {
		own := ofField(f.Field)
		for _, c := range f.Choices {
			if !c.Selected || len(c.params) == 0 {
				continue
			}
			chips = append(chips, listChip{Text: f.Label + ": " + c.Text, Remove: s.with(nil, own)})
			for name := range c.params {
				told[name] = true
			}
		}
	}
	for _, name := range s.lookups() {
		if !told[name] {
			chips = append(chips, listChip{Text: s.describe(name), Remove: s.with(nil, named(name))})
		}
	}
	if q, ok := s.params["q"]; ok {
		chips = append(chips, listChip{Text: "Search: " + clip(q, maxLine), Remove: s.with(nil, named("q"))})
	}
	return chips
}

// lookupWords are lookups in words; others stand for themselves.
var lookupWords = map[string]string{
	"": "is", "exact": "is", "iexact": "is", "contains": "contains", "icontains": "contains",
	"startswith": "begins with", "istartswith": "begins with", "endswith": "ends with", "iendswith": "ends with",
	"gt": "after", "gte": "from", "lt": "before", "lte": "up to", "in": "is one of", "range": "between",
	"date": "on", "date__gte": "from", "date__lte": "to", "date__gt": "after", "date__lt": "before",
}

// describe puts a lookup into words: "User ID contains smith".
func (s listState) describe(name string) string {
	field, rest, _ := strings.Cut(name, "__")
	value := clip(s.params[name], maxLine)
	label := field
	for _, column := range s.model.columns {
		if column.field == field {
			label = column.label
		}
	}
	if rest == "isnull" {
		if strings.EqualFold(value, "false") || value == "0" || value == "" {
			return label + " has a value"
		}
		return label + " has no value"
	}
	word, ok := lookupWords[rest]
	if !ok {
		word = strings.ReplaceAll(rest, "__", " ") + " is"
	}
	return label + " " + word + " " + value
}
