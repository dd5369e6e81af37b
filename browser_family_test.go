package behavior_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestBrowserFamiliesOfTheReference(t *testing.T) {
	t.Parallel()
	var recorded struct {
		Browsers []struct {
			Name      string `json:"name"`
			UserAgent string `json:"user_agent"`
			Family    string `json:"family"`
		} `json:"browsers"`
	}
	raw, err := os.ReadFile("testdata/conformance/report_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &recorded); err != nil {
		t.Fatal(err)
	}
	if len(recorded.Browsers) < 18 {
		t.Fatalf("only %d user agents recorded", len(recorded.Browsers))
	}
	for _, b := range recorded.Browsers {
		if got := behavior.BrowserFamily(b.UserAgent); got != b.Family {
			t.Errorf("%s: %q, want %q", b.Name, got, b.Family)
		}
	}
}

func TestBrowserFamilies(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Mozilla/5.0 Chrome/124.0 Safari/537.36 Edg/124.0": "Edge",
		"Edg/x Edg/1":                       "Edge",
		"EDG/1":                             "Unknown",
		"Chrome/124.0 OPR/109.0":            "Opera",
		"FxiOS/125.0 Mobile Safari/605.1":   "Unknown",
		"Chrome/.5":                         "Chrome",
		"Chrome/٣":                          "Chrome",
		"Version/17.4 Safari":               "Safari",
		"Version/x Version/1 Safari Safari": "Safari",
		"Version/17.4\nSafari":              "Unknown",
		"x\nVersion/17.4 Safari":            "Safari",
		"MSIE 7.0":                          "Internet Explorer",
		"MSIE/7.0":                          "Unknown",
		"rv:11.0 Trident/7.0":               "Unknown",
	}
	for userAgent, want := range tests {
		if got := behavior.BrowserFamily(userAgent); got != want {
			t.Errorf("%q: %q, want %q", userAgent, got, want)
		}
	}
}
