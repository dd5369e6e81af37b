package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

var funnelCases = []testCase{
	{"steps in their order", funnelOrder},
	{"within a time", funnelWithin},
	{"across sessions", funnelAcross},
	{"in all the time there is", funnelForever},
	{"is what a recount finds", funnelRecount},
	{"what it refuses", funnelRefused},
}

// sees is a step of a page view of a path.
func sees(path string) behavior.FunnelStep {
	return behavior.FunnelStep{Kind: behavior.KindPageView, Conditions: []behavior.Condition{{Dimension: behavior.DimensionPath, Values: []string{path}}}}
}

// does is a step of an interaction of a type.
func does(event string) behavior.FunnelStep {
	return behavior.FunnelStep{Kind: behavior.KindInteraction, Conditions: []behavior.Condition{{Dimension: behavior.DimensionEventType, Values: []string{event}}}}
}

// funnelDay is the day of the events below.
var funnelDay = time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC)

// visit records a session of a visitor and what it does: a path, or the type of
// an interaction, and the seconds of the day at which it happens.
func visit(t *testing.T, h *house, name, visitor string, events ...any) {
	t.Helper()
	s := newSession(name)
	s.Visitor, s.Bot, s.BotReason, s.StartTime = visitor, false, "", funnelDay
	records := []any{s}
	for n := 0; n < len(events); n += 2 {
		what, at := events[n].(string), funnelDay.Add(time.Duration(events[n+1].(float64)*float64(time.Second)).Round(time.Microsecond))
		if what[0] == '/' {
			v := newView(name, what)
			v.Timestamp = at
			records = append(records, v)
			continue
		}
		i := newInteraction(name, behavior.EventType(what))
		i.Timestamp = at
		records = append(records, i)
	}
	add(t, h, records...)
}

func checkFunnel(t failer, h *house, f behavior.Funnel, want ...int) {
	t.Helper()
	got, err := h.Funnel(context.Background(), f)
	if err != nil {
		t.Fatalf("%+v: %v", f, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v (-want +got):\n%s", f, diff)
	}
}

// oneDay is the range of the events below.
var oneDay = behavior.Range{From: funnelDay, To: funnelDay.AddDate(0, 0, 1)}

func funnelOrder(t *testing.T, h *house) {
	f := behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), sees("/price"), does("click")}, Range: oneDay}
	checkFunnel(t, h, f, 0, 0, 0)
	visit(t, h, "all", "a", "/", 1., "/price", 2., "click", 3.)
	visit(t, h, "with others in between", "b", "/", 1., "/other", 1.5, "/price", 2., "scroll", 2.5, "click", 3.)
	visit(t, h, "backwards", "c", "click", 1., "/price", 2., "/", 3.)
	visit(t, h, "at one moment", "d", "/", 1., "/price", 1., "click", 1.)
	visit(t, h, "one microsecond apart", "e", "/", 1., "/price", 1.000001, "click", 1.000002)
	visit(t, h, "again at the moment of the second", "f", "/", 1., "/", 2., "/price", 2.)
	visit(t, h, "without the first", "g", "/price", 2., "click", 3.)
	visit(t, h, "the first on the day before", "h", "/", -1., "/price", 2., "click", 3.)
	visit(t, h, "the last on the day after", "i", "/", 1., "/price", 2., "click", 86400.)
	for _, f.BySession = range []bool{false, true} {
		checkFunnel(t, h, f, 7, 5, 3)
		same := f
		same.Steps = []behavior.FunnelStep{sees("/"), sees("/")} // one view is not two steps
		checkFunnel(t, h, same, 7, 1)
	}
}

