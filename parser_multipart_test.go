package behavior_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func part(header, value string) string {
	return "--x\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + value + "\r\n"
}

func TestMultiPartParser(t *testing.T) {
	t.Parallel()
	none := map[string]bool{}
	for _, c := range []struct {
		name, body, charset string
		form                url.Values
		files               map[string]bool
	}{
		{"text", part(`name="a"`, "ünï\r\ncode") + part(`name="b"`, "") + "--x--\r\n", "", url.Values{"a": {"ünï\r\ncode"}, "b": {""}}, none},
		{"repeated fields in order", part(`name="a"`, "1") + part(`name="a"`, "2") + "--x--", "", url.Values{"a": {"1", "2"}}, none},
		{"a file leaves its name", part(`name="a"; filename="s.txt"`, "content") + "--x--", "", url.Values{"a": {"s.txt"}}, map[string]bool{"a": true}},
		{"a file goes before text", part(`name="a"; filename="s.txt"`, "") + part(`name="a"`, "t") + "--x--", "", url.Values{"a": {"s.txt"}}, map[string]bool{"a": true}},
		{"a file without a name is text", part(`name="a"; filename=""`, "t") + "--x--", "", url.Values{"a": {"t"}}, none},
		{"a part without a name", part(`filename="s.txt"`, "t") + "--x--", "", url.Values{}, none},
		{"the last boundary is missing", part(`name="a"`, "1"), "", url.Values{"a": {"1"}}, none},
		{"no boundary at all", "a=1", "", url.Values{}, none},
		{"bytes that are no text", part(`name="a"`, "\xff") + "--x--", "", url.Values{"a": {"\uFFFD"}}, none},
		{"latin-1", part(`name="a"`, "\xe9") + "--x--", "latin-1", url.Values{"a": {"é"}}, none},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parse(t, behavior.MultiPartParser, c.body, "boundary", "x", "charset", c.charset)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(behavior.Payload{Form: c.form, Files: c.files}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMultiPartParserRefuses(t *testing.T) {
	t.Parallel()
	if _, err := parse(t, behavior.MultiPartParser, "--x--"); fmt.Sprint(err) != "Multipart form parse error - Invalid boundary in multipart: None" {
		t.Errorf("no boundary: %v", err)
	}
	_, err := parse(t, behavior.MultiPartParser, "--x\r\nno header\r\n\r\n1\r\n--x--", "boundary", "x")
	if !strings.HasPrefix(fmt.Sprint(err), "Multipart form parse error - ") {
		t.Errorf("broken header: %v", err)
	}
	body := http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(part(`name="a"`, strings.Repeat("1", 100)))), 80)
	_, err = behavior.MultiPartParser.Parse(body, map[string]string{"boundary": "x"})
	var large *http.MaxBytesError
	if !errors.As(err, &large) {
		t.Errorf("too large: %v", err)
	}
}
