package web_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/testserver"
	"github.com/userbehavior/behavior/web"
)

// node is one of several servers that share people in a PostgreSQL database.
type node struct {
	h      http.Handler
	people *account.Store
	log    *logLines
}

// logLines is a log that servers write while a test reads it.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logLines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// openShared opens people in a database.
func openShared(t *testing.T, dsn string, options account.Options) *account.Store {
	t.Helper()
	people, err := account.OpenPostgres(t.Context(), dsn, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = people.Close() })
	return people
}

// nodesOn are two servers on a database, to whom a header tells clients' addresses.
func nodesOn(t *testing.T, dsn string, settings behavior.Settings) (a, b node) {
	t.Helper()
	for _, n := range []*node{&a, &b} {
		n.people, n.log = openShared(t, dsn, account.Options{Migrate: true, Timeout: 5 * time.Second}), &logLines{}
		settings := settings
		settings.People, settings.Logger = n.people, slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelWarn}))
		settings.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
		n.h = web.Handler(newTracker(t, settings))
	}
	return a, b
}

// nodes are two servers on a database of their own, with the users of openPeople.
func nodes(t *testing.T, settings behavior.Settings) (a, b node) {
	t.Helper()
	a, b = nodesOn(t, testserver.SharedPostgres(t).Database(t), settings)
	if _, err := openPeople(t).CopyTo(t.Context(), a.people); err != nil {
		t.Fatal(err)
	}
	return a, b
}

// at is the same browser at another server, as behind a balancer of loads.
func (b *browser) at(n node) *browser { return &browser{h: n.h, cookies: b.cookies, header: b.header} }

// isIn reports whether the browser is signed in.
func (b *browser) isIn(t *testing.T) bool {
	t.Helper()
	return b.ask(t, "GET", accountPath, nil).status == http.StatusOK
}

