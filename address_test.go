package behavior_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const badAddress = "Enter a valid IPv4 or IPv6 address."

func TestAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{ // an empty want is a refusal
		{"0.0.0.0", "0.0.0.0"}, {"255.255.255.255", "255.255.255.255"}, {" 10.0.0.7\n", "10.0.0.7"},
		{"2001:0DB8:0000:0000:0000:FF00:0042:8329", "2001:db8::ff00:42:8329"}, {"::1", "::1"}, {"::", "::"},
		{"FE80::ABCD", "fe80::abcd"}, {"0:0:1:0:0:0:1:0", "0:0:1::1:0"}, {"1:0:0:2:3:4:5:6", "1::2:3:4:5:6"},
		{"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"}, {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
		{"::ffff:192.168.1.9", "192.168.1.9"}, {"::FFFF:c0a8:0109", "192.168.1.9"}, {"::1.2.3.4", "::102:304"},
		{"64:ff9b::1.2.3.4", "64:ff9b::102:304"}, {"fe80::1%eth0", "fe80::1"},
		{"999.1.1.1", ""}, {"1.2.3", ""}, {"not-an-ip", ""}, {"1.2.3.4:80", ""}, {"10.0.0.1/24", ""}, {"01.2.3.4", ""},
		{"1.2.3.4.5", ""}, {"1.2.3.256", ""}, {"１.2.3.4", ""}, {"0x1.2.3.4", ""}, {"1.2.3.", ""},
		{"2001:db8::1::2", ""}, {"[::1]", ""}, {"12345::", ""}, {":", ""}, {"1:2:3:4:5:6:7:8:9", ""}, {"::ffff:01.2.3.4", ""},
		{"fe80::1%", ""}, {"fe80::1%a%b", ""}, {"::1/64", ""}, {" ::1", ""}, {"::1 ", ""},
		{"0000:0000:0000:0000:0000:ffff:192.168.100.100", ""}, // 45 characters
		{"111111111111111111111111111111111111111111111111111111111111", ""},
	}
	for _, test := range tests {
		in := sessionInput("a")
		in.IPAddress = test.in
		got := faults(t, in.Check())["ip_address"]
		switch {
		case test.want == "" && !cmp.Equal(got, []string{badAddress}):
			t.Errorf("%q: %q", test.in, got)
		case test.want != "" && (got != nil || in.IPAddress != test.want):
			t.Errorf("%q became %q %q, want %q", test.in, in.IPAddress, got, test.want)
		}
	}
}

func TestAddressWithNULGetsBothMessages(t *testing.T) {
	t.Parallel()
	in := sessionInput("a")
	in.IPAddress = "1.2.3.4\x00"
	want := []string{"Null characters are not allowed.", badAddress}
	if diff := cmp.Diff(want, faults(t, in.Check())["ip_address"]); diff != "" {
		t.Error(diff)
	}
}

func FuzzIPAddress(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "::ffff:1.2.3.4", "fe80::1%eth0", " 1.2.3.4 ", "::", "1:2:3:4:5:6:1.2.3.4", "\xff::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		in := sessionInput("a")
		in.IPAddress = s
		if in.Check() != nil {
			return
		}
		once := in.IPAddress
		if addr, err := netip.ParseAddr(once); err != nil || addr.String() != once || addr.Zone() != "" || addr.Is4In6() {
			t.Errorf("%q became %q", s, once)
		}
		if err := in.Check(); err != nil || in.IPAddress != once {
			t.Errorf("%q became %q, then %q: %v", s, once, in.IPAddress, err)
		}
	})
}
