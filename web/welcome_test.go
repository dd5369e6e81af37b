package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

// invite returns people among whom nobody is yet, and the address of the
// invitation.
func invite(t *testing.T) (*account.Store, string) {
	t.Helper()
	people := teststore.OpenPeople(t)
	token, err := people.Invite(t.Context(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return people, "/user_behavior/welcome/" + token + "/"
}

func TestTheFirstPersonBecomesTheOwner(t *testing.T) {
	t.Parallel()
	people, path := invite(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	doc := page(t, b.ask(t, "GET", path, nil))
	if n := doc.Find("[data-rules=password1] [data-rule]").Length(); n != 5 || doc.Find("input[name=username][autocomplete=username]").Length() != 1 {
		t.Errorf("the form shows %d rules", n)
	}
	const good = "correct horse battery"
	for name, c := range map[string]struct {
		user, first, second string
		want                []string
	}{
		"no name":       {"", good, good, []string{"Please correct the error below.", "A name is needed."}},
		"a bad name":    {"a b", good, good, []string{"Please correct the error below.", "A name has only letters, digits and @ . + - _."}},
		"not repeated":  {"ann", good, "other", []string{"Please correct the error below.", "The two password fields didn’t match."}},
		"two are wrong": {"<b>", "x", "x", []string{"Please correct the errors below.", "A name has only letters, digits and @ . + - _.", "This password is too short. It must contain at least 8 characters."}},
	} {
		res := b.submit(t, path, url.Values{"username": {c.user}, "password1": {c.first}, "password2": {c.second}})
		if diff := cmp.Diff(c.want, problems(t, res)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := page(t, res).Find("#username").AttrOr("value", ""); got != c.user {
			t.Errorf("%s: the form keeps %q", name, got)
		}
	}

	res := b.submit(t, path, url.Values{"username": {"ann"}, "password1": {good}, "password2": {good}})
	if to := res.header.Get("Location"); to != adminStart {
		t.Errorf("to %q", to)
	}
	if got := b.told(t, res); got != "Welcome, ann. You are the owner now." {
		t.Errorf("it says %q", got)
	}
	if p := personOf(t, people, "ann"); p.Role != behavior.RoleSuperuser || !p.Active {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]string{"ann add ann", "ann sign_in"}, deeds(t, people, behavior.Deeds()...)); diff != "" {
		t.Error(diff)
	}
	res = newBrowser(b.h).ask(t, "GET", path, nil)
	if text := page(t, res).Find("main").Text(); res.status != http.StatusGone || !strings.Contains(text, "Start the server again") || !strings.Contains(text, "behavior user add") {
		t.Errorf("the link once more: %d %s", res.status, text)
	}
}

func TestInvitationsAreNotGuessed(t *testing.T) {
	t.Parallel()
	people, path := invite(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	for i := range 31 {
		want := http.StatusGone
		if i == 30 {
			want = http.StatusTooManyRequests
		}
		if status := b.ask(t, "GET", "/user_behavior/welcome/guess/", nil).status; status != want {
			t.Fatalf("guess %d: %d", i+1, status)
		}
	}
	if status := b.ask(t, "GET", path, nil).status; status != http.StatusTooManyRequests {
		t.Errorf("the right one: %d", status)
	}
}

func TestInvitationsNeedATokenAndStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	people, path := invite(t)
	var log bytes.Buffer
	b := newBrowser(web.Handler(newTrackerLogging(t, behavior.Settings{People: people}, &log)))
	b.ask(t, "GET", path, nil)
	b.ask(t, "GET", strings.TrimSuffix(path, "/"), nil)
	res := b.ask(t, "POST", path, url.Values{"username": {"ann"}, "password1": {"correct horse"}, "password2": {"correct horse"}})
	if res.status != http.StatusForbidden {
		t.Errorf("without a token: %d", res.status)
	}
	if token := strings.Split(path, "/")[3]; strings.Contains(log.String(), token) {
		t.Error("the log has the invitation")
	}
}
