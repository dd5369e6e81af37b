package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const (
	asJSON = "Content-Type: application/json"
	asForm = "Content-Type: application/x-www-form-urlencoded"
)

// unthrottled are settings that refuse nobody for asking often.
func unthrottled() behavior.Settings {
	var s behavior.Settings
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

// moments are those of which every second is another one.
var moments = regexp.MustCompile(`"20(2[6-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"`)

// aSession is what a client sees of session 1.
const aSession = `{"id":1,"session_id":"s","user_agent":"u","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":null}`

// startSession creates session 1.
func startSession(t *testing.T, h http.Handler) {
	t.Helper()
	expect(t, h, "POST", "sessions/", `{"session_id":"s","user_agent":"u","ip_address":"::1"}`, "201 "+aSession)
}

// TestEveryWriteIsTheSameInEveryMediaType sends the same fields as JSON, as a
// form and as a multipart form, and wants the same answer.
func TestEveryWriteIsTheSameInEveryMediaType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, path string
		fields     map[string]string // metadata is JSON
		want       string
	}{
		{"session", "sessions/", map[string]string{"session_id": " new ", "user_agent": "ünï + code & =", "ip_address": "2001:DB8::0:1", "end_time": "2025-03-01T12:00:00+01:00", "user_id": "用户"},
			`201 {"id":2,"session_id":"new","user_agent":"ünï + code & =","ip_address":"2001:db8::1","start_time":"NOW","end_time":"2025-03-01T11:00:00Z","user_id":"用户"}`},
		{"session without options", "sessions/", map[string]string{"session_id": "new", "user_agent": "<b>", "ip_address": "10.0.0.1"},
			`201 {"id":2,"session_id":"new","user_agent":"<b>","ip_address":"10.0.0.1","start_time":"NOW","end_time":null,"user_id":null}`},
		{"session with a blank user", "sessions/", map[string]string{"session_id": "new", "user_agent": "u", "ip_address": "10.0.0.1", "user_id": " "},
			`201 {"id":2,"session_id":"new","user_agent":"u","ip_address":"10.0.0.1","start_time":"NOW","end_time":null,"user_id":""}`},
		{"session taken, and more", "sessions/", map[string]string{"session_id": "s", "ip_address": "nope", "end_time": "x", "user_id": strings.Repeat("u", 256)},
			`400 {"session_id":["User Session with this Session ID already exists."],"user_agent":["This field is required."],"ip_address":["Enter a valid IPv4 or IPv6 address."],` +
				`"end_time":["Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."],"user_id":["Ensure this field has no more than 255 characters."]}`},
		{"session with an end beyond the calendar", "sessions/", map[string]string{"session_id": "new", "user_agent": "u", "ip_address": "::1", "end_time": "9999-12-31T23:59:59-01:00"},
			`400 {"end_time":["Datetime value out of range."]}`},
		{"no session field", "sessions/", map[string]string{"x": "1"},
			`400 {"session_id":["This field is required."],"user_agent":["This field is required."],"ip_address":["This field is required."]}`},
		{"page view", "pageviews/", map[string]string{"session_id": " s ", "url": "https://example.com/a?b=c&d=%20"},
			`201 {"id":1,"url":"https://example.com/a?b=c&d=%20","timestamp":"NOW","session":` + aSession + `}`},
		{"page view of nobody, without a page", "pageviews/", map[string]string{"session_id": "nobody", "url": "nope"},
			`400 {"url":["Enter a valid URL."],"session_id":["User with this session ID not found"]}`},
		{"interaction", "interactions/", map[string]string{"session_id": "s", "event_type": "click", "element": "#b", "metadata": `{"z": 1.50, "a": [true, null, "<é>"], "z": 2}`},
			`201 {"id":1,"session":` + aSession + `,"event_type":"click","element":"#b","metadata":{"z":2,"a":[true,null,"<é>"]}}`},
		{"interaction without metadata", "interactions/", map[string]string{"session_id": "s", "event_type": "hover", "element": "#b"},
			`201 {"id":1,"session":` + aSession + `,"event_type":"hover","element":"#b","metadata":{}}`},
		{"interaction with false metadata", "interactions/", map[string]string{"session_id": "s", "event_type": "hover", "element": "#b", "metadata": "0.0"},
			`201 {"id":1,"session":` + aSession + `,"event_type":"hover","element":"#b","metadata":{}}`},
		{"interaction with a number out of range", "interactions/", map[string]string{"session_id": "nobody", "event_type": " click", "element": " ", "metadata": "[1e400]"},
			`400 {"session_id":["User with this session ID not found"],"event_type":["\" click\" is not a valid choice."],"element":["This field may not be blank."],"metadata":["Value must be valid JSON."]}`},
	} {
		for kind, encode := range map[string]func(map[string]string) (string, string){"JSON": jsonBody, "form": formBody, "multipart": multipartBody} {
			t.Run(c.name+" as "+kind, func(t *testing.T) {
				t.Parallel()
				h := handler(t, unthrottled())
				startSession(t, h)
				body, contentType := encode(c.fields)
				expect(t, h, "POST", c.path, body, c.want, contentType)
			})
		}
	}
}

