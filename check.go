package behavior

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// check looks for all that is wrong with settings. What is zero or nil is not:
// it becomes the default.
func (s *Settings) check() Faults {
	var faults Faults
	if s.Prefix != "" {
		checkPrefix(&faults, s.Prefix)
	}
	checkProxies(&faults, s)
	checkEventTypes(&faults, s.EventTypes)
	checkNumber(&faults, "MAX_BODY", s.MaxBody)
	checkNumber(&faults, "MAX_QUEUE", int64(s.MaxQueue))
	checkRate(&faults, "BASE_USER_THROTTLE_RATE", s.BaseThrottleRate)
	checkRate(&faults, "STAFF_USER_THROTTLE_RATE", s.StaffThrottleRate)
	checkCollect(&faults, s)
	s.Admin.check(&faults)
	checkCountryHeader(&faults, s.CountryHeader)
	if slices.ContainsFunc(s.Observers, func(o Observer) bool { return o == nil }) {
		faults.add("E022", "Observers", "One of the observers is nil.", "Leave it out.")
	}
	checkParsers(&faults, "API_PARSER_CLASSES", s.API.Parsers)
	checkResource(&faults, "API_PAGE_VIEW", KindPageView, s.API.PageView)
	checkResource(&faults, "API_USER_SESSION", KindSession, s.API.Session)
	checkResource(&faults, "API_USER_INTERACTION", KindInteraction, s.API.Interaction)
	return faults
}

// checkPrefix wants "/" or "/a/b/". Other characters than those would mean
// something to the patterns of a mux, or look different once escaped.
func checkPrefix(faults *Faults, prefix string) {
	name := settingPrefix + "PREFIX"
	inner := strings.Trim(prefix, "/")
	plain := strings.Trim(inner, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/") == ""
	if prefix == "/" || plain && prefix == "/"+inner+"/" && path.Clean(prefix)+"/" == prefix {
		return
	}
	faults.add("E016", name, fmt.Sprintf("'%s' cannot serve under '%s'.", name, prefix),
		"Give a path that begins and ends with a slash, of letters, digits and -._~ only (e.g., '/user_behavior/').")
}

func checkProxies(faults *Faults, s *Settings) {
	for _, p := range s.TrustedProxies {
		if !p.IsValid() {
			faults.add("E018", settingPrefix+"TRUSTED_PROXIES", "One of the trusted proxies is no network.",
				"Make networks with netip.ParsePrefix.")
		}
	}
}

// maxEventType is how long the name of an event type may be.
const maxEventType = 32

const eventTypeHint = "Use lower-case letters, digits and underscores, at most 32 of them (e.g., 'video_play')."

func checkEventTypes(faults *Faults, types []EventType) {
	name := settingPrefix + "EVENT_TYPES"
	for _, e := range types {
		if strings.Trim(string(e), "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || e == "" || len(e) > maxEventType {
			faults.add("E019", name, fmt.Sprintf("'%s' names '%s', which cannot be an event type.", name, e),
				eventTypeHint)
		}
	}
}

// checkNumber wants a number above zero, or zero for the default.
func checkNumber(faults *Faults, setting string, n int64) {
	if name := settingPrefix + setting; n < 0 {
		faults.add("E020", name, fmt.Sprintf("'%s' must be a whole number above zero. Found: %d.", name, n), "")
	}
}

func checkRate(faults *Faults, setting string, r Rate) {
	units := []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}
	if name := settingPrefix + setting; r != (Rate{}) && (r.Count < 0 || !slices.Contains(units, r.Per)) {
		faults.add("E021", name, fmt.Sprintf("'%s' cannot be %d requests in %s.", name, r.Count, r.Per),
			"Give a number of requests, zero or more, in a second, minute, hour or day.")
	}
}

func checkParsers(faults *Faults, setting string, parsers []Parser) {
	for _, p := range parsers {
		if p.MediaType == "" || p.Parse == nil {
			faults.add("E022", settingPrefix+setting, fmt.Sprintf("The parser of '%s' is not complete.", p.MediaType),
				"A parser needs a MediaType and a Parse function.")
		}
	}
}

// checkResource checks what a resource names against the fields of its kind.
func checkResource[T, In any](faults *Faults, setting string, kind Kind, r Resource[T, In]) {
	checkFields(faults, setting+"_ORDERING_FIELDS", "ordered by", kind, r.OrderingFields, Text, Integer, Time, Boolean)
	var anywhere, exact []string
	for _, field := range r.SearchFields {
		if name, ok := strings.CutPrefix(field, "="); ok {
			exact = append(exact, name)
			continue
		}
		anywhere = append(anywhere, strings.TrimPrefix(field, "^"))
	}
	checkFields(faults, setting+"_SEARCH_FIELDS", "searched in", kind, anywhere, Text, Integer)
	checkFields(faults, setting+"_SEARCH_FIELDS", "searched in", kind, exact, Text)
	if slices.ContainsFunc(r.Throttles, func(t Throttle) bool { return t == nil }) {
		faults.add("E022", settingPrefix+setting+"_THROTTLE_CLASSES", "One of the throttles is nil.", "Leave it out.")
	}
	checkParsers(faults, setting+"_PARSER_CLASSES", r.Parsers)
	for _, p := range r.FilterSet {
		if _, ok := kind.Field(p.Field); p.Name == "" || p.Parse == nil && !ok {
			faults.add("E022", settingPrefix+setting+"_FILTERSET_CLASS",
				fmt.Sprintf("The filter '%s' of the field '%s' is not complete.", p.Name, p.Field),
				"A filter needs a Name, and a Field that the records have or a Parse function.")
		}
	}
}

// checkFields wants names of fields that have one of the types.
func checkFields(faults *Faults, setting, use string, kind Kind, fields []string, types ...FieldType) {
	var names []string
	for _, f := range kind.Fields() {
		if slices.Contains(types, f.Type) {
			names = append(names, f.Name)
		}
	}
	for _, field := range fields {
		if f, ok := kind.Field(field); ok && slices.Contains(types, f.Type) {
			continue
		}
		hint := fmt.Sprintf("Did you mean '%s'?", nearest(field, names))
		if kind != KindSession {
			hint += fmt.Sprintf(" Fields of the session begin with '%s'.", SessionPrefix)
		}
		name := settingPrefix + setting
		faults.add("E015", name, fmt.Sprintf("'%s' names '%s', which records cannot be %s.", name, field, use), hint)
	}
}
