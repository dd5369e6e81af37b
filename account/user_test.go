package account

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

const password = "correct horse battery"

// add adds an active, ordinary user with the password above.
func add(t *testing.T, s *Store, name string) User {
	t.Helper()
	u, err := s.Add(t.Context(), User{Name: name, Role: Plain, Active: true}, password)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsersAreListedByName(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := time.Date(2025, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	s.now = func() time.Time { return now }
	for _, u := range []User{
		{Name: "zoë", Role: Superuser, Active: true},
		{Name: "Ann", Role: Staff},
		{Name: "ann", Role: Plain, Active: true, LastSignIn: now},
	} {
		if _, err := s.Add(t.Context(), u, password); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	created := time.Date(2025, 3, 1, 11, 0, 0, 123456000, time.UTC)
	want := []User{
		{ID: 2, Name: "Ann", Role: Staff, Created: created},
		{ID: 3, Name: "ann", Role: Plain, Active: true, Created: created},
		{ID: 1, Name: "zoë", Role: Superuser, Active: true, Created: created},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	s := open(t)
	cases := []struct {
		name     string
		user     User
		password string
		want     behavior.Invalid
	}{
		{"everything at once", User{Role: "owner"}, "", behavior.Invalid{
			"name":     {"A name is needed."},
			"role":     {"A role is superuser, staff or user."},
			"password": {"The password is too short: it needs at least 8 characters."},
		}},
		{"a colon in the name", User{Name: "a:b", Role: Plain}, password, behavior.Invalid{"name": {"A name has only letters, digits and @ . + - _."}}},
		{"a blank in the name", User{Name: "a b", Role: Plain}, password, behavior.Invalid{"name": {"A name has only letters, digits and @ . + - _."}}},
		{"broken UTF-8 in the name", User{Name: "a\xff", Role: Plain}, password, behavior.Invalid{"name": {"A name has only letters, digits and @ . + - _."}}},
		{"a long name", User{Name: strings.Repeat("ü", 151), Role: Plain}, password, behavior.Invalid{"name": {"A name has at most 150 characters."}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.Add(t.Context(), c.user, c.password)
			var got behavior.Invalid
			if !errors.As(err, &got) {
				t.Fatalf("error = %v", err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestANameIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	add(t, s, strings.Repeat("ü", 150))
	if _, err := s.Add(t.Context(), User{Name: strings.Repeat("ü", 150), Role: Staff}, password); !errors.Is(err, behavior.ErrConflict) {
		t.Errorf("error = %v", err)
	}
}

func TestChangesOfAnUnknownUser(t *testing.T) {
	t.Parallel()
	s := open(t)
	add(t, s, "ann")
	for name, err := range map[string]error{
		"SetPassword": s.SetPassword(t.Context(), "ANN", password),
		"SetActive":   s.SetActive(t.Context(), "ANN", false),
		"Remove":      s.Remove(t.Context(), "ANN"),
	} {
		if !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("%s = %v", name, err)
		}
	}
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	s := open(t)
	for _, u := range []User{
		{Name: "root", Role: Superuser, Active: true},
		{Name: "staff", Role: Staff, Active: true},
		{Name: "ann", Role: Plain, Active: true},
		{Name: "ivan", Role: Superuser},
	} {
		if _, err := s.Add(t.Context(), u, password); err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name, user, password string
		want                 behavior.User
		err                  error
	}{
		{"superuser", "root", password, behavior.User{ID: "1", Name: "root", Staff: true, Superuser: true}, nil},
		{"staff", "staff", password, behavior.User{ID: "2", Name: "staff", Staff: true}, nil},
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
}

func TestATrustedPasswordEndsWithEveryChange(t *testing.T) {
	t.Parallel()
	const changed = "another horse, another battery"
	cases := []struct {
		name   string
		change func(s *Store) error
		then   string // the password that is right now; empty: none
	}{
		{"password", func(s *Store) error { return s.SetPassword(t.Context(), "ann", changed) }, changed},
		{"same password", func(s *Store) error { return s.SetPassword(t.Context(), "ann", password) }, password},
		{"inactive", func(s *Store) error { return s.SetActive(t.Context(), "ann", false) }, ""},
		{"removed", func(s *Store) error { return s.Remove(t.Context(), "ann") }, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			u := add(t, s, "ann")
			if _, err := s.Authenticate(t.Context(), "ann", password); err != nil {
				t.Fatal(err)
			}
			if err := c.change(s); err != nil {
				t.Fatal(err)
			}
			for _, try := range []string{password, changed} {
				_, err := s.Authenticate(t.Context(), "ann", try)
				if right := try == c.then; right != (err == nil) {
					t.Errorf("Authenticate with %q: %v", try, err)
				}
			}
			_, err := s.Person(t.Context(), u.person().ID)
			if (c.then == "") != errors.Is(err, behavior.ErrNotFound) {
				t.Errorf("Person: %v", err)
			}
		})
	}
}

func TestAnIDIsNeverGivenTwice(t *testing.T) {
	t.Parallel()
	s := open(t)
	first := add(t, s, "ann")
	if err := s.Remove(t.Context(), "ann"); err != nil {
		t.Fatal(err)
	}
	if second := add(t, s, "bob"); second.ID == first.ID {
		t.Errorf("bob has ann's id %d", second.ID)
	}
}

func TestTheLastSignInIsNoted(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return now }
	add(t, s, "ann")
	add(t, s, "bob")
	for name, try := range map[string]string{"ann": password, "bob": "wrong"} {
		_, _ = s.Authenticate(t.Context(), name, try)
	}
	users, err := s.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !users[0].LastSignIn.Equal(now) || !users[1].LastSignIn.IsZero() {
		t.Errorf("last sign-ins: %v, %v", users[0].LastSignIn, users[1].LastSignIn)
	}
}

func TestPersonOfAStrangeID(t *testing.T) {
	t.Parallel()
	s := open(t)
	add(t, s, "ann")
	for _, id := range []string{"", "0", "2", "x", "1.0", "99999999999999999999", "1\x00"} {
		if u, err := s.Person(t.Context(), id); !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("Person(%q) = %v, %v", id, u, err)
		}
	}
}
