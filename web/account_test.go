package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// problems lists what the page says is wrong, in its order.
func problems(t *testing.T, res reply) []string {
	t.Helper()
	var list []string
	for _, node := range page(t, res).Find(".alert").EachIter() {
		list = append(list, node.Text())
	}
	return list
}

// told lists the messages of the page that follows a redirect.
func (b *browser) told(t *testing.T, res reply) string {
	t.Helper()
	if res.status != http.StatusSeeOther {
		t.Fatalf("%d, not a redirect: %s", res.status, page(t, res).Find("main").Text())
	}
	return strings.TrimSpace(page(t, b.ask(t, "GET", res.header.Get("Location"), nil)).Find(".messages").Text())
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	h := handler(t, behavior.Settings{People: people})
	b, other := newBrowser(h), newBrowser(h)
	b.signIn(t, "alice", "")
	other.signIn(t, "alice", "")
	const good = "a better one than before"
	old := password("alice")
	for name, c := range map[string]struct {
		old, first, second string
		want               []string
	}{
		"old one wrong": {"guess", good, good, []string{
			"Please correct the error below.", "Your old password was entered incorrectly. Please enter it again."}},
		"not repeated": {old, good, good + "x", []string{
			"Please correct the error below.", "The two password fields didn’t match."}},
		"nothing good about it": {"guess", "12345", "12345", []string{
			"Please correct the errors below.", "Your old password was entered incorrectly. Please enter it again.",
			"This password is too short. It must contain at least 8 characters.", "This password is too common.", "This password is entirely numeric."}},
		"like the name": {old, "alice-99", "alice-99", []string{
			"Please correct the error below.", "The password is too similar to the username."}},
	} {
		res := b.submit(t, accountPath, url.Values{"action": {"password"}, "old_password": {c.old}, "new_password1": {c.first}, "new_password2": {c.second}})
		if diff := cmp.Diff(c.want, problems(t, res)); res.status != http.StatusOK || diff != "" {
			t.Errorf("%s: %d %s", name, res.status, diff)
		}
	}

	before := b.cookies["sessionid"].Value
	res := b.submit(t, accountPath, url.Values{"action": {"password"}, "old_password": {old}, "new_password1": {good}, "new_password2": {good}})
	if got := b.told(t, res); got != "Your password was changed. All your other sign-ins have ended." {
		t.Errorf("it says %q", got)
	}
	if after := b.cookies["sessionid"].Value; after == before || !b.cookies["sessionid"].Expires.IsZero() {
		t.Errorf("the sign-in has the token %q, before %q, until %v", after, before, b.cookies["sessionid"].Expires)
	}
	if status := other.ask(t, "GET", accountPath, nil).status; status != http.StatusFound {
		t.Errorf("the other sign-in goes on: %d", status)
	}
	if _, err := people.Authenticate(t.Context(), "alice", good); err != nil {
		t.Error(err)
	}
	want := []string{"alice sign_in_failed", "alice sign_in_failed", "alice password alice"}
	if diff := cmp.Diff(want, deeds(t, people, behavior.DeedPassword, behavior.DeedSignInFailed)); diff != "" {
		t.Error(diff)
	}
}

func TestGuessesAtTheOldPasswordAreThrottled(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	b.signIn(t, "alice", "")
	form := url.Values{"action": {"password"}, "old_password": {"guess"}, "new_password1": {"a"}, "new_password2": {"a"}}
	for i := range 11 {
		res := b.submit(t, accountPath, form)
		if refused := res.status == http.StatusTooManyRequests; refused != (i == 10) {
			t.Fatalf("guess %d: %d", i+1, res.status)
		}
	}
}

func TestListOfSignIns(t *testing.T) {
	t.Parallel()
	var c clock
	people := openPeople(t)
	h := handler(t, proxied(people, &c))
	var browsers []*browser
	for i, agent := range []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
		`<script>alert(1)</script>`,
		"",
	} {
		b := newBrowser(h)
		b.header = []string{"User-Agent: " + agent, from("203.0.113." + string(rune('1'+i)))}
		b.signIn(t, "alice", "")
		browsers = append(browsers, b)
		c.pass(1e9)
	}
	stranger := newBrowser(h)
	stranger.signIn(t, "staff", "")

	b := browsers[0]
	doc := page(t, b.ask(t, "GET", accountPath, nil))
	var got []string
	for _, row := range doc.Find("table tbody tr").EachIter() {
		got = append(got, strings.TrimSpace(row.Find("td").Eq(0).Text())+" | "+row.Find("td").Eq(1).Text())
	}
	want := []string{"Unknown browser | 203.0.113.3", "Unknown browser | 203.0.113.2", "Chrome 126 · Windows This one | 203.0.113.1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if doc.Find("table tr").Eq(3).Find("button").Length() != 0 {
		t.Error("this one can be ended like the others")
	}

	id := doc.Find("button[name=sign_in]").First().AttrOr("value", "")
	if got := b.told(t, b.submit(t, accountPath, url.Values{"action": {"end"}, "sign_in": {id}})); got != "One sign-in was ended." {
		t.Errorf("it says %q", got)
	}
	if status := browsers[2].ask(t, "GET", accountPath, nil).status; status != http.StatusFound {
		t.Errorf("the ended one: %d", status)
	}
	theirs, err := people.SignIns(t.Context(), personOf(t, people, "staff").ID)
	if err != nil {
		t.Fatal(err)
	}
	b.submit(t, accountPath, url.Values{"action": {"end"}, "sign_in": {theirs[0].ID}})
	if status := stranger.ask(t, "GET", accountPath, nil).status; status != http.StatusOK {
		t.Errorf("somebody else's has ended: %d", status)
	}
	if got := b.told(t, b.submit(t, accountPath, url.Values{"action": {"end_others"}})); got != "One sign-in was ended." {
		t.Errorf("it says %q", got)
	}
	if status := browsers[1].ask(t, "GET", accountPath, nil).status; status != http.StatusFound {
		t.Errorf("one of the others: %d", status)
	}
	if diff := cmp.Diff([]string{"alice end_sign_ins alice", "alice end_sign_ins alice"}, deeds(t, people, behavior.DeedEndSignIns)); diff != "" {
		t.Error(diff)
	}
}

func TestAccountIsForThoseWhoSignedIn(t *testing.T) {
	t.Parallel()
	b := newBrowser(handler(t, behavior.Settings{People: openPeople(t)}))
	res := b.ask(t, "GET", accountPath, nil)
	if want := loginPath + "?next=%2Fuser_behavior%2Faccount%2F"; res.status != http.StatusFound || res.header.Get("Location") != want {
		t.Errorf("a stranger: %d to %q", res.status, res.header.Get("Location"))
	}
	b.signIn(t, "alice", "")
	if status := b.ask(t, "POST", accountPath, url.Values{"action": {"end_others"}}).status; status != http.StatusForbidden {
		t.Errorf("without the token: %d", status)
	}
	if status := b.submit(t, accountPath, url.Values{"action": {"dance"}}).status; status != http.StatusBadRequest {
		t.Errorf("no action: %d", status)
	}
}
