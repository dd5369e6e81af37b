package behavior

import (
	_ "embed" // the table of time zones
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
)

// Country tells the country of a visitor by what is better than the time zone
// of the browser: the header that [Settings.CountryHeader] names, if peer, the
// other end of the connection, is a trusted proxy; else [Settings.CountryOf]
// the visitor's address. It is an ISO 3166-1 alpha-2 code, empty when nothing
// is known.
func (t *Tracker) Country(r *http.Request, peer, addr netip.Addr) string {
	if name := t.settings.CountryHeader; name != "" && t.TrustedProxy(peer) {
		if code := countryCode(r.Header.Get(name)); code != "" {
			return code
		}
	}
	return t.countryOf(addr)
}

// countryOf looks the country of an address up, if there is anything to look
// it up in.
func (t *Tracker) countryOf(addr netip.Addr) string {
	if t.settings.CountryOf == nil || !addr.IsValid() {
		return ""
	}
	return countryCode(t.settings.CountryOf(addr.Unmap().WithZone("")))
}

// countryCode is a code in upper case; empty for what is none, and for those
// that stand for an unknown country.
func countryCode(s string) string {
	code := strings.ToUpper(trim(s))
	if len(code) != 2 || !isUpper(code[0]) || !isUpper(code[1]) || code == "XX" || code == "ZZ" {
		return ""
	}
	return code
}

//go:embed country_zones.txt
var zoneLines string

// zoneCountries are the countries of the time zones of the IANA database,
// former names included.
var zoneCountries = sync.OnceValue(func() map[string]string {
	countries := map[string]string{}
	for line := range strings.Lines(zoneLines) {
		country, zones, _ := strings.Cut(strings.TrimSpace(line), " ")
		if country == "#" {
			continue
		}
		for zone := range strings.FieldsSeq(zones) {
			countries[zone] = country
		}
	}
	return countries
})

// zoneCountry is the country of a time zone; empty for zones that are of none,
// as UTC, or of several.
func zoneCountry(zone string) string { return zoneCountries()[zone] }

// headerForm is what the name of a header may look like.
var headerForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

func checkCountryHeader(faults *Faults, header string) {
	if header == "" || headerForm.MatchString(header) {
		return
	}
	name := settingPrefix + "COUNTRY_HEADER"
	faults.add("E027", name, "'"+name+"' names '"+header+"', which cannot be a header.", "Use letters, digits and dashes (e.g., 'CF-IPCountry').")
}
