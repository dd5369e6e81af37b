package web

import (
	"context"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/ui"
)

// funnelStart is what stands in the place of the figure while there are no
// steps: funnels of what the site has.
type funnelStart struct {
	Ideas []funnelIdea
	Empty ui.ChartNote // why there are none
}

// funnelIdea is a funnel that one could look at.
type funnelIdea struct {
	Title, URL string
	Steps      []string // what they are called
}

// fillStart proposes funnels: from the page that most visits begin with to what
// is done at the end, through the form, to the element that is clicked, to the
// page that is seen most besides.
func (v *funnelView) fillStart(ctx context.Context, into *region) error {
	var found funnelFinds
	asks := []func() error{
		v.find(ctx, &found.entries, behavior.MetricSessions, behavior.DimensionEntryPage, 1),
		v.find(ctx, &found.pages, behavior.MetricPageViews, behavior.DimensionPath, 2),
		v.find(ctx, &found.types, behavior.MetricInteractions, behavior.DimensionEventType, 100),
		v.find(ctx, &found.forms, behavior.MetricInteractions, behavior.DimensionPath, 1, eventIs(behavior.FormSubmit)),
		v.find(ctx, &found.clicked, behavior.MetricInteractions, behavior.DimensionElement, 1, eventIs(behavior.Click)),
	}
	for _, err := range together(asks...) {
		if err != nil {
			return err
		}
	}
	start := &funnelStart{Empty: v.nothing()}
	for _, idea := range found.ideas() {
		one := funnelIdea{Title: idea.title, URL: v.with(funnelValues(idea.steps, "", ""))}
		for _, s := range idea.steps {
			one.Steps = append(one.Steps, s.name())
		}
		start.Ideas = append(start.Ideas, one)
	}
	into.Start = start
	return nil
}

func eventIs(t behavior.EventType) behavior.Condition {
	return behavior.Condition{Dimension: behavior.DimensionEventType, Op: behavior.Is, Values: []string{string(t)}}
}

// find returns what asks for the values of a dimension that have the most, in
// the range of the view. A value that is not known is none.
func (v *funnelView) find(ctx context.Context, into *[]string, m behavior.Metric, d behavior.Dimension, n int, only ...behavior.Condition) func() error {
	i := v.base
	i.Metrics, i.Dimensions, i.Limit = []behavior.Metric{m}, []behavior.Dimension{d}, n+1
	i.Conditions = append(slices.Clone(i.Conditions), only...)
	return func() error {
		rows, err := v.h.tracker.Insight(ctx, i)
		for _, r := range rows {
			if value := r.Dimensions[0]; value != "" && len(*into) < n {
				*into = append(*into, value)
			}
		}
		return err
	}
}

// funnelFinds is what the site has, the most frequent first.
type funnelFinds struct{ entries, pages, types, forms, clicked []string }

// idea is a funnel to propose.
type idea struct {
	title string
	steps []shortStep
}

// ideas are funnels of what was found.
func (f *funnelFinds) ideas() []idea {
	entry := append(slices.Clone(f.entries), f.pages...)
	if len(entry) == 0 {
		return nil
	}
	first := pageStep(entry[0])
	var all []idea
	add := func(title string, steps ...shortStep) {
		all = append(all, idea{title, append([]shortStep{first}, steps...)})
	}
	if goals := f.goals(); len(goals) > 0 {
		add("From the first page to the goal", goals...)
	}
	if len(f.forms) > 0 {
		sent := eventStep(behavior.FormSubmit, shortFilter("is", behavior.DimensionPath, f.forms[0]))
		if f.forms[0] == entry[0] {
			add("Through the form", sent)
		} else {
			add("Through the form", pageStep(f.forms[0]), sent)
		}
	}
	if len(f.clicked) > 0 {
		add("To the element that is clicked most", eventStep(behavior.Click, shortFilter("is", behavior.DimensionElement, f.clicked[0])))
	}
	for _, page := range f.pages {
		if page != entry[0] {
			add("On to the next page", pageStep(page))
			break
		}
	}
	return all
}

// maxGoals is how many steps to a goal a proposed funnel has.
const maxGoals = 3

// goals are the events that the site has of its own: what happens more often
// stands before what happens rarely.
func (f *funnelFinds) goals() []shortStep {
	var steps []shortStep
	for _, name := range f.types {
		t := behavior.EventType(name)
		if !slices.Contains(behavior.EventTypes(), t) && !slices.Contains(measured, name) && len(steps) < maxGoals {
			steps = append(steps, eventStep(t))
		}
	}
	return steps
}

// measured are types of event that nobody aims at: the tracker's modules send them.
var measured = []string{"vitals", "error"}

func pageStep(path string) shortStep {
	return shortStep{of: "page_view", filters: []string{shortFilter("is", behavior.DimensionPath, path)}}
}

func eventStep(t behavior.EventType, more ...string) shortStep {
	return shortStep{of: "interaction", filters: append([]string{shortFilter("is", behavior.DimensionEventType, string(t))}, more...)}
}

// valueList is what a field of the form can be filled with.
type valueList struct {
	Dimension behavior.Dimension
	Values    []string
}

const (
	suggestTime = 5 * time.Second // for all lists
	suggested   = 50              // values in a list
	longestHint = 200             // letters of a value that is worth being proposed
)

// suggestions are values that there are in the range of the view. The form
// stands without them too. Scripts ask for those that somebody types.
func (v *funnelView) suggestions(ctx context.Context) []valueList {
	ctx, cancel := context.WithTimeout(ctx, suggestTime)
	defer cancel()
	lists := []valueList{{Dimension: behavior.DimensionPath}, {Dimension: behavior.DimensionEventType}, {Dimension: behavior.DimensionElement}}
	metrics := []behavior.Metric{behavior.MetricPageViews, behavior.MetricInteractions, behavior.MetricInteractions}
	var asks []func() error
	for n := range lists {
		asks = append(asks, v.find(ctx, &lists[n].Values, metrics[n], lists[n].Dimension, suggested))
	}
	for _, err := range together(asks...) {
		if err != nil && v.r.Context().Err() == nil {
			v.h.log(v.r, slog.LevelWarn, err)
		}
	}
	for n := range lists {
		lists[n].Values = slices.DeleteFunc(lists[n].Values, func(value string) bool { return utf8.RuneCountInString(value) > longestHint })
	}
	return lists
}
