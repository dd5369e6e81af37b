package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

var insightCases = []testCase{
	{"nothing recorded", insightEmpty},
	{"is what a recount finds", insightRecount},
	{"steps of time in odd zones", insightSteps},
	{"of sessions that change after their events", insightChanges},
	{"what it refuses", insightRefused},
}

// insightZone has clocks that go back by half an hour in the middle of what the
// traffic below covers.
const insightZone, insightDay = "Australia/Lord_Howe", "2025-04-06"

// traffic fills a store with sessions of two weeks whose values come from few,
// so that groups have several of them.
func traffic(t *testing.T, h *house, day time.Time) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	moment := func() time.Time {
		at := day.Add(time.Duration(r.IntN(14*24)-7*24) * time.Hour)
		if r.IntN(2) == 0 {
			at = at.Add(time.Duration(r.Int64N(int64(time.Hour)))).Truncate(time.Microsecond)
		}
		return at.UTC()
	}
	var records []any
	for n := range 60 {
		s := newSession(numbered("traffic", n))
		s.StartTime, s.EndTime, s.UserID = moment(), nil, nil
		if end := s.StartTime.Add(time.Duration(r.Int64N(int64(time.Hour))) - 5*time.Minute).Truncate(time.Microsecond); r.IntN(4) > 0 {
			s.EndTime = &end
		}
		if user := pick("ann", "bob", "É"); r.IntN(3) == 0 {
			s.UserID = &user
		}
		s.Visitor, s.Browser, s.Source, s.Country = pick("a", "b", "c", "d", "e", "f"), pick("Firefox", "Chrome", ""), pick("search.example", "ads*[x]", ""), pick("BR", "DE", "")
		if s.Bot = r.IntN(5) == 0; !s.Bot {
			s.BotReason = ""
		}
		records = append(records, s)
		for range r.IntN(4) {
			v := newView(s.SessionID, pick("/", "/shop/a", "/shop/b/c", "/Shop", "/100%", "/a_b"))
			v.Timestamp, v.Title = moment(), pick("One", "Two\nlines")
			v.Visible, v.ScrollDepth = time.Duration(r.IntN(3))*1234*time.Millisecond, r.IntN(3)*50
			records = append(records, v)
		}
		for range r.IntN(5) {
			i := newInteraction(s.SessionID, behavior.EventType(pick("click", "scroll", "custom")))
			i.Timestamp, i.Path, i.Element = moment(), pick("/", "/shop/a", ""), pick("#buy", "a.more", "'\"<b>")
			i.Metadata = []byte(pick(`{}`, `{"plan":"pro"}`, `{"plan":"free","a":{"b":7}}`, `{"plan":null}`, `{"plan":true,"a":{"b":[1]}}`, `{"plan":{"x":1}}`))
			records = append(records, i)
		}
	}
	add(t, h, records...)
	h.reopen(t) // so that the facts of sessions are written
}

func insightEmpty(t *testing.T, h *house) {
	zone, day := reportDay(t, insightZone, insightDay)
	w := newWorld(h)
	i := behavior.Insight{Metrics: behavior.Metrics(), Range: insightRange(zone, day)}
	checkInsight(t, h, w, i)
	i.Dimensions, i.Interval = []behavior.Dimension{behavior.DimensionTime}, behavior.Day
	checkInsight(t, h, w, i)
	i.Dimensions, i.Interval = []behavior.Dimension{behavior.DimensionPath}, ""
	checkInsight(t, h, w, i)
}

func insightRange(zone *time.Location, day time.Time) behavior.Range {
	y, m, d := day.Date()
	return behavior.Range{From: time.Date(y, m, d-6, 0, 0, 0, 0, zone), To: time.Date(y, m, d+3, 0, 0, 0, 0, zone), Location: zone}
}

