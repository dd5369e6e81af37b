package account

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const password = "correct horse battery"

// add adds an active, ordinary person with the password above.
func add(t *testing.T, s *Store, name string) behavior.Person {
	t.Helper()
	return addAll(t, s, behavior.Person{Name: name, Role: behavior.RoleUser, Active: true})[0]
}

// addAll adds people with the password above.
func addAll(t *testing.T, s *Store, people ...behavior.Person) (added []behavior.Person) {
	t.Helper()
	for _, p := range people {
		p, err := s.AddPerson(t.Context(), p, password)
		if err != nil {
			t.Fatal(err)
		}
		added = append(added, p)
	}
	return added
}

// root is an active superuser.
func root(name string) behavior.Person {
	return behavior.Person{Name: name, Role: behavior.RoleSuperuser, Active: true}
}

// active changes whether a person can sign in.
func active(t *testing.T, s *Store, id string, yes bool) error {
	t.Helper()
	_, err := s.ChangePerson(t.Context(), id, func(p *behavior.Person) error { p.Active = yes; return nil })
	return err
}

func TestPeopleAreListedByName(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Date(2025, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
		s.now = func() time.Time { return now }
		some := behavior.Rights(0).With(behavior.KindPageView, behavior.CanView, behavior.CanDelete)
		added := addAll(t, s,
			root("zoë"),
			behavior.Person{ID: "77", Name: "Ann", Role: behavior.RoleStaff, Rights: some},
			behavior.Person{Name: "ann", Role: behavior.RoleUser, Active: true, Created: now.Add(-time.Hour), LastSignIn: now},
			behavior.Person{Name: "bob", Role: behavior.RoleViewer, Rights: 1 << 15},
		)
		created := time.Date(2025, 3, 1, 11, 0, 0, 123456000, time.UTC)
		want := []behavior.Person{
			{ID: "2", Name: "Ann", Role: behavior.RoleStaff, Rights: some, Created: created},
			{ID: "3", Name: "ann", Role: behavior.RoleUser, Active: true, Created: created},
			{ID: "4", Name: "bob", Role: behavior.RoleViewer, Created: created},
			{ID: "1", Name: "zoë", Role: behavior.RoleSuperuser, Active: true, Created: created},
		}
		got, err := s.People(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]behavior.Person{want[3], want[0], want[1], want[2]}, added); diff != "" {
			t.Errorf("added: %s", diff)
		}
		for _, p := range want {
			byID, err := s.Person(t.Context(), p.ID)
			if diff := cmp.Diff(p, byID); diff != "" || err != nil {
				t.Error(diff, err)
			}
			byName, err := s.PersonByName(t.Context(), p.Name)
			if diff := cmp.Diff(p, byName); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
	})
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		letters := behavior.Invalid{"name": {"A name has only letters, digits and @ . + - _."}}
		plain := func(name string) behavior.Person { return behavior.Person{Name: name, Role: behavior.RoleUser} }
		cases := []struct {
			name     string
			person   behavior.Person
			password string
			want     behavior.Invalid
		}{
			{"everything at once", behavior.Person{Role: "owner"}, "", behavior.Invalid{
				"name":     {"A name is needed."},
				"role":     {"A role is superuser, staff, viewer or user."},
				"password": {"This password is too short. It must contain at least 8 characters."},
			}},
			{"a colon in the name", plain("a:b"), password, letters},
			{"a blank in the name", plain("a b"), password, letters},
			{"a NUL in the name", plain("a\x00"), password, letters},
			{"broken UTF-8 in the name", plain("a\xff"), password, letters},
			{"a long name", plain(strings.Repeat("ü", 151)), password, behavior.Invalid{"name": {"A name has at most 150 characters."}}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				_, err := s.AddPerson(t.Context(), c.person, c.password)
				var got behavior.Invalid
				if !errors.As(err, &got) {
					t.Fatalf("error = %v", err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	})
}

func TestANameIsTakenOnce(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		p := add(t, s, strings.Repeat("ü", 150))
		p.Role = behavior.RoleStaff
		if _, err := s.AddPerson(t.Context(), p, password); !errors.Is(err, behavior.ErrConflict) {
			t.Errorf("error = %v", err)
		}
	})
}

