package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const peoplePath = adminStart + "people/"

func TestPeoplePagesAreForOwners(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	h := handler(t, behavior.Settings{People: people})
	admin := personOf(t, people, "admin")
	for user, want := range map[string]int{"staff": 403, "alice": 302, "admin": 200} {
		b := newBrowser(h)
		b.signIn(t, user, "")
		for _, path := range []string{peoplePath, peoplePath + "add/", peoplePath + admin.ID + "/"} {
			if status := b.ask(t, "GET", path, nil).status; status != want {
				t.Errorf("%s at %s: %d", user, path, status)
			}
		}
		links := page(t, b.ask(t, "GET", "/user_behavior/report/", nil)).Find("a[href='" + peoplePath + "']").Length()
		if (links > 0) != (want == 200) {
			t.Errorf("%s sees %d links", user, links)
		}
	}
	b := newBrowser(h)
	b.signIn(t, "admin", "")
	for _, path := range []string{peoplePath + "99/", peoplePath + "x/"} {
		if status := b.ask(t, "GET", path, nil).status; status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestListOfPeople(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "admin", "")
	doc := page(t, b.ask(t, "GET", peoplePath, nil))
	var got []string
	for _, row := range doc.Find("tbody tr").EachIter() {
		got = append(got, strings.Join(strings.Fields(row.Text()), " "))
	}
	want := []string{"admin you Owner All just now 1", "alice User None never 0", "ivan inactive User None never 0", "staff Editor All never 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddAPerson(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "admin", "")
	const good = "correct horse battery"
	form := func(name, role, first, second string) url.Values {
		return url.Values{"username": {name}, "role": {role}, "rights": {"session.view", "session.add", "pageview.delete", "person.view"},
			"active": {"1"}, "password1": {first}, "password2": {second}, "action": {"save"}}
	}
	for name, c := range map[string]struct {
		form url.Values
		want []string
	}{
		"a name that is taken": {form("staff", "staff", good, good), []string{"Please correct the error below.", "A user with that username already exists."}},
		"no name":              {form("", "staff", good, good), []string{"Please correct the error below.", "A name is needed."}},
		"no such role":         {form("bob", "god", good, good), []string{"Please correct the error below.", "A role is superuser, staff, viewer or user."}},
		"not repeated":         {form("bob", "staff", good, "x"), []string{"Please correct the error below.", "The two password fields didn’t match."}},
		"a short password":     {form("bob", "staff", "kurz", "kurz"), []string{"Please correct the error below.", "This password is too short. It must contain at least 8 characters."}},
	} {
		res := b.submit(t, peoplePath+"add/", c.form)
		if diff := cmp.Diff(c.want, problems(t, res)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n := page(t, res).Find("input[name=rights][checked]").Length(); n != 3 {
			t.Errorf("%s: the form keeps %d rights", name, n)
		}
	}
	if got := b.told(t, b.submit(t, peoplePath+"add/", form("bob", "staff", good, good))); got != "“bob” was added." {
		t.Errorf("it says %q", got)
	}
	bob := personOf(t, people, "bob")
	if bob.Role != behavior.RoleStaff || bob.Rights.String() != "session.view session.add pageview.delete" || !bob.Active {
		t.Errorf("%+v", bob)
	}
	entries, _, err := people.Entries(t.Context(), behavior.AuditQuery{Kind: behavior.KindPerson, Deed: behavior.DeedAdd})
	want := []behavior.FieldChange{
		{Field: "username", After: "bob"}, {Field: "role", After: "staff"},
		{Field: "rights", After: "session.view session.add pageview.delete"}, {Field: "active", After: "yes"},
	}
	if err != nil || len(entries) != 1 || entries[0].User != "admin" || entries[0].ObjectID != bob.ID {
		t.Fatalf("%v %+v", err, entries)
	}
	if diff := cmp.Diff(want, entries[0].Changes); diff != "" {
		t.Error(diff)
	}
}

func TestChangeAPerson(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	h := handler(t, behavior.Settings{People: people})
	b, staff := newBrowser(h), newBrowser(h)
	b.signIn(t, "admin", "")
	staff.signIn(t, "staff", "")
	was := personOf(t, people, "staff")
	path := peoplePath + was.ID + "/"
	doc := page(t, b.ask(t, "GET", path, nil))
	if n := doc.Find("input[name=rights][checked]").Length(); n != 12 || doc.Find("#role-staff[checked]").Length() != 1 {
		t.Errorf("the form shows %d rights", n)
	}
	form := url.Values{"action": {"save"}, "role": {"staff"}, "rights": {"session.view"}}
	if got := b.told(t, b.submit(t, path, form)); got != "“staff” was changed." {
		t.Errorf("it says %q", got)
	}
	b.told(t, b.submit(t, path, form)) // changes nothing, and is not noted
	if p := personOf(t, people, "staff"); p.Rights.String() != "session.view" || p.Active {
		t.Errorf("%+v", p)
	}
	if status := staff.ask(t, "GET", adminStart, nil).status; status != http.StatusFound {
		t.Errorf("somebody who is not active enters the admin: %d", status)
	}
	entries, _, err := people.Entries(t.Context(), behavior.AuditQuery{Deed: behavior.DeedChange})
	want := []behavior.FieldChange{
		{Field: "rights", Before: behavior.AllRights.String(), After: "session.view"}, {Field: "active", Before: "yes", After: "no"},
	}
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v %+v", err, entries)
	}
	if diff := cmp.Diff(want, entries[0].Changes); diff != "" {
		t.Error(diff)
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "admin", "")
	path := peoplePath + personOf(t, people, "admin").ID + "/"
	const text = "At least one active superuser must be left."
	for name, form := range map[string]url.Values{
		"a lesser role": {"action": {"save"}, "role": {"viewer"}, "active": {"1"}},
		"not active":    {"action": {"save"}, "role": {"superuser"}},
		"removed":       {"action": {"delete"}, "post": {"yes"}},
	} {
		if diff := cmp.Diff([]string{text}, problems(t, b.submit(t, path, form))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := deeds(t, people, behavior.DeedChange, behavior.DeedDelete); got != nil {
		t.Errorf("noted: %v", got)
	}
	staff := personOf(t, people, "staff")
	b.told(t, b.submit(t, peoplePath+staff.ID+"/", url.Values{"action": {"save"}, "role": {"superuser"}, "active": {"1"}}))
	res := b.submit(t, path, url.Values{"action": {"save"}, "role": {"user"}, "active": {"1"}})
	if to := res.header.Get("Location"); to != "/user_behavior/" {
		t.Errorf("who is no longer an owner goes to %q", to)
	}
}

func TestNewPasswordAndSignInsOfAPerson(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	h := handler(t, behavior.Settings{People: people})
	owner, alice := newBrowser(h), newBrowser(h)
	owner.signIn(t, "admin", "")
	path := peoplePath + personOf(t, people, "alice").ID + "/"
	signedIn := func() bool { return alice.ask(t, "GET", accountPath, nil).status == http.StatusOK }
	const good = "correct horse battery"

	alice.signIn(t, "alice", "")
	for name, form := range map[string]url.Values{
		"This password is too short. It must contain at least 8 characters.": {"action": {"password"}, "password1": {"kurz"}, "password2": {"kurz"}},
		"The two password fields didn’t match.":                              {"action": {"password"}, "password1": {good}, "password2": {"x"}},
	} {
		if diff := cmp.Diff([]string{"Please correct the error below.", name}, problems(t, owner.submit(t, path, form))); diff != "" {
			t.Error(diff)
		}
	}
	id := page(t, owner.ask(t, "GET", path, nil)).Find("button[name=sign_in]").AttrOr("value", "")
	if got := owner.told(t, owner.submit(t, path, url.Values{"action": {"end"}, "sign_in": {id}})); got != "One sign-in was ended." || signedIn() {
		t.Errorf("it says %q", got)
	}
	if got := owner.told(t, owner.submit(t, path, url.Values{"action": {"end"}, "sign_in": {id}})); got != "No sign-in was ended: there was none any more." {
		t.Errorf("it says %q", got)
	}
	alice.signIn(t, "alice", "")
	if owner.told(t, owner.submit(t, path, url.Values{"action": {"end_all"}})); signedIn() {
		t.Error("a sign-in goes on")
	}
	alice.signIn(t, "alice", "")
	if owner.told(t, owner.submit(t, path, url.Values{"action": {"password"}, "password1": {good}, "password2": {good}})); signedIn() {
		t.Error("a sign-in survives a new password")
	}
	if _, err := people.Authenticate(t.Context(), "alice", good); err != nil {
		t.Error(err)
	}
	want := []string{"admin end_sign_ins alice", "admin end_sign_ins alice", "admin password alice"}
	if diff := cmp.Diff(want, deeds(t, people, behavior.DeedEndSignIns, behavior.DeedPassword)); diff != "" {
		t.Error(diff)
	}
	self := peoplePath + personOf(t, people, "admin").ID + "/"
	if status := owner.submit(t, self, url.Values{"action": {"password"}, "password1": {good}, "password2": {good}}).status; status != http.StatusForbidden {
		t.Errorf("one's own, without the old one: %d", status)
	}
}

func TestRemoveAPerson(t *testing.T) {
	t.Parallel()
	people := openPeople(t)
	b := newBrowser(handler(t, behavior.Settings{People: people}))
	b.signIn(t, "admin", "")
	path := peoplePath + personOf(t, people, "alice").ID + "/"
	doc := page(t, b.submit(t, path, url.Values{"action": {"delete"}}))
	if doc.Find("h1").Text() != "Remove alice?" || doc.Find("input[name=post][value=yes]").Length() != 1 {
		t.Errorf("no question, but %s", doc.Find("main").Text())
	}
	personOf(t, people, "alice")
	if got := b.told(t, b.submit(t, path, url.Values{"action": {"delete"}, "post": {"yes"}})); got != "“alice” was removed." {
		t.Errorf("it says %q", got)
	}
	if status := b.ask(t, "GET", path, nil).status; status != http.StatusNotFound {
		t.Errorf("afterwards: %d", status)
	}
	if diff := cmp.Diff([]string{"admin delete alice"}, deeds(t, people, behavior.DeedDelete)); diff != "" {
		t.Error(diff)
	}
}
