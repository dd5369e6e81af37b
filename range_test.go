package behavior_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// spelled writes a range as its two moments.
func spelled(r behavior.Range) string {
	return r.From.Format(time.RFC3339) + " " + r.To.Format(time.RFC3339)
}

func TestParseRange(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	now := time.Date(2025, 3, 31, 0, 30, 15, 0, berlin) // the day after the clocks went forward
	since := time.Date(2024, 11, 5, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{
		"realtime":              "2025-03-31T00:01:00+02:00 2025-03-31T00:31:00+02:00",
		"24h":                   "2025-03-30T00:00:00+01:00 2025-03-31T01:00:00+02:00",
		"today":                 "2025-03-31T00:00:00+02:00 2025-04-01T00:00:00+02:00",
		"yesterday":             "2025-03-30T00:00:00+01:00 2025-03-31T00:00:00+02:00",
		"7d":                    "2025-03-25T00:00:00+01:00 2025-04-01T00:00:00+02:00",
		"1d":                    "2025-03-31T00:00:00+02:00 2025-04-01T00:00:00+02:00",
		"month":                 "2025-03-01T00:00:00+01:00 2025-04-01T00:00:00+02:00",
		"last_month":            "2025-02-01T00:00:00+01:00 2025-03-01T00:00:00+01:00",
		"12mo":                  "2024-04-01T00:00:00+02:00 2025-04-01T00:00:00+02:00",
		"year":                  "2025-01-01T00:00:00+01:00 2026-01-01T00:00:00+01:00",
		"all":                   "2024-11-05T00:00:00+01:00 2025-04-01T00:00:00+02:00",
		"2025-03-30,2025-03-30": "2025-03-30T00:00:00+01:00 2025-03-31T00:00:00+02:00",
		"2025-03-01T12:00:00Z, 2025-03-01T15:30:00+02:00": "2025-03-01T13:00:00+01:00 2025-03-01T14:30:00+01:00",
	} {
		got, err := behavior.ParseRange(name, now, since, berlin)
		if err != nil || spelled(got) != want {
			t.Errorf("%s: %s, %v\nwant %s", name, spelled(got), err, want)
		}
	}
	for name, want := range map[string]string{
		"":                                  "is no range",
		"0d":                                "is no range",
		"007d":                              "is no range",
		"99999d":                            "is no range",
		"-7d":                               "is no range",
		"2025-03-02,2025-03-01":             "ends before it begins",
		"2025-02-30,2025-03-01":             "neither a day",
		"2025-03-01,":                       "neither a day",
		"2025-03-01,2025-03-02T00:00:00Z":   "two days, or two moments",
		"2025-03-01T00:00:00Z,'; DROP x --": "neither a day",
	} {
		if _, err := behavior.ParseRange(name, now, since, berlin); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestRangesToCompareWith(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	for name, c := range map[string]struct{ of, previous, year, weekdays string }{
		"whole days over a change of the clocks": {
			"2025-03-29,2025-03-31", "2025-03-26T00:00:00+01:00 2025-03-29T00:00:00+01:00",
			"2024-03-29T00:00:00+01:00 2024-04-01T00:00:00+02:00", "2024-03-30T00:00:00+01:00 2024-04-02T00:00:00+02:00",
		},
		"a whole month": {
			"2025-03-01,2025-03-31", "2025-02-01T00:00:00+01:00 2025-03-01T00:00:00+01:00",
			"2024-03-01T00:00:00+01:00 2024-04-01T00:00:00+02:00", "2024-03-02T00:00:00+01:00 2024-04-02T00:00:00+02:00",
		},
		"some hours": {
			"2025-03-30T01:00:00+01:00,2025-03-30T04:00:00+02:00", "2025-03-29T23:00:00+01:00 2025-03-30T01:00:00+01:00",
			"2024-03-30T01:00:00+01:00 2024-03-30T04:00:00+01:00", "2024-03-31T01:00:00+01:00 2024-03-31T04:00:00+02:00",
		},
	} {
		r, err := behavior.ParseRange(c.of, time.Now(), time.Time{}, berlin)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{spelled(r.Previous()), spelled(r.YearBefore(false)), spelled(r.YearBefore(true))}
		if diff := cmp.Diff([]string{c.previous, c.year, c.weekdays}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestSteps holds the steps of any range in odd zones to what a step is: they
// follow one another, cover the range, and the wall clock shows another hour or
// day in each.
func TestSteps(t *testing.T) {
	t.Parallel()
	names := []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia"}
	layouts := map[behavior.Interval]string{
		behavior.Minute: "2006-01-02 15:04 -0700", behavior.Hour: "2006-01-02 15 -0700", behavior.Day: "2006-01-02", behavior.Month: "2006-01",
	}
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "from"), 0).In(z)
		interval := rapid.SampledFrom([]behavior.Interval{behavior.Minute, behavior.Hour, behavior.Day, behavior.Month}).Draw(t, "interval")
		length := map[behavior.Interval]int64{behavior.Minute: 7000, behavior.Hour: 400_000, behavior.Day: 9_000_000, behavior.Month: 90_000_000}[interval]
		r := behavior.Range{From: from, To: from.Add(time.Duration(rapid.Int64Range(1, length).Draw(t, "seconds")) * time.Second), Location: z}
		steps := r.Steps(interval)
		if len(steps) == 0 || steps[0].After(r.From) {
			t.Fatalf("%s: the first of %v is too late", spelled(r), steps)
		}
		seen := map[string]bool{}
		for n, start := range steps {
			end := r.To
			if n+1 < len(steps) {
				end = steps[n+1]
			}
			name := start.Format(layouts[interval])
			if !start.Before(end) || seen[name] || n > 0 && start.Before(r.From) || end.Add(-1).Before(r.From) {
				t.Fatalf("%s: step %d, %s, ends with %s or was there before", spelled(r), n, name, end)
			}
			if last := end.Add(-1).In(z).Format(layouts[interval]); last != name {
				t.Fatalf("%s: step %d begins with %s and ends with %s", spelled(r), n, name, last)
			}
			seen[name] = true
		}
	})
}

func TestIntervalsOfARange(t *testing.T) {
	t.Parallel()
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for days, want := range map[int][]behavior.Interval{
		1: {behavior.Hour, behavior.Minute, behavior.Hour, behavior.Day}, 7: {behavior.Day, behavior.Hour, behavior.Day, behavior.Week},
		365: {behavior.Week, behavior.Day, behavior.Week, behavior.Month}, 3650: {behavior.Month, behavior.Week, behavior.Month},
	} {
		r := behavior.Range{From: from, To: from.AddDate(0, 0, days)}
		if diff := cmp.Diff(want, append([]behavior.Interval{r.BestInterval()}, r.Intervals()...)); diff != "" {
			t.Errorf("%d days (-want +got):\n%s", days, diff)
		}
	}
}
