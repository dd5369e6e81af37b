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
//
// Each process counts by itself, unless [Settings.Windows] has it count together
// with others: the built-in throttles of a tracker do so, and those of
// [Tracker.Throttle].
type Throttle func(r *http.Request, caller Caller) (wait time.Duration, ok bool)

// RoleThrottle gives staff one rate and everybody else another. Each user has
// an allowance, and each address of anonymous callers. It is
// user_behavior.api.throttlings.RoleBasedUserRateThrottle.
func RoleThrottle(base, staff Rate, now func() time.Time) Throttle {
	return counting{now: now}.roleThrottle(base, staff)
}

// UserThrottle gives each user a rate, and each address of anonymous callers.
// It is rest_framework.throttling.UserRateThrottle.
func UserThrottle(rate Rate, now func() time.Time) Throttle {
	return counting{now: now}.userThrottle("user", rate)
}

// AnonThrottle gives each address of anonymous callers a rate, and lets users
// pass who are signed in. It is rest_framework.throttling.AnonRateThrottle.
func AnonThrottle(rate Rate, now func() time.Time) Throttle {
	return counting{now: now}.anonThrottle(rate)
}

// Throttle returns a [UserThrottle] by the tracker's clock, whose count is
// shared with other servers where [Settings.Windows] is. Its name tells it from
// other throttles: those of one name and rate, at all servers, are one.
func (t *Tracker) Throttle(name string, rate Rate) Throttle {
	return counting{t.settings.Windows, t.settings.Now}.userThrottle("own "+name, rate)
}

func (c counting) roleThrottle(base, staff Rate) Throttle {
	others, ofStaff := c.allowance("base", base), c.allowance("staff", staff)
	return func(r *http.Request, caller Caller) (time.Duration, bool) {
		if caller.User.Staff {
			return ofStaff.take(r, throttleKey(caller))
		}
		return others.take(r, throttleKey(caller))
	}
}

func (c counting) userThrottle(name string, rate Rate) Throttle {
	a := c.allowance(name, rate)
	return func(r *http.Request, caller Caller) (time.Duration, bool) {
		return a.take(r, throttleKey(caller))
	}
}

func (c counting) anonThrottle(rate Rate) Throttle {
	a := c.allowance("anon", rate)
	return func(r *http.Request, caller Caller) (time.Duration, bool) {
		if !caller.User.Anonymous() {
			return 0, true
		}
		return a.take(r, throttleKey(caller))
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
