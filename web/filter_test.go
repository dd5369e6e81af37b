package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// filtered are settings with all filter sets.
func filtered() behavior.Settings {
	s := unthrottled()
	s.API.Session.FilterSet = behavior.SessionFilters
	s.API.PageView.FilterSet = behavior.PageViewFilters
	s.API.Interaction.FilterSet = behavior.InteractionFilters
	return s
}

// fillStore creates three sessions, three page views and three interactions.
func fillStore(t *testing.T, h http.Handler) {
	t.Helper()
	for _, body := range []string{
		`{"session_id":"Alpha-1","user_agent":"Firefox","ip_address":"192.168.1.10","user_id":"u7","end_time":"2025-03-01T10:00:00Z"}`,
		`{"session_id":"beta-2","user_agent":"curl","ip_address":"10.0.0.30","user_id":""}`,
		`{"session_id":"gamma-3","user_agent":"Opera","ip_address":"2001:db8::4","end_time":"2025-03-31T23:59:59.999999Z"}`,
	} {
		expect(t, h, "POST", "sessions/", body, "201")
	}
	for _, body := range []string{
		`{"session_id":"Alpha-1","url":"https://example.com/Home"}`,
		`{"session_id":"beta-2","url":"https://example.com/100%25?q=a_b"}`,
		`{"session_id":"beta-2","url":"http://example.org/home"}`,
	} {
		expect(t, h, "POST", "pageviews/", body, "201")
	}
	for _, body := range []string{
		`{"session_id":"Alpha-1","event_type":"click","element":"button#Buy","metadata":{"x":100,"label":"go","ratio":1.5,"flag":true}}`,
		`{"session_id":"beta-2","event_type":"scroll","element":"div.main","metadata":{"x":100.0,"deep":{"a":{"b":7}},"flag":"true"}}`,
		`{"session_id":"beta-2","event_type":"hover","element":"button.cancel","metadata":{"x":"100","n":null,"tags":["a","b"],"x=y":"z"}}`,
	} {
		expect(t, h, "POST", "interactions/", body, "201")
	}
}

var idInList = regexp.MustCompile(`[\[,]\{"id":(\d+)`)

// found is the ids of a list, or the whole answer if it is none.
func found(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	res := ask(t, h, "GET", "/user_behavior/"+path, "")
	if res.status != http.StatusOK {
		return fmt.Sprintf("%d %s", res.status, res.text())
	}
	var ids []string
	for _, match := range idInList.FindAllStringSubmatch(res.text(), -1) {
		ids = append(ids, match[1])
	}
	return strings.Join(ids, " ")
}

