package behavior

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// complete checks the whole and fills in the defaults: its error is [Faults].
// No slice stays shared with the caller.
func (s *Settings) complete() error {
	if faults := s.check(); len(faults) > 0 {
		return faults
	}
	s.Prefix = cmp.Or(s.Prefix, "/user_behavior/")
	s.TimeZone = cmp.Or(s.TimeZone, time.UTC)
	if s.TrustedProxies == nil {
		s.TrustedProxies = loopback
	}
	s.TrustedProxies = slices.Clone(s.TrustedProxies)
	s.EventTypes = slices.Clone(s.EventTypes)
	s.MaxBody = cmp.Or(s.MaxBody, 1<<20)
	s.MaxQueue = cmp.Or(s.MaxQueue, 8192)
	s.Observers = slices.Clone(s.Observers)
	s.Logger = cmp.Or(s.Logger, slog.Default())
	if s.Now == nil {
		s.Now = time.Now
	}
	s.BaseThrottleRate = cmp.Or(s.BaseThrottleRate, defaultBaseRate)
	s.StaffThrottleRate = cmp.Or(s.StaffThrottleRate, defaultStaffRate)
	if s.ReportPermission == nil {
		s.ReportPermission = IsAdminUser
	}
	s.Collect.complete()
	s.Track.complete()
	s.Metrics = cmp.Or(s.Metrics, MetricsStaff)
	if audit, ok := s.People.(Audit); ok && s.Audit == nil {
		s.Audit = audit
	}
	if segments, ok := s.People.(Segments); ok && s.Segments == nil {
		s.Segments = segments
	}
	if people, ok := s.People.(interface{ Windows() Windows }); ok && s.Windows == nil {
		s.Windows = people.Windows()
	}
	s.Windows = newSteadyWindows(s.Windows, s.Logger)
	s.Admin.complete()
	s.API.complete(newThrottles(s))
	return nil
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func (a *APISettings) complete(throttles throttles) {
	for _, s := range []*Switch{&a.AllowList, &a.AllowRetrieve, &a.AllowCreate} {
		*s = cmp.Or(*s, On)
	}
	for _, s := range []*Switch{&a.AllowUpdate, &a.AllowDelete, &a.InteractionTimestamp} {
		*s = cmp.Or(*s, Off)
	}
	if a.Permission == nil {
		a.Permission = AllowAny
	}
	if a.Pagination == nil {
		a.Pagination = LimitOffset{}
	}
	if a.Parsers == nil {
		a.Parsers = []Parser{JSONParser, MultiPartParser, FormParser}
	}
	a.Parsers = slices.Clone(a.Parsers)
	a.Session.complete(a, throttles, []string{"start_time", "end_time"}, []string{"session_id", "user_agent", "ip_address"})
	a.PageView.complete(a, throttles, []string{"timestamp"}, []string{"url", "session__session_id"})
	a.Interaction.complete(a, throttles, []string{"timestamp"}, []string{"session__session_id", "element"})
}

// complete fills in a resource's defaults: those of its kind and those of the API.
func (r *Resource[T, In]) complete(api *APISettings, throttles throttles, ordering, search []string) {
	if r.OrderingFields == nil {
		r.OrderingFields = ordering
	}
	r.OrderingFields = slices.Clone(r.OrderingFields)
	if r.SearchFields == nil {
		r.SearchFields = search
	}
	r.SearchFields = slices.Clone(r.SearchFields)
	switch {
	case r.Throttles != nil:
		r.Throttles = slices.Clone(r.Throttles)
	case r.throttleClasses != nil:
		r.Throttles = throttles.of(r.throttleClasses)
	default:
		r.Throttles = []Throttle{throttles.role}
	}
	if r.Permission == nil {
		r.Permission = api.Permission
	}
	if r.Pagination == nil {
		r.Pagination = api.Pagination
	}
	if r.Parsers == nil {
		r.Parsers = api.Parsers
	}
	r.Parsers = slices.Clone(r.Parsers)
	r.FilterSet = slices.Clone(r.FilterSet)
}

// throttles are the built-in ones. The resources share them, so that a caller
// has one allowance for all.
type throttles struct{ role, user, anon Throttle }

func newThrottles(s *Settings) throttles {
	c := counting{s.Windows, s.Now}
	return throttles{
		role: c.roleThrottle(s.BaseThrottleRate, s.StaffThrottleRate),
		user: c.userThrottle("user", s.BaseThrottleRate),
		anon: c.anonThrottle(s.BaseThrottleRate),
	}
}

// throttleClass is a throttle that a setting has named. The built-in ones come
// into being with the tracker: they need its rates and its clock.
type throttleClass func(throttles) Throttle

func (t throttles) of(classes []throttleClass) []Throttle {
	named := make([]Throttle, 0, len(classes))
	for _, class := range classes {
		named = append(named, class(t))
	}
	return named
}