func insightRecount(t *testing.T, h *house) {
	zone, day := reportDay(t, insightZone, insightDay)
	traffic(t, h, day)
	w := newWorld(h)
	for _, m := range behavior.Metrics() { // each by itself, as a plain case to look at when it fails
		checkInsight(t, h, w, behavior.Insight{Metrics: []behavior.Metric{m}, Range: insightRange(zone, day)})
	}
	fine := insightRange(zone, day) // with an hour more at either end, in which nothing can have been stored
	fine.From, fine.To = fine.From.Add(-1), fine.To.Add(1)
	checkInsight(t, h, w, behavior.Insight{
		Metrics: []behavior.Metric{behavior.MetricVisitors}, Dimensions: []behavior.Dimension{behavior.DimensionTime}, Range: fine, Interval: behavior.Hour,
	})
	rapid.Check(t, func(r *rapid.T) {
		checkInsight(r, h, w, drawInsight(zone, day).Draw(r, "insight"))
	})
}

// failer is a test, or one check of a property.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkInsight compares an answer with a recount.
func checkInsight(t failer, h *house, w world, i behavior.Insight) {
	t.Helper()
	got, err := h.Insight(context.Background(), i)
	if err != nil {
		t.Fatalf("%+v: %v", i, err)
	}
	if diff := cmp.Diff(w.recount(i), got, cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 1e-9), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("%+v (-want +got):\n%s", i, diff)
	}
}

func insightSteps(t *testing.T, h *house) {
	for n, z := range reportZones {
		zone, day := reportDay(t, z.zone, z.day)
		var records []any
		session := newSession(numbered("steps", n))
		session.StartTime, session.Bot = day.UTC(), false
		records = append(records, session)
		for minutes := -40 * 60; minutes < 40*60; minutes += 7 {
			v := newView(session.SessionID, "/")
			v.Timestamp = day.Add(time.Duration(minutes) * time.Minute).UTC()
			records = append(records, v)
		}
		add(t, h, records...)
		w := newWorld(h)
		for _, interval := range []behavior.Interval{behavior.Hour, behavior.Day, behavior.Week, behavior.Month} {
			checkInsight(t, h, w, behavior.Insight{
				Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionTime},
				Range: insightRange(zone, day), Interval: interval,
			})
		}
		r := insightRange(zone, day)
		r.From, r.To = day.Add(-90*time.Minute), day.Add(95*time.Minute)
		checkInsight(t, h, w, behavior.Insight{
			Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionTime},
			Range: r, Interval: behavior.Minute,
		})
		checkInsight(t, h, w, behavior.Insight{
			Metrics: []behavior.Metric{behavior.MetricPageViews}, Dimensions: []behavior.Dimension{behavior.DimensionWeekday, behavior.DimensionHour},
			Range: insightRange(zone, day),
		})
	}
}

func insightRefused(t *testing.T, h *house) {
	zone, day := reportDay(t, insightZone, insightDay)
	for name, change := range map[string]func(*behavior.Insight){
		"no metric":                 func(i *behavior.Insight) { i.Metrics = nil },
		"an unknown metric":         func(i *behavior.Insight) { i.Metrics = []behavior.Metric{"luck"} },
		"an unknown dimension":      func(i *behavior.Insight) { i.Dimensions = []behavior.Dimension{"mood"} },
		"an empty range":            func(i *behavior.Insight) { i.Range.To = i.Range.From },
		"steps without an interval": func(i *behavior.Insight) { i.Dimensions = []behavior.Dimension{behavior.DimensionTime} },
		"figures of page views by event": func(i *behavior.Insight) {
			i.Metrics, i.Dimensions = []behavior.Metric{behavior.MetricPageViews}, []behavior.Dimension{behavior.DimensionElement}
		},
		"a condition on the time": func(i *behavior.Insight) {
			i.Conditions = []behavior.Condition{{Dimension: behavior.DimensionHour, Values: []string{"1"}}}
		},
	} {
		i := behavior.Insight{Metrics: []behavior.Metric{behavior.MetricVisitors}, Range: insightRange(zone, day)}
		change(&i)
		if _, err := h.Insight(t.Context(), i); err == nil {
			t.Errorf("%s is answered", name)
		}
	}
}