func TestFilters(t *testing.T) {
	t.Parallel()
	h := handler(t, filtered())
	fillStore(t, h)
	const invalid = `400 {"%s":["Enter a valid date/time."]}`
	for path, want := range map[string]string{
		"sessions/?session_id=beta-2":                                                      "2",
		"sessions/?session_id=%20beta-2%09":                                                "2",
		"sessions/?session_id=BETA-2":                                                      "",
		"sessions/?session_id=x&session_id=beta-2":                                         "2",
		"sessions/?session_id=a%00b":                                                       `400 {"session_id":["Null characters are not allowed."]}`,
		"sessions/?session_id_contains=A-":                                                 "1 2 3",
		"sessions/?session_id_contains=%25":                                                "",
		"sessions/?ip_address=2001:DB8:0::4":                                               "3",
		"sessions/?ip_address_startswith=2001:":                                            "3",
		"sessions/?user_id=":                                                               "1 2 3",
		"sessions/?user_id_isnull=TRUE":                                                    "3",
		"sessions/?user_id_isnull=0":                                                       "1 2",
		"sessions/?user_id_isnull=yes":                                                     "1 2 3",
		"sessions/?user_id_isnull=%20true":                                                 "1 2 3",
		"sessions/?end_time=2025-03-01T15:30:00%2B05:30":                                   "1",
		"sessions/?end_time_after=03/31/2025":                                              "3",
		"sessions/?end_time_before=Mar%202,%202025":                                        "1",
		"sessions/?end_time_date=3/31/25":                                                  "3",
		"sessions/?end_time_date=2025-03-31%20":                                            "3",
		"sessions/?end_time_date=9999-12-31":                                               "",
		"sessions/?end_time_range_after=2025-03-01T10:00:00Z":                              "1 3",
		"sessions/?end_time_range_after=2025-03-02&end_time_range_before=":                 "3",
		"sessions/?start_time_after=9999-12-31T23:59:59Z":                                  "",
		"sessions/?end_time=%20":                                                           fmt.Sprintf(invalid, "end_time"),
		"sessions/?end_time_range_after=x&end_time_range_before=y":                         fmt.Sprintf(invalid, "end_time_range"),
		"sessions/?start_time=9999-12-31T23:59:59-14:00":                                   fmt.Sprintf(invalid, "start_time"),
		"sessions/?end_time_date=2025-03-01T10:00:00Z":                                     `400 {"end_time_date":["Enter a valid date."]}`,
		"sessions/?end_time_range_after=z&start_time_date=y&end_time=x":                    `400 {"end_time":["Enter a valid date/time."],"start_time_date":["Enter a valid date."],"end_time_range":["Enter a valid date/time."]}`,
		"sessions/1/?end_time=x":                                                           fmt.Sprintf(invalid, "end_time"),
		"sessions/1/?session_id=beta-2":                                                    `404 {"detail":"No UserSession matches the given query."}`,
		"sessions/abc/?end_time=x":                                                         fmt.Sprintf(invalid, "end_time"),
		"pageviews/?session=2":                                                             "2 3",
		"pageviews/?session=%202":                                                          "2 3",
		"pageviews/?session=9":                                                             `400 {"session":["Select a valid choice. That choice is not one of the available choices."]}`,
		"pageviews/?session=99999999999999999999":                                          `400 {"session":["Select a valid choice. That choice is not one of the available choices."]}`,
		"pageviews/?session=1.0":                                                           `400 {"session":["Select a valid choice. That choice is not one of the available choices."]}`,
		"interactions/?metadata=label=":                                                    "",
		"interactions/?metadata=x=%20100":                                                  "",
		"pageviews/?session_id=2":                                                          "2 3",
		"pageviews/?session_id=%D9%A2":                                                     "2 3",
		"pageviews/?session_id=02":                                                         "2 3",
		"pageviews/?session_id=2.0":                                                        `400 {"session_id":["Enter a number."]}`,
		"pageviews/?session_id=1.5":                                                        `400 {"session_id":["Enter a number."]}`,
		"pageviews/?session_id=1e400":                                                      `400 {"session_id":["Enter a number."]}`,
		"pageviews/?session_id=99999999999999999999":                                       "",
		"pageviews/?session_id=beta-2":                                                     `400 {"session_id":["Enter a number."]}`,
		"pageviews/?session_id=nan":                                                        `400 {"session_id":["Enter a number."]}`,
		"pageviews/?session_id_contains=2":                                                 "2 3",
		"pageviews/?session_id_contains=beta":                                              "",
		"pageviews/?url_contains=100%2525":                                                 "2",
		"pageviews/?url_contains=a_b":                                                      "2",
		"pageviews/?url_endswith=HOME":                                                     "1 3",
		"pageviews/?url_startswith=HTTP://":                                                "3",
		"interactions/?event_type=":                                                        "1 2 3",
		"interactions/?event_type=click%20":                                                `400 {"event_type":["Select a valid choice. click  is not one of the available choices."]}`,
		"interactions/?event_type_in=click&event_type_in=hover":                            "1 3",
		"interactions/?event_type_in=click&event_type_in=":                                 `400 {"event_type_in":["Select a valid choice.  is not one of the available choices."]}`,
		"interactions/?metadata=x=100":                                                     "1 2",
		"interactions/?metadata=x=100.0":                                                   "1 2",
		"interactions/?metadata=x=-100":                                                    "",
		"interactions/?metadata=x=" + strings.Repeat("9", 400):                             "",
		"interactions/?metadata=ratio=1.50":                                                "1",
		"interactions/?metadata=label=go":                                                  "1",
		"interactions/?metadata=label=GO":                                                  "",
		"interactions/?metadata=flag=true":                                                 "1 2",
		"interactions/?metadata=flag=True":                                                 "",
		"interactions/?metadata=n=null":                                                    "3",
		"interactions/?metadata=x=.":                                                       "",
		"interactions/?metadata=deep__a__b=7":                                              "2",
		"interactions/?metadata=tags__1=b":                                                 "3",
		"interactions/?metadata=x":                                                         "1 2 3",
		"interactions/?metadata==1":                                                        "",
		"interactions/?metadata=n__regex=(":                                                "",
		"interactions/?metadata=a'\"]$.b=1":                                                "",
		"interactions/?metadata__x=100":                                                    "1 2",
		"interactions/?metadata__x=100&metadata__label=go":                                 "1",
		"interactions/?metadata__deep__a__b=7":                                             "2",
		"interactions/?metadata__x=&metadata__=1":                                          "1 2 3",
		"interactions/?metadata__x=%00":                                                    `400 {"metadata":["Null characters are not allowed."]}`,
		"interactions/?metadata__x%3Dy=z":                                                  "3",
		"interactions/?timestamp_date=2025-99-99&timestamp=x&element=button%23Buy":         `400 {"timestamp":["Enter a valid date/time."],"timestamp_date":["Enter a valid date."]}`,
		"interactions/?element_contains=BUTTON&search=%22button.cancel%22&ordering=x":      "3",
		"interactions/?search=beta&ordering=-timestamp":                                    "3 2",
		"interactions/?search=%00":                                                         `400 ["Null characters are not allowed."]`,
		"interactions/1/?search=cancel":                                                    `404 {"detail":"No UserInteraction matches the given query."}`,
		"interactions/?" + strings.Repeat("a=b&", 1001):                                    `400 {"detail":"Form parse error - more than 1000 fields"}`,
		"interactions/?element__contains=x&id=1&foo=bar&element_endswith=main&element=%ff": "",
	} {
		if got := found(t, h, path); got != want {
			t.Errorf("%s\n got %s\nwant %s", path, got, want)
		}
	}
}

