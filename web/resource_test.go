package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

const (
	asJSON = "Content-Type: application/json"
	asForm = "Content-Type: application/x-www-form-urlencoded"
)

// unthrottled are settings that refuse nobody for asking often. Their clock
// moves on whenever it is looked at.
func unthrottled() behavior.Settings {
	var ticks atomic.Int64
	s := behavior.Settings{Now: func() time.Time {
		return time.Date(2030, 1, 2, 3, 4, 5, int(ticks.Add(1))*1000, time.UTC)
	}}
	s.API.Session.Throttles = []behavior.Throttle{}
	s.API.PageView.Throttles = []behavior.Throttle{}
	s.API.Interaction.Throttles = []behavior.Throttle{}
	return s
}

// expect asks below the prefix and compares the whole answer with want: a
// status, and a body where one is given.
func expect(t *testing.T, h http.Handler, method, path, body, want string, header ...string) {
	t.Helper()
	if body != "" && len(header) == 0 {
		header = []string{asJSON}
	}
	res := ask(t, h, method, "/user_behavior/"+path, body, header...)
	got := strings.TrimSpace(fmt.Sprintf("%d %s", res.status, res.text()))
	if !strings.Contains(want, " ") {
		got = got[:min(len(want), len(got))]
	}
	if got = moments.ReplaceAllString(got, `"NOW"`); got != want {
		t.Errorf("%s %s %s\n got %s\nwant %s", method, path, body, got, want)
	}
}

// moments are those of the clock.
var moments = regexp.MustCompile(`"2030-01-02T[^"]*"`)

// aSession is what a client sees of session 1.
const aSession = `{"id":1,"session_id":"s","user_agent":"u","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":null}`

// startSession creates session 1.
func startSession(t *testing.T, h http.Handler) {
	t.Helper()
	expect(t, h, "POST", "sessions/", `{"session_id":"s","user_agent":"u","ip_address":"::1"}`, "201 "+aSession)
}

func TestSerializersOfTheApplication(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.AllowUpdate = behavior.On
	s.API.PageView.Serializer = behavior.Serializer[behavior.PageView, behavior.ViewInput]{
		Represent: func(v behavior.PageView) any { return []any{v.ID, v.URL} },
		Validate: func(in *behavior.ViewInput) error {
			if strings.Contains(in.URL, "refused") {
				return behavior.Invalid{"url": {"Not this one."}, "title": {"Nor this."}}
			}
			in.URL = strings.ToLower(in.URL)
			return nil
		},
	}
	h := handler(t, s)
	startSession(t, h)
	expect(t, h, "POST", "pageviews/", `{"session_id":"s","url":" http://example.com/A "}`, `201 [1,"http://example.com/a"]`)
	expect(t, h, "POST", "pageviews/", `{"session_id":"s","url":"http://example.com/refused"}`, `400 {"url":["Not this one."],"title":["Nor this."]}`)
	expect(t, h, "POST", "pageviews/", `{"session_id":"nobody","url":"http://example.com/refused"}`, `400 {"session_id":["User with this session ID not found"]}`)
	expect(t, h, "POST", "pageviews/", `{"session_id":"s","url":"REFUSED"}`, `400 {"url":["Enter a valid URL."]}`)
	expect(t, h, "PATCH", "pageviews/1/", `{"url":"http://example.com/refused"}`, `400 {"url":["Not this one."],"title":["Nor this."]}`)
	expect(t, h, "PATCH", "pageviews/1/", `{"url":"http://example.com/B"}`, `200 [1,"http://example.com/b"]`)
	expect(t, h, "GET", "pageviews/", "", `200 {"count":1,"next":null,"previous":null,"results":[[1,"http://example.com/b"]]}`)
	expect(t, h, "GET", "pageviews/1/", "", `200 [1,"http://example.com/b"]`)
}

func TestRecordsAreReadOnlyByDefault(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	startSession(t, h)
	for _, method := range []string{"PATCH", "PUT", "DELETE"} {
		expect(t, h, method, "sessions/1/", "{}", `405 {"detail":"Method \"`+method+`\" not allowed."}`)
	}
	if allow := ask(t, h, "GET", "/user_behavior/sessions/1/", "").header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow: %s", allow)
	}
}