// drawInsight draws an insight that passes its check.
func drawInsight(zone *time.Location, day time.Time) *rapid.Generator[behavior.Insight] {
	return rapid.Custom(func(t *rapid.T) behavior.Insight {
		i := behavior.Insight{
			Metrics:    rapid.SliceOfNDistinct(rapid.SampledFrom(behavior.Metrics()), 1, 4, rapid.ID).Draw(t, "metrics"),
			Dimensions: rapid.SliceOfNDistinct(rapid.SampledFrom(insightDimensions), 0, 3, rapid.ID).Draw(t, "dimensions"),
			Conditions: rapid.SliceOfN(drawCondition(1), 0, 2).Draw(t, "conditions"),
			Range:      finely(t, insightRange(zone, day)),
			Bots:       rapid.SampledFrom([]behavior.Bots{behavior.WithoutBots, behavior.WithBots, behavior.OnlyBots}).Draw(t, "bots"),
			Limit:      rapid.SampledFrom([]int{0, 0, 1, 3, 100}).Draw(t, "limit"),
			Offset:     rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "offset"),
		}
		for _, d := range i.Dimensions {
			if d == behavior.DimensionTime {
				i.Interval = rapid.SampledFrom([]behavior.Interval{behavior.Hour, behavior.Day, behavior.Week, behavior.Month}).Draw(t, "interval")
			}
		}
		for range rapid.IntRange(0, 2).Draw(t, "orders") {
			o := behavior.InsightOrder{Desc: rapid.Bool().Draw(t, "desc")}
			if len(i.Dimensions) > 0 && rapid.Bool().Draw(t, "by dimension") {
				o.Dimension = rapid.SampledFrom(i.Dimensions).Draw(t, "order")
			} else {
				o.Metric = rapid.SampledFrom(i.Metrics).Draw(t, "order")
			}
			i.Order = append(i.Order, o)
		}
		if err := i.Check(); err != nil {
			t.Skip(fmt.Sprint(err))
		}
		return i
	})
}

// finely moves the bounds of a range by less than a microsecond, or not.
func finely(t *rapid.T, r behavior.Range) behavior.Range {
	by := rapid.SampledFrom([]time.Duration{0, 0, 1, 999, -1, -999})
	r.From, r.To = r.From.Add(by.Draw(t, "from")), r.To.Add(by.Draw(t, "to"))
	return r
}

var insightDimensions = append(behavior.Dimensions(), "metadata:plan", "metadata:a.b", "metadata:none")

func drawCondition(depth int) *rapid.Generator[behavior.Condition] {
	return rapid.Custom(func(t *rapid.T) behavior.Condition {
		c := behavior.Condition{Not: rapid.Bool().Draw(t, "not")}
		switch kind := rapid.IntRange(0, 4).Draw(t, "kind"); {
		case depth > 0 && kind == 0:
			c.Any = rapid.SliceOfN(drawCondition(depth-1), 1, 3).Draw(t, "any")
		case depth > 0 && kind == 1:
			c.All = rapid.SliceOfN(drawCondition(depth-1), 1, 3).Draw(t, "all")
		default:
			c.Dimension = rapid.SampledFrom(insightDimensions[3:]).Draw(t, "dimension")
			c.Op = rapid.SampledFrom([]behavior.Op{behavior.Is, behavior.Contains, behavior.StartsWith, behavior.EndsWith, behavior.Matches}).Draw(t, "op")
			c.Values = rapid.SliceOfN(rapid.SampledFrom([]string{
				"", "/", "/shop", "shop/**", "/shop/*", "**", "*", "FIREFOX", "Firefox", "ann", "É", "click", "cus", "pro", "7", "true", "a", "BR",
				"One", "Two**", "#buy", "ads*[x]", "%", "_", "search.*", "/100%", "'\"<b>",
			}), 0, 3).Draw(t, "values")
		}
		return c
	})
}
