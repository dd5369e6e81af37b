package storetest

import (
	"cmp"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	_ "time/tzdata" // the zones below, wherever the suite runs

	"github.com/userbehavior/behavior"
)

var reportCases = []testCase{
	{"nothing recorded", reportEmpty},
	{"is what a recount finds", reportRecount},
	{"the range includes its first moment and not its last", reportEdges},
	{"bounds between two microseconds", reportBetween},
	{"a range without a moment in it", reportNothing},
	{"equal counts are ordered by name", reportTies},
	{"percentages round halves to the even hundredth", reportPercentages},
	{"durations", reportDurations},
	{"durations that add up to more than a whole number", reportLongDurations},
	{"without a zone days are those of UTC", reportNoZone},
}

// reportZones are zones with a day to look at: clocks go forward or back by an
// hour or half of one, past midnight too, there is no midnight, or the offset is odd.
var reportZones = []struct{ zone, day string }{
	{"UTC", "2025-03-14"},
	{"Europe/Berlin", "2025-03-30"}, {"Europe/Berlin", "2025-10-26"},
	{"America/New_York", "2025-03-09"}, {"America/New_York", "2025-11-02"},
	{"America/St_Johns", "2010-11-07"}, {"Australia/Lord_Howe", "2025-04-06"}, {"Australia/Lord_Howe", "2025-10-05"},
	{"America/Sao_Paulo", "2018-11-04"}, {"America/Sao_Paulo", "2018-02-18"},
	{"Asia/Kolkata", "2025-03-14"}, {"Asia/Kathmandu", "2025-03-14"}, {"Pacific/Apia", "2011-12-31"}, {"Pacific/Kiritimati", "1970-01-01"},
}

func reportRecount(t *testing.T, h *house) {
	r := rand.New(rand.NewPCG(3, 4))
	families := []string{"Chrome", "Firefox", "Safari", "Unknown", ""}
	for n, z := range reportZones {
		zone, day := reportDay(t, z.zone, z.day)
		// Moments fall into the eleven days around it, many on a full hour.
		moment := func() time.Time {
			at := day.Add(time.Duration(r.IntN(11*24)-8*24) * time.Hour)
			if r.IntN(2) == 0 {
				at = at.Add(time.Duration(r.Int64N(int64(time.Hour)))).Truncate(time.Microsecond)
			}
			return at.UTC()
		}
		var records []any
		for k := range 20 {
			s := newSession(numbered(z.zone+z.day, k))
			end := moment()
			s.StartTime, s.EndTime, s.BrowserFamily = moment(), &end, families[r.IntN(len(families))]
			if r.IntN(3) == 0 {
				s.EndTime = nil
			}
			records = append(records, s)
			for range 10 {
				v, i := newView(s.SessionID, "/"), newInteraction(s.SessionID, behavior.EventTypes()[r.IntN(8)])
				v.URL, v.Timestamp, i.Timestamp = hostileTexts[r.IntN(len(hostileTexts))], moment(), moment()
				records = append(records, v, i)
			}
		}
		add(t, h, records...)
		checkReport(t, h, zone, day, numbered(z.zone+" "+z.day, n))
	}
}

// reportDay reads a day of a zone as a moment on it.
func reportDay(t *testing.T, name, day string) (*time.Location, time.Time) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", day+" 12:00", zone)
	if err != nil {
		t.Fatal(err)
	}
	return zone, at
}

// checkReport compares the report of the seven days up to day with a recount.
func checkReport(t *testing.T, h *house, zone *time.Location, day time.Time, name string) {
	t.Helper()
	span := behavior.LastDays(7, day, zone)
	got, err := h.Report(t.Context(), span)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	same(t, name, recountReport(span, sessions(t, h), views(t, h), interactions(t, h)), got)
}