func TestMethodsOnAPersonWhoIsNotThere(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		add(t, s, "ann")
		for _, id := range []string{"", "0", "2", "x", "1.0", "01", "+1", " 1", "99999999999999999999", "1\x00"} {
			calls := map[string]func() error{
				"Person": func() error { _, err := s.Person(t.Context(), id); return err },
				"User":   func() error { _, err := s.User(t.Context(), id); return err },
				"ChangePerson": func() error {
					_, err := s.ChangePerson(t.Context(), id, func(*behavior.Person) error { return errors.New("was asked") })
					return err
				},
				"SetPassword":  func() error { return s.SetPassword(t.Context(), id, password, "") },
				"RemovePerson": func() error { return s.RemovePerson(t.Context(), id) },
				"SignIns":      func() error { _, err := s.SignIns(t.Context(), id); return err },
				"EndSignIn":    func() error { return s.EndSignIn(t.Context(), id, "00") },
				"EndSignIns":   func() error { return s.EndSignIns(t.Context(), id) },
			}
			for name, call := range calls {
				if err := call(); !errors.Is(err, behavior.ErrNotFound) {
					t.Errorf("%s(%q) = %v", name, id, err)
				}
			}
		}
		if _, err := s.PersonByName(t.Context(), "ANN"); !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("PersonByName = %v", err)
		}
	})
}

func TestChangePersonKeepsEverythingButRoleRightsAndActive(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		ann := add(t, s, "ann")
		some := behavior.Rights(0).With(behavior.KindInteraction, behavior.CanAdd)
		got, err := s.ChangePerson(t.Context(), ann.ID, func(p *behavior.Person) error {
			*p = behavior.Person{ID: "9", Name: "mallory", Role: behavior.RoleStaff, Rights: some | 1<<14, LastSignIn: time.Now()}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := ann
		want.Role, want.Rights, want.Active = behavior.RoleStaff, some, false
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if got, err := s.Person(t.Context(), ann.ID); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("stored: %+v, %v", got, err)
		}
	})
}

func TestChangePersonRefuses(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		ann := add(t, s, "ann")
		own := errors.New("own")
		if _, err := s.ChangePerson(t.Context(), ann.ID, func(p *behavior.Person) error { p.Active = false; return own }); err != own { //nolint:errorlint // as it is
			t.Errorf("the caller's error: %v", err)
		}
		var invalid behavior.Invalid
		_, err := s.ChangePerson(t.Context(), ann.ID, func(p *behavior.Person) error { p.Role, p.Active = "owner", false; return nil })
		if !errors.As(err, &invalid) || len(invalid["role"]) != 1 {
			t.Errorf("unknown role: %v", err)
		}
		if got, err := s.Person(t.Context(), ann.ID); err != nil || cmp.Diff(ann, got) != "" {
			t.Errorf("changed all the same: %+v, %v", got, err)
		}
	})
}

func TestOneActiveSuperuserIsAlwaysLeft(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		demote := func(s *Store, id string) error {
			_, err := s.ChangePerson(t.Context(), id, func(p *behavior.Person) error { p.Role = behavior.RoleStaff; return nil })
			return err
		}
		deactivate := func(s *Store, id string) error { return active(t, s, id, false) }
		remove := func(s *Store, id string) error { return s.RemovePerson(t.Context(), id) }
		idle := behavior.Person{Name: "idle", Role: behavior.RoleSuperuser}
		staff := behavior.Person{Name: "staff", Role: behavior.RoleStaff, Active: true}
		cases := []struct {
			name    string
			people  []behavior.Person // the first is changed
			refused bool
		}{
			{"the only one", []behavior.Person{root("ann"), staff}, true},
			{"another is inactive", []behavior.Person{root("ann"), idle}, true},
			{"another is there", []behavior.Person{root("ann"), root("bob")}, false},
			{"inactive and the only one", []behavior.Person{idle, staff}, false},
			{"somebody else", []behavior.Person{staff, root("ann")}, false},
			{"there is none anyway", []behavior.Person{staff, idle}, false},
		}
		for _, c := range cases {
			for how, change := range map[string]func(*Store, string) error{"demote": demote, "deactivate": deactivate, "remove": remove} {
				t.Run(c.name+", "+how, func(t *testing.T) {
					t.Parallel()
					s := h.open(t)
					first := addAll(t, s, c.people...)[0]
					err := change(s, first.ID)
					var invalid behavior.Invalid
					if refused := errors.As(err, &invalid); refused != c.refused || !refused && err != nil {
						t.Fatalf("error = %v", err)
					}
					if !c.refused {
						return
					}
					if diff := cmp.Diff(behavior.Invalid{"non_field_errors": {"At least one active superuser must be left."}}, invalid); diff != "" {
						t.Error(diff)
					}
					if got, err := s.Person(t.Context(), first.ID); err != nil || cmp.Diff(first, got) != "" {
						t.Errorf("changed all the same: %+v, %v", got, err)
					}
				})
			}
		}
	})
}

