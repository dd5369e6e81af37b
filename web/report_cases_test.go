package web_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

// reportCase is a dataset and what the reference's report shows of it. Offsets
// are in seconds from now.
type reportCase struct {
	Name     string
	Now      time.Time
	TimeZone string `json:"time_zone"`
	Sessions []struct {
		Key       string
		Start     float64  `json:"start_offset"`
		End       *float64 `json:"end_offset"`
		UserAgent string   `json:"user_agent"`
	}
	PageViews []struct {
		Session, URL string
		Offset       float64
	} `json:"page_views"`
	Interactions []struct {
		Session, Element string
		EventType        behavior.EventType `json:"event_type"`
		Offset           float64
	}
	Context figures
}

// figures are the five lists of the report.
type figures struct {
	Events    []eventFigure    `json:"interaction_data"`
	Days      []dayFigure      `json:"timestamps_data"`
	PageViews []pagesFigure    `json:"page_views"`
	Durations []durationFigure `json:"start_end_times_data"`
	Browsers  []browserFigure  `json:"browser_data"`
}

type eventFigure struct {
	Interaction string
	Count       int
}

type dayFigure struct {
	Day       string
	Count     int
	Timestamp string
}

type pagesFigure struct {
	Day       string
	Count     int
	Timestamp string
	URLs      []urlFigure
}

type urlFigure struct {
	URL   string
	Count int
}

type durationFigure struct {
	Day       string
	Duration  string
	Count     int
	Timestamp string
}

type browserFigure struct {
	Browser    string
	Count      int
	Percentage float64
}

// sorted has equally frequent browsers in the order of their names: the
// recorded order among them is the accident of a database.
func (f figures) sorted() figures {
	slices.SortFunc(f.Browsers, func(a, b browserFigure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Browser, b.Browser))
	})
	return f
}

func readReportCases(t *testing.T) []reportCase {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "conformance", "report_cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct{ Cases []reportCase }
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Cases) < 20 {
		t.Fatalf("only %d cases", len(recorded.Cases))
	}
	return recorded.Cases
}

// at is the moment so many seconds from now.
func (c reportCase) at(seconds float64) time.Time {
	return c.Now.Add(time.Duration(math.Round(seconds*1e6)) * time.Microsecond)
}

