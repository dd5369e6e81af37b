package account

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// What Django 3.2 has made of "correct horse " and the user's name.
const (
	djangoRoot = "pbkdf2_sha256$260000$1cg13li09TmqkQYRK9cC0j$pHX31YQweMewAujPCY5rSSYpcFFEPV5NxCSEq0CzF6w="
	djangoErin = "pbkdf2_sha1$260000$G6NhOXwwvRiuhwa5JWG05u$17f5rzekn5NIyws+PjWSopcG4ps="
	djangoAlan = "argon2$argon2id$v=19$m=102400,t=2,p=8$RnpaRkVSZFJxaXZZQ0NHMUhXYmxrWQ$XBKRF3MVvmMUjjvWjmfV6Q"
	djangoOlga = "!i0VzG1TdW8VfEt9TkTEpGfRO3X2M7MqJx3hZObgE"
	djangoBert = "bcrypt_sha256$$2b$12$LN/1c.uWyHSj.SPMowqkGOY1YwaHdUnEQYpyt2SDivEVlWTYlzLti"
)

// take takes over one active person with a hash.
func take(t *testing.T, s *Store, name, hash string) behavior.Person {
	t.Helper()
	list := []Taken{{Person: behavior.Person{Name: name, Role: behavior.RoleUser, Active: true}, Hash: hash}}
	if err := errors.Join(s.Take(t.Context(), list), list[0].Err); err != nil {
		t.Fatal(err)
	}
	return list[0].Person
}

// hashOf is a person's hash as stored.
func hashOf(t *testing.T, s *Store, name string) (hash string) {
	t.Helper()
	if err := s.db.database.QueryRowContext(t.Context(), s.db.database.in("SELECT password FROM @people WHERE name = $1"), name).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

func TestAPasswordFromDjangoIsHashedAnewAtTheFirstSignIn(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		for name, hash := range map[string]string{"root": djangoRoot, "erin": djangoErin, "alan": djangoAlan} {
			p := take(t, s, name, hash)
			for _, wrong := range []string{"", "correct horse", "correct horse " + name + " ", hash} {
				if _, err := s.Authenticate(t.Context(), name, wrong); !errors.Is(err, behavior.ErrCredentials) {
					t.Errorf("%s with %q: %v", name, wrong, err)
				}
			}
			if now := hashOf(t, s, name); now != hash {
				t.Errorf("%s has %s after wrong passwords", name, now)
			}
			user, err := s.Authenticate(t.Context(), name, "correct horse "+name)
			if err != nil || user.ID != p.ID {
				t.Errorf("%s: %v, %v", name, user, err)
			}
			now := hashOf(t, s, name)
			if !strings.HasPrefix(now, ours) {
				t.Errorf("%s has %s after signing in", name, now)
			}
			// The next request of HTTP Basic costs nothing, and the new hash holds.
			if _, fresh, err := s.hashes.verify(t.Context(), p.ID, now, "correct horse "+name); fresh || err != nil {
				t.Errorf("%s: hashed again: %v, %v", name, fresh, err)
			}
			anew := newHasher()
			if right, _, err := anew.verify(t.Context(), p.ID, now, "correct horse "+name); !right || err != nil {
				t.Errorf("%s: the new hash: %v, %v", name, right, err)
			}
			anew.close()
		}
	})
}

// A change of the password that is faster than the new hash must win.
func TestAHashOfDjangosIsReplacedOnlyWhileItIsThere(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		p := take(t, s, "root", djangoRoot)
		if err := s.SetPassword(t.Context(), p.ID, "another horse altogether", ""); err != nil {
			t.Fatal(err)
		}
		before := hashOf(t, s, "root")
		s.adopt(t.Context(), p.ID, djangoRoot, "correct horse root")
		if now := hashOf(t, s, "root"); now != before {
			t.Errorf("the hash is %s now", now)
		}
		if _, err := s.Authenticate(t.Context(), "root", "correct horse root"); !errors.Is(err, behavior.ErrCredentials) {
			t.Error(err)
		}
	})
}

func TestNoPasswordFitsAHashThatIsNone(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		hard := strings.Replace(djangoRoot, "260000", "2000000000", 1)
		for i, hash := range []string{djangoOlga, djangoBert, "", "!", "md5$salt$d41d8cd98f00b204e9800998ecf8427e", hard} {
			name := fmt.Sprintf("user%d", i)
			list := []Taken{{Person: behavior.Person{Name: name, Role: behavior.RoleUser, Active: true}, Hash: hash}}
			if err := s.Take(t.Context(), list); err != nil || list[0].Err != nil || !list[0].NoPassword {
				t.Errorf("%q: %v, %+v", hash, err, list[0])
			}
			for _, try := range []string{"", "!", hash, "correct horse bert"} {
				if _, err := s.Authenticate(t.Context(), name, try); !errors.Is(err, behavior.ErrCredentials) {
					t.Errorf("%q with %q: %v", hash, try, err)
				}
			}
		}
	})
}

