package behavior

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// newBareTracker is a tracker without a store.
func newBareTracker(t *testing.T, s Settings) *Tracker {
	t.Helper()
	tracker, err := New(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	return tracker
}

func TestCountryOfARequest(t *testing.T) {
	t.Parallel()
	lookUp := func(addr netip.Addr) string {
		return map[string]string{"192.0.2.1": "fr", "192.0.2.2": "France", "2001:db8::1": "BR"}[addr.String()]
	}
	tests := map[string]struct {
		header, peer, addr, want string
	}{
		"from a trusted proxy":              {"de", "127.0.0.1", "192.0.2.1", "DE"},
		"from a stranger":                   {"DE", "203.0.113.1", "192.0.2.1", "FR"},
		"the proxy does not know":           {"XX", "127.0.0.1", "192.0.2.1", "FR"},
		"the proxy sees an anonymizer":      {"T1", "127.0.0.1", "192.0.2.1", "FR"},
		"a header of nonsense":              {"<b>", "127.0.0.1", "192.0.2.1", "FR"},
		"no header":                         {"", "127.0.0.1", "192.0.2.1", "FR"},
		"nobody knows":                      {"", "127.0.0.1", "192.0.2.9", ""},
		"what the database says is no code": {"", "127.0.0.1", "192.0.2.2", ""},
		"IPv4 within IPv6":                  {"", "127.0.0.1", "::ffff:192.0.2.1", "FR"},
		"IPv6 with a zone":                  {"", "127.0.0.1", "2001:db8::1%eth0", "BR"},
	}
	tracker := newBareTracker(t, Settings{CountryHeader: "CF-IPCountry", CountryOf: lookUp})
	for name, test := range tests {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Header.Set("CF-IPCountry", test.header)
		if got := tracker.Country(r, netip.MustParseAddr(test.peer), netip.MustParseAddr(test.addr)); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.Header.Set("CF-IPCountry", "DE")
	if got := newBareTracker(t, Settings{}).Country(r, netip.MustParseAddr("127.0.0.1"), netip.Addr{}); got != "" {
		t.Errorf("a header that no setting names tells %q", got)
	}
}

func TestSessionsOfTheAPIAreLookedUp(t *testing.T) {
	t.Parallel()
	tracker := newBareTracker(t, Settings{CountryOf: func(netip.Addr) string { return "FR" }})
	for want, given := range map[string]string{"FR": "", "DE": "de"} {
		s, err := tracker.NewSession(SessionInput{SessionID: "s", UserAgent: "u", IPAddress: "192.0.2.1", Country: given})
		if err != nil || s.Country != want {
			t.Errorf("a session of %q is of %q: %v", given, s.Country, err)
		}
	}
}

func TestCountryOfATimeZone(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		"Europe/Berlin": "DE", "Europe/Copenhagen": "DK", "Europe/Busingen": "DE", "America/New_York": "US", "America/Toronto": "CA",
		"America/Argentina/Buenos_Aires": "AR", "Africa/Lagos": "NG", "Pacific/Auckland": "NZ", "Antarctica/McMurdo": "AQ",
		// names that browsers still send
		"Asia/Calcutta": "IN", "Europe/Kiev": "UA", "Asia/Saigon": "VN", "America/Buenos_Aires": "AR", "Asia/Katmandu": "NP", "Asia/Rangoon": "MM",
		"Atlantic/Faeroe": "FO", "America/Godthab": "GL", "America/Indianapolis": "US", "Pacific/Truk": "FM", "Africa/Asmera": "ER", "Iceland": "IS",
		// of no country, or of several
		"UTC": "", "Etc/UTC": "", "GMT": "", "CET": "", "EST": "", "Etc/GMT+5": "", "Europe/Simferopol": "",
		"": "", "europe/berlin": "", "Europe/Berlin ": "", "#": "", "Made": "", "DE": "", "Nowhere/Land": "",
	} {
		if got := zoneCountry(zone); got != want {
			t.Errorf("%q is in %q, want %q", zone, got, want)
		}
	}
}

func TestTheTableOfTimeZonesIsSound(t *testing.T) {
	t.Parallel()
	countries := map[string]bool{}
	for zone, country := range zoneCountries() {
		countries[country] = true
		if countryCode(country) != country {
			t.Errorf("%s is in %q", zone, country)
		}
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("%s is no time zone: %v", zone, err)
		}
	}
	if len(zoneCountries()) < 500 || len(countries) < 240 || strings.Count(zoneLines, "\n") != len(countries)+2 {
		t.Errorf("the table has %d zones in %d countries", len(zoneCountries()), len(countries))
	}
}

func FuzzCountryCode(f *testing.F) {
	for _, s := range []string{"de", "XX", "T1", " us ", "\x00\x00", "ÄÖ", "ıı", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code := countryCode(s)
		if code != "" && (len(code) != 2 || !isUpper(code[0]) || !isUpper(code[1])) {
			t.Errorf("%q gives %q", s, code)
		}
	})
}
