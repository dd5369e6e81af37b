package behavior_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/userbehavior/behavior"
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	nobody, user, staff := behavior.User{}, behavior.User{ID: "1"}, behavior.User{ID: "2", Staff: true}
	for _, c := range []struct {
		name       string
		permission behavior.Permission
		method     string
		user       behavior.User
		want       bool
	}{
		{"AllowAny, nobody", behavior.AllowAny, http.MethodPost, nobody, true},
		{"IsAuthenticated, nobody", behavior.IsAuthenticated, http.MethodGet, nobody, false},
		{"IsAuthenticated, user", behavior.IsAuthenticated, http.MethodPost, user, true},
		{"IsAdminUser, user", behavior.IsAdminUser, http.MethodGet, user, false},
		{"IsAdminUser, staff", behavior.IsAdminUser, http.MethodPost, staff, true},
		{"IsAuthenticatedOrReadOnly, nobody reads", behavior.IsAuthenticatedOrReadOnly, http.MethodHead, nobody, true},
		{"IsAuthenticatedOrReadOnly, nobody asks", behavior.IsAuthenticatedOrReadOnly, http.MethodOptions, nobody, true},
		{"IsAuthenticatedOrReadOnly, nobody writes", behavior.IsAuthenticatedOrReadOnly, http.MethodPost, nobody, false},
		{"IsAuthenticatedOrReadOnly, user writes", behavior.IsAuthenticatedOrReadOnly, http.MethodDelete, user, true},
	} {
		if got := c.permission(httptest.NewRequest(c.method, "/", nil), c.user); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