func TestRecordsCanBeChangedWhereThatIsOn(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.AllowUpdate = behavior.On
	s.API.Session.FilterSet = behavior.SessionFilters
	h := handler(t, s)
	startSession(t, h)
	if allow := ask(t, h, "GET", "/user_behavior/sessions/1/", "").header.Get("Allow"); allow != "GET, PATCH, HEAD, OPTIONS" {
		t.Errorf("Allow: %s", allow)
	}
	expect(t, h, "DELETE", "sessions/1/", "", `405 {"detail":"Method \"DELETE\" not allowed."}`)
	ended := `200 {"id":1,"session_id":"s","user_agent":"u","ip_address":"::1","start_time":"NOW","end_time":"2025-03-01T12:00:00Z","user_id":"7"}`
	expect(t, h, "PATCH", "sessions/1/", `{"end_time":"2025-03-01T12:00:00Z","user_id":7,"id":9,"start_time":"2001-01-01T00:00:00Z"}`, ended)
	expect(t, h, "PATCH", "sessions/1/", "", ended)
	expect(t, h, "GET", "sessions/1/", "", ended)
	expect(t, h, "PATCH", "sessions/1/", "end_time=&user_id=", `200 {"id":1,"session_id":"s","user_agent":"u","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":""}`, asForm)
	expect(t, h, "PATCH", "sessions/1/", `{"user_agent":"","session_id":null,"ip_address":5,"end_time":"x"}`,
		`400 {"session_id":["This field may not be null."],"user_agent":["This field may not be blank."],"ip_address":["Enter a valid IPv4 or IPv6 address."],`+
			`"end_time":["Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."]}`)
	expect(t, h, "PATCH", "sessions/1/", `[]`, `400 {"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`)
	expect(t, h, "PATCH", "sessions/1/?session_id=other", `{"user_agent":"x"}`, `404 {"detail":"No UserSession matches the given query."}`)
	expect(t, h, "PATCH", "sessions/9/", `{"user_agent":"x"}`, `404 {"detail":"No UserSession matches the given query."}`)
	expect(t, h, "PATCH", "sessions/x/", `{"user_agent":"x"}`, `404 {"detail":"Not found."}`)

	expect(t, h, "POST", "sessions/", `{"session_id":"t","user_agent":"u","ip_address":"::1"}`, "201")
	expect(t, h, "PATCH", "sessions/2/", `{"session_id":"s"}`, `400 {"session_id":["User Session with this Session ID already exists."]}`)
	expect(t, h, "PATCH", "sessions/2/", `{"session_id":"t","user_agent":"v"}`, "200")

	expect(t, h, "POST", "pageviews/", `{"session_id":"s","url":"http://example.com/"}`, "201")
	moved := `"timestamp":"NOW","session":{"id":2,"session_id":"t","user_agent":"v","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":null}}`
	expect(t, h, "PATCH", "pageviews/1/", `{"session_id":"t"}`, `200 {"id":1,"url":"http://example.com/",`+moved)
	expect(t, h, "PATCH", "pageviews/1/", `{"url":"http://example.com/b"}`, `200 {"id":1,"url":"http://example.com/b",`+moved)
	expect(t, h, "PATCH", "pageviews/1/", `{"session_id":"nobody"}`, `400 {"session_id":["User with this session ID not found"]}`)
	expect(t, h, "PATCH", "pageviews/1/", `{"session_id":[],"url":true}`, `400 {"url":["Enter a valid URL."],"session_id":["Not a valid string."]}`)

	expect(t, h, "POST", "interactions/", `{"session_id":"t","event_type":"click","element":"a","metadata":{"a":1}}`, "201")
	expect(t, h, "PATCH", "interactions/1/", `{"event_type":"hover"}`, "200")
	expect(t, h, "PATCH", "interactions/1/", `{"metadata":[2]}`, `200 {"id":1,`+moved[len(`"timestamp":"NOW",`):len(moved)-1]+`,"event_type":"hover","element":"a","metadata":[2]}`)
	expect(t, h, "PATCH", "interactions/1/", `{"event_type":"nope","element":" ","metadata":null}`,
		`400 {"event_type":["\"nope\" is not a valid choice."],"element":["This field may not be blank."],"metadata":["This field may not be null."]}`)
}

func TestRecordsCanBeDeletedWhereThatIsOn(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.AllowDelete = behavior.On
	h := handler(t, s)
	startSession(t, h)
	for range 2 {
		expect(t, h, "POST", "pageviews/", `{"session_id":"s","url":"http://example.com/"}`, "201")
		expect(t, h, "POST", "interactions/", `{"session_id":"s","event_type":"click","element":"a"}`, "201")
	}
	expect(t, h, "PATCH", "sessions/1/", "{}", `405 {"detail":"Method \"PATCH\" not allowed."}`)
	expect(t, h, "DELETE", "pageviews/1/?search=nothing", "", `404 {"detail":"No PageView matches the given query."}`)
	expect(t, h, "DELETE", "pageviews/1/", "", "204")
	expect(t, h, "DELETE", "pageviews/1/", "", `404 {"detail":"No PageView matches the given query."}`)
	expect(t, h, "DELETE", "interactions/1/", "", "204")
	expect(t, h, "DELETE", "sessions/1/", "", "204")
	for _, path := range []string{"sessions/", "pageviews/", "interactions/"} {
		expect(t, h, "GET", path, "", `200 {"count":0,"next":null,"previous":null,"results":[]}`)
	}
}

func TestInteractionsShowTheirTimestampWhereThatIsOn(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.InteractionTimestamp = behavior.On
	s.Now = func() time.Time { return time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC) }
	h := handler(t, s)
	startSession(t, h)
	expect(t, h, "POST", "interactions/", `{"session_id":"s","event_type":"click","element":"a"}`,
		`201 {"id":1,"session":`+aSession+`,"event_type":"click","element":"a","metadata":{},"timestamp":"NOW"}`)
	if body := ask(t, h, "GET", "/user_behavior/interactions/1/", "").text(); !strings.HasSuffix(body, `"timestamp":"2030-01-02T03:04:05Z"}`) {
		t.Error(body)
	}
}

func TestOwnEventTypes(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.EventTypes = []behavior.EventType{"video_play"}
	s.API.Interaction.FilterSet = behavior.InteractionFilters
	h := handler(t, s)
	startSession(t, h)
	expect(t, h, "POST", "interactions/", `{"session_id":"s","event_type":"video_play","element":"a"}`, "201")
	expect(t, h, "GET", "interactions/?event_type=video_play&event_type_in=video_play&fields=x", "",
		`200 {"count":1,"next":null,"previous":null,"results":[{"id":1,"session":`+aSession+`,"event_type":"video_play","element":"a","metadata":{}}]}`)
}

func BenchmarkPostPageView(b *testing.B) {
	h := benchHandler(b)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequestWithContext(b.Context(), "POST", "/user_behavior/pageviews/", strings.NewReader(`{"session_id":"s","url":"https://example.com/a?b=c"}`))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != http.StatusCreated {
				b.Errorf("%d %s", w.Code, w.Body)
			}
		}
	})
}
