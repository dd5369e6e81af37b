// Package account keeps the people of a server that has no host application
// around it: their names, roles, rights and passwords, their sign-ins, and the
// audit trail of what they did.
//
// It has two homes. One is a small SQLite file of its own, beside the store of
// events, so that people can be added and removed from the command line while
// the server runs. The other is a schema in a PostgreSQL database, for several
// servers that share people, sign-ins and throttles. Its [Store] is what
// [behavior.Settings.People] asks for, and the audit trail along with it:
//
//	people, err := account.Open(ctx, "people.sqlite")
//	people, err := account.OpenPostgres(ctx, "postgres://app@db.example/app", account.Options{})
//	tracker, err := behavior.New(store, behavior.Settings{People: people})
//
// Passwords are kept as argon2id hashes, tokens as SHA-256 hashes: who reads the
// database can sign in as nobody. People who come from a Django site have the
// hashes that they had there until they first sign in, see [Store.Take]. The audit
// trail can only be added to; the database itself refuses everything else.
package account

import (
	"context"
	"embed"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
)

//go:embed migrations/*.sql migrations/postgres/*.sql
var migrations embed.FS

// cleanEvery is how often expired sessions are removed.
const cleanEvery = time.Hour

// Store keeps people, their sign-ins and what they did. It may be used by many
// goroutines, and by several processes: on one machine, or on any number of
// them where it is in a PostgreSQL database.
type Store struct {
	db     queries
	hashes *hasher
	now    func() time.Time
	clock  func() time.Time // of what servers count together; nil: the database's

	foreign burden // of people who came with another program's hashes

	stop    context.CancelFunc
	cleaned chan struct{} // closed when the cleaner has returned
	close   func() error
}

var (
	_ behavior.People = (*Store)(nil)
	_ behavior.Audit  = (*Store)(nil)
)

// newStore returns a store over a database that is ready, which closing ends.
func newStore(d *database, clock func() time.Time, closing func() error) *Store {
	s := &Store{db: queries{d, d.DB}, hashes: newHasher(), now: time.Now, clock: clock, cleaned: make(chan struct{})}
	if clock != nil {
		s.now = clock
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.close = sync.OnceValue(func() error {
		s.stop()
		<-s.cleaned
		s.hashes.close()
		return closing()
	})
	go s.keepClean(ctx)
	return s
}

// Close waits for what is under way and closes the file, or the connections
// unless they are those of a pool that [NewPostgres] was given. It may be called
// more than once.
func (s *Store) Close() error { return s.close() }

// keepClean removes what has expired now and then until ctx ends. A failure is
// the next round's work: nobody waits for this one, and what has expired counts
// for nothing whether removed or not.
func (s *Store) keepClean(ctx context.Context) {
	defer close(s.cleaned)
	sessions, windows := time.NewTicker(cleanEvery), time.NewTicker(cleanWindowsEvery)
	defer sessions.Stop()
	defer windows.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sessions.C:
			_ = s.clean(ctx)
		case <-windows.C:
			if s.db.database.shared {
				_ = s.cleanWindows(ctx, maxWindows)
			}
		}
	}
}
