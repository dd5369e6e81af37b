package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	var got netip.Addr
	note := func(_ *http.Request, c behavior.Caller) (time.Duration, bool) {
		got = c.Addr
		return 0, true
	}
	h := web.Handler(newTracker(t, behavior.Settings{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		API:            behavior.APISettings{Session: behavior.Resource[behavior.Session, behavior.SessionInput]{Throttles: []behavior.Throttle{note}}},
	}))
	for name, c := range map[string]struct{ peer, forwarded, want string }{
		"no proxy":                   {"203.0.113.5:1234", "", "203.0.113.5"},
		"stranger's claim":           {"203.0.113.5:1234", "198.51.100.1", "203.0.113.5"},
		"trusted proxy":              {"10.0.0.1:80", "198.51.100.1", "198.51.100.1"},
		"claim before the last hop":  {"10.0.0.1:80", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		"two trusted proxies":        {"10.0.0.1:80", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"},
		"only trusted hops":          {"10.0.0.1:80", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
		"several headers":            {"10.0.0.1:80", "1.1.1.1\n198.51.100.1", "198.51.100.1"},
		"garbage":                    {"10.0.0.1:80", "unknown", "10.0.0.1"},
		"garbage before a good hop":  {"10.0.0.1:80", "<script>, 198.51.100.1", "198.51.100.1"},
		"with ports":                 {"[fd00::1]:80", "198.51.100.1:5555", "198.51.100.1"},
		"version 6 in brackets":      {"10.0.0.1:80", "[2001:db8::1]:443", "2001:db8::1"},
		"version 4 mapped":           {"[::ffff:10.0.0.1]:80", "::ffff:198.51.100.1", "198.51.100.1"},
		"unix socket":                {"@", "198.51.100.1", ""},
		"trusted proxy, no header":   {"10.0.0.1:80", "", "10.0.0.1"},
		"empty hop between trusteds": {"10.0.0.1:80", "198.51.100.1, ,10.0.0.2", "10.0.0.2"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/user_behavior/sessions/", nil)
		r.RemoteAddr = c.peer
		for line := range strings.SplitSeq(c.forwarded, "\n") {
			if line != "" {
				r.Header.Add("X-Forwarded-For", line)
			}
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		want, _ := netip.ParseAddr(c.want)
		if got != want {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
	}
}

func TestLinksAreEncryptedWhereTheClientIs(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	for header, want := range map[string]string{"X-Forwarded-Proto: https": "https://example.com/", "X-Forwarded-Proto: x": "http://example.com/", "X-Other: https": "http://example.com/"} {
		if body := ask(t, h, "GET", "/user_behavior/", "", header).text(); !strings.Contains(body, `"`+want) {
			t.Errorf("%s: %s", header, body)
		}
	}
	untrusting := handler(t, behavior.Settings{})
	if body := ask(t, untrusting, "GET", "/user_behavior/", "", "X-Forwarded-Proto: https").text(); strings.Contains(body, "https:") {
		t.Errorf("a stranger's word is believed: %s", body)
	}
}
