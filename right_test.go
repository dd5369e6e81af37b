package behavior_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

func TestRights(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rights := behavior.Rights(rapid.Uint16Range(0, uint16(behavior.AllRights)).Draw(t, "rights"))
		if got := behavior.ParseRights(rights.String()); got != rights {
			t.Fatalf("%q is read as %q", rights, got)
		}
		for _, kind := range behavior.Kinds() {
			if rights.Has(kind, behavior.CanChange) && !rights.Has(kind, behavior.CanView) {
				t.Fatalf("%q may change %s and not view it", rights, kind)
			}
			for _, right := range []behavior.Right{behavior.CanView, behavior.CanAdd, behavior.CanChange, behavior.CanDelete} {
				if !rights.With(kind, right).Has(kind, right) {
					t.Fatalf("%q with %s.%s has it not", rights, kind, right)
				}
			}
		}
	})
	for _, text := range []string{"", "x", "session", "session.fly person.view .", "session.view.add"} {
		if got := behavior.ParseRights(text); got != 0 {
			t.Errorf("%q gives %q", text, got)
		}
	}
	if got := behavior.ViewRights.String(); got != "session.view pageview.view interaction.view" {
		t.Errorf("view rights are %q", got)
	}
}

// TestAdminMay has the settings and the person's own rights decide together.
func TestAdminMay(t *testing.T) {
	t.Parallel()
	on := behavior.AdminSettings{HasAdd: behavior.On, HasChange: behavior.On, HasDelete: behavior.On, HasModule: behavior.On}
	closed, noDelete, all := on, on, on
	closed.HasModule, noDelete.HasDelete, all.StaffHasAll = behavior.Off, behavior.Off, behavior.On
	staff := behavior.User{ID: "1", Staff: true}
	editor := staff
	editor.Rights = behavior.AllRights
	for name, c := range map[string]struct {
		settings behavior.AdminSettings
		user     behavior.User
		right    behavior.Right
		want     bool
	}{
		"superuser":                          {on, behavior.User{ID: "1", Superuser: true}, behavior.CanDelete, true},
		"superuser against the settings":     {noDelete, behavior.User{ID: "1", Superuser: true}, behavior.CanDelete, false},
		"editor":                             {on, editor, behavior.CanDelete, true},
		"editor against the settings":        {noDelete, editor, behavior.CanDelete, false},
		"editor where nothing is shown":      {closed, editor, behavior.CanView, false},
		"staff without rights":               {on, staff, behavior.CanView, false},
		"staff without rights, all have all": {all, staff, behavior.CanDelete, true},
		"rights without staff":               {all, behavior.User{ID: "1", Rights: behavior.AllRights}, behavior.CanView, false},
		"anonymous, all have all":            {all, behavior.User{}, behavior.CanView, false},
		"a right that there is not":          {all, editor, "fly", false},
	} {
		if got := c.settings.May(c.user, behavior.KindPageView, c.right); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
