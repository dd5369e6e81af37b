package account

import (
	"context"
	"errors"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"
)

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
		right, fresh, err := h.verify(t.Context(), "1", hash, password)
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
		h.mark("1", "hash", "password"), h.mark("2", "hash", "password"), h.mark("1", "hashpass", "word"),
		h.mark("1", "hash", "Password"), h.mark("1h", "ash", "password"),
	} {
		seen[m] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d different marks of 5", len(seen))
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
				if _, _, err := h.verify(b.Context(), "1", hash, password); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