func jsonBody(fields map[string]string) (body, contentType string) {
	document := map[string]any{}
	for name, value := range fields {
		document[name] = value
		if name == "metadata" {
			document[name] = json.RawMessage(value)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(document)
	return out.String(), asJSON
}

func formBody(fields map[string]string) (body, contentType string) {
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	return form.Encode(), asForm
}

func multipartBody(fields map[string]string) (body, contentType string) {
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for name, value := range fields {
		_ = w.WriteField(name, value)
	}
	_ = w.Close()
	return out.String(), "Content-Type: " + w.FormDataContentType()
}

func TestFormsHaveRulesOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	startSession(t, h)
	expect(t, h, "POST", "sessions/", "session_id=a&user_agent=u&ip_address=::1&end_time=&user_id=",
		`201 {"id":2,"session_id":"a","user_agent":"u","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":""}`, asForm)
	expect(t, h, "POST", "sessions/", "session_id=x&session_id=b&user_agent=u&ip_address=::1", "201", asForm) // the last counts
	expect(t, h, "GET", "sessions/?search=b", "", "200")
	for metadata, want := range map[string]string{
		"": "400", "+": "400", "null": "201", "text": "400", "%22text%22": "201", "{": "400", "NaN": "400", "%5B1e400%5D": "400", "7": "201",
	} {
		expect(t, h, "POST", "interactions/", "session_id=s&event_type=click&element=e&metadata="+metadata, want, asForm)
	}
	file := "--x\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"f.txt\"\r\n\r\ncontent\r\n--x--\r\n"
	multi := "Content-Type: multipart/form-data; boundary=x"
	expect(t, h, "POST", "sessions/", fmt.Sprintf(file, "session_id"),
		`400 {"session_id":["Not a valid string."],"user_agent":["This field is required."],"ip_address":["This field is required."]}`, multi)
	expect(t, h, "POST", "sessions/", fmt.Sprintf(file, "ip_address"),
		`400 {"session_id":["This field is required."],"user_agent":["This field is required."],"ip_address":["Enter a valid IPv4 or IPv6 address."]}`, multi)
	expect(t, h, "POST", "pageviews/", fmt.Sprintf(file, "url"), `400 {"url":["Enter a valid URL."],"session_id":["This field is required."]}`, multi)
	expect(t, h, "POST", "interactions/", fmt.Sprintf(file, "event_type"),
		`400 {"session_id":["This field is required."],"event_type":["\"f.txt\" is not a valid choice."],"element":["This field is required."]}`, multi)
	expect(t, h, "POST", "interactions/", fmt.Sprintf(file, "metadata"),
		`400 {"session_id":["This field is required."],"event_type":["This field is required."],"element":["This field is required."],"metadata":["Value must be valid JSON."]}`, multi)
}

func TestBodiesAreReadByTheirType(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	required := `400 {"url":["This field is required."],"session_id":["This field is required."]}`
	expect(t, h, "POST", "pageviews/", "", required, "Content-Type: text/plain")
	expect(t, h, "POST", "pageviews/", "{}", required, "Content-Type: application/json; charset=utf-8")
	expect(t, h, "POST", "pageviews/", "{}", `415 {"detail":"Unsupported media type \"\" in request."}`, "Accept: application/json")
	expect(t, h, "POST", "pageviews/", "{}", `415 {"detail":"Unsupported media type \"text/plain; a=\"b\"\" in request."}`, `Content-Type: text/plain; a="b"`)
	expect(t, h, "POST", "pageviews/", "{", `400 {"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"}`)
	expect(t, h, "POST", "pageviews/", "x", `400 {"detail":"Multipart form parse error - Invalid boundary in multipart: None"}`, "Content-Type: multipart/form-data")
	expect(t, h, "POST", "pageviews/", strings.Repeat("[", 100_000), `400 {"detail":"JSON parse error - Nested too deeply: line 1 column 513 (char 512)"}`)
	expect(t, h, "POST", "sessions/", `{"session_id":"`+"\xe9"+`","user_agent":1e3,"ip_address":"::1"}`,
		`201 {"id":1,"session_id":"é","user_agent":"1000.0","ip_address":"::1","start_time":"NOW","end_time":null,"user_id":null}`, "Content-Type: application/json; charset=latin-1")
	expect(t, h, "POST", "sessions/", `{"session_id":"\ud800","user_agent":"\u0000","ip_address":"::1"}`,
		`400 {"session_id":["Surrogate characters are not allowed: U+D800."],"user_agent":["Null characters are not allowed."]}`)
}

// A body whose length is known only at its end is empty or not all the same.
func TestBodiesOfUnknownLength(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	for body, want := range map[string]string{
		"":    `{"url":["This field is required."],"session_id":["This field is required."]}`,
		"{,}": `{"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"}`,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/user_behavior/pageviews/", io.MultiReader(strings.NewReader(body)))
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = -1
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if diff := cmp.Diff(want, w.Body.String()); diff != "" {
			t.Errorf("%q: %s", body, diff)
		}
	}
}

// parser of a type that an application makes up.
func lineParser(fail error) behavior.Parser {
	return behavior.Parser{MediaType: "text/lines", Parse: func(body io.Reader, params map[string]string) (behavior.Payload, error) {
		text, err := io.ReadAll(body)
		if err != nil || fail != nil {
			return behavior.Payload{}, errors.Join(err, fail)
		}
		values := map[string]any{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), params["sep"])
			values[name] = value
		}
		return behavior.Payload{Value: values}, nil
	}}
}

func TestParsersOfTheApplication(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.Session.Parsers = []behavior.Parser{lineParser(nil)}
	s.API.PageView.Parsers = []behavior.Parser{lineParser(errors.New("secret"))}
	s.API.Interaction.Parsers = []behavior.Parser{lineParser(behavior.ParseError("no lines"))}
	h := handler(t, s)
	lines := `Content-Type: text/lines; Sep=":"`
	expect(t, h, "POST", "sessions/", "session_id:s\nuser_agent:u\nip_address:::1", "201 "+aSession, lines)
	expect(t, h, "POST", "sessions/", "{}", `415 {"detail":"Unsupported media type \"application/json\" in request."}`)
	expect(t, h, "POST", "pageviews/", "a:b", `400 {"detail":"Malformed request."}`, lines)
	expect(t, h, "POST", "interactions/", "a:b", `400 {"detail":"no lines"}`, lines)
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