func TestFiltersOfTheApplication(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.PageView.FilterSet = behavior.FilterSet{
		{Name: "minimum", Field: "id", Op: behavior.AtLeast, Form: behavior.NumberForm},
		{Name: "below", Field: "id", Op: behavior.Less, Form: behavior.NumberForm},
		{Name: "maximum", Field: "id", Op: behavior.AtMost, Form: behavior.NumberForm},
		{Name: "above", Field: "id", Op: behavior.Greater, Form: behavior.NumberForm},
		{Name: "number", Field: "id"},
		{Name: "at", Field: "timestamp", Op: behavior.AtLeast},
		{Name: "bot", Field: "session__bot"},
		{Name: "path", Field: "path", Form: behavior.NumberForm},
		{Name: "ip", Field: "session__ip_address"},
		{Name: "site", Parse: func(values []string) ([]behavior.Filter, error) {
			if values[0] == "nowhere" {
				return nil, errors.New("No such site.")
			}
			return []behavior.Filter{{Field: "host", Values: []any{values[0], values[len(values)-1]}}}, nil
		}},
	}
	h := handler(t, s)
	fillStore(t, h)
	for query, want := range map[string]string{
		"minimum=2": "2 3", "minimum=1.5": "2 3", "minimum=-1e400": "1 2 3", "minimum=99999999999999999999": "",
		"below=2": "1", "below=1.5": "1", "maximum=1.5": "1", "maximum=2": "1 2", "above=1.5": "2 3", "above=2": "3",
		"number=2": "2", "number=x": `400 {"number":["Enter a number."]}`,
		"at=2020-01-01": "1 2 3", "at=x": `400 {"at":["Enter a valid date/time."]}`,
		"bot=true": "2 3", "bot=false": "1", "bot=maybe": "1 2 3",
		"path=1": "", "path=x": `400 {"path":["Enter a number."]}`,
		"ip=192.168.1.10":                   "1",
		"site=example.org":                  "3",
		"site=example.org&site=example.com": "1 2 3",
		"site=nowhere":                      `400 {"site":["No such site."]}`,
	} {
		if got := found(t, h, "pageviews/?"+query); got != want {
			t.Errorf("%s\n got %s\nwant %s", query, got, want)
		}
	}
}

