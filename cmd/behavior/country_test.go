package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/userbehavior/behavior"
)

// countries writes a database in which 192.0.2.0/24 is in Brazil.
func countries(t *testing.T) string {
	t.Helper()
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-Country", IncludeReservedNetworks: true})
	if err != nil {
		t.Fatal(err)
	}
	network := &net.IPNet{IP: net.IPv4(192, 0, 2, 0).To4(), Mask: net.CIDRMask(24, 32)}
	if err := tree.Insert(network, mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("BR")}}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "countries.mmdb"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.WriteTo(file); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}

func TestCountriesComeFromTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := &process{stdout: io.Discard, stderr: io.Discard, environ: []string{settingGeo + "=" + countries(t), settingData + "=" + dir}}
	conf, err := p.configure(storeOptions{}, "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	var h house
	t.Cleanup(func() { _ = h.close() })
	if err := h.openImport(t.Context(), conf, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for addr, want := range map[string]string{"192.0.2.7": "BR", "198.51.100.1": ""} {
		if got := h.tracker.Country(r, netip.Addr{}, netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is in %q, want %q", addr, got, want)
		}
	}
	s, err := h.tracker.Start(t.Context(), behavior.SessionInput{SessionID: "s", UserAgent: "u", IPAddress: "192.0.2.9"})
	if err != nil || s.Country != "BR" {
		t.Errorf("the session is of %q: %v", s.Country, err)
	}
}

func TestADatabaseOfCountriesThatCannotBeReadIsAFault(t *testing.T) {
	t.Parallel()
	p := &process{stdout: io.Discard, stderr: io.Discard, environ: []string{settingGeo + "=" + t.TempDir(), settingData + "=" + t.TempDir()}}
	if _, err := p.configure(storeOptions{}, ""); err == nil || !strings.Contains(err.Error(), "E034_"+settingGeo) {
		t.Errorf("configured: %v", err)
	}
}
