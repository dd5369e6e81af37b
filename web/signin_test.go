package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

const (
	adminStart  = "/user_behavior/admin/"
	accountPath = "/user_behavior/account/"
	staffText   = "Please enter the correct username and password for a staff account. Note that both fields may be case-sensitive."
)

// clock is a clock that only a test moves.
type clock struct {
	begin sync.Once
	start time.Time
	ahead atomic.Int64
}

func (c *clock) now() time.Time {
	c.begin.Do(func() { c.start = time.Now() })
	return c.start.Add(time.Duration(c.ahead.Load()))
}

func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// proxied are settings under which a test tells the client's address.
func proxied(people behavior.People, c *clock) behavior.Settings {
	return behavior.Settings{People: people, Now: c.now, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
}

// from is the header by which a client has an address.
func from(address string) string { return "X-Forwarded-For: " + address }

// deeds lists what the audit trail has, the oldest first: "ann sign_in".
func deeds(t *testing.T, people *account.Store, of ...behavior.Deed) []string {
	t.Helper()
	entries, _, err := people.Entries(t.Context(), behavior.AuditQuery{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		for _, deed := range of {
			if e.Deed == deed {
				list = append(list, strings.TrimSpace(fmt.Sprint(e.User, " ", e.Deed, " ", e.Object)))
			}
		}
	}
	return list
}

func personOf(t *testing.T, people *account.Store, name string) behavior.Person {
	t.Helper()
	p, err := people.PersonByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOnlyStaffSignInForTheAdmin(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	for name, c := range map[string]struct{ user, password, next, to string }{
		"staff":                 {"staff", password("staff"), adminStart + "log/", adminStart + "log/"},
		"no staff":              {"alice", password("alice"), adminStart, ""},
		"wrong password":        {"staff", "guess", adminStart, ""},
		"the admin without end": {"alice", password("alice"), "/user_behavior/admin", ""},
		"written differently":   {"alice", password("alice"), "/user_behavior/%61dmin/", ""},
		"somewhere else":        {"alice", password("alice"), "/user_behavior/report/", "/user_behavior/report/"},
		"nowhere, staff":        {"admin", password("admin"), "", adminStart},
		"nowhere, no staff":     {"alice", password("alice"), "", "/user_behavior/"},
	} {
		b := newBrowser(h)
		res := b.submit(t, loginPath, url.Values{"username": {c.user}, "password": {c.password}, "next": {c.next}})
		if got := res.header.Get("Location"); got != c.to {
			t.Errorf("%s: %d to %q", name, res.status, got)
		}
		if c.to != "" {
			continue
		}
		if got := page(t, res).Find("#problem[autofocus]").Text(); got != staffText || b.cookies["sessionid"] != nil {
			t.Errorf("%s: %q, cookie %v", name, got, b.cookies["sessionid"])
		}
	}
}

func TestWhoIsSignedInNeedsNoForm(t *testing.T) {
	t.Parallel()
	h := handler(t, behavior.Settings{People: openPeople(t)})
	for name, c := range map[string]struct{ user, next, to string }{
		"staff":                    {"staff", "", adminStart},
		"no staff":                 {"alice", "", "/user_behavior/"},
		"to a page":                {"alice", "/user_behavior/report/", "/user_behavior/report/"},
		"to the admin":             {"staff", adminStart + "log/", adminStart + "log/"},
		"to the admin, no staff":   {"alice", adminStart, ""},
		"to another host":          {"staff", "//evil.example", adminStart},
		"to the sign-in page":      {"alice", loginPath, loginPath},
		"to the admin of an owner": {"admin", adminStart + "people/", adminStart + "people/"},
	} {
		b := newBrowser(h)
		b.signIn(t, c.user, "")
		res := b.ask(t, "GET", loginPath+"?next="+url.QueryEscape(c.next), nil)
		if got := res.header.Get("Location"); got != c.to {
			t.Errorf("%s: %d to %q", name, res.status, got)
		}
		if c.to == "" && !strings.Contains(page(t, res).Find("#problem").Text(), "signed in as alice") {
			t.Errorf("%s: the page does not say who is signed in", name)
		}
	}
}

func TestGuessesAtANameAreThrottled(t *testing.T) {
	t.Parallel()
	var c clock
	people := openPeople(t)
	b := newBrowser(handler(t, proxied(people, &c)))
	try := func(name, password, address string) reply {
		return b.ask(t, "POST", loginPath, url.Values{"username": {name}, "password": {password}, "csrfmiddlewaretoken": {b.token(t, loginPath)}}, from(address))
	}
	for i := range 10 {
		if status := try("alice", "guess", fmt.Sprint("203.0.113.", i)).status; status != http.StatusOK {
			t.Fatalf("guess %d: %d", i+1, status)
		}
		c.pass(time.Second)
	}
	res := try("alice", password("alice"), "203.0.113.77")
	doc := page(t, res)
	if res.status != http.StatusTooManyRequests || res.header.Get("Retry-After") != "50" || b.cookies["sessionid"] != nil {
		t.Errorf("the right password: %d, Retry-After %q", res.status, res.header.Get("Retry-After"))
	}
	if got := doc.Find("form #password").Length(); got != 1 || !strings.Contains(doc.Find("#problem").Text(), "Please try again in 50 seconds.") {
		t.Errorf("the page has %d forms and says %q", got, doc.Find("#problem").Text())
	}
	if status := try("staff", "guess", "203.0.113.77").status; status != http.StatusOK {
		t.Errorf("another name: %d", status)
	}
	if failures := deeds(t, people, behavior.DeedSignInFailed); len(failures) != 11 {
		t.Errorf("the trail has %d failures", len(failures))
	}
	c.pass(50 * time.Second)
	if res := try("alice", password("alice"), "203.0.113.77"); res.status != http.StatusSeeOther {
		t.Errorf("a minute later: %d", res.status)
	}
}

func TestGuessesFromAnAddressAreThrottled(t *testing.T) {
	t.Parallel()
	var c clock
	b := newBrowser(handler(t, proxied(openPeople(t), &c)))
	token := b.token(t, loginPath)
	try := func(n int, address string) int {
		return b.ask(t, "POST", loginPath, url.Values{"username": {fmt.Sprint("user", n)}, "password": {"guess"}, "csrfmiddlewaretoken": {token}}, from(address)).status
	}
	for n := range 30 {
		if status := try(n, "2001:db8::"+fmt.Sprint(n)); status != http.StatusOK {
			t.Fatalf("guess %d: %d", n+1, status)
		}
	}
	if status := try(30, "2001:db8::ffff"); status != http.StatusTooManyRequests {
		t.Errorf("the same network: %d", status)
	}
	if status := try(30, "2001:db8:0:1::1"); status != http.StatusOK {
		t.Errorf("another network: %d", status)
	}
}

func TestStrangersDoNotKeepPeopleWaiting(t *testing.T) {
	t.Parallel()
	var c clock
	settings := proxied(openPeople(t), &c)
	settings.API.Permission = behavior.IsAuthenticated
	h := handler(t, settings)
	basic := func(pair, address string) reply {
		return ask(t, h, "GET", "/user_behavior/sessions/", "", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(pair)), from(address))
	}
	right := "alice:" + password("alice")
	for range 12 {
		if res := basic(right, "198.51.100.1"); res.status != http.StatusOK {
			t.Fatalf("a client of the API: %d", res.status)
		}
	}
	for i := range 11 {
		want := http.StatusForbidden
		if i == 10 {
			want = http.StatusTooManyRequests
		}
		if res := basic("alice:guess", "203.0.113.7"); res.status != want {
			t.Fatalf("guess %d: %d", i+1, res.status)
		}
	}
	res := basic(right, "203.0.113.7")
	if body := res.text(); res.status != http.StatusTooManyRequests || res.header.Get("Retry-After") == "" ||
		!strings.HasPrefix(body, `{"detail":"Request was throttled. Expected available in `) {
		t.Errorf("the right password of a stranger: %d %s", res.status, body)
	}
	if res := basic(right, "198.51.100.1"); res.status != http.StatusOK {
		t.Errorf("the client of the API, meanwhile: %d", res.status)
	}
}

func TestManyGuessesAtOnceAreOneMinutesGuesses(t *testing.T) {
	t.Parallel()
	var c clock
	h := handler(t, proxied(openPeople(t), &c))
	statuses := make(chan int, 40)
	for i := range cap(statuses) {
		go func() {
			header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("alice:guess"))
			statuses <- ask(t, h, "GET", "/user_behavior/sessions/", "", header, from(fmt.Sprint("203.0.113.", i))).status
		}()
	}
	for range cap(statuses) {
		<-statuses
	}
	header := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("alice:"+password("alice")))
	if res := ask(t, h, "GET", "/user_behavior/sessions/", "", header, from("203.0.113.99")); res.status != http.StatusTooManyRequests {
		t.Errorf("the right password after 40 wrong ones: %d", res.status)
	}
}

