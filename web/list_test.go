package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

func TestListsByEveryPagination(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pages behavior.Pagination
		want  map[string]string
	}{
		"plain arrays": {behavior.Unpaged{}, map[string]string{"?limit=1&offset=1": "1 2 3"}},
		"numbered pages": {behavior.PageNumber{PageSize: 2}, map[string]string{
			"": "1 2", "?page=2": "3", "?page=last": "3", "?page=3": `404 {"detail":"Invalid page."}`, "?page=x": `404 {"detail":"Invalid page."}`,
		}},
		"cursors": {behavior.Cursor{PageSize: 2}, map[string]string{
			"": "3 2", "?cursor=x": `404 {"detail":"Invalid cursor"}`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := unthrottled()
			s.API.Pagination = c.pages
			h := handler(t, s)
			fillStore(t, h)
			for query, want := range c.want {
				for _, path := range []string{"sessions/", "pageviews/", "interactions/"} {
					if got := found(t, h, path+query); got != want {
						t.Errorf("%s%s: %s, not %s", path, query, got, want)
					}
				}
			}
		})
	}
}

// Cursors need the value of every field that a list can be ordered by.
func TestCursorsWalkInEveryOrder(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.Pagination = behavior.Cursor{PageSize: 1}
	orders := map[string][]string{}
	for path, kind := range map[string]behavior.Kind{"sessions/": behavior.KindSession, "pageviews/": behavior.KindPageView, "interactions/": behavior.KindInteraction} {
		for _, f := range kind.Fields() {
			if f.Type != behavior.JSON {
				orders[path] = append(orders[path], f.Name)
			}
		}
		if kind != behavior.KindSession {
			for _, f := range behavior.KindSession.Fields() {
				orders[path] = append(orders[path], behavior.SessionPrefix+f.Name)
			}
		}
	}
	s.API.Session.OrderingFields, s.API.PageView.OrderingFields, s.API.Interaction.OrderingFields = orders["sessions/"], orders["pageviews/"], orders["interactions/"]
	tracker := newTracker(t, s)
	h := web.Handler(tracker)
	fillStore(t, h)
	teststore.Settle(t, tracker)
	for path, fields := range orders {
		for _, field := range fields {
			for _, sign := range []string{"", "-"} {
				if seen := walk(t, h, path+"?ordering="+sign+field); len(seen) != 3 {
					t.Errorf("%s by %s%s: %v", path, sign, field, seen)
				}
			}
		}
	}
}

// walk follows the links of a list and returns how often each id was seen.
func walk(t *testing.T, h http.Handler, path string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for range 4 {
		body := ask(t, h, "GET", "/user_behavior/"+path, "").text()
		for _, match := range idInList.FindAllStringSubmatch(body, -1) {
			seen[match[1]]++
		}
		_, next, ok := strings.Cut(body, `{"next":"http://example.com/user_behavior/`)
		if !ok {
			break
		}
		path, _, _ = strings.Cut(next, `"`)
	}
	return seen
}

func TestLinksKeepTheQuery(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	fillStore(t, h)
	base := "http://example.com/user_behavior/sessions.json/"
	want := fmt.Sprintf(`200 {"count":3,"next":"%s?limit=1&offset=2&search=%%22a%%22+a","previous":"%s?limit=1&search=%%22a%%22+a","results":[`, base, base)
	res := ask(t, h, "GET", "/user_behavior/sessions.json/?search=%22a%22+a&offset=1&limit=1", "")
	if got := fmt.Sprintf("%d %s", res.status, res.text()); !strings.HasPrefix(got, want) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestRetrieveByLenientIDs(t *testing.T) {
	t.Parallel()
	h := handler(t, unthrottled())
	startSession(t, h)
	for id, want := range map[string]string{
		"1": "200 " + aSession, "%201": "200 " + aSession, "01": "200 " + aSession, "+1": "200 " + aSession,
		"-1":                   `404 {"detail":"No UserSession matches the given query."}`,
		"99999999999999999999": `404 {"detail":"No UserSession matches the given query."}`,
		"s":                    `404 {"detail":"Not found."}`,
		"1e3":                  `404 {"detail":"Not found."}`,
		"%00":                  `404 {"detail":"Not found."}`,
	} {
		expect(t, h, "GET", "sessions/"+id+"/", "", want)
	}
}

func TestDescriptionHidesTheFieldsFromThoseWhoMayNotWrite(t *testing.T) {
	t.Parallel()
	s := unthrottled()
	s.API.Permission = behavior.IsAuthenticatedOrReadOnly
	s.API.Session.Parsers = []behavior.Parser{behavior.FormParser}
	s.Identify = func(r *http.Request) (behavior.User, error) {
		return behavior.User{ID: r.Header.Get("X-User")}, nil
	}
	h := handler(t, s)
	bare := `200 {"name":"User Session List","description":"","renders":["application/json","text/html"],"parses":["application/x-www-form-urlencoded"]`
	expect(t, h, "OPTIONS", "sessions/", "", bare+"}")
	res := ask(t, h, "OPTIONS", "/user_behavior/sessions/", "", "X-User: ann")
	if got := fmt.Sprintf("%d %s", res.status, res.text()); !strings.HasPrefix(got, bare+`,"actions":{"POST":{"id":{"type":"integer","required":false,"read_only":true,"label":"ID"},"session_id":{`) {
		t.Error(got)
	}
}
