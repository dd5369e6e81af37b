package web

import (
	"encoding/json"
	"math"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestNumbersAreTextsAsTheReferencePrintsThem(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"0": "0", "-0": "0", "-0.0": "-0.0", "12345": "12345", "-7": "-7",
		"123456789012345678901234567890": "123456789012345678901234567890",
		"1.0":                            "1.0", "1.5": "1.5", "1.50": "1.5", "1e3": "1000.0", "1E3": "1000.0", "0e5": "0.0",
		"1e15": "1000000000000000.0", "1e16": "1e+16", "1.5e16": "1.5e+16", "123456789012345678.0": "1.2345678901234568e+17",
		"0.0001": "0.0001", "0.00001": "1e-05", "1.5e-7": "1.5e-07", "5e-324": "5e-324", "1e-400": "0.0",
		"0.1": "0.1", "2.675": "2.675", "1e22": "1e+22", "1e100": "1e+100", "-2.5e-10": "-2.5e-10",
		"1e400": "inf", "-1e400": "-inf",
	} {
		if got := numberText(json.Number(number)); got != want {
			t.Errorf("%s: %s, not %s", number, got, want)
		}
	}
	if got := floatText(math.NaN()); got != "nan" {
		t.Errorf("NaN: %s", got)
	}
}

func TestMediaTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		contentType string
		parser      string // of json, multipart and form; empty: none
		params      map[string]string
	}{
		{"application/json", "application/json", map[string]string{}},
		{"Application/JSON; charset=UTF-8", "application/json", map[string]string{"charset": "UTF-8"}},
		{"application/json;charset=\"latin-1\"", "application/json", map[string]string{"charset": "latin-1"}},
		{"application/json; nonsense", "application/json", nil},
		{"*/*", "application/json", map[string]string{}},
		{"application/*", "application/json", map[string]string{}},
		{"multipart/form-data; boundary=BoUnDaRy", "multipart/form-data", map[string]string{"boundary": "BoUnDaRy"}},
		{"application/x-www-form-urlencoded", "application/x-www-form-urlencoded", map[string]string{}},
		{"text/json", "", map[string]string{}},
		{"json", "", map[string]string{}},
		{"", "", nil},
	} {
		mediaType, params := splitMediaType(c.contentType)
		if diff := cmp.Diff(c.params, params); diff != "" {
			t.Errorf("%q: %s", c.contentType, diff)
		}
		parser := ""
		for _, p := range []behavior.Parser{behavior.JSONParser, behavior.MultiPartParser, behavior.FormParser} {
			if parser == "" && matchMediaType(p.MediaType, mediaType) {
				parser = p.MediaType
			}
		}
		if parser != c.parser {
			t.Errorf("%q: %q, not %q", c.contentType, parser, c.parser)
		}
	}
}

// An application's own parser may give Go's values for those of JSON.
func TestPayloadsOfOtherParsers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		want  behavior.InteractionInput
		wrong behavior.Invalid
	}{
		{"Go's numbers", map[string]any{"session_id": 7, "event_type": "click", "element": 1.0, "metadata": map[string]any{"a": "<"}},
			behavior.InteractionInput{SessionID: "7", EventType: "click", Element: "1.0", Metadata: json.RawMessage(`{"a":"<"}`)}, nil},
		{"a document that stayed text", json.RawMessage(`{"session_id": "s", "event_type": true, "element": [], "metadata": [1]}`),
			behavior.InteractionInput{SessionID: "s", EventType: "True", Metadata: json.RawMessage(`[1]`)},
			behavior.Invalid{"element": {messageText}}},
		{"what JSON cannot say", map[string]any{"session_id": int64(1), "event_type": []any{1}, "element": "e", "metadata": math.Inf(1)},
			behavior.InteractionInput{SessionID: "1", EventType: "[1]", Element: "e"}, behavior.Invalid{"metadata": {messageJSON}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, err := newBody(behavior.Payload{Value: c.value})
			if err != nil {
				t.Fatal(err)
			}
			var in behavior.InteractionInput
			interactions{}.read(b, &in)
			if diff := cmp.Diff(c.want, in); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.wrong, b.wrong); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBodiesThatAreNoObject(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"null": "No data provided", "[]": "Invalid data. Expected a dictionary, but got list.",
		`"text"`: "Invalid data. Expected a dictionary, but got str.", "5": "Invalid data. Expected a dictionary, but got int.",
		"5.0": "Invalid data. Expected a dictionary, but got float.", "1e3": "Invalid data. Expected a dictionary, but got float.",
		"true": "Invalid data. Expected a dictionary, but got bool.",
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		_, err := readBody(r, []behavior.Parser{behavior.JSONParser})
		if diff := cmp.Diff(behavior.Invalid{"non_field_errors": {want}}, err); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
}
