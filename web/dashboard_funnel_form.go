package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/userbehavior/behavior"
)

// funnelForm is where a funnel is put together: its own fields, and what they
// can be filled with.
type funnelForm struct {
	Action string
	Hidden []formValue // the view without its steps
	Clear  string      // the page without steps; empty where there are none

	Steps         []stepForm
	Within, Count string

	StepsFault, WithinFault, CountFault string // empty: all is well

	Full       bool // there can be no more steps
	Next       int  // the number of one more
	Kinds      []choice
	Counts     []choice
	Dimensions []choiceGroup
	Operators  []choice
	Values     []valueList
}

// stepForm is a step in the form.
type stepForm struct {
	N         int // from 1
	Of, Label string
	Filters   []filterForm
	Fault     string

	Last, Removable bool
}

// filterForm is a filter of a step in the form.
type filterForm struct {
	Name       string // of its fields: "2.1"
	By, How    string
	Key, Value string // Key is that of the metadata
	Short      string // the filter itself where the fields cannot show it; empty where they can
	Words      chip   // of Short; without a dimension where that is wrong
	Fault      string
	KeyFault   string

	First, Last, Droppable bool
}

// choiceGroup is choices under a heading.
type choiceGroup struct {
	Label   string
	Choices []choice
}

// Operators that the form has beside those of filters: a field without a value
// is no filter.
const (
	howEmpty    = "empty"
	howNotEmpty = "not_empty"
)

// newFunnelForm shows a funnel.
func newFunnelForm(steps []shortStep, within, count string) *funnelForm {
	f := &funnelForm{Within: within, Count: count}
	for _, s := range steps {
		one := stepForm{Of: s.of, Label: s.label}
		for _, text := range s.filters {
			one.Filters = append(one.Filters, newFilterForm(text))
		}
		f.Steps = append(f.Steps, one)
	}
	return f
}

// newFilterForm shows a filter in fields, if these lead back to it.
func newFilterForm(text string) filterForm {
	whole := filterForm{Short: text}
	parts := strings.Split(text, ",")
	if len(parts) != 3 || !slices.ContainsFunc(filterOperators(), func(o choice) bool { return o.Value == parts[0] }) {
		return whole
	}
	value, err := url.PathUnescape(parts[2])
	if err != nil {
		return whole
	}
	f := filterForm{By: parts[1], How: parts[0], Value: value}
	if key, ok := strings.CutPrefix(parts[1], metadataTab); ok {
		f.By, f.Key = metadataTab, key
	}
	switch {
	case value == "" && f.How == "is":
		f.How = howEmpty
	case value == "" && f.How == "is_not":
		f.How = howNotEmpty
	}
	known := slices.ContainsFunc(filterDimensions(), func(d choice) bool { return d.Value == f.By })
	if plain := strings.TrimSpace(f.Key) == f.Key && strings.TrimSpace(value) == value && !strings.ContainsAny(value, "\r\n"); !known || !plain || f.short() == "" {
		return whole // fields would cut or drop something
	}
	return f
}

// short is the filter of the fields; empty where they are not filled in.
func (f filterForm) short() string {
	dimension := behavior.Dimension(f.By)
	if f.By == metadataTab {
		dimension += behavior.Dimension(strings.TrimSpace(f.Key))
	}
	value := strings.TrimSpace(f.Value)
	switch {
	case f.Short != "":
		return f.Short
	case f.How == howEmpty:
		return shortFilter("is", dimension, "")
	case f.How == howNotEmpty:
		return shortFilter("is_not", dimension, "")
	case value == "":
		return ""
	}
	return shortFilter(f.How, dimension, value)
}

