package web_test

import (
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

func TestMetricsTellWhatWasCollected(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{Metrics: behavior.MetricsOpen})
	h := web.Handler(tracker)
	body := wire(1, view(1), click(2), `{"n":3,"t":0,"k":"purchase"}`)
	for range 2 {
		send(t, h, body)
	}
	ask(t, h, "GET", "/user_behavior/sessions/1/", "")
	ask(t, h, "GET", "/user_behavior/nothing/<here>", "")
	text := ask(t, h, "GET", "/user_behavior/metrics", "").text()
	for _, line := range []string{
		`behavior_events_collected_total{outcome="stored",reason=""} 2`,
		`behavior_events_collected_total{outcome="duplicate",reason=""} 2`,
		`behavior_events_collected_total{outcome="refused",reason="type"} 2`,
		`behavior_events_collected_total{outcome="refused",reason="url"} 0`,
		`behavior_events_lost_total 0`,
		`behavior_queue_rows 0`,
		`behavior_append_duration_seconds_count 2`,
		`behavior_append_duration_seconds_bucket{le="30"} 2`,
		`behavior_http_requests_total{route="collect/",status="204"} 2`,
		`behavior_http_requests_total{route="sessions/{id}/",status="200"} 1`,
		`behavior_http_requests_total{route="none",status="404"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(text, "\n"+line) {
			t.Errorf("the metrics lack %s:\n%s", line, text)
		}
	}
}

func TestMetricsAreForThoseWhoWatchOver(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	for name, c := range map[string]struct {
		access behavior.MetricsAccess
		peer   string
		header []string
		status int
	}{
		"stranger":                     {"", "203.0.113.9:1", nil, 403},
		"staff":                        {"", "203.0.113.9:1", []string{basic("staff")}, 200},
		"user":                         {"", "203.0.113.9:1", []string{basic("alice")}, 403},
		"wrong password":               {"", "203.0.113.9:1", []string{"Authorization: Basic YTpi"}, 403},
		"this machine":                 {"", "127.0.0.1:1", nil, 200},
		"this machine, version 6":      {"", "[::1]:1", nil, 200},
		"stranger through a proxy":     {"", "127.0.0.1:1", []string{"X-Forwarded-For: 203.0.113.9"}, 403},
		"stranger who claims to be us": {"", "203.0.113.9:1", []string{"X-Forwarded-For: 127.0.0.1"}, 403},
		"open":                         {behavior.MetricsOpen, "203.0.113.9:1", nil, 200},
		"off":                          {behavior.MetricsOff, "127.0.0.1:1", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := handler(t, behavior.Settings{Metrics: c.access, People: people})
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/user_behavior/metrics", nil)
			r.RemoteAddr = c.peer
			for _, line := range c.header {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if told := strings.Contains(w.Body.String(), "behavior_queue_rows"); w.Code != c.status || told != (c.status == 200) {
				t.Errorf("%d, want %d; told: %v", w.Code, c.status, told)
			}
		})
	}
}

// basic is the header of a user's credentials.
func basic(name string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password(name)))
}