func TestSignInsAreNoted(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	long := strings.Repeat("ä", 200)
	b.submit(t, loginPath, url.Values{"username": {long}, "password": {"x"}})
	b.submit(t, loginPath, url.Values{"username": {""}, "password": {"x"}})
	b.signIn(t, "staff", "")
	got := deeds(t, people, behavior.Deeds()...)
	want := []string{long[:300] + " sign_in_failed", "staff sign_in"}
	if diff := cmp.Diff(want, got[:min(len(got), 2)]); diff != "" {
		t.Error(diff)
	}
	entries, _, err := people.Entries(t.Context(), behavior.AuditQuery{Deed: behavior.DeedSignIn})
	if err != nil || len(entries) != 1 || entries[0].UserID != personOf(t, people, "staff").ID || entries[0].Addr != "192.0.2.1" {
		t.Errorf("%v %+v", err, entries)
	}
}

func TestSignOutIsNotedOnce(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "staff", "")
	form := url.Values{"csrfmiddlewaretoken": {b.cookies["csrftoken"].Value}}
	for range 2 {
		b.ask(t, "POST", "/user_behavior/logout/", form)
	}
	if diff := cmp.Diff([]string{"staff sign_out"}, deeds(t, people, behavior.DeedSignOut)); diff != "" {
		t.Error(diff)
	}
}

