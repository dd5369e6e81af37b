package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const queryPath = "/user_behavior/query/"

// queryNow is a moment in the week that the questions below are about.
var queryNow = time.Date(2025, 3, 31, 12, 0, 0, 0, time.UTC)

// queried serves three sessions on two days: two of people, one of a bot.
func queried(t *testing.T) http.Handler {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	settings := behavior.Settings{TimeZone: berlin, Now: func() time.Time { return queryNow }, EventTypes: []behavior.EventType{"buy"}}
	return serveReport(t, settings, func(tracker *behavior.Tracker) []behavior.Row {
		var rows []behavior.Row
		at := time.Date(2025, 3, 30, 0, 30, 0, 0, berlin)
		for n, agent := range []string{foxAgent, foxAgent, "Googlebot/2.1 (+http://www.google.com/bot.html)"} {
			name := string(rune('a' + n))
			start := at.AddDate(0, 0, n%2)
			s, err := tracker.NewSession(behavior.SessionInput{SessionID: name, UserAgent: agent, IPAddress: "192.0.2.1", StartTime: start, Country: "DE"})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, behavior.Row{Session: &s})
			for _, path := range []string{"/", "/=1+1,\"x\""}[:2-n%2] {
				v, err := tracker.NewPageView(behavior.ViewInput{SessionID: name, URL: "https://example.com" + path, Timestamp: start.Add(3 * time.Hour)})
				if err != nil {
					t.Fatal(err)
				}
				v.Path = strings.TrimPrefix(path, "/")
				rows = append(rows, behavior.Row{PageView: &v})
			}
			i, err := tracker.NewInteraction(behavior.InteractionInput{
				SessionID: name, EventType: "buy", Element: "#b", Metadata: []byte(`{"plan":"pro"}`), Timestamp: start.Add(4 * time.Hour),
			})
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, behavior.Row{Interaction: &i})
		}
		return rows
	})
}

const foxAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"