// benchHandler is a handler over a store with one session, on which a test or
// benchmark without its own t can work.
func benchHandler(tb testing.TB) http.Handler {
	tb.Helper()
	store := teststore.Open(tb)
	s := filtered()
	s.Logger = quietLogger
	tracker, err := behavior.New(store, s)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = tracker.Close() })
	if _, err := tracker.Start(tb.Context(), behavior.SessionInput{SessionID: "s", UserAgent: "u", IPAddress: "::1"}); err != nil {
		tb.Fatal(err)
	}
	return web.Handler(tracker)
}

// Whatever the query says, the answer is never that the server failed.
func FuzzFilters(f *testing.F) {
	for _, query := range []string{
		"session_id=a&user_id_isnull=1&end_time_range_after=2025-03-01", "search=%22a+b%22,c&ordering=-start_time,id",
		"session=1&session_id=1e400&session_id_contains=1&url_endswith=%25", "timestamp_date=3/1/25&limit=-1&offset=99999999999999999999",
		"metadata=a__b=1.5&metadata__x=true&event_type_in=click", "metadata__'\"$[0].a=null&element=%00&search=%00", "%zz=%&a;b=&=",
	} {
		f.Add(query)
	}
	h := benchHandler(f)
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"sessions/", "pageviews/", "interactions/", "sessions/1/"} {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/user_behavior/"+path, nil)
			r.URL.RawQuery = query
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code >= 500 {
				t.Errorf("%s?%q: %d %s", path, query, w.Code, w.Body)
			}
		}
	})
}

// TestBoundsOfAQuestion asks for more than an engine should have to plan.
func TestBoundsOfAQuestion(t *testing.T) {
	t.Parallel()
	h := handler(t, filtered())
	fillStore(t, h)
	words := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "w%d,", i)
		}
		return b.String()
	}
	for path, want := range map[string]string{
		"sessions/?search=" + words(32):                               `[]`,
		"sessions/?search=" + words(33):                               `400 {"search":["Search for at most 32 words at once."]}`,
		"sessions/?search=" + strings.Repeat("alpha,", 100):           "1",
		"interactions/?metadata=" + strings.Repeat("a__", 31) + "a=1": `[]`,
		"interactions/?metadata=" + strings.Repeat("a__", 32) + "a=1": `400 {"metadata":["Ask for at most 32 keys, each at most 32 levels deep."]}`,
		"pageviews/?ordering=" + strings.Repeat("-timestamp,", 500):   "3 2 1",
		"pageviews/?ordering=-timestamp,timestamp":                    "3 2 1",
	} {
		if want == `[]` {
			want = ""
		}
		if got := found(t, h, path); got != want {
			t.Errorf("%.60s: got %.200s, want %s", path, got, want)
		}
	}
}

func TestDaysOfFiltersAreTheSites(t *testing.T) {
	t.Parallel()
	s := filtered()
	s.TimeZone = time.FixedZone("", 9*3600)
	h := handler(t, s)
	expect(t, h, "POST", "sessions/", `{"session_id":"a","user_agent":"u","ip_address":"::1","end_time":"2025-03-01T16:00:00Z"}`, "201")
	for day, want := range map[string]string{"2025-03-01": "", "2025-03-02": "1", "2025-03-03": ""} {
		if got := found(t, h, "sessions/?end_time_date="+day); got != want {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
	}
}
