package behavior

import "maps"

// Classes are an application's own values, under names by which settings can
// choose them: "myapp.permissions.IsFriend" for example. A name of its own hides
// a built-in one. The zero Classes add nothing.
type Classes struct {
	Permissions            map[string]Permission
	Throttles              map[string]Throttle
	Paginations            map[string]Pagination
	Parsers                map[string]Parser
	FilterSets             map[string]FilterSet
	SessionSerializers     map[string]Serializer[Session, SessionInput]
	PageViewSerializers    map[string]Serializer[PageView, ViewInput]
	InteractionSerializers map[string]Serializer[Interaction, InteractionInput]

	// AdminSites are what [AdminSettings.Site] becomes.
	AdminSites map[string]AdminSite
}

// The built-in names: those of the reference and of the framework under it.
var (
	builtinPermissions = map[string]Permission{
		"rest_framework.permissions.AllowAny":                  AllowAny,
		"rest_framework.permissions.IsAuthenticated":           IsAuthenticated,
		"rest_framework.permissions.IsAdminUser":               IsAdminUser,
		"rest_framework.permissions.IsAuthenticatedOrReadOnly": IsAuthenticatedOrReadOnly,
	}
	builtinThrottles = map[string]throttleClass{
		"user_behavior.api.throttlings.RoleBasedUserRateThrottle": func(t throttles) Throttle { return t.role },
		"rest_framework.throttling.UserRateThrottle":              func(t throttles) Throttle { return t.user },
		"rest_framework.throttling.AnonRateThrottle":              func(t throttles) Throttle { return t.anon },
	}
	builtinPaginations = map[string]Pagination{
		"user_behavior.api.paginations.DefaultLimitOffSetPagination": LimitOffset{},
		"rest_framework.pagination.LimitOffsetPagination":            LimitOffset{},
		"rest_framework.pagination.PageNumberPagination":             PageNumber{},
		"rest_framework.pagination.CursorPagination":                 Cursor{},
	}
	builtinParsers = map[string]Parser{
		"rest_framework.parsers.JSONParser":      JSONParser,
		"rest_framework.parsers.MultiPartParser": MultiPartParser,
		"rest_framework.parsers.FormParser":      FormParser,
	}
	builtinFilterSets = map[string]FilterSet{
		"user_behavior.api.filters.UserSessionFilter":     SessionFilters,
		"user_behavior.api.filters.PageViewFilter":        PageViewFilters,
		"user_behavior.api.filters.UserInteractionFilter": InteractionFilters,
	}
	builtinSites = map[string]AdminSite{
		"django.contrib.admin.site":       {},
		"django.contrib.admin.sites.site": {},
	}
)

// builtinSerializers are the names of one resource's own serializer: it is the
// zero value.
func builtinSerializers[T, In any](name string) map[string]Serializer[T, In] {
	return map[string]Serializer[T, In]{"user_behavior.api.serializers." + name: {}}
}

// with returns the classes of both; one of own hides one of the same name.
func with[V any](builtin, own map[string]V) map[string]V {
	all := make(map[string]V, len(builtin)+len(own))
	maps.Copy(all, builtin)
	maps.Copy(all, own)
	return all
}

// join returns the classes of both; one of d hides one of the same name. A nil
// value is no class: its name counts as unknown.
func (c Classes) join(d Classes) Classes {
	all := Classes{
		Permissions:            with(c.Permissions, d.Permissions),
		Throttles:              with(c.Throttles, d.Throttles),
		Paginations:            with(c.Paginations, d.Paginations),
		Parsers:                with(c.Parsers, d.Parsers),
		FilterSets:             with(c.FilterSets, d.FilterSets),
		SessionSerializers:     with(c.SessionSerializers, d.SessionSerializers),
		PageViewSerializers:    with(c.PageViewSerializers, d.PageViewSerializers),
		InteractionSerializers: with(c.InteractionSerializers, d.InteractionSerializers),
		AdminSites:             with(c.AdminSites, d.AdminSites),
	}
	maps.DeleteFunc(all.Permissions, func(_ string, p Permission) bool { return p == nil })
	maps.DeleteFunc(all.Throttles, func(_ string, t Throttle) bool { return t == nil })
	maps.DeleteFunc(all.Paginations, func(_ string, p Pagination) bool { return p == nil })
	return all
}

// throttleClasses are the throttles that settings may name.
func (c Classes) throttleClasses() map[string]throttleClass {
	own := make(map[string]throttleClass, len(c.Throttles))
	for name, t := range c.Throttles {
		own[name] = func(throttles) Throttle { return t }
	}
	return with(builtinThrottles, own)
}

// filterSets are the filter sets that the settings of a kind may name. A
// built-in one of another kind is good there too, as far as its fields go.
func (c Classes) filterSets(kind Kind) map[string]FilterSet {
	fitting := make(map[string]FilterSet, len(builtinFilterSets))
	for name, set := range builtinFilterSets {
		fitting[name] = FilterSet{}
		for _, p := range set {
			if _, ok := kind.Field(p.Field); ok {
				fitting[name] = append(fitting[name], p)
			}
		}
	}
	return with(fitting, c.FilterSets)
}
