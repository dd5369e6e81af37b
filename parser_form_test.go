package behavior_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestFormParser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, charset, body string
		want                url.Values
	}{
		{"escapes, plus signs and UTF-8", "", "a=x%2By+%C3%A9&%F0%9F%98%80=1", url.Values{"a": {"x+y é"}, "😀": {"1"}}},
		{"blank values stay", "", "a=&b&=c", url.Values{"a": {""}, "b": {""}, "": {"c"}}},
		{"repeated fields in order", "", "a=1&a=2", url.Values{"a": {"1", "2"}}},
		{"broken escapes stay", "", "a=%zz&b=100%", url.Values{"a": {"%zz"}, "b": {"100%"}}},
		{"semicolons do not separate", "", "a=1;b=2", url.Values{"a": {"1;b=2"}}},
		{"bytes that are no text", "", "a=%ff", url.Values{"a": {"\uFFFD"}}},
		{"raw bytes that are no UTF-8", "", "a=\xe9", url.Values{"a": {"é"}}},
		{"latin-1", "latin-1", "a=\xe9%E9+%4&%e9=1", url.Values{"a": {"éé %4"}, "é": {"1"}}},
		{"nothing", "", "&&", url.Values{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, behavior.FormParser, c.body, "charset", c.charset)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(behavior.Payload{Form: c.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFormsHaveBoundedFields(t *testing.T) {
	t.Parallel()
	if _, err := parse(t, behavior.FormParser, strings.Repeat("a=1&", 1000)); err != nil {
		t.Errorf("1000 fields: %v", err)
	}
	if _, err := parse(t, behavior.FormParser, strings.Repeat("a&", 1001)); fmt.Sprint(err) != "Form parse error - more than 1000 fields" {
		t.Errorf("1001 fields: %v", err)
	}
	part := "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
	if _, err := parse(t, behavior.MultiPartParser, strings.Repeat(part, 1001)+"--x--", "boundary", "x"); fmt.Sprint(err) != "Multipart form parse error - more than 1000 fields" {
		t.Errorf("1001 parts: %v", err)
	}
}

// A form that is written again as it was read, reads the same.
func FuzzFormBody(f *testing.F) {
	for _, body := range []string{"a=b&c=%41+d", "%zz=%", "=&=", "a;b", "\xff=%ff"} {
		f.Add(body, "utf-8")
		f.Add(body, "latin-1")
	}
	f.Fuzz(func(t *testing.T, body, charset string) {
		got, err := behavior.FormParser.Parse(strings.NewReader(body), map[string]string{"charset": charset})
		if err != nil {
			return
		}
		for name, values := range got.Form {
			if !utf8.ValidString(name + strings.Join(values, "")) {
				t.Fatalf("%q: %q is not UTF-8", body, name)
			}
		}
		again, err := behavior.FormParser.Parse(strings.NewReader(got.Form.Encode()), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got.Form, again.Form); diff != "" {
			t.Error(diff)
		}
	})
}
