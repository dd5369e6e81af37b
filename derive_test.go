package behavior

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVisitorIsTheUserOrAddressAndAgent(t *testing.T) {
	t.Parallel()
	visitor := func(userID *string, address, userAgent string) string {
		s := Session{UserID: userID, IPAddress: address, UserAgent: userAgent}
		s.derive()
		return s.Visitor
	}
	user, blank := "u-7", ""
	if got := visitor(&user, "192.0.2.1", "a"); got != "u-7" {
		t.Errorf("a signed-in visitor is %q", got)
	}
	anonymous := visitor(nil, "192.0.2.1", "a")
	if len(anonymous) != 16 {
		t.Errorf("an anonymous visitor is %q", anonymous)
	}
	if got := visitor(&blank, "192.0.2.1", "a"); got != anonymous {
		t.Errorf("a blank user id gives %q, want %q", got, anonymous)
	}
	seen := map[string]bool{anonymous: true}
	for _, other := range []string{visitor(nil, "192.0.2.2", "a"), visitor(nil, "192.0.2.1", "b"), visitor(nil, "192.0.2.1a", "")} {
		if seen[other] {
			t.Errorf("two visitors are both %q", other)
		}
		seen[other] = true
	}
}

func TestDeriveForgetsTheUserAgentBefore(t *testing.T) {
	t.Parallel()
	s := Session{UserAgent: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", IPAddress: "192.0.2.1"}
	s.derive()
	fresh := Session{UserAgent: "abc", IPAddress: "192.0.2.1"}
	s.UserAgent = fresh.UserAgent
	s.derive()
	fresh.derive()
	if diff := cmp.Diff(fresh, s); diff != "" {
		t.Error(diff)
	}
}

func TestHostAndPath(t *testing.T) {
	t.Parallel()
	tests := []struct{ raw, host, path string }{
		{"", "", ""},
		{"https://example.com", "example.com", "/"},
		{"HTTPS://User:Pw@EXAMPLE.com:8080/A/b?c=/d#e", "example.com", "/A/b"},
		{"https://example.com?x=/y", "example.com", "/"},
		{"https://example.com#/y", "example.com", "/"},
		{"http://[2001:DB8::1]:80/x", "2001:db8::1", "/x"},
		{"https://MÜNCHEN.de/straße%20x", "münchen.de", "/straße%20x"},
		{"/only/path?x", "", "/only/path"},
		{"?x", "", "/"},
		{"https://example.com/a//b/../c;d=e", "example.com", "/a//b/../c;d=e"},
	}
	for _, test := range tests {
		host, path := splitURL(test.raw)
		if host != test.host || path != test.path {
			t.Errorf("%q: %q %q, want %q %q", test.raw, host, path, test.host, test.path)
		}
	}
}
