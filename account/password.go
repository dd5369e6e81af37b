package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/maypok86/otter/v2"
	"golang.org/x/crypto/argon2"
)

// params are OWASP's for argon2id with the least memory: about 30 ms and
// 19 MiB a password, which a small server can still afford for a few at once.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// TrustFor is how long a password that was found right is not hashed again:
// with HTTP Basic it comes with every request. The user's row is read each
// time all the same, so that a change of it counts at once.
const TrustFor = 5 * time.Minute

// maxHashes bounds the memory that a flood of sign-ins can take.
const maxHashes = 8

// places is how many hashes are computed at once: half of the machine is left
// to everything else.
func places() int { return min((runtime.GOMAXPROCS(0)+1)/2, maxHashes) }

// hasher makes and verifies password hashes, a few at a time.
type hasher struct {
	free  chan struct{}
	decoy string // a hash that no password has

	large sync.Mutex // for the hashes of others that take much memory: one at a time

	// trusted holds the passwords found right lately, as HMACs under key: not
	// even this process's memory has them in a form that could be tried out
	// without the key.
	key     []byte
	trusted *otter.Cache[[sha256.Size]byte, struct{}]
}

func newHasher() *hasher {
	return &hasher{
		free:  make(chan struct{}, places()),
		decoy: decoy(),
		key:   random(32),
		trusted: otter.Must(&otter.Options[[sha256.Size]byte, struct{}]{
			MaximumSize:      1024,
			ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, struct{}](TrustFor),
		}),
	}
}

func (h *hasher) close() { h.trusted.StopAllGoroutines() }

// hash makes the hash of a password.
func (h *hasher) hash(ctx context.Context, password string) (hash string, err error) {
	err = h.turn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, params)
		return err
	})
	return hash, err
}

// verify reports whether a user's password has that hash, and whether it was
// computed afresh. A right password is trusted for a while; a wrong one always
// costs a computation.
func (h *hasher) verify(ctx context.Context, user, hash, password string) (right, fresh bool, err error) {
	key := h.mark(user, hash, password)
	if _, ok := h.trusted.GetIfPresent(key); ok {
		return true, false, nil
	}
	err = h.turn(ctx, func() error {
		right, err = h.compare(password, hash)
		return err
	})
	if right {
		h.trusted.Set(key, struct{}{})
	}
	return right, true, err
}

// trust notes that a password was found right, as verify does.
func (h *hasher) trust(user, hash, password string) {
	h.trusted.Set(h.mark(user, hash, password), struct{}{})
}

// turn runs f when one of the few places is free.
func (h *hasher) turn(ctx context.Context, f func() error) error {
	select {
	case h.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.free }()
	return f()
}

// mark stands for a user, a hash and a password. With another hash it is
// another mark, so nothing needs to be forgotten when a password changes.
func (h *hasher) mark(user, hash, password string) (mark [sha256.Size]byte) {
	m := hmac.New(sha256.New, h.key)
	var sizes [16]byte
	binary.BigEndian.PutUint64(sizes[:8], uint64(len(user)))
	binary.BigEndian.PutUint64(sizes[8:], uint64(len(hash)))
	m.Write(sizes[:])
	m.Write([]byte(user))
	m.Write([]byte(hash))
	m.Write([]byte(password))
	m.Sum(mark[:0])
	return mark
}

// decoy is a well-formed hash with a random key, in the form of
// [argon2id.CreateHash].
func decoy() string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		params.Memory, params.Iterations, params.Parallelism,
		b64(random(int(params.SaltLength))), b64(random(int(params.KeyLength))))
}

// random returns n random bytes. [rand.Read] never fails.
func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
