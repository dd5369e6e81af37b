package clickhouse

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/userbehavior/behavior"
)

// TestNodesShareASalt has many processes ask for a day's salt at once.
func TestNodesShareASalt(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 8)
	got := make([][]byte, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			var err error
			if got[i], err = s.Salt(t.Context(), noon, []byte(strconv.Itoa(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range got {
		if len(got[i]) == 0 || !bytes.Equal(got[i], got[0]) {
			t.Errorf("store %d has salt %q, and the first %q", i, got[i], got[0])
		}
	}
}

// TestASaltThatComesLate has two processes find no salt, and the one that took
// its version first store it last, when the other has read its own.
func TestASaltThatComesLate(t *testing.T) {
	t.Parallel()
	for name, parameters := range map[string]string{"plain": "", "gathered by the server": "?async=true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := databaseFor(t, t.Name()) + parameters
			a, b := openStore(t, dsn, Options{Migrate: true}), openStore(t, dsn, Options{})
			const day = 20_000
			version := a.writer.version()
			if err := a.writer.storeSalt(t.Context(), day, []byte("first"), version); err != nil {
				t.Fatal(err)
			}
			if err := b.writer.storeSalt(t.Context(), day, []byte("late"), version-2); err != nil {
				t.Fatal(err)
			}
			for _, s := range []*Store{a, b} {
				if salt, err := s.writer.readSalt(t.Context(), day); string(salt) != "first" {
					t.Errorf("the salt is %q, error %v", salt, err)
				}
			}
			if err := a.writer.storeSalt(t.Context(), day+1, []byte("next"), a.writer.version()); err != nil {
				t.Fatal(err)
			}
			if salt, err := b.writer.readSalt(t.Context(), day+1); string(salt) != "next" {
				t.Errorf("the next day's salt is %q, error %v", salt, err)
			}
		})
	}
}

// TestASaltThatCannotBeRead has a server lose what it has acknowledged: an error
// is better than none.
func TestASaltThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s, _ := openNew(t)
	exec(t, s, "RENAME TABLE "+s.layout.whole("salts")+" TO "+s.layout.whole("elsewhere"),
		"CREATE TABLE "+s.layout.whole("salts")+" AS "+s.layout.whole("elsewhere")+" ENGINE = Null")
	if salt, err := s.Salt(t.Context(), noon, []byte("fresh")); !errors.Is(err, behavior.ErrUnavailable) {
		t.Errorf("the salt is %q, error %v, want ErrUnavailable", salt, err)
	}
}

// TestASaltThatWasDropped has a process whose clock is ahead drop the day's
// salt: the day gets another one, the same for all.
func TestASaltThatWasDropped(t *testing.T) {
	t.Parallel()
	stores := nodes(t, 2)
	for i, c := range []struct {
		days        int
		fresh, want string
	}{{0, "first", "first"}, {3, "ahead", "ahead"}, {0, "second", "second"}, {0, "third", "second"}} {
		salt, err := stores[i%2].Salt(t.Context(), noon.AddDate(0, 0, c.days), []byte(c.fresh))
		if err != nil || string(salt) != c.want {
			t.Errorf("%d: the salt is %q, error %v, want %q", i, salt, err, c.want)
		}
	}
}