func TestKeepMeSignedIn(t *testing.T) {
	t.Parallel()
	var c clock
	people := openPeople(t)
	h := handler(t, proxied(people, &c))
	sign := func(form url.Values) (*browser, behavior.SignIn) {
		b := newBrowser(h)
		form["username"], form["password"] = []string{"alice"}, []string{password("alice")}
		b.submit(t, loginPath, form, "User-Agent: "+strings.Repeat("Browser/1 ", 100), from("203.0.113.9"))
		list, err := people.SignIns(t.Context(), personOf(t, people, "alice").ID)
		if err != nil || len(list) == 0 {
			t.Fatal(list, err)
		}
		return b, list[0]
	}
	about := func(got time.Time, in time.Duration) bool { return time.Until(got).Round(time.Minute) == in }

	brief, signIn := sign(url.Values{})
	if !brief.cookies["sessionid"].Expires.IsZero() || !about(signIn.Expires, 12*time.Hour) {
		t.Errorf("not kept: the cookie until %v, the sign-in until %v", brief.cookies["sessionid"].Expires, signIn.Expires)
	}
	if signIn.Addr != "203.0.113.9" || len(signIn.Agent) != 500 || c.now().Sub(signIn.Start).Abs() > time.Minute {
		t.Errorf("the sign-in tells %+v", signIn)
	}
	c.pass(time.Second)
	kept, signIn := sign(url.Values{"remember": {"1"}})
	if !about(kept.cookies["sessionid"].Expires, 14*24*time.Hour) || !about(signIn.Expires, 14*24*time.Hour) {
		t.Errorf("kept: the cookie until %v, the sign-in until %v", kept.cookies["sessionid"].Expires, signIn.Expires)
	}

	signedIn := func(b *browser) bool { return b.ask(t, "GET", accountPath, nil).status == http.StatusOK }
	for range 2 { // each use moves the end
		if c.pass(11 * time.Hour); !signedIn(brief) || !signedIn(kept) {
			t.Fatal("signed out while in use")
		}
	}
	list, err := people.SignIns(t.Context(), personOf(t, people, "alice").ID)
	if err != nil || len(list) != 2 || !about(list[1].Expires, 2*time.Hour) {
		t.Errorf("after 22 hours: %+v, %v", list, err)
	}
	if c.pass(3 * time.Hour); signedIn(brief) || !signedIn(kept) {
		t.Error("a sign-in that is not kept lasts for more than a day, or one that is kept does not")
	}
	idle, _ := sign(url.Values{})
	if c.pass(12 * time.Hour); signedIn(idle) || !signedIn(kept) {
		t.Error("a sign-in that is not kept survives half a day without use, or one that is kept does not")
	}
}

// An application with a session manager of its own, made without New, has its
// sessions in the requests that it passes on: they are not ours.
func TestSessionsOfTheApplicationAreNotSignIns(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "alice", "")
	admin, err := people.PersonByName(t.Context(), "admin")
	if err != nil {
		t.Fatal(err)
	}
	theirs := &scs.SessionManager{Codec: scs.GobCodec{}, Lifetime: time.Hour}
	ctx, err := theirs.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	theirs.Put(ctx, behavior.SessionUser, admin.ID)
	inner := b.h
	b.h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r.WithContext(ctx)) })
	if who := page(t, b.ask(t, "GET", accountPath, nil)).Find(".who").Text(); !strings.Contains(who, "alice") {
		t.Errorf("signed in as %q", who)
	}
}
