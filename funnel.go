package behavior

import (
	"fmt"
	"time"
)

// Funnel is a question about how many take some steps one after the other in a
// range of time.
//
// A step is taken by a page view or interaction that is later than the one by
// which the step before was taken: of two at the same moment neither comes
// after the other. What happens in between does not matter, and who takes a step
// several times is counted once.
type Funnel struct {
	// Steps are what is to be done, in this order. Two to ten.
	Steps []FunnelStep

	// Conditions must all hold for the session in which a step is taken: that of
	// a path holds for a session that has a page view of it in the range.
	Conditions []Condition

	// Range is the time of the page views and interactions. It must not be empty.
	Range Range

	// Within is how long after the first step each other may be taken at most, in
	// whole microseconds. Who takes the first step several times has as many
	// tries. Zero: as long as the range.
	Within time.Duration

	// BySession counts sessions, each with steps of its own. Otherwise visitors
	// are counted, and their steps may lie in different sessions.
	BySession bool

	// Bots says what to do with sessions that are taken for those of bots.
	Bots Bots
}

// FunnelStep is one step of a [Funnel]: a page view or interaction that meets
// some conditions.
type FunnelStep struct {
	Kind       Kind        // KindPageView or KindInteraction
	Conditions []Condition // must all hold, as in an [Insight] that counts Kind. None: any will do
}

// MaxFunnelSteps is how many steps a [Funnel] may have.
const MaxFunnelSteps = 10

// minFunnelSteps is how many it must have: else nothing is in an order.
const minFunnelSteps = 2

// Check returns what is wrong with a funnel as [Invalid], by the names that the
// query API has for its parts.
func (f Funnel) Check() error {
	wrong := Invalid{}
	add := func(part, format string, args ...any) {
		wrong[part] = append(wrong[part], fmt.Sprintf(format, args...))
	}
	if n := len(f.Steps); n < minFunnelSteps || n > MaxFunnelSteps {
		add("steps", "A funnel has %d to %d steps.", minFunnelSteps, MaxFunnelSteps)
	}
	for n, step := range f.Steps {
		if step.Kind != KindPageView && step.Kind != KindInteraction {
			add("steps", "Step %d: It is taken by a page view or an interaction.", n+1)
		}
		ofStep := func(_, format string, args ...any) { // whatever part a condition's own check names
			add("steps", "Step %d: %s", n+1, fmt.Sprintf(format, args...))
		}
		for _, c := range step.Conditions {
			c.check(ofStep, 1)
		}
	}
	for _, c := range f.Conditions {
		c.check(add, 1)
	}
	if !f.Range.From.Before(f.Range.To) {
		add("date_range", "The range ends before it begins.")
	}
	if f.Within < 0 || f.Within%time.Microsecond != 0 {
		add("within", "The time for all steps is a whole number of microseconds, and not negative.")
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}
