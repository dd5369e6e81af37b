package behavior

import (
	"net/http"
	"net/netip"
	"time"
)

// Throttle decides whether a caller may make one more request now, and counts
// it if so. When it may not, wait is the time until it may.
//
// The built-in throttles look back over a sliding window: a request passes
// while fewer than the rate's count have passed within its span. Refused
// requests do not count. What they remember of callers is bounded: past about
// 24 MiB the callers that have been quiet longest are forgotten, and so begin
// anew with a whole allowance. A crowd of strangers can thus soften a
// throttle, but neither exhaust the memory nor lock anybody out.
type Throttle func(r *http.Request, caller Caller) (wait time.Duration, ok bool)

// RoleThrottle gives staff one rate and everybody else another. Each user has
// an allowance, and each address of anonymous callers. It is
// user_behavior.api.throttlings.RoleBasedUserRateThrottle.
func RoleThrottle(base, staff Rate, now func() time.Time) Throttle {
	others, ofStaff := newWindow(base, now), newWindow(staff, now)
	return func(_ *http.Request, caller Caller) (time.Duration, bool) {
		if caller.User.Staff {
			return ofStaff.take(throttleKey(caller))
		}
		return others.take(throttleKey(caller))
	}
}

// UserThrottle gives each user a rate, and each address of anonymous callers.
// It is rest_framework.throttling.UserRateThrottle.
func UserThrottle(rate Rate, now func() time.Time) Throttle {
	w := newWindow(rate, now)
	return func(_ *http.Request, caller Caller) (time.Duration, bool) {
		return w.take(throttleKey(caller))
	}
}

// AnonThrottle gives each address of anonymous callers a rate, and lets users
// pass who are signed in. It is rest_framework.throttling.AnonRateThrottle.
func AnonThrottle(rate Rate, now func() time.Time) Throttle {
	w := newWindow(rate, now)
	return func(_ *http.Request, caller Caller) (time.Duration, bool) {
		if !caller.User.Anonymous() {
			return 0, true
		}
		return w.take(throttleKey(caller))
	}
}

// callerKey is who an allowance belongs to: a user, else an address. Callers
// without either share one.
type callerKey struct {
	user string
	addr netip.Addr
}

func throttleKey(caller Caller) callerKey {
	if !caller.User.Anonymous() {
		return callerKey{user: caller.User.ID}
	}
	addr := caller.Addr.Unmap()
	if addr.Is6() { // one subscriber has a whole /64 to choose from
		if network, err := addr.Prefix(64); err == nil {
			addr = network.Addr()
		}
	}
	return callerKey{addr: addr}
}