// Two owners who demote one another at the same moment, in two processes.
func TestTwoSuperusersCannotDemoteEachOther(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		stores := h.twice(t)
		people := addAll(t, stores[0], root("ann"), root("bob"))
		for range 20 {
			var refused [2]bool
			var all sync.WaitGroup
			for i, s := range stores {
				all.Go(func() {
					var invalid behavior.Invalid
					err := active(t, s, people[i].ID, false)
					if refused[i] = errors.As(err, &invalid); err != nil && !refused[i] {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if refused[0] == refused[1] {
				t.Fatalf("refused: %v", refused)
			}
			for _, p := range people {
				if err := active(t, stores[0], p.ID, true); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		some := behavior.Rights(0).With(behavior.KindSession, behavior.CanChange)
		addAll(t, s,
			behavior.Person{Name: "root", Role: behavior.RoleSuperuser, Active: true},
			behavior.Person{Name: "staff", Role: behavior.RoleStaff, Rights: some, Active: true},
			behavior.Person{Name: "ann", Role: behavior.RoleUser, Rights: behavior.AllRights, Active: true},
			behavior.Person{Name: "ivan", Role: behavior.RoleSuperuser},
			behavior.Person{Name: "vera", Role: behavior.RoleViewer, Active: true},
		)
		cases := []struct {
			name, user, password string
			want                 behavior.User
			err                  error
		}{
			{"superuser", "root", password, behavior.User{ID: "1", Name: "root", Staff: true, Superuser: true, Rights: behavior.AllRights}, nil},
			{"staff", "staff", password, behavior.User{ID: "2", Name: "staff", Staff: true, Rights: some}, nil},
			{"viewer", "vera", password, behavior.User{ID: "5", Name: "vera", Staff: true, Rights: behavior.ViewRights}, nil},
			{"user", "ann", password, behavior.User{ID: "3", Name: "ann"}, nil},
			{"inactive", "ivan", password, behavior.User{}, behavior.ErrCredentials},
			{"wrong password", "ann", password + " ", behavior.User{}, behavior.ErrCredentials},
			{"no password", "ann", "", behavior.User{}, behavior.ErrCredentials},
			{"unknown name", "bob", password, behavior.User{}, behavior.ErrCredentials},
			{"name in another case", "Ann", password, behavior.User{}, behavior.ErrCredentials},
			{"name with a NUL", "ann\x00", password, behavior.User{}, behavior.ErrCredentials},
			{"broken UTF-8", "\xff", "\xff", behavior.User{}, behavior.ErrCredentials},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				for range 2 { // the second time a right password is trusted
					got, err := s.Authenticate(t.Context(), c.user, c.password)
					if !errors.Is(err, c.err) {
						t.Fatalf("error = %v, want %v", err, c.err)
					}
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Error(diff)
					}
				}
			})
		}
	})
}

func TestATrustedPasswordEndsWithEveryChange(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		const changed = "another horse, another battery"
		cases := []struct {
			name   string
			change func(s *Store, id string) error
			then   string // the password that is right now; empty: none
		}{
			{"password", func(s *Store, id string) error { return s.SetPassword(t.Context(), id, changed, "") }, changed},
			{"same password", func(s *Store, id string) error { return s.SetPassword(t.Context(), id, password, "") }, password},
			{"inactive", func(s *Store, id string) error { return active(t, s, id, false) }, ""},
			{"removed", func(s *Store, id string) error { return s.RemovePerson(t.Context(), id) }, ""},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := h.open(t)
				u := add(t, s, "ann")
				if _, err := s.Authenticate(t.Context(), "ann", password); err != nil {
					t.Fatal(err)
				}
				if err := c.change(s, u.ID); err != nil {
					t.Fatal(err)
				}
				for _, try := range []string{password, changed} {
					_, err := s.Authenticate(t.Context(), "ann", try)
					if right := try == c.then; right != (err == nil) {
						t.Errorf("Authenticate with %q: %v", try, err)
					}
				}
				_, err := s.User(t.Context(), u.ID)
				if (c.then == "") != errors.Is(err, behavior.ErrNotFound) {
					t.Errorf("User: %v", err)
				}
			})
		}
	})
}

func TestAnIDIsNeverGivenTwice(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		first := add(t, s, "ann")
		if err := s.RemovePerson(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		if second := add(t, s, "bob"); second.ID == first.ID {
			t.Errorf("bob has ann's id %s", second.ID)
		}
	})
}

func TestTheLastSignInIsNoted(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
		s.now = func() time.Time { return now }
		add(t, s, "ann")
		add(t, s, "bob")
		for name, try := range map[string]string{"ann": password, "bob": "wrong"} {
			_, _ = s.Authenticate(t.Context(), name, try)
		}
		people, err := s.People(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !people[0].LastSignIn.Equal(now) || !people[1].LastSignIn.IsZero() {
			t.Errorf("last sign-ins: %v, %v", people[0].LastSignIn, people[1].LastSignIn)
		}
	})
}
