package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
)

// runUser runs a command on the people of a folder, with a password at hand.
func runUser(t *testing.T, dir string, args ...string) (code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stdin, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	p := &process{stdin: stdin, stdout: io.Discard, stderr: io.Discard}
	return p.run(append(append([]string{"user"}, args...), "--data", dir))
}

// auditTrail is the audit trail of a folder, the oldest entry first, without
// ids and times.
func auditTrail(t *testing.T, dir string) []behavior.AuditEntry {
	t.Helper()
	people, err := account.Open(t.Context(), filepath.Join(dir, peopleName))
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	entries, _, err := people.Entries(t.Context(), behavior.AuditQuery{OldestFirst: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		if entries[i].ID == 0 || entries[i].Time.IsZero() {
			t.Errorf("entry %+v", entries[i])
		}
		entries[i].ID, entries[i].Time = 0, behavior.AuditEntry{}.Time
	}
	return entries
}

func TestTheCommandsForUsersAreNoted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"add", "ann", "--role", "superuser", "--password-stdin"}},
		{1, []string{"add", "ann", "--password-stdin"}},
		{0, []string{"add", "bob", "--role", "staff", "--rights", "session.view", "--inactive", "--password-stdin"}},
		{0, []string{"activate", "bob"}},
		{0, []string{"activate", "bob"}}, // changes nothing
		{0, []string{"role", "bob", "viewer"}},
		{0, []string{"passwd", "bob", "--password-stdin"}},
		{0, []string{"deactivate", "bob"}},
		{1, []string{"remove", "ann"}},
		{0, []string{"remove", "bob"}},
		{0, []string{"list"}},
	} {
		if code := runUser(t, dir, c.args...); code != c.code {
			t.Fatalf("%v ended with %d", c.args, code)
		}
	}
	entry := func(deed behavior.Deed, id, name string, changes ...behavior.FieldChange) behavior.AuditEntry {
		return behavior.AuditEntry{User: "command line", Deed: deed, Kind: behavior.KindPerson, ObjectID: id, Object: name, Changes: changes}
	}
	all, looking := behavior.AllRights.String(), behavior.ViewRights.String()
	want := []behavior.AuditEntry{
		entry(behavior.DeedAdd, "1", "ann", behavior.FieldChange{Field: "role", After: "superuser"},
			behavior.FieldChange{Field: "rights", After: all}, behavior.FieldChange{Field: "active", After: "true"}),
		entry(behavior.DeedAdd, "2", "bob", behavior.FieldChange{Field: "role", After: "staff"},
			behavior.FieldChange{Field: "rights", After: "session.view"}, behavior.FieldChange{Field: "active", After: "false"}),
		entry(behavior.DeedChange, "2", "bob", behavior.FieldChange{Field: "active", Before: "false", After: "true"}),
		entry(behavior.DeedChange, "2", "bob", behavior.FieldChange{Field: "role", Before: "staff", After: "viewer"},
			behavior.FieldChange{Field: "rights", Before: "session.view", After: looking}),
		entry(behavior.DeedPassword, "2", "bob"),
		entry(behavior.DeedChange, "2", "bob", behavior.FieldChange{Field: "active", Before: "true", After: "false"}),
		entry(behavior.DeedDelete, "2", "bob", behavior.FieldChange{Field: "role", Before: "viewer"},
			behavior.FieldChange{Field: "rights", Before: looking}, behavior.FieldChange{Field: "active", Before: "false"}),
	}
	if diff := cmp.Diff(want, auditTrail(t, dir), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestParseRights(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	one := behavior.Rights(0).With(behavior.KindSession, behavior.CanDelete)
	cases := []struct {
		name  string
		role  behavior.Role
		text  *string
		want  behavior.Rights
		fault bool
	}{
		{"staff without", behavior.RoleStaff, nil, behavior.AllRights, false},
		{"viewer without", behavior.RoleViewer, nil, 0, false},
		{"viewer with", behavior.RoleViewer, text("all"), 0, true},
		{"none", behavior.RoleStaff, text("none"), 0, false},
		{"empty", behavior.RoleStaff, text(" "), 0, false},
		{"one", behavior.RoleStaff, text("session.delete"), one, false},
		{"what it writes", behavior.RoleStaff, text(behavior.AllRights.String()), behavior.AllRights, false},
		{"with commas", behavior.RoleStaff, text("session.delete,,session.delete"), one, false},
		{"unknown kind", behavior.RoleStaff, text("person.view"), 0, true},
		{"kind alone", behavior.RoleStaff, text("session"), 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseRights(c.role, c.text)
			if got != c.want || (err != nil) != c.fault {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
