package browser_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// sitePassword is that of everybody on a full site, and siteViewer one who may
// do nothing but look.
const (
	sitePassword = "correct horse battery"
	siteViewer   = "a.viewer.with-a-name-of-forty-letters-@x"
)

// newFullSite is a server with people and four weeks of records, some of them
// hostile. "ann" owns it; the address is that of its prefix.
func newFullSite(t *testing.T) string {
	t.Helper()
	store := teststore.Open(t)
	people := teststore.OpenPeople(t,
		teststore.Person{Person: behavior.Person{Name: "ann", Role: behavior.RoleSuperuser, Active: true}, Password: sitePassword},
		teststore.Person{Person: behavior.Person{
			Name: siteViewer, Role: behavior.RoleStaff, Active: true, Rights: behavior.ViewRights,
		}, Password: sitePassword},
		teststore.Person{Person: behavior.Person{Name: "gone", Role: behavior.RoleUser}, Password: sitePassword},
	)
	tracker, err := behavior.New(store, behavior.Settings{People: people, Given: given, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	fill(t, tracker)
	return freshServer(t, web.Handler(tracker)).URL + "/user_behavior/"
}

// given are settings, one of them longer than a phone is wide.
var given = []behavior.GivenSetting{
	{Name: "USER_BEHAVIOR_PREFIX", Value: "/user_behavior/", Source: "environment"},
	{Name: "USER_BEHAVIOR_TRUSTED_PROXIES", Value: strings.Repeat("2001:db8:85a3::/64,", 20), Source: "/a/path/" + strings.Repeat("x", 100) + ".toml"},
}

// agents are what the visitors of a full site come with.
var agents = []string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	"<script>alert(1)</script>" + strings.Repeat("x", 500),
}

// hostile is text that must be shown as it is, and break nothing.
var hostile = "<script>alert(1)</script>\u202e" + strings.Repeat("=cmd()", 1500)

// fill records sessions, their page views and interactions: the first session
// is the longest ago, and the last one is open now.
func fill(t *testing.T, tracker *behavior.Tracker) {
	t.Helper()
	const sessions = 48
	var rows []behavior.Row
	for n := range sessions {
		start := time.Now().Add(time.Duration(n-sessions+1) * 13 * time.Hour).Add(-10 * time.Minute)
		in := behavior.SessionInput{
			SessionID: fmt.Sprintf("%08d-4f1c-4b2e-9d3a-%012d", n, n), UserAgent: agents[n%len(agents)], IPAddress: fmt.Sprintf("2001:db8:85a3::8a2e:370:%d", n%9),
			StartTime: start, Language: []string{"en", "de-AT", "pt-BR"}[n%3], Screen: "1920x1080", Country: []string{"DE", "BR", "US", "JP", ""}[n%5],
		}
		if end, user := start.Add(7*time.Minute), fmt.Sprintf("user-%d", n%4); n%6 != 5 {
			in.EndTime, in.UserID = &end, &user
		}
		s, err := tracker.NewSession(in)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, behavior.Row{Session: &s})
		rows = append(rows, visit(t, tracker, in, n)...)
	}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
}

// visit is what happens in the n-th session.
func visit(t *testing.T, tracker *behavior.Tracker, s behavior.SessionInput, n int) []behavior.Row {
	t.Helper()
	var rows []behavior.Row
	for i, path := range []string{"/", "/pricing/?utm_source=newsletter&utm_medium=email", "/a-page-with-a-name-that-does-not-end/" + strings.Repeat("y", 120)}[:1+n%3] {
		at := s.StartTime.Add(time.Duration(i) * 2 * time.Minute)
		v, err := tracker.NewPageView(behavior.ViewInput{
			SessionID: s.SessionID, URL: "https://shop.example" + path, Timestamp: at,
			Title: "The shop", Referrer: []string{"", "https://www.google.com/", "https://news.example/item"}[n%3],
		})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, behavior.Row{PageView: &v})
		element, metadata := "#buy", fmt.Sprintf(`{"x":%d,"y":20,"plan":"pro"}`, i)
		if n%16 == 15 {
			element, metadata = hostile, `{"deep":{"list":[1,2,{"`+strings.Repeat("k", 300)+`":null}]}}`
		}
		types := behavior.EventTypes()
		a, err := tracker.NewInteraction(behavior.InteractionInput{
			SessionID: s.SessionID, EventType: types[(n+i)%len(types)], Element: element,
			Metadata: json.RawMessage(metadata), Timestamp: at.Add(time.Minute),
		})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, behavior.Row{Interaction: &a})
	}
	return rows
}
