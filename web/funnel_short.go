package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/userbehavior/behavior"
)

// shortStep is a step of a funnel as an address has it:
// "page_view;is,path,/pricing;label,Prices". What takes it stands first, then
// come filters in their short form and what it is called, in any order.
type shortStep struct {
	of      string
	filters []string
	label   string // empty: none
}

// labelPart begins the name of a step.
const labelPart = "label,"

// readShortStep reads a step. A semicolon in a value or label is written %3B
// once more, as a comma in a value is %2C.
func readShortStep(text string) shortStep {
	var s shortStep
	for n, part := range strings.Split(text, ";") {
		label, named := strings.CutPrefix(part, labelPart)
		switch {
		case n == 0:
			s.of = part
		case named:
			s.label = label
			if plain, err := url.PathUnescape(label); err == nil {
				s.label = plain
			}
		case part != "":
			s.filters = append(s.filters, part)
		}
	}
	return s
}

// String writes the step as an address has it.
func (s shortStep) String() string {
	parts := []string{s.of}
	for _, f := range s.filters {
		parts = append(parts, strings.ReplaceAll(f, ";", "%3B"))
	}
	if s.label != "" {
		parts = append(parts, labelPart+shortLabel.Replace(s.label))
	}
	return strings.Join(parts, ";")
}

var shortLabel = strings.NewReplacer("%", "%25", ";", "%3B")

// withShortSteps adds steps in their short form.
func (fields queryFields) withShortSteps(short []string) (queryFields, error) {
	if len(short) == 0 {
		return fields, nil
	}
	var all []json.RawMessage
	if fields["steps"] != nil && json.Unmarshal(fields["steps"], &all) != nil {
		return nil, behavior.Invalid{"steps": {stepsHint}}
	}
	wrong := behavior.Invalid{}
	for n, text := range short {
		s := readShortStep(text)
		filters, err := queryFields{}.withShortFilters(s.filters)
		var invalid behavior.Invalid
		if errors.As(err, &invalid) {
			for _, message := range invalid["f"] {
				wrong["step"] = append(wrong["step"], fmt.Sprintf("Step %d: %s", n+1, message))
			}
			continue
		}
		step := map[string]any{"of": s.of, "label": s.label}
		if filters["filters"] != nil {
			step["filters"] = filters["filters"]
		}
		all = append(all, jsonOf(step))
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	fields["steps"] = jsonOf(all)
	return fields, nil
}

// parametersOf are the parameters of an address. A semicolon in a value is one,
// as browsers write it: [url.URL.Query] drops every value that has one.
func parametersOf(r *http.Request) url.Values {
	params, _ := url.ParseQuery(strings.ReplaceAll(r.URL.RawQuery, ";", "%3B")) // what cannot be read is not there
	return params
}
