package web_test

import (
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/teststore"
)

var quietLogger = slog.New(slog.NewTextHandler(io.Discard, nil))

// newTracker returns a tracker over an empty store.
func newTracker(t *testing.T, settings behavior.Settings) *behavior.Tracker {
	t.Helper()
	store := teststore.Open(t)
	if settings.Logger == nil {
		settings.Logger = quietLogger
	}
	tracker, err := behavior.New(store, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	return tracker
}

// openPeople returns somebody of each role, and somebody who may not sign in.
func openPeople(t *testing.T) *account.Store {
	t.Helper()
	var people []teststore.Person
	for _, p := range []behavior.Person{
		{Name: "admin", Role: behavior.RoleSuperuser, Active: true},
		{Name: "staff", Role: behavior.RoleStaff, Rights: behavior.AllRights, Active: true},
		{Name: "alice", Role: behavior.RoleUser, Active: true},
		{Name: "ivan", Role: behavior.RoleUser},
	} {
		people = append(people, teststore.Person{Person: p, Password: password(p.Name)})
	}
	return teststore.OpenPeople(t, people...)
}

func password(name string) string { return "pw-" + name + "-12345" }

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) text() string { return string(r.body) }

func (r reply) cookies() []*http.Cookie { return (&http.Response{Header: r.header}).Cookies() }
