package account

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what a Django site may have hashed passwords with, long ago
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"hash"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
)

// ours is what the hashes of our own begin with.
const ours = "$argon2id$"

// unusable is kept in the place of a hash that no password has.
const unusable = "!"

// Bounds of what the hashes of others may cost: whoever knows a name can have a
// password compared with its hash.
const (
	maxIterations  = 4_000_000  // of PBKDF2; Django 6 takes 1,200,000
	maxMemory      = 128 * 1024 // of argon2id in KiB; Django takes 102,400
	maxPasses      = 16
	maxSaltLength  = 256
	maxParallelism = 16
)

// djangoHash is a hash as Django writes it, taken apart.
type djangoHash struct {
	algorithm  string // pbkdf2_sha256, pbkdf2_sha1 or argon2
	iterations int    // of PBKDF2
	salt, sum  []byte // of PBKDF2
	argon2     string // the hash as argon2id writes it
	memory     uint32 // of argon2id
}

// parseDjango reads "pbkdf2_sha256$ITERATIONS$SALT$BASE64", the same with
// pbkdf2_sha1, and "argon2$argon2id$v=19$…". All else, and what would cost too
// much, is not ok.
func parseDjango(text string) (h djangoHash, ok bool) {
	algorithm, rest, _ := strings.Cut(text, "$")
	if algorithm == "argon2" {
		return parseDjangoArgon2("$" + rest)
	}
	size, parts := map[string]int{"pbkdf2_sha256": sha256.Size, "pbkdf2_sha1": sha1.Size}[algorithm], strings.Split(rest, "$")
	if size == 0 || len(parts) != 3 {
		return djangoHash{}, false
	}
	iterations, err := strconv.Atoi(parts[0])
	if err != nil || iterations < 1 || iterations > maxIterations || parts[1] == "" || len(parts[1]) > maxSaltLength {
		return djangoHash{}, false
	}
	sum, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(sum) != size {
		return djangoHash{}, false
	}
	return djangoHash{algorithm: algorithm, iterations: iterations, salt: []byte(parts[1]), sum: sum}, true
}

func parseDjangoArgon2(text string) (djangoHash, bool) {
	if !strings.HasPrefix(text, ours) {
		return djangoHash{}, false // argon2i and argon2d
	}
	p, salt, key, err := argon2id.DecodeHash(text)
	if err != nil || p.Memory < 1 || p.Memory > maxMemory || p.Iterations < 1 || p.Iterations > maxPasses ||
		p.Parallelism < 1 || p.Parallelism > maxParallelism || len(salt) == 0 || len(salt) > maxSaltLength || len(key) < 16 || len(key) > 64 {
		return djangoHash{}, false
	}
	return djangoHash{algorithm: "argon2", argon2: text, memory: p.Memory}, true
}

// compareDjango reports whether a password has a hash of Django's.
func (h *hasher) compareDjango(password string, hash djangoHash) (bool, error) {
	if hash.algorithm == "argon2" {
		h.large.Lock()
		defer h.large.Unlock()
		return argon2id.ComparePasswordAndHash(password, hash.argon2)
	}
	sum, err := derive(hash.algorithm, password, hash.salt, hash.iterations)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(sum, hash.sum) == 1, nil
}

// derive computes PBKDF2 by one of Django's two algorithms.
func derive(algorithm, password string, salt []byte, iterations int) ([]byte, error) {
	digest, size := func() hash.Hash { return sha256.New() }, sha256.Size
	if algorithm == "pbkdf2_sha1" {
		digest, size = func() hash.Hash { return sha1.New() }, sha1.Size //nolint:gosec // as above
	}
	return pbkdf2.Key(digest, password, salt, iterations, size)
}

// verifiable reports whether a password can be compared with a hash: ours, or
// one of Django's.
func verifiable(hash string) bool {
	if strings.HasPrefix(hash, ours) {
		return true
	}
	_, ok := parseDjango(hash)
	return ok
}

// compare reports whether a password has a hash, ours or Django's.
func (h *hasher) compare(password, hash string) (bool, error) {
	if strings.HasPrefix(hash, ours) {
		return argon2id.ComparePasswordAndHash(password, hash)
	}
	foreign, ok := parseDjango(hash)
	if !ok {
		return false, errors.New("a hash of an unknown kind")
	}
	return h.compareDjango(password, foreign)
}

// burden is the most that it costs to compare a password with one of the foreign
// hashes, by algorithm. It is read again now and then.
type burden struct {
	mu   sync.Mutex
	read time.Time
	most map[string]djangoHash
}

// burdenFor is how long a burden is believed.
const burdenFor = time.Minute

// heaviest is the burden of all people, by algorithm.
func (s *Store) heaviest(ctx context.Context) (map[string]djangoHash, error) {
	s.foreign.mu.Lock()
	defer s.foreign.mu.Unlock()
	if now := s.now(); s.foreign.most != nil && now.Sub(s.foreign.read) < burdenFor && !now.Before(s.foreign.read) {
		return s.foreign.most, nil
	}
	most := map[string]djangoHash{}
	err := s.db.all(ctx, "SELECT password FROM @people WHERE password NOT LIKE '"+ours+"%'", nil, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		h, ok := parseDjango(text)
		if known, seen := most[h.algorithm]; ok && (!seen || h.iterations > known.iterations || h.memory > known.memory) {
			most[h.algorithm] = h
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.foreign.most, s.foreign.read = most, s.now()
	return most, nil
}

// even makes a failed sign-in take as long whatever hash the password was
// compared with. Where some people still have hashes of Django's, which cost
// more than ours, everybody else would otherwise be refused sooner, and so would
// a name that nobody has: one could tell the names apart by it.
func (s *Store) even(ctx context.Context, hash, password string) error {
	most, err := s.heaviest(ctx)
	if err != nil {
		return err
	}
	work, decoy := rest(most, hash)
	if len(work) == 0 && !decoy {
		return nil
	}
	return s.hashes.turn(ctx, func() error {
		for _, h := range work {
			if _, err := s.hashes.compareDjango(password, h); err != nil {
				return err
			}
		}
		if !decoy {
			return nil
		}
		_, err := argon2id.ComparePasswordAndHash(password, s.hashes.decoy)
		return err
	})
}

// rest is what has to be computed after a comparison with a hash to make up for
// the heaviest one of each algorithm, and whether one of our own is among it.
func rest(most map[string]djangoHash, hash string) (work []djangoHash, decoy bool) {
	had, foreign := parseDjango(hash)
	for algorithm, h := range most {
		if algorithm == had.algorithm {
			h.iterations -= had.iterations
			if h.iterations <= 0 {
				continue // so it is with argon2, which counts by its memory
			}
		}
		work = append(work, h)
	}
	return work, foreign
}

// adopt gives a person whose password was just found right a hash of our own in
// the place of Django's. A password that was changed meanwhile stays. Who has
// the right password gets in, also when this fails; the next time does it.
func (s *Store) adopt(ctx context.Context, id, old, password string) {
	hash, err := s.hashes.hash(ctx, password)
	if err != nil {
		return
	}
	person, err := rowID(id)
	if err != nil {
		return
	}
	if n, err := s.db.exec(ctx, "UPDATE @people SET password = $1 WHERE id = $2 AND password = $3", hash, person, old); err == nil && n == 1 {
		s.hashes.trust(id, hash, password)
	}
}