// readFunnelForm reads what the form has sent; nothing where it has not.
func readFunnelForm(sent url.Values) (f *funnelForm, ok bool) {
	f = &funnelForm{Within: strings.TrimSpace(sent.Get("within")), Count: sent.Get("count")}
	for n := 1; sent.Has("of" + strconv.Itoa(n)); n++ {
		number := strconv.Itoa(n)
		s := stepForm{Of: sent.Get("of" + number), Label: strings.TrimSpace(sent.Get("label" + number))}
		for k := 1; ; k++ {
			name := fmt.Sprintf("%d.%d", n, k)
			if !sent.Has("by"+name) && !sent.Has("f"+name) {
				break
			}
			s.Filters = append(s.Filters, filterForm{
				By: sent.Get("by" + name), How: sent.Get("how" + name), Key: sent.Get("key" + name), Value: sent.Get("value" + name), Short: sent.Get("f" + name),
			})
		}
		f.Steps = append(f.Steps, s)
	}
	return f, len(f.Steps) > 0
}

// short are the steps as an address has them.
func (f *funnelForm) short() []shortStep {
	var steps []shortStep
	for _, s := range f.Steps {
		one := shortStep{of: s.Of, label: s.Label}
		for _, filter := range s.Filters {
			if text := filter.short(); text != "" {
				one.filters = append(one.filters, text)
			}
		}
		steps = append(steps, one)
	}
	return steps
}

// do changes the steps as a button of the form says: "up.2", "drop.2.1".
func (f *funnelForm) do(deed string) {
	parts := strings.Split(deed+"..", ".")
	n, _ := strconv.Atoi(parts[1])
	k, _ := strconv.Atoi(parts[2])
	n, k = n-1, k-1
	there := n >= 0 && n < len(f.Steps)
	switch verb := parts[0]; {
	case verb == "add" && len(f.Steps) < behavior.MaxFunnelSteps:
		f.Steps = append(f.Steps, stepForm{Of: parts[1]})
	case verb == "remove" && there && len(f.Steps) > leastSteps:
		f.Steps = slices.Delete(f.Steps, n, n+1)
	case verb == "up" && there && n > 0:
		f.Steps[n-1], f.Steps[n] = f.Steps[n], f.Steps[n-1]
	case verb == "down" && there && n+1 < len(f.Steps):
		f.Steps[n], f.Steps[n+1] = f.Steps[n+1], f.Steps[n]
	case verb == "and" && there && len(f.Steps[n].Filters) < maxStepFilters:
		f.Steps[n].Filters = append(f.Steps[n].Filters, blankFilter(f.Steps[n].Of))
	case verb == "drop" && there && k >= 0 && k < len(f.Steps[n].Filters):
		f.Steps[n].Filters = slices.Delete(f.Steps[n].Filters, k, k+1)
	}
}

// How many steps the form shows at least, and how many conditions of a step at
// most: each is a whole row of choices.
const (
	leastSteps     = 2
	maxStepFilters = 20
)

// blankFilter is what is asked for first of a step.
func blankFilter(of string) filterForm {
	if of == "interaction" {
		return filterForm{By: string(behavior.DimensionEventType), How: "is"}
	}
	return filterForm{By: string(behavior.DimensionPath), How: "is"}
}

