package geo_test

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/userbehavior/behavior/geo"
)

// entry is the record of a network. Those of networks within others come after them.
type entry struct {
	network string
	record  mmdbtype.DataType
}

// write writes a database.
func write(t testing.TB, entries ...entry) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		_, network, err := net.ParseCIDR(e.network)
		if err != nil {
			t.Fatal(err)
		}
		if err := tree.Insert(network, e.record); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "countries.mmdb")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func country(code string) mmdbtype.Map { return mmdbtype.Map{"iso_code": mmdbtype.String(code)} }

func TestCountryOfAnAddress(t *testing.T) {
	t.Parallel()
	places, err := geo.Open(write(t,
		entry{"192.0.2.0/24", mmdbtype.Map{"country": country("DE"), "registered_country": country("US")}},
		entry{"198.51.100.0/24", mmdbtype.Map{"registered_country": country("FR")}},
		entry{"203.0.113.0/25", mmdbtype.Map{"country_code": mmdbtype.String("NL")}},
		entry{"203.0.113.128/25", mmdbtype.Map{"country": mmdbtype.String("JP"), "country_name": mmdbtype.String("Japan")}},
		entry{"2001:db8::/32", mmdbtype.Map{"country": country("BR"), "city": mmdbtype.Map{}}},
		entry{"2001:db8:1::/48", mmdbtype.Map{"continent": mmdbtype.Map{"code": mmdbtype.String("EU")}}},
		entry{"2001:db8:2::/48", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.Uint32(7)}}},
		entry{"2001:db8:3::/48", mmdbtype.String("DE")},
		entry{"2001:db8:4:1::/64", mmdbtype.Map{"country": country("CH")}},
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = places.Close() })
	for addr, want := range map[string]string{
		"192.0.2.7": "DE", "198.51.100.1": "FR", "203.0.113.5": "NL", "203.0.113.200": "JP", "192.0.3.1": "",
		"2001:db8::1": "BR", "2001:db8:1::1": "", "2001:db8:2::1": "", "2001:db8:3::1": "", "2001:db8:4:1::9": "CH", "2001:db9::1": "",
	} {
		if got := places.Country(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is in %q, want %q", addr, got, want)
		}
	}
	if got := places.Country(netip.Addr{}); got != "" {
		t.Errorf("no address is in %q", got)
	}
}

func TestFilesThatAreNoDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := filepath.Join(dir, "text.mmdb")
	if err := os.WriteFile(text, []byte("country,code\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, dir, filepath.Join(dir, "missing.mmdb")} {
		if _, err := geo.Open(path); err == nil || !strings.HasPrefix(err.Error(), "open the database of countries: ") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func BenchmarkCountry(b *testing.B) {
	places, err := geo.Open(write(b, entry{"192.0.2.0/24", mmdbtype.Map{"country": country("DE")}}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = places.Close() })
	addr := netip.MustParseAddr("192.0.2.7")
	for b.Loop() {
		places.Country(addr)
	}
}