// zone is the case's time zone.
func (c reportCase) zone(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// rows is the dataset.
func (c reportCase) rows(t *testing.T, tracker *behavior.Tracker) []behavior.Row {
	t.Helper()
	var rows []behavior.Row
	add := func(row behavior.Row, err error) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	for _, s := range c.Sessions {
		in := behavior.SessionInput{SessionID: s.Key, UserAgent: s.UserAgent, IPAddress: "192.0.2.1", StartTime: c.at(s.Start)}
		if s.End != nil {
			end := c.at(*s.End)
			in.EndTime = &end
		}
		session, err := tracker.NewSession(in)
		add(behavior.Row{Session: &session}, err)
	}
	for _, v := range c.PageViews {
		view, err := tracker.NewPageView(behavior.ViewInput{SessionID: v.Session, URL: v.URL, Timestamp: c.at(v.Offset)})
		add(behavior.Row{PageView: &view}, err)
	}
	for _, i := range c.Interactions {
		in := behavior.InteractionInput{SessionID: i.Session, EventType: i.EventType, Element: i.Element, Timestamp: c.at(i.Offset)}
		interaction, err := tracker.NewInteraction(in)
		add(behavior.Row{Interaction: &interaction}, err)
	}
	return rows
}

// expected is what the report must show: the recorded figures or, where the
// reference leaves a part of the first day out, the dataset counted again.
func (c reportCase) expected(zone *time.Location) (want figures, recounted bool) {
	y, m, d := c.Now.In(zone).Date()
	first, cut := time.Date(y, m, d-6, 0, 0, 0, 0, zone), c.Now.Add(-6*24*time.Hour)
	for _, offset := range c.offsets() {
		if at := c.at(offset); !at.Before(first) && at.Before(cut) {
			return c.count(zone, first).figures(zone), true
		}
	}
	return c.Context.sorted(), false
}

// offsets are the times of all records.
func (c reportCase) offsets() []float64 {
	var all []float64
	for _, s := range c.Sessions {
		all = append(all, s.Start)
	}
	for _, v := range c.PageViews {
		all = append(all, v.Offset)
	}
	for _, i := range c.Interactions {
		all = append(all, i.Offset)
	}
	return all
}

// counts is a dataset, counted. Days are named by their dates.
type counts struct {
	types, days, browsers map[string]int
	views                 map[string]map[string]int // by day and URL
	lengths               map[string][]time.Duration
}

// count counts the dataset from first on, record by record.
func (c reportCase) count(zone *time.Location, first time.Time) counts {
	n := counts{map[string]int{}, map[string]int{}, map[string]int{}, map[string]map[string]int{}, map[string][]time.Duration{}}
	day := func(offset float64) (string, bool) {
		at := c.at(offset)
		return at.In(zone).Format(time.DateOnly), !at.Before(first)
	}
	for _, i := range c.Interactions {
		if day, ok := day(i.Offset); ok {
			n.types[string(i.EventType)]++
			n.days[day]++
		}
	}
	for _, v := range c.PageViews {
		if day, ok := day(v.Offset); ok {
			if n.views[day] == nil {
				n.views[day] = map[string]int{}
			}
			n.views[day][v.URL]++
		}
	}
	for _, s := range c.Sessions {
		day, ok := day(s.Start)
		if !ok {
			continue
		}
		n.browsers[behavior.BrowserFamily(s.UserAgent)]++
		if s.End != nil {
			n.lengths[day] = append(n.lengths[day], c.at(*s.End).Sub(c.at(s.Start)))
		}
	}
	return n
}

// figures puts the counts into the form of the report.
func (n counts) figures(zone *time.Location) figures {
	f := figures{Events: []eventFigure{}, Days: []dayFigure{}, PageViews: []pagesFigure{}, Durations: []durationFigure{}, Browsers: []browserFigure{}}
	for _, name := range slices.Sorted(maps.Keys(n.types)) {
		f.Events = append(f.Events, eventFigure{name, n.types[name]})
	}
	for _, date := range newestFirst(n.days) {
		name, midnight := dayWords(date, zone)
		f.Days = append(f.Days, dayFigure{name, n.days[date], midnight})
	}
	for _, date := range newestFirst(n.views) {
		name, midnight := dayWords(date, zone)
		pages := pagesFigure{Day: name, Timestamp: midnight}
		for _, url := range slices.Sorted(maps.Keys(n.views[date])) {
			pages.URLs = append(pages.URLs, urlFigure{url, n.views[date][url]})
			pages.Count += n.views[date][url]
		}
		f.PageViews = append(f.PageViews, pages)
	}
	for _, date := range newestFirst(n.lengths) {
		name, midnight := dayWords(date, zone)
		sum := time.Duration(0)
		for _, length := range n.lengths[date] {
			sum += length
		}
		micros := math.RoundToEven(float64(sum.Microseconds()) / float64(len(n.lengths[date])))
		f.Durations = append(f.Durations, durationFigure{name, strconv.Itoa(int(max(0, micros) / 60e6)), len(n.lengths[date]), midnight})
	}
	total := 0
	for _, count := range n.browsers {
		total += count
	}
	for name, count := range n.browsers {
		f.Browsers = append(f.Browsers, browserFigure{name, count, math.RoundToEven(float64(count)/float64(total)*1e4) / 100})
	}
	return f.sorted()
}

func newestFirst[V any](byDate map[string]V) []string {
	dates := slices.Sorted(maps.Keys(byDate))
	slices.Reverse(dates)
	return dates
}

// dayWords is the weekday of a date and its midnight.
func dayWords(date string, zone *time.Location) (weekday, midnight string) {
	day, _ := time.ParseInLocation(time.DateOnly, date, zone)
	return day.Weekday().String(), day.Format("2006-01-02T15:04:05-07:00")
}
