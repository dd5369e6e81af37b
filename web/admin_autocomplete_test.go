package web_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestAutocompleteFindsSessions(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 25)
	type found struct {
		Results []struct{ ID, Text string }
		More    bool
	}
	complete := func(model, term, page string) (found, int) {
		res := a.as("viewer").ask(t, "GET", adminRoot+"autocomplete/?"+url.Values{
			"app_label": {"user_behavior"}, "model_name": {model}, "field_name": {"session"}, "term": {term}, "page": {page},
		}.Encode(), nil)
		var body struct {
			Results    []struct{ ID, Text string }
			Pagination struct{ More bool }
		}
		if res.status == 200 {
			if err := json.Unmarshal(res.body, &body); err != nil || res.header.Get("Content-Type") != "application/json" {
				t.Fatal(err, res.header)
			}
		}
		return found{body.Results, body.Pagination.More}, res.status
	}
	first, _ := complete("pageview", "", "")
	if len(first.Results) != 20 || !first.More || first.Results[0].ID != "25" || first.Results[0].Text != "Session s025 - User ID: (None)" {
		t.Errorf("first page: %+v", first)
	}
	if second, _ := complete("interaction", "", "2"); len(second.Results) != 5 || second.More {
		t.Errorf("second page: %+v", second)
	}
	got, _ := complete("userinteraction", `S00 "firefox/102" user_`, "1")
	want := found{Results: []struct{ ID, Text string }{{"6", "Session s006 - User ID: (user_0)"}, {"2", "Session s002 - User ID: (user_2)"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, status := complete("pageview", "nowhere", ""); status != 200 || len(got.Results) != 0 {
		t.Errorf("nothing found: %d %+v", status, got)
	}
	for page, want := range map[string]int{"3": 404, "0": 404, "x": 404, "99999999999999999999": 404} {
		if _, status := complete("pageview", "", page); status != want {
			t.Errorf("page %s: %d", page, status)
		}
	}
	if _, status := complete("pageview", "a\x00", ""); status != 400 {
		t.Errorf("NUL: %d", status)
	}
}

func TestAutocompleteRefuses(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	good := map[string]string{"app_label": "user_behavior", "model_name": "pageview", "field_name": "session"}
	for name, bad := range map[string]string{"app_label": "auth", "model_name": "usersession", "field_name": "url"} {
		for _, value := range []string{bad, ""} {
			query := url.Values{}
			for name, value := range good {
				query.Set(name, value)
			}
			query.Set(name, value)
			if status := a.as("owner").ask(t, "GET", adminRoot+"autocomplete/?"+query.Encode(), nil).status; status != 403 {
				t.Errorf("%s=%s: %d", name, value, status)
			}
		}
	}
	if status := a.as("adder").ask(t, "GET", adminRoot+"autocomplete/?app_label=user_behavior&model_name=pageview&field_name=session", nil).status; status != 403 {
		t.Errorf("without the right to view sessions: %d", status)
	}
}
