package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/web"
)

const (
	samplePath   = dashboardPath + "sample/"
	unsamplePath = samplePath + "remove/"
)

// postSample sends what a button of the dashboard would, there or not.
func postSample(t *testing.T, b *browser, action string) reply {
	t.Helper()
	b.ask(t, "GET", adminStart, nil) // for a token
	return b.ask(t, "POST", action, url.Values{"csrfmiddlewaretoken": {b.cookies["csrftoken"].Value}, "next": {dashboardPath}})
}

// sendSample presses the button of the dashboard that sends to an address, and
// returns what the next page says.
func sendSample(t *testing.T, b *browser, action string) string {
	t.Helper()
	form := page(t, b.ask(t, "GET", dashboardPath, nil)).Find("form[action='" + action + "']")
	if form.Find("button").Length() != 1 {
		t.Fatalf("there is no button for %s", action)
	}
	values := url.Values{}
	for _, name := range []string{"csrfmiddlewaretoken", "next"} {
		values.Set(name, form.Find("[name="+name+"]").AttrOr("value", ""))
	}
	res := b.ask(t, "POST", action, values)
	if res.status != http.StatusSeeOther || res.header.Get("Location") != dashboardPath {
		t.Fatalf("%s: %d to %q", action, res.status, res.header.Get("Location"))
	}
	return b.told(t, res)
}

func TestSampleDataComeAndGo(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	tracker := newTracker(t, behavior.Settings{People: people})
	b := newBrowser(web.Handler(tracker))
	b.signIn(t, "staff", "") // who has all rights on records
	if got := sendSample(t, b, samplePath); !strings.HasPrefix(got, "Sample data have been loaded: 2,000 User Sessions, ") {
		t.Errorf("it says %q", got)
	}
	for _, address := range []string{dashboardPath, "/user_behavior/report/"} {
		doc := page(t, b.ask(t, "GET", address, nil))
		if doc.Find(".sample").Length() != 1 || doc.Find(".first").Length() > 0 || doc.Find("figure.chart tbody tr").Length() < 20 {
			t.Errorf("%s: %s", address, doc.Find("main").Text())
		}
	}
	postSample(t, b, samplePath)
	if _, n, err := tracker.Sessions(t.Context(), behavior.Query{Limit: 1}); n != 2000 || err != nil {
		t.Errorf("loaded twice: %d sessions, %v", n, err)
	}
	visitNow(t, tracker, "own")
	if got := sendSample(t, b, unsamplePath); !strings.HasPrefix(got, "The sample data have been removed: 2,000 User Sessions, ") {
		t.Errorf("it says %q", got)
	}
	if _, n, err := tracker.Sessions(t.Context(), behavior.Query{Limit: 1}); n != 1 || err != nil {
		t.Errorf("%d sessions are left, %v", n, err)
	}
	for _, path := range []string{samplePath, unsamplePath} {
		if got := b.told(t, postSample(t, b, path)); got != "There are records already: nothing has been made up." && got != "There are no sample data." {
			t.Errorf("%s once more: %q", path, got)
		}
	}
	want := []string{"staff add Sample data", "staff delete Sample data"}
	if diff := cmp.Diff(want, deeds(t, people, behavior.DeedAdd, behavior.DeedDelete)); diff != "" {
		t.Error(diff)
	}
}

// Sample data need rights on all kinds of record, and a page of ours.
func TestSampleDataNeedRights(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	for _, name := range []string{"viewer", "editor", "adder"} {
		b := a.as(name)
		if n := page(t, b.ask(t, "GET", dashboardPath, nil)).Find(".first form").Length(); n > 0 {
			t.Errorf("%s has a button", name)
		}
		for _, path := range []string{samplePath, unsamplePath} {
			if status := postSample(t, b, path).status; status != http.StatusForbidden {
				t.Errorf("%s: %s: %d", name, path, status)
			}
		}
	}
	for _, path := range []string{samplePath, unsamplePath} {
		owner := a.as("owner")
		if status := owner.ask(t, "POST", path, url.Values{}).status; status != http.StatusForbidden {
			t.Errorf("%s without a token: %d", path, status)
		}
		if status := owner.ask(t, "GET", path, nil).status; status != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, status)
		}
		if status := a.as("nobody").ask(t, "POST", path, url.Values{}).status; status != http.StatusForbidden {
			t.Errorf("%s by nobody: %d", path, status)
		}
	}
	if _, n, err := a.tracker.Sessions(t.Context(), behavior.Query{}); n != 0 || err != nil {
		t.Errorf("%d sessions, %v", n, err)
	}
	sendSample(t, a.as("owner"), samplePath)
	doc := page(t, a.as("viewer").ask(t, "GET", dashboardPath, nil))
	if note := doc.Find(".sample"); note.Find("button").Length() > 0 || !strings.Contains(note.Text(), "Somebody who may delete records") {
		t.Errorf("a viewer reads %q", note.Text())
	}
}
