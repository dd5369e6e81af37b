package behavior

import "net/http"

// Permission decides whether a user may make a request. It runs before the
// request's body is read.
type Permission func(r *http.Request, user User) bool

// AllowAny lets everybody in.
func AllowAny(*http.Request, User) bool { return true }

// IsAuthenticated lets users in who are signed in.
func IsAuthenticated(_ *http.Request, user User) bool { return !user.Anonymous() }

// IsAdminUser lets staff in.
func IsAdminUser(_ *http.Request, user User) bool { return user.Staff }

// IsAuthenticatedOrReadOnly lets everybody read, and signed-in users write.
func IsAuthenticatedOrReadOnly(r *http.Request, user User) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	return !user.Anonymous()
}
