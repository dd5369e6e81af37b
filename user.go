package behavior

import (
	"net/http"
	"net/netip"
)

// User is the person who makes a request. The zero User is anonymous.
type User struct {
	ID        string // unique and stable; empty for an anonymous user
	Name      string
	Staff     bool // may use the admin and the report; a superuser is staff
	Superuser bool

	// Rights are what staff may do with records in the admin, as far as
	// [AdminSettings] let anybody. A superuser has them all.
	Rights Rights
}

// Anonymous reports whether nobody is signed in.
func (u User) Anonymous() bool { return u.ID == "" }

// May reports whether the user has a right, be it by role or by Rights.
func (u User) May(kind Kind, right Right) bool {
	return u.Superuser || u.Staff && u.Rights.Has(kind, right)
}

// Caller is a user together with the address that the request came from, as
// far as trusted proxies tell, see [Settings.TrustedProxies].
type Caller struct {
	User User
	Addr netip.Addr // the zero Addr when it cannot be known
}

// Identify tells who makes a request: the zero User for an anonymous one. An
// error that wraps [ErrCredentials] is answered with 403 and its own text.
type Identify func(r *http.Request) (User, error)