// results are the rows of an answer, each as one line.
func results(t *testing.T, res reply) []string {
	t.Helper()
	var body struct {
		Results []struct {
			Dimensions []string
			Metrics    []*float64
			Comparison *struct{ Metrics, Change []*float64 }
		}
	}
	if err := json.Unmarshal(res.body, &body); err != nil || res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	var lines []string
	for _, r := range body.Results {
		cells := []any{r.Dimensions, r.Metrics}
		if r.Comparison != nil {
			cells = append(cells, r.Comparison.Metrics, r.Comparison.Change)
		}
		line, err := json.Marshal(cells)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

func TestQuery(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for question, want := range map[string][]string{
		`{"metrics":["visitors","sessions","page_views","interactions"]}`:                                                                                   {`[[],[1,2,3,2]]`},
		`{"metrics":["sessions","bounce_rate","session_length"],"bots":"with"}`:                                                                             {`[[],[3,33.333333,null]]`},
		`{"metrics":["pageviews"],"dimensions":["time:day"],"date_range":"2d"}`:                                                                             {`[["2025-03-30T00:00:00+01:00"],[2]]`, `[["2025-03-31T00:00:00+02:00"],[1]]`},
		`{"metrics":["page_views"],"dimensions":["event:page"],"include":{"totals":true}}`:                                                                  {`[[""],[2]]`, `[["=1+1,\"x\""],[1]]`},
		`{"metrics":["sessions"],"dimensions":["metadata:plan"],"filters":[["is","visit:country",["DE"]]]}`:                                                 {`[["pro"],[2]]`},
		`{"metrics":["page_views"],"filters":[["or",[["is","path",""],["matches","path",["zz*"]]]]]}`:                                                       {`[[],[2]]`},
		`{"metrics":["page_views"],"filters":[["not",["and",[["is","path",[""]]]]]]}`:                                                                       {`[[],[1]]`},
		`{"metrics":["page_views"],"date_range":["2025-03-31","2025-03-31"],"include":{"comparisons":{"mode":"previous_period"}}}`:                          {`[[],[1],[2],[-50]]`},
		`{"metrics":["page_views"],"date_range":"today","include":{"comparisons":{"mode":"custom","date_range":["2025-01-01","2025-01-02"]}}}`:              {`[[],[1],[0],[null]]`},
		`{"metrics":["page_views"],"date_range":"all","timezone":"Asia/Tokyo","dimensions":["hour"],"order_by":[["hour","desc"]],"pagination":{"limit":1}}`: {`[["11"],[2]]`},
	} {
		if diff := cmp.Diff(want, results(t, ask(t, h, "POST", queryPath, question))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", question, diff)
		}
	}
}

// TestQueryByAddress asks by GET what TestQuery asks by POST.
func TestQueryByAddress(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for question, want := range map[string][]string{
		"metrics=visitors,sessions": {`[[],[1,2]]`},
		"metrics=page_views&dimensions=path&order_by=path:desc&f=is_not,path,":                             {`[["=1+1,\"x\""],[1]]`},
		"metrics=page_views&f=is,path," + url.QueryEscape("=1+1%2C\"x\""):                                  {`[[],[1]]`},
		"metrics=page_views&f=is,country,DE&f=contains,browser,fire,chrome":                                {`[[],[3]]`},
		"metrics=page_views&date_range=2025-03-31,2025-03-31&compare=previous_period":                      {`[[],[1],[2],[-50]]`},
		"metrics=page_views&date_range=today&compare=2025-03-30,2025-03-30":                                {`[[],[1],[2],[-50]]`},
		"metrics=page_views&dimensions=path&limit=1&offset=1&totals=true":                                  {`[["=1+1,\"x\""],[1]]`},
		"metrics=sessions&bots=only&filters=" + url.QueryEscape(`[["is","bot_reason",["search-engine"]]]`): {`[[],[1]]`},
	} {
		if diff := cmp.Diff(want, results(t, ask(t, h, "GET", queryPath+"?"+question, ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", question, diff)
		}
	}
}

func TestQueryFaults(t *testing.T) {
	t.Parallel()
	h := queried(t)
	for question, want := range map[string]string{
		`[]`:                                  `"detail":"The body must be a JSON object`,
		`{"metrics":"visitors"}`:              `{"metrics":["A list of names is needed`,
		`{"metrics":["luck"]}`:                `{"metrics":["There is no metric \"luck\"."]}`,
		`{"metrics":["visitors"],"colour":1}`: `{"colour":["There is no such part of the question.`,
		`{"metrics":["visitors"],"date_range":"soon"}`:                                                                 `{"date_range":["\"soon\" is no range`,
		`{"metrics":["visitors"],"timezone":"Mars/Olympus"}`:                                                           `{"timezone":["There is no time zone \"Mars/Olympus\"."]}`,
		`{"metrics":["visitors"],"filters":[["like","path",["x"]]]}`:                                                   `{"filters":["There is no operator \"like\"."]}`,
		`{"metrics":["visitors"],"filters":["x"]}`:                                                                     `{"filters":["Filters are a list`,
		`{"metrics":["visitors"],"filters":[["is","path",[1]]]}`:                                                       `{"filters":["The values for \"path\" must be a list of texts."]}`,
		`{"metrics":["visitors"],"filters":[["is","mood",["x"]]]}`:                                                     `{"filters":["There is no dimension \"mood\"."]}`,
		`{"metrics":["visitors"],"order_by":[["visitors"]]}`:                                                           `{"order_by":["An order is a list of pairs`,
		`{"metrics":["visitors"],"order_by":[["path","asc"]]}`:                                                         `{"order_by":["\"path\" is neither a metric nor a dimension of the query."]}`,
		`{"metrics":["visitors"],"include":{"comparisons":{"mode":"x"}}}`:                                              `{"include":["A comparison is previous_period, year_over_year or custom."]}`,
		`{"metrics":["visitors"],"include":{"luck":true}}`:                                                             `{"include":["What to include is`,
		`{"metrics":["visitors"],"pagination":{"limit":0}}`:                                                            `{"pagination":["A limit is from 1 to 100000."]}`,
		`{"metrics":["visitors"],"pagination":{"offset":-1}}`:                                                          `{"pagination":["Limit and offset must not be negative."]}`,
		`{"metrics":["visitors"],"bots":"some"}`:                                                                       `{"bots":["Bots are counted without, with or only."]}`,
		`{"metrics":["visitors"],"dimensions":["time"],"interval":"fortnight"}`:                                        `{"interval":["An interval is minute, hour, day, week or month."]}`,
		`{"metrics":["visitors"],"filters":` + strings.Repeat(`[["not",`, 50) + `"x"` + strings.Repeat("]]", 50) + `}`: `{"filters":["Filters are a list`,
	} {
		res := ask(t, h, "POST", queryPath, question)
		if res.status != http.StatusBadRequest || !strings.Contains(res.text(), want) {
			t.Errorf("%s: %d %s", question, res.status, res.text())
		}
	}
	for address, want := range map[string]string{
		"metrics=visitors&colour=1":        `{"colour":["There is no such parameter."]}`,
		"metrics=visitors&limit=x":         `{"limit":["A valid integer is required."]}`,
		"metrics=visitors&f=is":            `{"f":["A filter is an operator`,
		"metrics=visitors&f=is,path,%25zz": `{"f":["A % in a value`,
	} {
		res := ask(t, h, "GET", queryPath+"?"+address, "")
		if res.status != http.StatusBadRequest || !strings.Contains(res.text(), want) {
			t.Errorf("%s: %d %s", address, res.status, res.text())
		}
	}
	if status := ask(t, h, "PUT", queryPath, "{}").status; status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", status)
	}
}

func TestQueryIsForThoseWhoMaySeeTheReport(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	for _, method := range []string{"GET", "POST", "OPTIONS"} {
		if res := ask(t, h, method, queryPath+"?metrics=visitors", `{"metrics":["visitors"]}`); res.status != http.StatusForbidden {
			t.Errorf("%s by a stranger: %d %s", method, res.status, res.text())
		}
	}
}

func TestQueryAsCSV(t *testing.T) {
	t.Parallel()
	h := queried(t)
	const address = queryPath + "?metrics=page_views,scroll_depth&dimensions=path&compare=previous_period&date_range=today"
	want := "path,page_views,scroll_depth,compared_page_views,compared_scroll_depth\r\n,1,,1,\r\n"
	for _, res := range []reply{ask(t, h, "GET", address, "", "Accept: text/csv"), ask(t, h, "GET", address+"&format=csv", "")} {
		if res.header.Get("Content-Type") != "text/csv; charset=utf-8" || res.text() != want {
			t.Errorf("%q: %q", res.header.Get("Content-Type"), res.text())
		}
	}
	all := ask(t, h, "GET", queryPath+"?metrics=page_views&dimensions=path&format=csv", "")
	if want := "\"'=1+1,\"\"x\"\"\",1\r\n"; !strings.Contains(all.text(), want) {
		t.Errorf("a formula is not harmless: %q", all.text())
	}
}

func TestQueryDescribesItself(t *testing.T) {
	t.Parallel()
	res := ask(t, queried(t), "OPTIONS", queryPath, "")
	for _, m := range behavior.Metrics() {
		if !strings.Contains(res.text(), `"name":"`+string(m)+`"`) {
			t.Errorf("%s is not described", m)
		}
	}
}

// TestDocumentedQueries asks every question of docs/query.md.
func TestDocumentedQueries(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	section, _, _ := strings.Cut(string(raw[strings.Index(string(raw), "## Ten questions"):]), "## The answer")
	questions := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(section, -1)
	if len(questions) != 10 {
		t.Fatalf("%d questions", len(questions))
	}
	h := queried(t)
	for _, q := range questions {
		if res := ask(t, h, "POST", queryPath, q[1]); res.status != http.StatusOK {
			t.Errorf("%s: %d %s", q[1], res.status, res.text())
		}
	}
}
