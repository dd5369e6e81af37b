package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// segmentUsers are the users whom the header X-User names.
var segmentUsers = map[string]behavior.User{
	"ann":   {ID: "1", Name: "ann", Staff: true},
	"bob":   {ID: "2", Name: "bob", Staff: true},
	"owner": {ID: "3", Name: "owner", Staff: true, Superuser: true},
}

func segmented(t *testing.T) http.Handler {
	t.Helper()
	return serveReport(t, behavior.Settings{
		Segments: openPeople(t), Identify: func(r *http.Request) (behavior.User, error) { return segmentUsers[r.Header.Get("X-User")], nil },
	}, noRows)
}

// sendAs posts a form of the dashboard as a user's own page would.
func sendAs(t *testing.T, h http.Handler, user, path string, form url.Values) reply {
	t.Helper()
	const token = "abcdefghijklmnopqrstuvwxyz"
	form.Set("csrfmiddlewaretoken", token)
	return ask(t, h, "POST", dashboardPath+path, form.Encode(), "X-User: "+user, "Cookie: csrftoken="+token, "Content-Type: application/x-www-form-urlencoded")
}

// segmentsOf are the segments that a user sees, and whether they can be deleted.
func segmentsOf(t *testing.T, h http.Handler, user string) (list []string, remove []string) {
	t.Helper()
	look(t, h, "?f=is,country,DE", "X-User: "+user).Find(".segment").Each(func(_ int, row *goquery.Selection) {
		list = append(list, strings.Join(strings.Fields(row.Find("a").Text()), " ")+" "+row.Find("a").AttrOr("href", ""))
		if action, ok := row.Find("form").Attr("action"); ok {
			remove = append(remove, strings.TrimPrefix(action, dashboardPath))
		}
	})
	return list, remove
}

func TestSegments(t *testing.T) {
	t.Parallel()
	h := segmented(t)
	filters := []string{"is,country,DE", "contains,path,<b>%2C"}
	for user, form := range map[string]url.Values{
		"ann": {"name": {`<b>"Mine"</b>`}, "f": filters, "next": {dashboardPath + "?f=x"}},
		"bob": {"name": {"Ours"}, "f": filters[:1], "shared": {"1"}, "next": {"https://evil.example/"}},
	} {
		res := sendAs(t, h, user, "segments/", form)
		want := dashboardPath + "?f=x"
		if user == "bob" {
			want = "/user_behavior/"
		}
		if res.status != http.StatusSeeOther || res.header.Get("Location") != want {
			t.Fatalf("%s: %d %s %s", user, res.status, res.header.Get("Location"), res.text())
		}
	}
	mine := `<b>"Mine"</b> ` + dashboardPath + "?f=is,country,DE&f=contains,path,%3Cb%3E%252C"
	ours := dashboardPath + "?f=is,country,DE"
	for user, want := range map[string][]string{
		"ann": {mine, "Ours of bob " + ours}, "bob": {"Ours shared " + ours}, "owner": {"Ours of bob " + ours}, "": nil,
	} {
		if got, _ := segmentsOf(t, h, user); !cmp.Equal(want, got) {
			t.Errorf("%s sees (-want +got):\n%s", user, cmp.Diff(want, got))
		}
	}
	_, ofAnn := segmentsOf(t, h, "ann")
	_, ofOwner := segmentsOf(t, h, "owner")
	if len(ofAnn) != 1 || len(ofOwner) != 1 {
		t.Fatalf("ann can delete %v, the owner %v", ofAnn, ofOwner)
	}
	if res := sendAs(t, h, "ann", ofOwner[0], url.Values{}); res.status != http.StatusNotFound {
		t.Errorf("somebody else's segment: %d", res.status)
	}
	for user, path := range map[string]string{"ann": ofAnn[0], "owner": ofOwner[0]} {
		if res := sendAs(t, h, user, path, url.Values{"next": {dashboardPath}}); res.status != http.StatusSeeOther {
			t.Errorf("%s deletes: %d", user, res.status)
		}
	}
	if got, _ := segmentsOf(t, h, "ann"); got != nil {
		t.Errorf("%v is left", got)
	}
}

func TestSegmentsThatWillNotDo(t *testing.T) {
	t.Parallel()
	h := segmented(t)
	good := url.Values{"name": {"a"}, "f": {"is,country,DE"}}
	if res := ask(t, h, "POST", dashboardPath+"segments/", good.Encode(), "X-User: ann", "Content-Type: application/x-www-form-urlencoded"); res.status != http.StatusForbidden {
		t.Errorf("without a token: %d", res.status)
	}
	if res := sendAs(t, h, "", "segments/", good); res.status != http.StatusForbidden {
		t.Errorf("by nobody: %d", res.status)
	}
	if res := sendAs(t, h, "ann", "segments/", url.Values{"name": {"a"}, "f": {"like,mood"}}); res.status != http.StatusBadRequest {
		t.Errorf("a filter that is none: %d", res.status)
	}
	if res := sendAs(t, h, "ann", "segments/x/delete/", url.Values{}); res.status != http.StatusNotFound {
		t.Errorf("an id that is none: %d", res.status)
	}
	res := sendAs(t, h, "ann", "segments/", url.Values{"name": {" "}, "f": {"is,country,DE"}, "next": {dashboardPath}})
	cookie, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
	told := look(t, h, "", "X-User: ann", "Cookie: "+cookie).Find(".message.error").Text()
	if res.status != http.StatusSeeOther || !strings.Contains(told, "The segment was not saved. A name is needed.") {
		t.Errorf("without a name: %d %q", res.status, told)
	}
	without := handler(t, behavior.Settings{ReportPermission: behavior.AllowAny, Identify: func(*http.Request) (behavior.User, error) { return segmentUsers["ann"], nil }})
	if res := sendAs(t, without, "ann", "segments/", good); res.status != http.StatusNotFound {
		t.Errorf("where none are kept: %d", res.status)
	}
	if n := look(t, without, "?f=is,country,DE").Find("[data-menu=segments]").Length(); n != 0 {
		t.Error("there is a menu where none are kept")
	}
}