// recountReport answers the report's questions by going through all records.
func recountReport(span behavior.ReportRange, sessions []behavior.Session, views []behavior.PageView, interactions []behavior.Interaction) behavior.Report {
	within := func(t time.Time) bool { return !t.Before(span.From) && t.Before(span.To) }
	date := func(t time.Time) string { return t.In(span.Location).Format("2006-01-02") }
	types, days, urls := map[string]int{}, map[string]int{}, map[string]map[string]int{}
	for _, i := range interactions {
		if within(i.Timestamp) {
			types[string(i.EventType)]++
			days[date(i.Timestamp)]++
		}
	}
	for _, v := range views {
		if within(v.Timestamp) {
			if urls[date(v.Timestamp)] == nil {
				urls[date(v.Timestamp)] = map[string]int{}
			}
			urls[date(v.Timestamp)][v.URL]++
		}
	}
	browsers, lengths, total := map[string]int{}, map[string][]time.Duration{}, 0
	for _, s := range sessions {
		if within(s.StartTime) {
			total++
			browsers[s.BrowserFamily]++
			if s.EndTime != nil {
				lengths[date(s.StartTime)] = append(lengths[date(s.StartTime)], s.EndTime.Sub(s.StartTime))
			}
		}
	}
	var r behavior.Report
	for _, n := range byCount(types) {
		r.Events = append(r.Events, behavior.EventCount{EventType: behavior.EventType(n), Count: types[n]})
	}
	for _, day := range newestFirst(days) {
		r.Days = append(r.Days, behavior.DayCount{Day: firstMoment(day, span.Location), Count: days[day]})
	}
	for _, day := range newestFirst(urls) {
		pages := behavior.DayPages{Day: firstMoment(day, span.Location)}
		for _, u := range byCount(urls[day]) {
			pages.URLs = append(pages.URLs, behavior.URLCount{URL: u, Count: urls[day][u]})
			pages.Count += urls[day][u]
		}
		r.PageViews = append(r.PageViews, pages)
	}
	for _, day := range newestFirst(lengths) {
		r.Durations = append(r.Durations, behavior.DayDurations{Day: firstMoment(day, span.Location), Mean: meanOf(lengths[day]), Count: len(lengths[day])})
	}
	for _, n := range byCount(browsers) {
		r.Browsers = append(r.Browsers, behavior.BrowserCount{Browser: n, Count: browsers[n], Percentage: percent(browsers[n], total)})
	}
	return r
}

func byCount(counts map[string]int) []string {
	names := sortedKeys(counts)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	return names
}

