package web_test

import (
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestNegotiation(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	const json, page = "application/json", "text/html; charset=utf-8"
	for _, c := range []struct {
		path, accept string
		status       int
		kind         string
	}{
		{"", "application/json", 200, json},
		{"", "text/html", 200, page},
		{"", "*/*", 200, json},
		{"", "text/*", 200, page},
		{"", "application/*, text/*", 200, json},
		{"", "TEXT/HTML", 200, page},
		{"", "text/html;level=1, application/json", 200, page},
		{"", "text/html;q=0.1, application/json;level=1;q=0.9", 200, json},
		{"", "application/json;q=0, text/html", 200, json},
		{"", "text/html;q=0.1, application/json;q=0.1", 200, json},
		{"", "*/*, text/html", 200, page},
		{"", "image/png, */*;q=0.1", 200, json},
		{"", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200, page},
		{"", "", 406, json},
		{"", "*", 406, json},
		{"", "json", 406, json},
		{"", "application/xml", 406, json},
		{"", ";;;,,,", 406, json},
		{"?format=json", "text/html", 406, json},
		{"?format=json", "text/html, */*", 200, json},
		{"?format=api", "*/*", 200, page},
		{"?format=api&format=json", "*/*", 200, json},
		{"?format=", "*/*", 200, json},
		{"?format=html", "*/*", 404, json},
		{".json", "*/*", 200, json},
		{".json/", "*/*", 200, json},
		{".api", "*/*", 200, page},
		{".json?format=api", "*/*", 200, json},
		{".xml", "*/*", 404, json},
		{".JSON", "*/*", 404, page}, // no such path
	} {
		res := ask(t, h, "GET", "/user_behavior/"+c.path, "", "Accept: "+c.accept)
		if kind := res.header.Get("Content-Type"); res.status != c.status || kind != c.kind {
			t.Errorf("%q with Accept %q: %d %s, not %d %s", c.path, c.accept, res.status, kind, c.status, c.kind)
		}
	}
}

func TestJSONIsIndentedOnDemand(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{})
	for accept, want := range map[string]string{
		"application/json":            `{"sessions":"http`,
		"application/json; indent=4":  "{\n    \"sessions\": \"http",
		"*/*;indent=1":                "{\n \"sessions\": \"http",
		"application/json; indent=99": "{\n        \"sessions\": \"http",
		"application/json; indent=-1": `{"sessions":"http`,
		"application/json; indent=x":  `{"sessions":"http`,
	} {
		if body := ask(t, h, "GET", "/user_behavior/", "", "Accept: "+accept).text(); !strings.HasPrefix(body, want) {
			t.Errorf("%s: %s", accept, body)
		}
	}
}