func TestTake(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		joined := time.Date(2023, 5, 6, 7, 8, 9, 123456000, time.UTC)
		ann := addAll(t, s, root("ann"), behavior.Person{Name: "gone", Role: behavior.RoleUser})
		gone := ann[1]
		if err := s.Note(t.Context(), behavior.AuditEntry{Deed: behavior.DeedDelete, Kind: behavior.KindPerson, ObjectID: gone.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePerson(t.Context(), gone.ID); err != nil {
			t.Fatal(err)
		}
		person := func(id, name string, role behavior.Role) behavior.Person {
			return behavior.Person{ID: id, Name: name, Role: role, Active: true, Created: joined, LastSignIn: joined.Add(time.Hour)}
		}
		list := []Taken{
			{Person: person("40", "bob", behavior.RoleStaff)},
			{Person: person("1", "carl", behavior.RoleUser)}, // ann has that id
			{Person: person(gone.ID, "dora", behavior.RoleUser)},
			{Person: person("x", "erin", behavior.RoleUser)},
			{Person: person("9007199254740991", "max", behavior.RoleUser)},
			{Person: person("50", "ann", behavior.RoleUser)},
			{Person: person("51", "no:name", "king")},
			{Person: person("52", "bob", behavior.RoleUser)},
		}
		if err := s.Take(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		type outcome struct{ ID, Err string }
		var got []outcome
		for _, one := range list {
			o := outcome{ID: one.Person.ID}
			if one.Err != nil {
				o = outcome{Err: one.Err.Error()}
			}
			got = append(got, o)
		}
		want := []outcome{
			{ID: "40"}, {ID: "41"}, {ID: "42"}, {ID: "43"}, {ID: "44"}, {Err: "already exists"},
			{Err: "invalid input: name: A name has only letters, digits and @ . + - _.; role: A role is superuser, staff, viewer or user."},
			{Err: "duplicate event"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		bob, err := s.PersonByName(t.Context(), "bob")
		if diff := cmp.Diff(person("40", "bob", behavior.RoleStaff), bob); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if next := add(t, s, "next"); next.ID != "45" {
			t.Errorf("the next id is %s", next.ID)
		}
	})
}

// Names must not be told apart by how long a wrong password takes, while some
// people still have hashes that cost more than ours: whatever the hash, the work
// is the same.
func TestAWrongPasswordTakesAsLongWhateverTheHash(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		light := strings.Replace(djangoRoot, "260000", "1000", 1)
		for name, hash := range map[string]string{"root": djangoRoot, "light": light, "erin": djangoErin, "alan": djangoAlan, "olga": djangoOlga} {
			take(t, s, name, hash)
		}
		most, err := s.heaviest(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"pbkdf2_sha256": 260000, "pbkdf2_sha1": 260000, "argon2": 1, "ours": 1}
		for _, hash := range []string{djangoRoot, light, djangoErin, djangoAlan, s.hashes.decoy} {
			got := map[string]int{}
			add := func(h djangoHash) { got[h.algorithm] += max(h.iterations, 1) }
			if h, foreign := parseDjango(hash); foreign {
				add(h)
			} else {
				got["ours"]++
			}
			work, decoy := rest(most, hash)
			for _, h := range work {
				add(h)
			}
			if decoy {
				got["ours"]++
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", hash, diff)
			}
		}
		for _, name := range []string{"light", "olga", "nobody"} {
			if _, err := s.Authenticate(t.Context(), name, "wrong"); !errors.Is(err, behavior.ErrCredentials) {
				t.Error(name, err)
			}
		}
	})
}

// Once all have hashes of ours nothing costs more than before.
func TestTheBurdenEndsWithTheLastOfDjangosHashes(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		now := time.Now()
		s.now = func() time.Time { return now }
		take(t, s, "root", djangoRoot)
		burden := func() (n int) {
			most, err := s.heaviest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return most["pbkdf2_sha256"].iterations
		}
		if n := burden(); n != 260000 {
			t.Errorf("%d iterations", n)
		}
		if _, err := s.Authenticate(t.Context(), "root", "correct horse root"); err != nil {
			t.Fatal(err)
		}
		now = now.Add(burdenFor)
		if n := burden(); n != 0 {
			t.Errorf("%d iterations are left", n)
		}
	})
}

func TestAHashOfDjangosWaitsItsTurn(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		take(t, s, "root", djangoRoot)
		for range cap(s.hashes.free) {
			s.hashes.free <- struct{}{}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Authenticate(ctx, "root", "correct horse root"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func FuzzParseDjango(f *testing.F) {
	for _, hash := range []string{djangoRoot, djangoErin, djangoAlan, djangoOlga, djangoBert, "", "pbkdf2_sha256$1$$", "argon2$argon2id$v=19$m=0,t=0,p=0$$",
		"pbkdf2_sha256$-1$a$YQ==", "argon2$argon2i$v=19$m=8,t=1,p=1$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ"} {
		f.Add(hash)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, ok := parseDjango(text)
		switch {
		case !ok:
		case h.algorithm == "argon2":
			if h.memory > maxMemory || h.memory < 1 {
				t.Errorf("%d KiB", h.memory)
			}
		case h.iterations < 1 || h.iterations > maxIterations || len(h.salt) == 0:
			t.Errorf("%+v", h)
		case !strings.HasSuffix(text, base64.StdEncoding.EncodeToString(h.sum)):
			t.Errorf("%q has the sum %x", text, h.sum)
		}
	})
}
