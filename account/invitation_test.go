package account

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// invite invites the first person for an hour.
func invite(t *testing.T, s *Store) (token string) {
	t.Helper()
	token, err := s.Invite(t.Context(), s.now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// invited reports whether a token is good.
func invited(t *testing.T, s *Store, token string) bool {
	t.Helper()
	good, err := s.Invited(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return good
}

func TestTheFirstPersonIsInvited(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		token := invite(t, s)
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) < 16 {
			t.Errorf("token %q: %v", token, err)
		}
		if !invited(t, s, token) {
			t.Fatal("the token is not good")
		}
		p, err := s.AcceptInvitation(t.Context(), token, "ann", password)
		if err != nil {
			t.Fatal(err)
		}
		want := behavior.Person{ID: "1", Name: "ann", Role: behavior.RoleSuperuser, Active: true, Created: p.Created, LastSignIn: p.Created}
		if diff := cmp.Diff(want, p); diff != "" || p.Created.IsZero() {
			t.Error(diff, p.Created)
		}
		if stored, err := s.Person(t.Context(), p.ID); err != nil || cmp.Diff(want, stored) != "" {
			t.Errorf("stored: %+v, %v", stored, err)
		}
		if _, err := s.Authenticate(t.Context(), "ann", password); err != nil {
			t.Error(err)
		}
		if invited(t, s, token) {
			t.Error("the token is still good")
		}
		if _, err := s.AcceptInvitation(t.Context(), token, "bob", password); err != behavior.ErrCredentials { //nolint:errorlint // as it is
			t.Errorf("a second time: %v", err)
		}
		if _, err := s.Invite(t.Context(), time.Now().Add(time.Hour)); !errors.Is(err, behavior.ErrConflict) {
			t.Errorf("Invite with somebody there: %v", err)
		}
	})
}

func TestAnInvitationIsNoLongerGood(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		cases := map[string]func(t *testing.T, s *Store, token string) string{
			"unknown":        func(*testing.T, *Store, string) string { return "unknown" },
			"empty":          func(*testing.T, *Store, string) string { return "" },
			"a part of it":   func(_ *testing.T, _ *Store, token string) string { return token[:len(token)-1] },
			"the one before": func(t *testing.T, s *Store, token string) string { invite(t, s); return token },
			"expired": func(_ *testing.T, s *Store, token string) string {
				then := s.now().Add(time.Hour)
				s.now = func() time.Time { return then }
				return token
			},
			"somebody is there": func(t *testing.T, s *Store, token string) string { add(t, s, "bob"); return token },
			"somebody was there": func(t *testing.T, s *Store, token string) string {
				if err := s.RemovePerson(t.Context(), add(t, s, "bob").ID); err != nil {
					t.Fatal(err)
				}
				return token
			},
		}
		for name, spoil := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := h.open(t)
				token := spoil(t, s, invite(t, s))
				if invited(t, s, token) {
					t.Error("it is good")
				}
				if p, err := s.AcceptInvitation(t.Context(), token, "ann", password); !errors.Is(err, behavior.ErrCredentials) {
					t.Errorf("accepted: %v, %v", p, err)
				}
			})
		}
	})
}

func TestARefusedNameOrPasswordKeepsTheInvitation(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		token := invite(t, s)
		_, err := s.AcceptInvitation(t.Context(), token, "a b", "1234")
		var invalid behavior.Invalid
		if !errors.As(err, &invalid) || len(invalid["name"]) != 1 || len(invalid["password"]) != 3 {
			t.Errorf("error = %v", err)
		}
		if !invited(t, s, token) {
			t.Error("the token is used up")
		}
	})
}

// Many browsers, and two processes, accept one invitation at the same moment.
func TestAnInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		stores := h.twice(t)
		token := invite(t, stores[0])
		results := make([]error, 8)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				_, results[i] = stores[i%2].AcceptInvitation(t.Context(), token, "ann"+string(rune('a'+i)), password)
			})
		}
		all.Wait()
		accepted := 0
		for _, err := range results {
			if err == nil {
				accepted++
			} else if !errors.Is(err, behavior.ErrCredentials) {
				t.Error(err)
			}
		}
		people, err := stores[1].People(t.Context())
		if err != nil || len(people) != 1 || accepted != 1 {
			t.Errorf("%d accepted, people %v, %v", accepted, people, err)
		}
	})
}

func TestNoInvitationIsInTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "people.sqlite")
	token := invite(t, openAt(t, path))
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(token)) {
			t.Errorf("%s holds the token", filepath.Base(name))
		}
	}
}

func TestExpiredInvitationsAreRemoved(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		if _, err := s.Invite(t.Context(), time.Now().Add(-time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := s.clean(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := count(t, s, "invitations"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}