func TestNodesShareSignIns(t *testing.T) {
	t.Parallel()
	a, b := nodes(t, behavior.Settings{})
	phone, desk := newBrowser(a.h), newBrowser(b.h)
	for _, one := range []*browser{phone, desk} {
		if res := one.signIn(t, "staff", ""); res.status != http.StatusSeeOther {
			t.Fatalf("sign in: %d", res.status)
		}
	}
	if !phone.at(b).isIn(t) || !desk.at(a).isIn(t) {
		t.Fatal("who has signed in at one is not at the other")
	}
	// A form that one has shown is taken by the other.
	form := url.Values{"action": {"end_others"}, "csrfmiddlewaretoken": {desk.at(a).token(t, accountPath)}}
	if res := desk.at(b).ask(t, "POST", accountPath, form); res.status != http.StatusSeeOther {
		t.Fatalf("end the others: %d", res.status)
	}
	if phone.at(a).isIn(t) || phone.at(b).isIn(t) || !desk.at(a).isIn(t) {
		t.Error("a sign-in that was ended at one counts at the other, or one that was not has ended")
	}
	// What a person may do changes everywhere.
	staff, err := a.people.PersonByName(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	if status := desk.at(b).ask(t, "GET", adminStart, nil).status; status != http.StatusOK {
		t.Errorf("the admin: %d", status)
	}
	if _, err := a.people.ChangePerson(t.Context(), staff.ID, func(p *behavior.Person) error { p.Role = behavior.RoleUser; return nil }); err != nil {
		t.Fatal(err)
	}
	if status := desk.at(b).ask(t, "GET", adminStart, nil).status; status == http.StatusOK {
		t.Error("the right to see the admin is still there")
	}
	old := *desk.cookies["sessionid"]
	if res := desk.at(a).ask(t, "POST", "/user_behavior/logout/", url.Values{"csrfmiddlewaretoken": {desk.token(t, accountPath)}}); res.status != http.StatusSeeOther {
		t.Errorf("sign out: %d", res.status)
	}
	desk.cookies["sessionid"] = &old
	if desk.at(b).isIn(t) {
		t.Error("who has signed out at one is still in at the other")
	}
}

func TestNodesShareThrottles(t *testing.T) {
	t.Parallel()
	const rate = 7
	a, b := nodes(t, behavior.Settings{BaseThrottleRate: behavior.Rate{Count: rate, Per: time.Hour}})
	get := func(n node, addr, path string) reply {
		return ask(t, n.h, "GET", "/user_behavior/"+path, "", from(addr))
	}
	for i := range rate {
		if res := get([]node{a, b}[i%2], "203.0.113.1", []string{"sessions/", "pageviews/", "interactions/"}[i%3]); res.status != http.StatusOK {
			t.Errorf("request %d: %d", i+1, res.status)
		}
	}
	for _, n := range []node{b, a, b} {
		res := get(n, "203.0.113.1", "sessions/")
		if wait, err := strconv.Atoi(res.header.Get("Retry-After")); res.status != http.StatusTooManyRequests || err != nil || wait < 3540 || wait > 3600 {
			t.Errorf("one more: %d, Retry-After %q", res.status, res.header.Get("Retry-After"))
		}
	}
	if res := get(a, "203.0.113.2", "sessions/"); res.status != http.StatusOK {
		t.Errorf("another address: %d", res.status)
	}
}

// Many clients of one user at once: of all that they ask as much passes as may.
func TestNodesShareThrottlesExactly(t *testing.T) {
	t.Parallel()
	const rate = 30
	a, b := nodes(t, behavior.Settings{BaseThrottleRate: behavior.Rate{Count: rate, Per: time.Hour}})
	var passed, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 10 {
				switch res := ask(t, []node{a, b}[i%2].h, "GET", "/user_behavior/sessions/", "", from("203.0.113.1")); res.status {
				case http.StatusOK:
					passed.Add(1)
				case http.StatusTooManyRequests:
					refused.Add(1)
				default:
					t.Errorf("answer %d", res.status)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != rate || refused.Load() != 80-rate {
		t.Errorf("%d passed, %d were refused", passed.Load(), refused.Load())
	}
}

// Batches of trackers are counted in steps: each server lets less than a 32nd too
// much pass.
func TestNodesShareTheThrottleOfBatches(t *testing.T) {
	t.Parallel()
	const rate, step = 640, 20
	a, b := nodes(t, behavior.Settings{Collect: behavior.CollectSettings{ThrottleRate: behavior.Rate{Count: rate, Per: time.Hour}}})
	passed := 0
	for i := range 2 * rate {
		res := ask(t, []node{a, b}[i%2].h, "POST", "/user_behavior/collect/", "no batch", "Content-Type: text/plain", from("203.0.113.1"))
		switch res.status {
		case http.StatusBadRequest: // it is looked at
			passed++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("answer %d", res.status)
		}
	}
	if passed < rate || passed > rate+2*(step-1) {
		t.Errorf("%d of %d passed", passed, rate)
	}
}

func TestNodesShareGuessesAtPasswords(t *testing.T) {
	t.Parallel()
	a, b := nodes(t, behavior.Settings{})
	try := func(n node, addr, pw string) int {
		one := newBrowser(n.h)
		one.header = []string{from(addr)}
		return one.ask(t, "POST", loginPath, url.Values{
			"username": {"alice"}, "password": {pw}, "csrfmiddlewaretoken": {one.token(t, loginPath)},
		}).status
	}
	if status := try(a, "203.0.113.99", password("alice")); status != http.StatusSeeOther {
		t.Fatalf("alice at home: %d", status)
	}
	for i := range 10 {
		if status := try([]node{a, b}[i%2], "203.0.113."+strconv.Itoa(i), "guess "+strconv.Itoa(i)); status != http.StatusOK {
			t.Errorf("guess %d: %d", i+1, status)
		}
	}
	for _, n := range []node{a, b} {
		if status := try(n, "203.0.113.50", password("alice")); status != http.StatusTooManyRequests {
			t.Errorf("one more, and right: %d", status)
		}
		if status := try(n, "203.0.113.99", password("alice")); status != http.StatusSeeOther {
			t.Errorf("alice at home, meanwhile: %d", status)
		}
	}
}

// Both servers have printed a link. The last one is good, once, at both.
func TestNodesShareTheWelcome(t *testing.T) {
	t.Parallel()
	a, b := nodesOn(t, testserver.SharedPostgres(t).Database(t), behavior.Settings{})
	link := func(n node) string {
		token, err := n.people.Invite(t.Context(), time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return "/user_behavior/welcome/" + token + "/"
	}
	first, second := link(a), link(b)
	owner := newBrowser(a.h)
	for _, n := range []node{a, b} {
		if status := owner.at(n).ask(t, "GET", first, nil).status; status != http.StatusGone {
			t.Errorf("the first link: %d", status)
		}
	}
	res := owner.submit(t, second, url.Values{"username": {"ann"}, "password1": {password("ann")}, "password2": {password("ann")}})
	if res.status != http.StatusSeeOther || !owner.at(b).isIn(t) {
		t.Errorf("the second link: %d", res.status)
	}
	for _, n := range []node{a, b} {
		if status := newBrowser(n.h).ask(t, "GET", second, nil).status; status != http.StatusGone {
			t.Errorf("the link once more: %d", status)
		}
		if _, err := n.people.Invite(t.Context(), time.Now().Add(time.Hour)); !errors.Is(err, behavior.ErrConflict) {
			t.Errorf("another link: %v", err)
		}
	}
	ann, err := b.people.PersonByName(t.Context(), "ann")
	if err != nil || ann.LastSignIn.IsZero() {
		t.Errorf("the owner's last sign-in: %v, %v", ann.LastSignIn, err)
	}
}

// Without the database nobody signs in, and visitors are served all the same:
// each server counts by itself, and says so once.
func TestNodesWithoutTheirDatabase(t *testing.T) {
	t.Parallel()
	const rate, says = 5, "each server counts by itself"
	server := testserver.PrivatePostgres(t)
	a, b := nodesOn(t, server.DSN(""), behavior.Settings{BaseThrottleRate: behavior.Rate{Count: rate, Per: time.Hour}})
	passed := func(addr string) (n int) {
		for i := range 4 * rate {
			switch res := ask(t, []node{a, b}[i%2].h, "GET", "/user_behavior/sessions/", "", from(addr)); res.status {
			case http.StatusOK:
				n++
			case http.StatusTooManyRequests:
			default:
				t.Errorf("answer %d: %s", res.status, res.text())
			}
		}
		return n
	}
	if n := passed("203.0.113.1"); n != rate {
		t.Errorf("%d passed", n)
	}
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	if n := passed("203.0.113.2"); n != 2*rate {
		t.Errorf("without the database %d passed", n)
	}
	if n := passed("203.0.113.1"); n != 0 {
		t.Errorf("who had to wait does not: %d passed", n)
	}
	if a.log.count(says) != 1 || b.log.count(says) != 1 {
		t.Errorf("the log says so %d and %d times", a.log.count(says), b.log.count(says))
	}
	one := newBrowser(a.h)
	if res := one.signIn(t, "alice", ""); res.status != http.StatusServiceUnavailable || res.header.Get("Retry-After") == "" {
		t.Errorf("sign in: %d", res.status)
	}
}