func funnelWithin(t *testing.T, h *house) {
	visit(t, h, "quick", "a", "/", 1., "/price", 2., "click", 3.)
	visit(t, h, "slow", "b", "/", 1., "/price", 2., "click", 3.000001)
	visit(t, h, "quick at the second try", "c", "/", 1., "/price", 2., "/", 10., "/price", 11., "click", 12.)
	visit(t, h, "slow at every try", "d", "/", 1., "/price", 2., "/", 3., "click", 4.)
	f := behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), sees("/price"), does("click")}, Range: oneDay}
	for _, f.BySession = range []bool{false, true} {
		f.Within = 2 * time.Second
		checkFunnel(t, h, f, 4, 4, 2)
		f.Within = time.Second
		checkFunnel(t, h, f, 4, 4, 0)
		f.Within = 1000 * time.Hour
		checkFunnel(t, h, f, 4, 4, 4)
		f.Within = time.Duration(1<<63 - 1).Truncate(time.Microsecond)
		checkFunnel(t, h, f, 4, 4, 4)
	}
}

func funnelAcross(t *testing.T, h *house) {
	visit(t, h, "first", "a", "/", 1., "/price", 2.)
	visit(t, h, "second", "a", "click", 3.)
	visit(t, h, "third", "a", "/", 4., "/price", 5., "click", 6.)
	f := behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), sees("/price"), does("click")}, Range: oneDay}
	checkFunnel(t, h, f, 1, 1, 1)
	f.BySession = true
	checkFunnel(t, h, f, 2, 2, 1)
	f.Conditions = []behavior.Condition{{Dimension: behavior.DimensionEventType, Values: []string{"click"}}}
	checkFunnel(t, h, f, 1, 1, 1)
	f.Conditions[0].Not = true
	checkFunnel(t, h, f, 1, 1, 0)
	f.Range.Location, f.Range.From = time.FixedZone("", 3600), funnelDay.Add(1500*time.Millisecond)
	f.BySession, f.Conditions = false, nil
	checkFunnel(t, h, f, 1, 1, 1)
}

