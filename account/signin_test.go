package account

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// signIn stores a sign-in of a person under a token.
func signIn(t *testing.T, s *Store, token, userID string, more map[string]any) {
	t.Helper()
	values := map[string]any{behavior.SessionUser: userID}
	for key, value := range more {
		values[key] = value
	}
	if err := s.Commit(token, encode(t, values), s.now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
}

// signIns are a person's sign-ins.
func signIns(t *testing.T, s *Store, id string) []behavior.SignIn {
	t.Helper()
	list, err := s.SignIns(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestChangesOfAPersonEndTheSignIns(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		role := func(s *Store, id string) error {
			_, err := s.ChangePerson(t.Context(), id, func(p *behavior.Person) error { p.Role = behavior.RoleViewer; return nil })
			return err
		}
		cases := []struct {
			name   string
			change func(s *Store, id string) error
			ends   bool
		}{
			{"password", func(s *Store, id string) error { return s.SetPassword(t.Context(), id, "another horse", "") }, true},
			{"inactive", func(s *Store, id string) error { return active(t, s, id, false) }, true},
			{"removed", func(s *Store, id string) error { return s.RemovePerson(t.Context(), id) }, true},
			{"all ended", func(s *Store, id string) error { return s.EndSignIns(t.Context(), id) }, true},
			{"refused password", func(s *Store, id string) error { _ = s.SetPassword(t.Context(), id, "short", ""); return nil }, false},
			{"role", role, false},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := h.open(t)
				ann, bob := add(t, s, "ann"), add(t, s, "bob")
				signIn(t, s, "ann", ann.ID, nil)
				signIn(t, s, "bob", bob.ID, nil)
				if err := c.change(s, ann.ID); err != nil {
					t.Fatal(err)
				}
				if found(t, s, "ann") == c.ends {
					t.Errorf("ann's sign-in found: %v", !c.ends)
				}
				if !found(t, s, "bob") {
					t.Error("bob's sign-in ended as well")
				}
			})
		}
	})
}

func TestSignInsAreListedTheNewestFirst(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
		s.now = func() time.Time { return now }
		ann, bob := add(t, s, "ann"), add(t, s, "bob")
		signIn(t, s, "silent", ann.ID, nil)
		for i, token := range []string{"first", "second", "ended"} {
			signIn(t, s, token, ann.ID, map[string]any{
				behavior.SessionAddr: "192.0.2.1", behavior.SessionAgent: "<b>" + token, behavior.SessionStart: now.Add(time.Duration(i) * time.Minute).UnixMicro(),
			})
		}
		signIn(t, s, "strange", bob.ID, map[string]any{behavior.SessionAddr: 5, behavior.SessionStart: "noon"})
		if err := s.Delete("ended"); err != nil {
			t.Fatal(err)
		}
		got := signIns(t, s, ann.ID)
		ids := map[string]bool{}
		for i, one := range got {
			if len(one.ID) != 64 || found(t, s, one.ID) {
				t.Errorf("id %q", one.ID)
			}
			ids[one.ID], got[i].ID = true, ""
		}
		want := []behavior.SignIn{
			{Addr: "192.0.2.1", Agent: "<b>second", Start: now.Add(time.Minute), Expires: now.Add(time.Hour)},
			{Addr: "192.0.2.1", Agent: "<b>first", Start: now, Expires: now.Add(time.Hour)},
			{Expires: now.Add(time.Hour)},
		}
		if diff := cmp.Diff(want, got); diff != "" || len(ids) != len(want) {
			t.Error(diff, ids)
		}
		if got := signIns(t, s, bob.ID); len(got) != 1 || got[0].Addr != "" || !got[0].Start.IsZero() {
			t.Errorf("bob's: %+v", got)
		}
		if now = now.Add(time.Hour); len(signIns(t, s, ann.ID)) != 0 {
			t.Error("expired sign-ins are listed")
		}
	})
}

func TestOneSignInEndsAlone(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		ann, bob := add(t, s, "ann"), add(t, s, "bob")
		signIn(t, s, "home", ann.ID, nil)
		home := signIns(t, s, ann.ID)[0].ID
		signIn(t, s, "work", ann.ID, nil)
		for name, call := range map[string]func() error{
			"of another person": func() error { return s.EndSignIn(t.Context(), bob.ID, home) },
			"unknown":           func() error { return s.EndSignIn(t.Context(), ann.ID, "00ff") },
			"no digest":         func() error { return s.EndSignIn(t.Context(), ann.ID, "home") },
			"empty":             func() error { return s.EndSignIn(t.Context(), ann.ID, "") },
		} {
			if err := call(); !errors.Is(err, behavior.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.EndSignIn(t.Context(), ann.ID, home); err != nil {
			t.Fatal(err)
		}
		if found(t, s, "home") || !found(t, s, "work") {
			t.Errorf("home %v, work %v", found(t, s, "home"), found(t, s, "work"))
		}
		if err := s.EndSignIn(t.Context(), ann.ID, home); !errors.Is(err, behavior.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
	})
}

// What a session manager calls the token is what keeps its sign-in, whether it
// hashes tokens for its store or not.
func TestAChangeOfThePasswordKeepsTheSignInThatItCameBy(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		for name, hashed := range map[string]bool{"tokens as they are": false, "hashed tokens": true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := h.open(t)
				manager := scs.New()
				manager.Store, manager.HashTokenInStore = s, hashed
				ann := add(t, s, "ann")
				begin := func() (context.Context, string) {
					ctx, err := manager.Load(t.Context(), "")
					if err != nil {
						t.Fatal(err)
					}
					manager.Put(ctx, behavior.SessionUser, ann.ID)
					token, _, err := manager.Commit(ctx)
					if err != nil {
						t.Fatal(err)
					}
					return ctx, token
				}
				mine, token := begin()
				_, other := begin()
				if err := s.SetPassword(t.Context(), ann.ID, "another horse", manager.Token(mine)); err != nil {
					t.Fatal(err)
				}
				who := func(token string) string {
					ctx, err := manager.Load(t.Context(), token)
					if err != nil {
						t.Fatal(err)
					}
					return manager.GetString(ctx, behavior.SessionUser)
				}
				if who(token) != ann.ID || who(other) != "" {
					t.Errorf("kept %q, other %q", who(token), who(other))
				}
				if list := signIns(t, s, ann.ID); len(list) != 1 {
					t.Errorf("%d sign-ins", len(list))
				}
			})
		}
	})
}
