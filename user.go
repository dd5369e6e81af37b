package behavior

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

// User is the person who makes a request. The zero User is anonymous.
type User struct {
	ID        string // unique and stable; empty for an anonymous user
	Name      string
	Staff     bool // may use the admin and the report; a superuser is staff
	Superuser bool
}

// Anonymous reports whether nobody is signed in.
func (u User) Anonymous() bool { return u.ID == "" }

// Caller is a user together with the address that the request came from, as
// far as trusted proxies tell, see [Settings.TrustedProxies].
type Caller struct {
	User User
	Addr netip.Addr // the zero Addr when it cannot be known
}

// Identify tells who makes a request: the zero User for an anonymous one. An
// error that wraps [ErrCredentials] is answered with 403 and its own text.
type Identify func(r *http.Request) (User, error)

// SessionUser is the key in a session's data of the [User.ID] of who is signed
// in. People look there for the sessions that end with a user.
const SessionUser = "user"

// People keeps the users of a server that has no host application around it,
// and their signed-in sessions. Package account provides one.
//
// The three session methods are those that the session manager scs asks for,
// with and without a context. A session's data is what its GobCodec makes; a
// signed-in session holds the [User.ID] under [SessionUser].
type People interface {
	// Authenticate returns the active user of that name and password.
	// Everything else is [ErrCredentials], and takes as long.
	Authenticate(ctx context.Context, name, password string) (User, error)

	// Person returns the active user with that [User.ID], or [ErrNotFound].
	Person(ctx context.Context, id string) (User, error)

	FindCtx(ctx context.Context, token string) (data []byte, found bool, err error)
	CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error
	DeleteCtx(ctx context.Context, token string) error
	Find(token string) (data []byte, found bool, err error)
	Commit(token string, data []byte, expiry time.Time) error
	Delete(token string) error
}
