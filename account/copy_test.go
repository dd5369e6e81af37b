package account

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// From each home into each: what comes out is what was there.
func TestPeopleAreCopied(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, from home) {
		inEachHome(t, func(t *testing.T, to home) {
			source, target := from.open(t), to.open(t)
			people := addAll(t, source, root("ann"), behavior.Person{Name: "bob", Role: behavior.RoleStaff, Rights: behavior.ViewRights}, root("gone"))
			if err := source.RemovePerson(t.Context(), people[2].ID); err != nil {
				t.Fatal(err)
			}
			if _, err := source.Authenticate(t.Context(), "ann", password); err != nil {
				t.Fatal(err)
			}
			signIn(t, source, "token", people[0].ID, nil)
			addSegment(t, source, behavior.Segment{Name: "Phones", Filters: []string{"is,os,iOS"}, OwnerID: people[1].ID, Owner: "bob"})
			noted := make([]behavior.AuditEntry, rowsAtOnce+1)
			for i := range noted {
				noted[i] = behavior.AuditEntry{User: "a\x00b", Deed: behavior.DeedSignIn, Time: time.Unix(int64(i), 0).UTC(), Changes: []behavior.FieldChange{{Field: "f"}}}
			}
			if err := source.Note(t.Context(), noted...); err != nil {
				t.Fatal(err)
			}

			if n, err := source.CopyTo(t.Context(), target); n != 2 || err != nil {
				t.Fatalf("%d people, %v", n, err)
			}
			want, err := source.People(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			got, err := target.People(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if _, err := target.Authenticate(t.Context(), "ann", password); err != nil {
				t.Error(err)
			}
			if !found(t, target, "token") || len(segmentNames(t, target, people[1].ID)) != 1 {
				t.Error("the sign-in or the segment is lost")
			}
			before, _ := entries(t, source, behavior.AuditQuery{OldestFirst: true})
			for i := range before {
				before[i].User = to.stored(before[i].User)
			}
			after, _ := entries(t, target, behavior.AuditQuery{OldestFirst: true})
			if diff := cmp.Diff(before, after); diff != "" {
				t.Error(diff)
			}
			if p := add(t, target, "carl"); p.ID != "4" {
				t.Errorf("carl has the id %s, which somebody else had", p.ID)
			}
			if _, err := source.CopyTo(t.Context(), target); !errors.Is(err, behavior.ErrConflict) {
				t.Errorf("a second time: %v", err)
			}
		})
	})
}
