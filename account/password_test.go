package account

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, password string
		want           []string
	}{
		{"good", "pw-alice-12345", nil},
		{"eight letters of two bytes", "äöüäöüäö", nil},
		{"short", "1b3d5f7", []string{"The password is too short: it needs at least 8 characters."}},
		{"seven letters of two bytes", "äöüäöüä", []string{"The password is too short: it needs at least 8 characters."}},
		{"only digits", "1234567890", []string{"The password has only digits."}},
		{"short and only digits", "1234", []string{"The password is too short: it needs at least 8 characters.", "The password has only digits."}},
		{"the name", "Alexandra", []string{"The password is the name."}},
		{"long", strings.Repeat("a", 1025), []string{"The password is too long: it may have at most 1024 bytes."}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, CheckPassword("alexandra", c.password)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A sign-in with an unknown name must cost what a wrong password costs: the
// decoy has to have the same parameters as a real hash.
func TestTheDecoyCostsWhatARealHashCosts(t *testing.T) {
	t.Parallel()
	h := newHasher()
	defer h.close()
	real, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	want, _, _, err := argon2id.DecodeHash(real)
	if err != nil {
		t.Fatal(err)
	}
	got, _, _, err := argon2id.DecodeHash(h.decoy)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAWrongPasswordIsNeverTrusted(t *testing.T) {
	t.Parallel()
	h := newHasher()
	defer h.close()
	hash, err := h.hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	try := func(password string) [2]bool {
		right, fresh, err := h.verify(t.Context(), 1, hash, password)
		if err != nil {
			t.Fatal(err)
		}
		return [2]bool{right, fresh}
	}
	got := [][2]bool{try("wrong"), try("wrong"), try(password), try(password), try("wrong")}
	want := [][2]bool{{false, true}, {false, true}, {true, true}, {true, false}, {false, true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMarksDiffer(t *testing.T) {
	t.Parallel()
	h := newHasher()
	defer h.close()
	seen := map[[32]byte]bool{}
	for _, m := range [][32]byte{
		h.mark(1, "hash", "password"), h.mark(2, "hash", "password"), h.mark(1, "hashpass", "word"), h.mark(1, "hash", "Password"),
	} {
		seen[m] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different marks of 4", len(seen))
	}
}

func TestAFloodOfSignInsWaitsItsTurn(t *testing.T) {
	t.Parallel()
	h := newHasher()
	defer h.close()
	for range cap(h.free) {
		h.free <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.hash(ctx, password); !errors.Is(err, context.Canceled) {
		t.Errorf("hash without a free place: %v", err)
	}
	<-h.free
	if _, err := h.hash(t.Context(), password); err != nil {
		t.Error(err)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	h := newHasher()
	defer h.close()
	hash, err := h.hash(b.Context(), password)
	if err != nil {
		b.Fatal(err)
	}
	for name, password := range map[string]string{"trusted": password, "wrong": "wrong"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := h.verify(b.Context(), 1, hash, password); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
