package behavior

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsOfTheTracker(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"COLLECT_ORIGINS=https://a.example,http://b.example:8080": "",
		"COLLECT_ORIGINS=*":                     "",
		"COLLECT_ORIGINS=":                      "",
		"COLLECT_ORIGINS=a.example":             "E024",
		"COLLECT_ORIGINS=https://a.example/":    "E024",
		"COLLECT_ORIGINS=https://a.example, ":   "E024",
		"COLLECT_ORIGINS=null":                  "E024",
		"COLLECT_ORIGINS=https://u:p@a.example": "E024",
		"COLLECT_ORIGINS=file:///etc":           "E024",
		"COLLECT_THROTTLE_RATE=10/second":       "",
		"COLLECT_THROTTLE_RATE=10/fortnight":    "E008",
		"COLLECT_ADDRESSES=full":                "",
		"COLLECT_ADDRESSES=":                    "",
		"COLLECT_ADDRESSES=Full":                "E023",
		"VISITORS=stable":                       "",
		"VISITORS=weekly":                       "E023",
		"SITE_TOKEN_KEY=sixteen letters.":       "",
		"SITE_TOKEN_KEY=fifteen letters":        "E025",
		"TRACKER_NAME=a-b_c.1.js":               "",
		"TRACKER_NAME=app":                      "E026",
		"TRACKER_NAME=../app.js":                "E026",
		"TRACKER_NAME=.js":                      "E026",
		"TRACKER_NAME=a b.js":                   "E026",
		"METRICS=open":                          "",
		"METRICS=yes":                           "E023",
	} {
		_, err := ParseSettings(Environ([]string{settingPrefix + line}))
		name, _, _ := strings.Cut(line, "=")
		if want != "" {
			want = "user_behavior." + want + "_" + settingPrefix + name
		}
		if got := faultIDs(err); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for name, value := range map[string]any{"COLLECT_ORIGINS": "https://a.example", "VISITORS": 7, "METRICS": true} {
		if _, err := ParseSettings(map[string]any{settingPrefix + name: value}); err == nil {
			t.Errorf("%s takes a %T", name, value)
		}
	}
}

// faultIDs are the identifiers of all faults.
func faultIDs(err error) string {
	faults, _ := err.(Faults) //nolint:errorlint // ParseSettings returns nothing else
	var ids []string
	for _, f := range faults {
		ids = append(ids, f.ID)
	}
	return strings.Join(slices.Compact(ids), " ")
}

func TestSettingsOfTheTrackerByDefault(t *testing.T) {
	t.Parallel()
	origins := []string{"https://A.example"}
	s, err := Settings{Collect: CollectSettings{Origins: origins}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	want := CollectSettings{
		Origins: []string{"https://a.example"}, ThrottleRate: Rate{Count: 1200, Per: time.Minute},
		Addresses: TruncatedAddresses, Visitors: DailyVisitors,
	}
	if diff := cmp.Diff(want, s.Collect); diff != "" || s.Metrics != MetricsStaff || origins[0] != "https://A.example" {
		t.Errorf("%s, metrics for %q, the caller's list is %q", diff, s.Metrics, origins)
	}
	if s, err := (Settings{}).Check(); err != nil || s.Collect.Origins != nil {
		t.Errorf("all sites became %q, %v", s.Collect.Origins, err)
	}
}