// faults finds what is wrong with the funnel, notes it beside its fields, and
// reports whether there is any.
func (v *funnelView) faults(ctx context.Context, f *funnelForm) bool {
	wrong := false
	fault := func(into *string, sentence string) {
		if *into = cmp.Or(*into, sentence); sentence != "" {
			wrong = true
		}
	}
	for n := range f.Steps {
		s := &f.Steps[n]
		if _, ok := stepKinds[s.Of]; !ok {
			fault(&s.Fault, fmt.Sprintf("A step is a page view or an interaction, not %q.", shortened(s.Of, 40)))
		}
		if len(s.Filters) > maxStepFilters {
			fault(&s.Fault, fmt.Sprintf("A step has %d conditions at most here.", maxStepFilters))
		}
		for k := range s.Filters[:min(len(s.Filters), maxStepFilters)] {
			filter := &s.Filters[k]
			switch text := filter.short(); {
			case text == "":
			case filter.Short == "" && filter.By == metadataTab && strings.TrimSpace(filter.Key) == "":
				fault(&filter.KeyFault, "Which key of the metadata?")
			case filter.Short == "" && strings.ContainsAny(filter.Key, ",;"):
				fault(&filter.KeyFault, "A key with a comma or semicolon cannot be filtered by here.")
			default:
				fault(&filter.Fault, sentenceOf(v.h.checkFilters(ctx, []string{text})))
			}
		}
	}
	_, err := v.question(ctx)
	var invalid behavior.Invalid
	if !errors.As(err, &invalid) {
		return wrong // what else is wrong the figure tells
	}
	parts := map[string]*string{"steps": &f.StepsFault, "within": &f.WithinFault, "count": &f.CountFault}
	for part, messages := range invalid {
		for _, message := range messages {
			if into := parts[part]; into != nil && !strings.HasPrefix(message, "Step ") {
				fault(into, message)
			}
		}
	}
	if !wrong {
		fault(&f.StepsFault, sentenceOf(addressFault(invalid)))
	}
	return wrong
}

// sentenceOf is what an error says to its reader; empty for none.
func sentenceOf(err error) string {
	var own httpError
	if !errors.As(err, &own) {
		return ""
	}
	return answer{body: own.body}.sentence()
}

// offer completes the form with what it can be filled with.
func (f *funnelForm) offer(v *funnelView) {
	d := *v.dashboard
	d.steps = nil
	f.Action, f.Hidden = d.h.settings.Prefix+funnelPlace, d.hidden()
	if len(v.shown) > 0 {
		f.Clear = d.link()
	}
	f.Steps = f.Steps[:min(len(f.Steps), behavior.MaxFunnelSteps)]
	for len(f.Steps) < leastSteps {
		f.Steps = append(f.Steps, stepForm{Of: "page_view"})
	}
	f.Next = len(f.Steps) + 1
	f.Full = len(f.Steps) == behavior.MaxFunnelSteps
	for n := range f.Steps {
		s := &f.Steps[n]
		s.N, s.Last, s.Removable = n+1, n+1 == len(f.Steps), len(f.Steps) > leastSteps
		if len(s.Filters) == 0 {
			s.Filters = []filterForm{blankFilter(s.Of)}
		}
		s.Filters = s.Filters[:min(len(s.Filters), maxStepFilters)]
		for k := range s.Filters {
			filter := &s.Filters[k]
			filter.Name, filter.First, filter.Last = fmt.Sprintf("%d.%d", n+1, k+1), k == 0, k+1 == len(s.Filters)
			filter.Droppable = len(s.Filters) > 1 || filter.Short != ""
			if filter.Short != "" && v.h.checkFilters(v.r.Context(), []string{filter.Short}) == nil {
				filter.Words = newChip(filter.Short)
			}
		}
	}
	f.Kinds = []choice{{"page_view", "Page view"}, {"interaction", "Interaction"}}
	f.Counts = []choice{{countWords[0], "Visitors"}, {countWords[1], "Sessions"}}
	f.Operators = append(filterOperators(), choice{howEmpty, "is empty"}, choice{howNotEmpty, "is not empty"})
	f.Dimensions = funnelDimensions()
}

// funnelDimensions are the dimensions that filters offer, by what has them.
func funnelDimensions() []choiceGroup {
	groups := []choiceGroup{{Label: "Of the page"}, {Label: "Of the interaction"}, {Label: "Of the session"}}
	for _, one := range filterDimensions() {
		place := 2
		switch behavior.Dimension(one.Value).Level() {
		case behavior.PageLevel, behavior.PageViewLevel:
			place = 0
		case behavior.InteractionLevel, behavior.NoLevel: // metadata, without a key
			place = 1
		}
		groups[place].Choices = append(groups[place].Choices, one)
	}
	return groups
}