// funnelForever has steps in the first and in the last microsecond.
func funnelForever(t *testing.T, h *house) {
	first, last := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	session := newSession("forever")
	session.StartTime, session.Bot, session.BotReason = first, false, ""
	begin, end, between := newView("forever", "/"), newView("forever", "/price"), newInteraction("forever", "click")
	begin.Timestamp, between.Timestamp, end.Timestamp = first, funnelDay, last
	add(t, h, session, begin, between, end)
	f := behavior.Funnel{
		Steps: []behavior.FunnelStep{sees("/"), does("click"), sees("/price")},
		Range: behavior.Range{From: time.Date(-200_000, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(200_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
	checkFunnel(t, h, f, 1, 1, 1)
	f.Within = time.Hour
	checkFunnel(t, h, f, 1, 0, 0)
}

func funnelRecount(t *testing.T, h *house) {
	zone, day := reportDay(t, insightZone, insightDay)
	traffic(t, h, day)
	w := newWorld(h)
	rapid.Check(t, func(r *rapid.T) {
		f := drawFunnel(zone, day).Draw(r, "funnel")
		checkFunnel(r, h, f, w.funnel(f)...)
	})
}

// drawFunnel draws a funnel that passes its check.
func drawFunnel(zone *time.Location, day time.Time) *rapid.Generator[behavior.Funnel] {
	step := rapid.Custom(func(t *rapid.T) behavior.FunnelStep {
		s := rapid.SampledFrom([]behavior.FunnelStep{
			sees("/"), sees("/shop/a"), does("click"), does("scroll"), {Kind: behavior.KindPageView}, {Kind: behavior.KindInteraction},
		}).Draw(t, "step")
		s.Conditions = append(s.Conditions[:len(s.Conditions):len(s.Conditions)], rapid.SliceOfN(drawCondition(1), 0, 1).Draw(t, "conditions")...)
		return s
	})
	return rapid.Custom(func(t *rapid.T) behavior.Funnel {
		f := behavior.Funnel{
			Steps:      rapid.SliceOfN(step, 2, 4).Draw(t, "steps"),
			Conditions: rapid.SliceOfN(drawCondition(1), 0, 1).Draw(t, "conditions"),
			Range:      finely(t, insightRange(zone, day)),
			Within: rapid.SampledFrom([]time.Duration{
				0, 0, time.Microsecond, time.Hour, 24 * time.Hour, 5 * 24 * time.Hour, 1000 * time.Hour,
			}).Draw(t, "within"),
			BySession: rapid.Bool().Draw(t, "by session"),
			Bots:      rapid.SampledFrom([]behavior.Bots{behavior.WithoutBots, behavior.WithBots, behavior.OnlyBots}).Draw(t, "bots"),
		}
		if err := f.Check(); err != nil {
			t.Skip(fmt.Sprint(err))
		}
		return f
	})
}

// funnel answers a funnel by going through all records: from each first step on
// it takes every next one as early as it can.
func (w world) funnel(f behavior.Funnel) []int {
	w.i = behavior.Insight{Range: f.Range, Bots: f.Bots}
	who := func(r row) string {
		if f.BySession {
			return r.session.SessionID
		}
		return r.session.Visitor
	}
	taken := make([]map[string][]time.Time, len(f.Steps)) // when, by whom
	for n, step := range f.Steps {
		taken[n] = map[string][]time.Time{}
		for _, r := range w.all(step.Kind) {
			asked := w.meets(r, behavior.Condition{All: step.Conditions}) && w.meets(row{session: r.session, at: r.session.StartTime}, behavior.Condition{All: f.Conditions})
			if w.within(r.at) && (f.Bots == behavior.WithBots || r.session.Bot == (f.Bots == behavior.OnlyBots)) && asked {
				taken[n][who(r)] = append(taken[n][who(r)], r.at)
			}
		}
		for _, times := range taken[n] {
			slices.SortFunc(times, time.Time.Compare)
		}
	}
	counts := make([]int, len(f.Steps))
	for one, begins := range taken[0] {
		furthest := 0
		for _, begin := range begins {
			at, n := begin, 1
			for ; n < len(f.Steps); n++ {
				next := slices.IndexFunc(taken[n][one], at.Before)
				if next < 0 || f.Within > 0 && taken[n][one][next].Sub(begin) > f.Within {
					break
				}
				at = taken[n][one][next]
			}
			furthest = max(furthest, n)
		}
		for n := range furthest {
			counts[n]++
		}
	}
	return counts
}

func funnelRefused(t *testing.T, h *house) {
	for name, change := range map[string]func(*behavior.Funnel){
		"one step":                func(f *behavior.Funnel) { f.Steps = f.Steps[:1] },
		"eleven steps":            func(f *behavior.Funnel) { f.Steps = slices.Repeat(f.Steps[:1], 11) },
		"a step of sessions":      func(f *behavior.Funnel) { f.Steps[0].Kind = behavior.KindSession },
		"a step by an odd thing":  func(f *behavior.Funnel) { f.Steps[0].Conditions[0].Dimension = "mood" },
		"an empty range":          func(f *behavior.Funnel) { f.Range.To = f.Range.From },
		"a negative time":         func(f *behavior.Funnel) { f.Within = -time.Second },
		"a time that is too fine": func(f *behavior.Funnel) { f.Within = time.Nanosecond },
		"a condition on the time": func(f *behavior.Funnel) {
			f.Conditions = []behavior.Condition{{Dimension: behavior.DimensionHour, Values: []string{"1"}}}
		},
		"a condition on something": func(f *behavior.Funnel) { f.Conditions = []behavior.Condition{{Values: []string{"1"}}} },
	} {
		f := behavior.Funnel{Steps: []behavior.FunnelStep{sees("/"), does("click")}, Range: oneDay}
		change(&f)
		if _, err := h.Funnel(t.Context(), f); !errors.As(err, new(behavior.Invalid)) {
			t.Errorf("%s: error is %v, want Invalid", name, err)
		}
	}
}
