package web_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// crowd is made-up records of forty days before a moment, kept to be counted by hand.
type crowd struct {
	zone         *time.Location
	now          time.Time
	sessions     []behavior.Session
	views        []behavior.PageView
	interactions []behavior.Interaction
	bots         map[string]bool // by session_id
}

// newCrowd makes them in a zone of half hours whose clocks change on the way.
func newCrowd(t *testing.T) *crowd {
	t.Helper()
	zone, err := time.LoadLocation("Australia/Adelaide")
	if err != nil {
		t.Fatal(err)
	}
	return &crowd{zone: zone, now: time.Date(2025, 4, 9, 15, 0, 0, 0, zone), bots: map[string]bool{}}
}

func (c *crowd) rows(t *testing.T) func(*behavior.Tracker) []behavior.Row {
	return func(tracker *behavior.Tracker) []behavior.Row {
		random := rand.New(rand.NewPCG(1, 2))
		agents := []string{"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "curl/8.4.0", "Mozilla/5.0 Chrome/126.0.0.0 Safari/537.36"}
		for n := range 300 {
			at := c.now.Add(-time.Duration(random.IntN(40*24*60)) * time.Minute)
			in := behavior.SessionInput{SessionID: fmt.Sprint("s", n), UserAgent: agents[random.IntN(3)], IPAddress: "192.0.2.1", StartTime: at}
			if end := at.Add(time.Duration(random.IntN(4000)-100) * time.Second); random.IntN(4) > 0 {
				in.EndTime = &end
			}
			s, err := tracker.NewSession(in)
			if err != nil {
				t.Fatal(err)
			}
			c.sessions, c.bots[s.SessionID] = append(c.sessions, s), s.Bot
			for range random.IntN(4) {
				address := "https://example.com/" + []string{"", "a", "a/b", `"><b>`, "?q=%20"}[random.IntN(5)]
				v, err := tracker.NewPageView(behavior.ViewInput{SessionID: s.SessionID, URL: address, Timestamp: at})
				if err != nil {
					t.Fatal(err)
				}
				c.views = append(c.views, v)
				types := append(behavior.EventTypes()[:6:6], "rage_click")
				c.interactions = append(c.interactions, behavior.Interaction{
					Session: behavior.Session{SessionID: s.SessionID}, EventType: types[random.IntN(7)], Element: "x", Metadata: []byte("{}"), Timestamp: v.Timestamp,
				})
			}
		}
		var rows []behavior.Row
		for i := range c.sessions {
			rows = append(rows, behavior.Row{Session: &c.sessions[i]})
		}
		for i := range c.views {
			rows = append(rows, behavior.Row{PageView: &c.views[i]})
		}
		for i := range c.interactions {
			rows = append(rows, behavior.Row{Interaction: &c.interactions[i]})
		}
		return rows
	}
}

// tally is what is counted of a span of days: by day and by name.
type tally struct {
	sessions, views, interactions, open float64
	sessionsBy, viewsBy, interactionsBy map[string]float64 // days
	types, pages, browsers              map[string]float64
	minutesBy                           map[string]float64 // means
	length                              time.Duration
	ended                               float64
	lengthBy                            map[string]time.Duration
	endedBy                             map[string]float64
	from, to                            time.Time
	withoutBots                         bool
	contained                           string // in the address of the views by day
	zone                                *time.Location
}

func (c *crowd) tally(days int, before int, withoutBots bool, contained string) tally {
	y, m, d := c.now.In(c.zone).Date()
	n := tally{zone: c.zone, withoutBots: withoutBots, contained: contained,
		from: time.Date(y, m, d-before-days+1, 0, 0, 0, 0, c.zone), to: time.Date(y, m, d-before+1, 0, 0, 0, 0, c.zone),
		sessionsBy: map[string]float64{}, viewsBy: map[string]float64{}, interactionsBy: map[string]float64{}, types: map[string]float64{},
		pages: map[string]float64{}, browsers: map[string]float64{}, minutesBy: map[string]float64{}, lengthBy: map[string]time.Duration{}, endedBy: map[string]float64{},
	}
	for _, s := range c.sessions {
		if day, ok := n.day(s.StartTime, s.Bot); ok {
			n.addSession(s, day)
		}
	}
	for _, v := range c.views {
		day, ok := n.day(v.Timestamp, c.bots[v.Session.SessionID])
		if !ok {
			continue
		}
		n.views, n.pages[v.URL] = n.views+1, n.pages[v.URL]+1
		if strings.Contains(v.URL, contained) {
			n.viewsBy[day]++
		}
	}
	for _, i := range c.interactions {
		if day, ok := n.day(i.Timestamp, c.bots[i.Session.SessionID]); ok {
			n.interactions++
			n.interactionsBy[day]++
			n.types[i.EventType.Label()]++
		}
	}
	for day, ended := range n.endedBy {
		n.minutesBy[day] = n.lengthBy[day].Minutes() / ended
	}
	return n
}

func (n *tally) day(at time.Time, bot bool) (string, bool) {
	return at.In(n.zone).Format(time.DateOnly), !at.Before(n.from) && at.Before(n.to) && (!bot || !n.withoutBots)
}

func (n *tally) addSession(s behavior.Session, day string) {
	n.sessions++
	n.sessionsBy[day]++
	n.browsers[behavior.BrowserFamily(s.UserAgent)]++
	if s.EndTime == nil {
		n.open++
		return
	}
	length := max(0, s.EndTime.Sub(s.StartTime))
	n.ended++
	n.length += length
	n.endedBy[day]++
	n.lengthBy[day] += length
}

// shown is a chart's table: the numbers of a column by the rows' days or names.
func shown(page *goquery.Selection, id string, column int) map[string]float64 {
	numbers := map[string]float64{}
	page.Find("figure#" + id + " tbody tr").Each(func(_ int, row *goquery.Selection) {
		name := row.Find("bdi").Text()
		if at, ok := row.Find("time").Attr("datetime"); ok {
			name = at[:len(time.DateOnly)]
		}
		n, err := strconv.ParseFloat(row.Find("td").Eq(column).AttrOr("data-v", ""), 64)
		if err == nil && n != 0 {
			numbers[name] = n
		}
	})
	return numbers
}

// TestEveryNumberOfTheReport compares all that the page shows with a recount of
// the records, and with what the query API answers at the address that each
// chart names.
func TestEveryNumberOfTheReport(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	h := serveReport(t, behavior.Settings{TimeZone: c.zone, Now: func() time.Time { return c.now }, EventTypes: []behavior.EventType{"rage_click"}}, c.rows(t))
	for _, asked := range []struct {
		query       string
		days        int
		withoutBots bool
		url         string
	}{
		{"", 7, false, ""},
		{"?date_range=14d&bots=without", 14, true, ""},
		{"?date_range=13d&url=%22%3E%3Cb", 13, false, `"><b`},
	} {
		page := reportPageOf(t, h, asked.query)
		now, before := c.tally(asked.days, 0, asked.withoutBots, asked.url), c.tally(asked.days, asked.days, asked.withoutBots, asked.url)
		within := func(id string, column int, want map[string]float64) {
			t.Helper()
			got := shown(page, id, column)
			for name, n := range want {
				if got[name]-n > 1e-3 || n-got[name] > 1e-3 {
					t.Errorf("%s: column %d of %s has %v at %q, counted %v", asked.query, column, id, got[name], name, n)
				}
			}
			if len(got) != len(want) && id != "lengths" {
				t.Errorf("%s: column %d of %s has %v, counted %v", asked.query, column, id, got, want)
			}
		}
		within("interactions", 0, now.interactionsBy)
		within("views", 0, now.viewsBy)
		within("types", 0, now.types)
		within("types", 1, before.types)
		within("browsers", 0, now.browsers)
		within("browsers", 1, before.browsers)
		within("lengths", 0, now.minutesBy)
		within("lengths", 3, now.sessionsBy)
		pages := map[string]float64{}
		for address, n := range now.pages {
			pages[strings.TrimPrefix(address, "https://example.com")] = n
		}
		within("pages", 0, pages)
		c.compareStrip(t, page, now, before)
		if note := page.Find("#lengths .note").Text(); !strings.HasPrefix(note, strconv.Itoa(int(now.open))+" sessions have not ended") {
			t.Errorf("%s: of %v open sessions it says %q", asked.query, now.open, note)
		}
		comparePlaces(t, page, "interactions", before.interactionsBy, before.from, c.zone)
		comparePlaces(t, page, "views", before.viewsBy, before.from, c.zone)
		compareWithQuery(t, h, page)
	}
}

// comparePlaces compares what was before, day by day.
func comparePlaces(t *testing.T, page *goquery.Selection, id string, want map[string]float64, from time.Time, zone *time.Location) {
	t.Helper()
	y, m, d := from.Date()
	page.Find("figure#" + id + " tbody tr").Each(func(i int, row *goquery.Selection) {
		day := time.Date(y, m, d+i, 12, 0, 0, 0, zone).Format(time.DateOnly)
		if got := row.Find("td.previous").AttrOr("data-v", ""); got != fmt.Sprint(want[day]) {
			t.Errorf("%s: before %s there were %q, counted %v on %s", id, row.Find("time").Text(), got, want[day], day)
		}
	})
}

func (c *crowd) compareStrip(t *testing.T, page *goquery.Selection, now, before tally) {
	t.Helper()
	got := strip(page)
	mean := (now.length / time.Duration(now.ended)).Round(time.Second)
	want := []string{
		fmt.Sprintf("Sessions %v", now.sessions), fmt.Sprintf("Page views %v", now.views), fmt.Sprintf("Interactions %v", now.interactions),
		fmt.Sprintf("Average session length %dm %02ds", mean/time.Minute, mean%time.Minute/time.Second),
	}
	got[3], _, _ = strings.Cut(got[3], " median")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for i, b := range []float64{before.sessions, before.views, before.interactions} {
		words := page.Find(".kpi").Eq(i).Find(".change .unseen").Text()
		if !strings.HasSuffix(words, fmt.Sprintf(" from %v", b)) && !strings.HasPrefix(words, "as before") {
			t.Errorf("%s, before %v, is said to be %q", want[i], b, words)
		}
	}
}

// compareWithQuery asks the query API what each chart shows.
func compareWithQuery(t *testing.T, h http.Handler, page *goquery.Selection) {
	t.Helper()
	charts := page.Find("figure.chart")
	if charts.Length() != 6 {
		t.Fatalf("%d charts", charts.Length())
	}
	charts.Each(func(_ int, chart *goquery.Selection) {
		address := strings.Replace(chart.Find(".menu a").AttrOr("href", ""), "format=csv", "format=json", 1)
		res := ask(t, h, "GET", address, "")
		var answer struct {
			Results []struct {
				Dimensions []string
				Metrics    []float64
			}
			Query struct{ Metrics []string }
		}
		if err := json.Unmarshal(res.body, &answer); err != nil || res.status != http.StatusOK {
			t.Fatalf("%s: %d %s", address, res.status, res.text())
		}
		metric := map[string]string{"interactions": "interactions", "types": "interactions", "views": "page_views", "pages": "page_views", "browsers": "sessions", "lengths": "session_length"}
		id := chart.AttrOr("id", "")
		place := slices.Index(answer.Query.Metrics, metric[id])
		got := shown(page, id, 0)
		for _, r := range answer.Results {
			name, n := r.Dimensions[0], r.Metrics[place]
			switch id {
			case "types":
				name = behavior.EventType(name).Label()
			case "pages":
				name = strings.TrimPrefix(name, "https://example.com")
			case "interactions", "views", "lengths":
				name = name[:len(time.DateOnly)]
			}
			if id == "lengths" {
				n /= 60
			}
			if d := got[name] - n; d > 1e-3 || d < -1e-3 {
				t.Errorf("%s shows %v at %q, the query API %v", id, got[name], name, n)
			}
		}
	})
}