func newestFirst[V any](days map[string]V) []string {
	names := sortedKeys(days)
	slices.Reverse(names)
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// firstMoment finds the first moment of a day by trying minute after minute.
func firstMoment(day string, zone *time.Location) time.Time {
	noon, _ := time.Parse("2006-01-02", day)
	for at := noon.Add(-36 * time.Hour); ; at = at.Add(time.Minute) {
		if at.In(zone).Format("2006-01-02") == day {
			return at.In(zone)
		}
	}
}

// meanOf is the mean, rounded to the microsecond, halves to even, at least zero.
func meanOf(lengths []time.Duration) time.Duration {
	var sum time.Duration
	for _, l := range lengths {
		sum += l
	}
	if sum <= 0 {
		return 0
	}
	n := int64(len(lengths))
	micros, rest := sum.Microseconds()/n, sum.Microseconds()%n
	if 2*rest > n || 2*rest == n && micros%2 == 1 {
		micros++
	}
	return time.Duration(micros) * time.Microsecond
}

// percent is a share in percent, rounded to two decimals, halves to even.
func percent(n, total int) float64 {
	share := big.NewRat(int64(n)*10_000, int64(total))
	whole := new(big.Int).Quo(share.Num(), share.Denom())
	rest := new(big.Rat).Sub(share, new(big.Rat).SetInt(whole))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && whole.Bit(0) == 1 {
		whole.Add(whole, big.NewInt(1))
	}
	f, _ := new(big.Rat).SetFrac(whole, big.NewInt(100)).Float64()
	return f
}

func reportEmpty(t *testing.T, h *house) {
	add(t, h, newSession("long ago"), newView("long ago", "/"))
	r, err := h.Report(t.Context(), behavior.LastDays(7, start.AddDate(1, 0, 0), time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "report", behavior.Report{}, r)
}

func reportEdges(t *testing.T, h *house) {
	span := behavior.LastDays(2, start, time.UTC)
	add(t, h, newSession("a"))
	for _, at := range []time.Time{span.From.Add(-time.Microsecond), span.From, span.To.Add(-time.Microsecond), span.To} {
		i := newInteraction("a", behavior.Click)
		i.Timestamp = at
		add(t, h, i)
	}
	r, err := h.Report(t.Context(), span)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "days", []behavior.DayCount{{Day: span.To.AddDate(0, 0, -1), Count: 1}, {Day: span.From, Count: 1}}, r.Days)
	same(t, "events", []behavior.EventCount{{EventType: behavior.Click, Count: 2}}, r.Events)
}

// reportBetween moves both bounds to the next whole microsecond.
func reportBetween(t *testing.T, h *house) {
	first, last := start, start.Add(time.Hour)
	types := behavior.EventTypes()[:4]
	slices.Sort(types)
	add(t, h, newSession("a"))
	for n, at := range []time.Time{first, first.Add(time.Microsecond), last, last.Add(time.Microsecond)} {
		i := newInteraction("a", types[n])
		i.Timestamp = at
		add(t, h, i)
	}
	r, err := h.Report(t.Context(), behavior.ReportRange{From: first.Add(time.Nanosecond), To: last.Add(999 * time.Nanosecond), Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "events", []behavior.EventCount{{EventType: types[1], Count: 1}, {EventType: types[2], Count: 1}}, r.Events)
}

func reportNothing(t *testing.T, h *house) {
	add(t, h, newSession("a"), newInteraction("a", behavior.Click))
	for _, span := range []behavior.ReportRange{{From: start, To: start}, {From: start.Add(time.Hour), To: start}, {}} {
		r, err := h.Report(t.Context(), span)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "report", behavior.Report{}, r)
	}
}

func reportTies(t *testing.T, h *house) {
	records := []any{newSession("a")}
	for _, typ := range []behavior.EventType{behavior.Scroll, behavior.Click, behavior.Hover, behavior.Hover, "Zoom"} {
		records = append(records, newInteraction("a", typ))
	}
	for n, family := range []string{"Safari", "Chrome", "", "Édge"} {
		s := newSession(numbered("b", n))
		s.BrowserFamily = family
		records = append(records, s)
	}
	add(t, h, records...)
	r, err := h.Report(t.Context(), behavior.LastDays(1, start, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var types, families []string
	for _, e := range r.Events {
		types = append(types, string(e.EventType))
	}
	for _, b := range r.Browsers {
		families = append(families, b.Browser)
	}
	same(t, "event types", []string{"hover", "Zoom", "click", "scroll"}, types)
	same(t, "browsers", []string{"", "Chrome", "Firefox", "Safari", "Édge"}, families)
}

func reportPercentages(t *testing.T, h *house) {
	var records []any
	for n, family := range append(slices.Repeat([]string{"A"}, 28), "B", "C", "C", "C") { // of 32: 87.5, 3.125 and 9.375
		s := newSession(numbered("s", n))
		s.BrowserFamily = family
		records = append(records, s)
	}
	add(t, h, records...)
	r, err := h.Report(t.Context(), behavior.LastDays(1, start, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "browsers", []behavior.BrowserCount{{Browser: "A", Count: 28, Percentage: 87.5}, {Browser: "C", Count: 3, Percentage: 9.38}, {Browser: "B", Count: 1, Percentage: 3.12}}, r.Browsers)
}

func reportDurations(t *testing.T, h *house) {
	session := func(name string, began time.Time, length time.Duration) *behavior.Session {
		s, end := newSession(name), began.Add(length)
		s.StartTime, s.EndTime = began, &end
		return s
	}
	yesterday := start.AddDate(0, 0, -1)
	unended := newSession("open")
	unended.EndTime = nil
	add(t, h, session("a", start, 10*time.Second), session("b", start, time.Microsecond), unended,
		session("c", yesterday, -time.Hour), session("d", yesterday, time.Minute), session("e", start.AddDate(0, 0, -2), 48*time.Hour))
	r, err := h.Report(t.Context(), behavior.LastDays(7, start, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	midnight := start.Truncate(24 * time.Hour)
	same(t, "durations", []behavior.DayDurations{
		{Day: midnight, Mean: 5 * time.Second, Count: 2}, {Day: midnight.AddDate(0, 0, -1), Mean: 0, Count: 2},
		{Day: midnight.AddDate(0, 0, -2), Mean: 48 * time.Hour, Count: 1},
	}, r.Durations)
}

// reportLongDurations adds up more microseconds than an int64 holds, some of
// them of sessions that end before they begin.
func reportLongDurations(t *testing.T, h *house) {
	var records []any
	session := func(began, ended time.Time) {
		s := newSession(numbered("s", len(records)))
		s.StartTime, s.EndTime = began, &ended
		records = append(records, s)
	}
	for range 40 {
		session(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC))
	}
	for range 3 {
		session(start, start.Add(2*time.Second))
		session(start, start.Add(-1_500_001*time.Microsecond))
	}
	add(t, h, records...)
	for _, c := range []struct {
		day  time.Time
		want behavior.DayDurations
	}{
		{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), behavior.DayDurations{Mean: 1<<63 - 1, Count: 40}}, // no Duration is longer
		{start, behavior.DayDurations{Mean: 250 * time.Millisecond, Count: 6}},
	} {
		r, err := h.Report(t.Context(), behavior.LastDays(1, c.day, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		c.want.Day = c.day.Truncate(24 * time.Hour)
		same(t, "durations", []behavior.DayDurations{c.want}, r.Durations)
	}
}

func reportNoZone(t *testing.T, h *house) {
	add(t, h, newSession("a"), newInteraction("a", behavior.Click))
	span := behavior.LastDays(1, start, time.UTC)
	span.Location = nil
	r, err := h.Report(t.Context(), span)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "days", []behavior.DayCount{{Day: start.Truncate(24 * time.Hour), Count: 1}}, r.Days)
}
