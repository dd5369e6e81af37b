package web_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

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
