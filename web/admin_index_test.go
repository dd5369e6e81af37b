package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/internal/teststore"
	"github.com/userbehavior/behavior/web"
)

func TestStartCountsRecords(t *testing.T) {
	t.Parallel()
	var c clock
	settings := proxied(openPeople(t), &c)
	settings.TimeZone = time.FixedZone("", 3600)
	tracker := newTracker(t, settings)
	now := c.now()
	for i, days := range []int{0, 0, 1, 13, 14, 40} {
		in := behavior.SessionInput{SessionID: fmt.Sprint("s", i), UserAgent: "Googlebot/2.1 (+http://www.google.com/bot.html)", IPAddress: "::1", StartTime: now.AddDate(0, 0, -days)}
		if _, err := tracker.Start(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	h := web.Handler(tracker)
	b := newBrowser(h)
	b.signIn(t, "admin", "")
	doc := page(t, b.ask(t, "GET", adminStart, nil))
	for try := 0; try < 5 && strings.Contains(doc.Text(), "could not be counted"); try++ {
		c.pass(time.Minute) // a busy machine may be late; then it counts anew
		doc = page(t, b.ask(t, "GET", adminStart, nil))
	}
	cards := map[string]string{}
	for _, card := range doc.Find(".kind").EachIter() {
		cards[card.Find("h2").Text()] = card.Find(".count").Text()
	}
	want := map[string]string{"User Sessions": "6 2 today", "Page Views": "0 0 today", "User Interactions": "0 0 today"}
	if diff := cmp.Diff(want, cards); diff != "" {
		t.Error(diff)
	}
	var heights []string
	for _, bar := range doc.Find(".kind").First().Find("rect").EachIter() {
		heights = append(heights, bar.AttrOr("height", ""))
	}
	if got := strings.Join(heights, " "); got != "16 1 1 1 1 1 1 1 1 1 1 1 16 32" {
		t.Errorf("the columns are %s", got)
	}
	if label := doc.Find(".spark").First().AttrOr("aria-label", ""); !strings.HasPrefix(label, "Added on each of the last 14 days: highest on ") || !strings.HasSuffix(label, ", 2; today 2.") {
		t.Errorf("the chart says %q", label)
	}
	if text := strings.Join(strings.Fields(doc.Find(".figures").Text()), " "); !strings.Contains(text, "Rows stored6") || !strings.Contains(text, "Search engine4") || !strings.Contains(text, "Unknown event type0") {
		t.Errorf("health: %s", text)
	}
	if got := doc.Find(".state").Text(); strings.TrimSpace(got) != "Storage can be used" {
		t.Errorf("state: %q", got)
	}

	if err := tracker.DeleteSession(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	count := func() string {
		return page(t, b.ask(t, "GET", adminStart, nil)).Find(".kind .count").First().Text()
	}
	if got := count(); got != "6 2 today" {
		t.Errorf("counted anew within the minute: %s", got)
	}
	if c.pass(time.Minute); count() != "5 1 today" {
		t.Errorf("a minute later: %s", count())
	}
}

func TestStartShowsWhatOneMayDo(t *testing.T) {
	t.Parallel()
	var none behavior.Rights
	rights := func(names ...string) behavior.User {
		return behavior.User{ID: "1", Name: "ann", Staff: true, Rights: behavior.ParseRights(strings.Join(names, " "))}
	}
	for name, c := range map[string]struct {
		user behavior.User
		want string
	}{
		"everything": {behavior.User{ID: "1", Name: "ann", Staff: true, Superuser: true}, "Change User Sessions, Add to User Sessions, Change Page Views, Add to Page Views, Change User Interactions, Add to User Interactions"},
		"view":       {behavior.User{ID: "1", Name: "ann", Staff: true, Rights: behavior.ViewRights}, "View User Sessions, View Page Views, View User Interactions"},
		"one kind":   {rights("pageview.change"), "Change Page Views"},
		"add only":   {rights("session.add"), "Add to User Sessions"},
		"none":       {behavior.User{ID: "1", Name: "ann", Staff: true, Rights: none}, "403"},
		"no staff":   {behavior.User{ID: "1", Name: "ann"}, "403"},
		"nobody":     {behavior.User{}, "403"},
	} {
		res := newBrowser(handler(t, behavior.Settings{Identify: host(c.user)})).ask(t, "GET", adminStart, nil)
		var links []string
		for _, link := range page(t, res).Find(".kind .actions a").EachIter() {
			links = append(links, link.Text())
		}
		if res.status != 200 {
			links = []string{fmt.Sprint(res.status)}
		}
		if diff := cmp.Diff(c.want, strings.Join(links, ", ")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestStartShowsRecentActions(t *testing.T) {
	t.Parallel()
	var entries []behavior.AuditEntry
	for i := range 12 {
		entries = append(entries, session("5", fmt.Sprint("entry ", i), behavior.DeedAdd))
	}
	people, b := logged(t, entries...)
	own := session("6", "own", behavior.DeedChange)
	own.UserID, own.User, own.Time = personOf(t, people, "admin").ID, "admin", time.Now()
	if err := people.Note(t.Context(), own); err != nil {
		t.Fatal(err)
	}
	recent := func(b *browser, query string) (list []string) {
		for _, item := range page(t, b.ask(t, "GET", adminStart+query, nil)).Find(".recent li").EachIter() {
			list = append(list, item.Find(".what").Text())
		}
		return list
	}
	if diff := cmp.Diff([]string{"Changed User Session own", "Signed in"}, recent(b, "")); diff != "" {
		t.Error(diff)
	}
	if got := recent(b, "?actions=everyone"); len(got) != 10 || got[0] != "Changed User Session own" || got[9] != "Added User Session entry 4" {
		t.Errorf("everyone's: %v", got)
	}
	staff := newBrowser(b.h)
	staff.signIn(t, "staff", "")
	if got := recent(staff, "?actions=everyone"); len(got) != 1 || got[0] != "Signed in" {
		t.Errorf("staff see %v", got)
	}
}

func TestStartWithoutAStore(t *testing.T) {
	t.Parallel()
	owner := behavior.User{ID: "1", Name: "ann", Staff: true, Superuser: true}
	store := teststore.Open(t)
	tracker, err := behavior.New(store, behavior.Settings{Identify: host(owner), Logger: quietLogger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	res := newBrowser(web.Handler(tracker)).ask(t, "GET", adminStart, nil)
	doc := page(t, res)
	if got := strings.TrimSpace(doc.Find(".state").Text()); res.status != 200 || got != "Storage cannot be used at the moment" || doc.Find(".kind").Length() != 3 {
		t.Errorf("%d %q", res.status, got)
	}
}

func TestWhoMayNotEnterTheAdmin(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	none := personOf(t, people, "staff")
	if _, err := people.ChangePerson(t.Context(), none.ID, func(p *behavior.Person) error { p.Rights = 0; return nil }); err != nil {
		t.Fatal(err)
	}
	h := handler(t, behavior.Settings{People: people})
	staff, alice, nobody := newBrowser(h), newBrowser(h), newBrowser(h)
	staff.signIn(t, "staff", "")
	alice.signIn(t, "alice", "")
	res := staff.ask(t, "GET", adminStart, nil)
	if text := page(t, res).Find("main").Text(); res.status != http.StatusForbidden || !strings.Contains(text, "An owner can give it to you.") {
		t.Errorf("staff without rights: %d %s", res.status, text)
	}
	for _, b := range []*browser{alice, nobody} {
		res := b.ask(t, "GET", adminStart+"log/?q=a%20b", nil)
		want := loginPath + "?next=" + url.QueryEscape(adminStart+"log/?q=a%20b")
		if res.status != http.StatusFound || res.header.Get("Location") != want {
			t.Errorf("%d to %q", res.status, res.header.Get("Location"))
		}
		if status := b.ask(t, "GET", want, nil).status; status != http.StatusOK {
			t.Errorf("the sign-in page leads on: %d", status)
		}
	}
}

func TestAdminCanBeTurnedOff(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t), Admin: behavior.AdminSettings{Enabled: behavior.Off}})
	b := newBrowser(h)
	if to := b.signIn(t, "admin", "").header.Get("Location"); to != "/user_behavior/" {
		t.Errorf("to %q", to)
	}
	for _, path := range []string{adminStart, logPath, peoplePath, adminStart + "sessions/"} {
		if status := b.ask(t, "GET", path, nil).status; status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	if n := page(t, b.ask(t, "GET", "/user_behavior/report/", nil)).Find("a[href^='" + adminStart + "']").Length(); n > 0 {
		t.Errorf("%d links lead into it", n)
	}
}

func TestHostsHaveNoPagesForPeople(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	owner := behavior.User{ID: "1", Name: "ann", Staff: true, Superuser: true}
	b := newBrowser(handler(t, behavior.Settings{Identify: host(owner), People: people}))
	for _, path := range []string{loginPath, accountPath, "/user_behavior/welcome/x/", peoplePath, peoplePath + "add/"} {
		if status := b.ask(t, "GET", path, nil).status; status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	doc := page(t, b.ask(t, "GET", adminStart, nil))
	if n := doc.Find("a[href*='/account/'], a[href*='/login/'], a[href*='/people/'], form[action*=logout]").Length(); n > 0 || doc.Find(".who .name").Text() != "ann" {
		t.Errorf("%d links, name %q", n, doc.Find(".who .name").Text())
	}
}
