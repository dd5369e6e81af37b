package behavior

import (
	"log/slog"
	"net/netip"
	"time"
)

// Settings is how a [Tracker] behaves. The zero Settings are the defaults of
// the reference. [New] checks them all at once; from then on they stay.
//
// Each setting has a name as well, by which [ParseSettings] finds it in the
// environment or in a configuration file; docs/settings.md lists them.
type Settings struct {
	// Prefix is the path under which everything is served. It begins and
	// ends with a slash. Default "/user_behavior/". USER_BEHAVIOR_PREFIX.
	Prefix string

	// TimeZone cuts the days of reports. Default UTC. USER_BEHAVIOR_TIME_ZONE.
	TimeZone *time.Location

	// Identify tells who makes a request, in an application with users of its
	// own. Nil: People, or everybody is anonymous.
	Identify Identify

	// People are the users of a server without a host application. Nil: there
	// is no sign-in page. With Identify set, People is not asked.
	People People

	// Audit keeps who did what in the admin. Nil: People, where they are one;
	// else nothing is kept but a line in the log.
	Audit Audit

	// Segments keeps the sets of filters that people save on the dashboard.
	// Nil: People, where they do; else nobody can save any.
	Segments Segments

	// Given are the settings that were given by name, for owners to read in the
	// admin. It changes nothing. Nil: the admin has no page of settings.
	Given []GivenSetting

	// Windows counts requests and wrong passwords together with other servers.
	// Nil: what the method Windows of People returns, where they have one; else
	// this process counts by itself.
	Windows Windows

	// TrustedProxies are the peers whose X-Forwarded-For is believed. Nil:
	// loopback; empty: none. USER_BEHAVIOR_TRUSTED_PROXIES.
	TrustedProxies []netip.Prefix

	// EventTypes are accepted besides the eight of [EventTypes]. Names are
	// lower-case words of letters, digits and underscores, at most 32
	// characters. Default none. USER_BEHAVIOR_EVENT_TYPES.
	EventTypes []EventType

	// CountryHeader is the header in which a trusted proxy names the country
	// of the visitor by two letters, "CF-IPCountry" for example. Default none.
	// USER_BEHAVIOR_COUNTRY_HEADER.
	CountryHeader string

	// CountryOf looks up the country of an address, see package geo; empty
	// for one that is not known. Nil: nobody does, and without a header the
	// time zone of the browser tells the country.
	CountryOf func(addr netip.Addr) string

	// MaxBody is the largest request body, in bytes. Zero: 1 MiB. USER_BEHAVIOR_MAX_BODY.
	MaxBody int64

	// MaxQueue is how many rows may wait to be stored before callers get
	// [ErrBusy]. Zero: 8192. USER_BEHAVIOR_MAX_QUEUE.
	MaxQueue int

	// Observers are told of every record created, updated and deleted, after
	// it is on disk. Default none.
	Observers []Observer

	// Logger gets one line for each record created, updated or deleted, and one
	// for each request. Nil: [slog.Default].
	Logger *slog.Logger

	// Now is the clock. Nil: [time.Now].
	Now func() time.Time

	// BaseThrottleRate is for visitors and ordinary users, StaffThrottleRate
	// for staff. Zero: 30 and 100 a minute. USER_BEHAVIOR_BASE_USER_THROTTLE_RATE,
	// USER_BEHAVIOR_STAFF_USER_THROTTLE_RATE.
	BaseThrottleRate, StaffThrottleRate Rate

	Admin   AdminSettings
	API     APISettings
	Collect CollectSettings
	Track   TrackSettings

	// Metrics is who may read metrics/. Empty: [MetricsStaff]. USER_BEHAVIOR_METRICS.
	Metrics MetricsAccess

	// ReportPermission guards the report. Nil: [IsAdminUser].
	// USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS; an empty value there opens
	// the report to everybody.
	ReportPermission Permission
}

// GivenSetting is a setting as it was given, in words.
type GivenSetting struct {
	Name   string // "USER_BEHAVIOR_PREFIX"
	Value  string // as text. What is secret in it has to be masked already
	Source string // where it was given: "environment", or the name of a file
}

// APISettings are the settings of the REST API.
type APISettings struct {
	// AllowList, AllowRetrieve and AllowCreate switch what clients may do.
	// Default On. USER_BEHAVIOR_API_ALLOW_LIST and so on.
	AllowList, AllowRetrieve, AllowCreate Switch

	// AllowUpdate and AllowDelete add PATCH and DELETE of single records.
	// Default Off. USER_BEHAVIOR_API_ALLOW_UPDATE, USER_BEHAVIOR_API_ALLOW_DELETE.
	AllowUpdate, AllowDelete Switch

	// InteractionTimestamp adds the field "timestamp" to the JSON of
	// interactions. Default Off. USER_BEHAVIOR_API_INTERACTION_TIMESTAMP.
	InteractionTimestamp Switch

	// Permission, Pagination and Parsers hold for the three resources where
	// they do not set their own. Nil: [AllowAny], [LimitOffset] and the
	// parsers of JSON, multipart and form bodies. USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS,
	// USER_BEHAVIOR_API_PAGINATION_CLASS, USER_BEHAVIOR_API_PARSER_CLASSES.
	Permission Permission
	Pagination Pagination
	Parsers    []Parser

	Session     Resource[Session, SessionInput]
	PageView    Resource[PageView, ViewInput]
	Interaction Resource[Interaction, InteractionInput]
}

// Resource holds the settings of one of the three resources of the REST API.
// Their names are those of the reference: USER_BEHAVIOR_API_USER_SESSION_...,
// USER_BEHAVIOR_API_PAGE_VIEW_..., USER_BEHAVIOR_API_USER_INTERACTION_....
type Resource[T, In any] struct {
	Serializer Serializer[T, In] // ..._SERIALIZER_CLASS

	// OrderingFields may be named in ?ordering=. Nil: start_time and end_time
	// of sessions, timestamp of the others. ..._ORDERING_FIELDS.
	OrderingFields []string

	// SearchFields are looked into by ?search=. Nil: session_id, user_agent
	// and ip_address of sessions; url and session__session_id of page views;
	// session__session_id and element of interactions. A "^" before a field
	// wants the term at its beginning, a "=" nothing but the term.
	// ..._SEARCH_FIELDS.
	SearchFields []string

	// Throttles must all let a request pass. Nil: one [RoleThrottle], shared
	// by the three resources, or those that [ParseSettings] found by name;
	// empty: none. ..._THROTTLE_CLASSES.
	Throttles []Throttle

	Permission Permission // nil: that of APISettings. ..._EXTRA_PERMISSION_CLASS
	Pagination Pagination // nil: that of APISettings; [Unpaged] for none. ..._PAGINATION_CLASS
	Parsers    []Parser   // nil: those of APISettings. ..._PARSER_CLASSES

	// FilterSet is the parameters that filter lists. Nil: none.
	// ..._FILTERSET_CLASS.
	FilterSet FilterSet

	throttleClasses []throttleClass // in place of Throttles; see there
}

// Switch turns something on or off; the zero Switch leaves it as it is by default.
type Switch int8

// The positions of a switch.
const (
	Default Switch = iota
	On
	Off
)
