package web_test

import (
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

// Collected records have what no client of the API could send. That must not
// keep clients from changing other fields of them.
func TestPatchChecksOnlyWhatIsSent(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, behavior.Settings{API: behavior.APISettings{AllowUpdate: behavior.On}})
	h := web.Handler(tracker)
	long := "https://example.com/" + strings.Repeat("x", 300)
	of := behavior.Session{SessionID: "s"}
	adminHost{tracker: tracker}.record(t,
		behavior.Row{Session: &behavior.Session{SessionID: "s", StartTime: adminNow, Visitor: "v"}},
		behavior.Row{Session: &behavior.Session{SessionID: "t", StartTime: adminNow}},
		behavior.Row{PageView: &behavior.PageView{Session: of, URL: long, Timestamp: adminNow}},
		behavior.Row{Interaction: &behavior.Interaction{Session: of, EventType: "gone", Metadata: []byte("{}"), Timestamp: adminNow}})
	for _, c := range []struct {
		path, body string
		status     int
		holds      string
	}{
		{"sessions/1/", `{"user_agent":"u"}`, 200, `"user_agent":"u","ip_address":""`},
		{"pageviews/1/", `{"session_id":"t"}`, 200, long},
		{"interactions/1/", `{"element":"#b"}`, 200, `"event_type":"gone","element":"#b"`},
		{"sessions/1/", `{"ip_address":""}`, 400, `{"ip_address":["This field may not be blank."]}`},
		{"pageviews/1/", `{"url":"` + long + `y"}`, 400, `{"url":["Ensure this field has no more than 200 characters."]}`},
		{"interactions/1/", `{"event_type":"gone"}`, 400, `{"event_type":["\"gone\" is not a valid choice."]}`},
	} {
		res := ask(t, h, "PATCH", "/user_behavior/"+c.path, c.body, "Content-Type: application/json")
		if res.status != c.status || !strings.Contains(res.text(), c.holds) {
			t.Errorf("%s %s: %d %s", c.path, c.body, res.status, res.text())
		}
	}
}
