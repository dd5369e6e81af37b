package behavior_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// parsed is the settings of an environment, as they are in force.
func parsed(t *testing.T, classes behavior.Classes, environ ...string) behavior.Settings {
	t.Helper()
	s, err := behavior.ParseSettings(behavior.Environ(environ), classes)
	if err != nil {
		t.Fatal(err)
	}
	return inForce(t, s)
}

// inForce is settings as New completes them.
func inForce(t *testing.T, s behavior.Settings) behavior.Settings {
	t.Helper()
	tracker, err := behavior.New(nil, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tracker.Close() })
	return tracker.Settings()
}

func TestEachSettingLandsInItsField(t *testing.T) {
	t.Parallel()
	s := parsed(t, behavior.Classes{},
		"USER_BEHAVIOR_PREFIX=/a/b/",
		"USER_BEHAVIOR_TIME_ZONE=Asia/Kolkata",
		"USER_BEHAVIOR_TRUSTED_PROXIES=10.0.0.0/8, 192.0.2.7, 2001:db8::1",
		"USER_BEHAVIOR_EVENT_TYPES=video_play,rated5",
		"USER_BEHAVIOR_MAX_BODY=4096",
		"USER_BEHAVIOR_MAX_QUEUE=7",
		"USER_BEHAVIOR_BASE_USER_THROTTLE_RATE=5/hour",
		"USER_BEHAVIOR_STAFF_USER_THROTTLE_RATE=0/day",
		"USER_BEHAVIOR_ADMIN_HAS_ADD_PERMISSION=FALSE",
		"USER_BEHAVIOR_ADMIN_HAS_MODULE_PERMISSION=False",
		"USER_BEHAVIOR_API_ALLOW_LIST=false",
		"USER_BEHAVIOR_API_ALLOW_UPDATE=true",
		"USER_BEHAVIOR_API_ALLOW_DELETE=True",
		"USER_BEHAVIOR_API_INTERACTION_TIMESTAMP=TRUE",
		"USER_BEHAVIOR_API_PAGE_VIEW_ORDERING_FIELDS=url, session__end_time",
		"USER_BEHAVIOR_API_USER_SESSION_SEARCH_FIELDS=user_id",
		"USER_BEHAVIOR_API_USER_INTERACTION_FILTERSET_CLASS=user_behavior.api.filters.UserInteractionFilter",
		"USER_BEHAVIOR_ADMIN_SITE_CLASS=",
		"USER_BEHAVIOR_ADMIN_STAFF_HAS_ALL=true",
		"USER_BEHAVIOR_ADMIN_ENABLED=false",
		"USER_BEHAVIOR_ADMIN_PAGE_SIZE=25",
		"USER_BEHAVIOR_ADMIN_SITE_TITLE=Shop",
		"USER_BEHAVIOR_ADMIN_SITE_HEADER=The shop",
		"USER_BEHAVIOR_ADMIN_INDEX_TITLE=Start",
		"USER_BEHAVIOR_ADMIN_MENU=Shop=/shop/,Wiki = https://wiki.example.com/?a=b",
		"USER_BEHAVIOR_ADDR=:9",
		"USER_BEHAVIOR_LOG_LEVEL=debug",
		"PATH=/bin",
		"USER_BEHAVIOUR_API_ALLOW_LIST=not ours",
	)
	got := []any{
		s.Prefix, s.TimeZone.String(), s.TrustedProxies, s.EventTypes, s.MaxBody, s.MaxQueue, s.BaseThrottleRate, s.StaffThrottleRate,
		s.Admin, s.API.AllowList, s.API.AllowRetrieve, s.API.AllowCreate, s.API.AllowUpdate, s.API.AllowDelete, s.API.InteractionTimestamp,
		s.API.PageView.OrderingFields, s.API.Session.SearchFields, len(s.API.Interaction.FilterSet), len(s.API.Session.FilterSet),
	}
	want := []any{
		"/a/b/", "Asia/Kolkata",
		[]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::1/128")},
		[]behavior.EventType{"video_play", "rated5"}, int64(4096), 7,
		behavior.Rate{Count: 5, Per: time.Hour}, behavior.Rate{Per: 24 * time.Hour},
		behavior.AdminSettings{
			HasAdd: behavior.Off, HasChange: behavior.On, HasDelete: behavior.On, HasModule: behavior.Off,
			StaffHasAll: behavior.On, Enabled: behavior.Off, PageSize: 25,
			Site: behavior.AdminSite{Title: "Shop", Header: "The shop", IndexTitle: "Start", Menu: []behavior.MenuEntry{
				{Title: "Shop", URL: "/shop/"}, {Title: "Wiki", URL: "https://wiki.example.com/?a=b"},
			}},
		},
		behavior.Off, behavior.On, behavior.On, behavior.On, behavior.On, behavior.On,
		[]string{"url", "session__end_time"}, []string{"user_id"}, len(behavior.InteractionFilters), 0,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("settings differ (-want +got):\n%s", diff)
	}
}

func TestNothingIsNamedByNull(t *testing.T) {
	t.Parallel()
	s := parsed(t, behavior.Classes{},
		"USER_BEHAVIOR_API_USER_SESSION_PAGINATION_CLASS=",
		"USER_BEHAVIOR_API_PAGINATION_CLASS=rest_framework.pagination.PageNumberPagination",
		"USER_BEHAVIOR_API_USER_SESSION_THROTTLE_CLASSES=",
		"USER_BEHAVIOR_API_USER_SESSION_PARSER_CLASSES=",
		"USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS=",
		"USER_BEHAVIOR_TRUSTED_PROXIES=",
		"USER_BEHAVIOR_PREFIX=",
	)
	if s.API.Session.Pagination != (behavior.Unpaged{}) || s.API.PageView.Pagination != (behavior.PageNumber{}) {
		t.Errorf("paginations are %T and %T", s.API.Session.Pagination, s.API.PageView.Pagination)
	}
	if len(s.API.Session.Throttles) != 0 || len(s.API.PageView.Throttles) != 1 {
		t.Errorf("%d and %d throttles", len(s.API.Session.Throttles), len(s.API.PageView.Throttles))
	}
	if len(s.API.Session.Parsers) != 3 {
		t.Errorf("%d parsers, want the API's", len(s.API.Session.Parsers))
	}
	if !s.ReportPermission(get("/"), behavior.User{}) {
		t.Error("the report is closed")
	}
	if s.TrustedProxies == nil || len(s.TrustedProxies) != 0 || s.Prefix != "/user_behavior/" {
		t.Errorf("proxies %v, prefix %q", s.TrustedProxies, s.Prefix)
	}
}

func TestThePermissionOfTheAPIClosesAllResources(t *testing.T) {
	t.Parallel()
	s := parsed(t, behavior.Classes{},
		"USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS=rest_framework.permissions.IsAuthenticated",
		"USER_BEHAVIOR_API_PAGE_VIEW_EXTRA_PERMISSION_CLASS=", // as in the reference's example
		"USER_BEHAVIOR_API_USER_INTERACTION_EXTRA_PERMISSION_CLASS=rest_framework.permissions.AllowAny",
	)
	r, nobody := get("/"), behavior.User{}
	if s.API.Session.Permission(r, nobody) || s.API.PageView.Permission(r, nobody) {
		t.Error("a resource without a permission of its own is open")
	}
	if !s.API.Interaction.Permission(r, nobody) {
		t.Error("a resource that names AllowAny is closed")
	}
}

func TestThrottlesByNameShareOneAllowance(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	s, err := behavior.ParseSettings(map[string]any{
		"USER_BEHAVIOR_BASE_USER_THROTTLE_RATE":            "2/minute",
		"USER_BEHAVIOR_API_USER_SESSION_THROTTLE_CLASSES":  "user_behavior.api.throttlings.RoleBasedUserRateThrottle",
		"USER_BEHAVIOR_API_PAGE_VIEW_THROTTLE_CLASSES":     []any{"rest_framework.throttling.AnonRateThrottle"},
		"USER_BEHAVIOR_API_USER_SESSION_ORDERING_FIELDS":   []any{"id"},
		"USER_BEHAVIOR_API_USER_INTERACTION_SEARCH_FIELDS": []string{"element"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Now = func() time.Time { return now } // set after the names were read
	s = inForce(t, s)
	pass := func(throttles []behavior.Throttle) bool { return ask(throttles[0], behavior.Caller{}, 1) == 1 }
	sessions, views, interactions := s.API.Session.Throttles, s.API.PageView.Throttles, s.API.Interaction.Throttles
	if !pass(sessions) || !pass(interactions) || pass(sessions) || pass(interactions) {
		t.Error("sessions by name and interactions by default do not share an allowance of two")
	}
	if n := ask(views[0], behavior.Caller{}, 3); n != 2 {
		t.Errorf("%d requests for page views pass, want an allowance of two apart from the others", n)
	}
	now = now.Add(time.Minute)
	if !pass(sessions) {
		t.Error("the throttle does not follow the clock of the settings")
	}
}

func TestAnApplicationsOwnNames(t *testing.T) {
	t.Parallel()
	slim := behavior.Serializer[behavior.Session, behavior.SessionInput]{Represent: func(s behavior.Session) any { return s.ID }}
	own := behavior.Classes{
		Permissions:        map[string]behavior.Permission{"app.Never": func(*http.Request, behavior.User) bool { return false }},
		Throttles:          map[string]behavior.Throttle{"app.Shut": func(*http.Request, behavior.Caller) (time.Duration, bool) { return time.Hour, false }},
		Paginations:        map[string]behavior.Pagination{"app.Big": behavior.LimitOffset{DefaultLimit: 50}},
		Parsers:            map[string]behavior.Parser{"app.CSV": {MediaType: "text/csv", Parse: behavior.JSONParser.Parse}},
		FilterSets:         map[string]behavior.FilterSet{"app.Filters": {{Name: "os", Field: "os"}}},
		SessionSerializers: map[string]behavior.Serializer[behavior.Session, behavior.SessionInput]{"app.Slim": slim},
		AdminSites:         map[string]behavior.AdminSite{"app.site": {Title: "Plain"}},
	}
	s := parsed(t, own,
		"USER_BEHAVIOR_ADMIN_SITE_CLASS=app.site",
		"USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS=app.Never",
		"USER_BEHAVIOR_API_USER_SESSION_SERIALIZER_CLASS=app.Slim",
		"USER_BEHAVIOR_API_USER_SESSION_THROTTLE_CLASSES=app.Shut,user_behavior.api.throttlings.RoleBasedUserRateThrottle",
		"USER_BEHAVIOR_API_USER_SESSION_PAGINATION_CLASS=app.Big",
		"USER_BEHAVIOR_API_USER_SESSION_PARSER_CLASSES=rest_framework.parsers.JSONParser,app.CSV",
		"USER_BEHAVIOR_API_USER_SESSION_FILTERSET_CLASS=app.Filters",
		"USER_BEHAVIOR_API_PAGE_VIEW_SERIALIZER_CLASS=user_behavior.api.serializers.PageViewSerializer",
	)
	if s.Admin.Site.Title != "Plain" || s.ReportPermission(get("/"), behavior.User{Staff: true}) {
		t.Error("site or report permission is not the application's")
	}
	if got := s.API.Session.Serializer.Represent(behavior.Session{ID: 4}); got != int64(4) {
		t.Errorf("serializer answers %v", got)
	}
	if _, ok := s.API.Session.Throttles[0](get("/"), behavior.Caller{}); ok || len(s.API.Session.Throttles) != 2 {
		t.Error("throttles are not the two named, in their order")
	}
	if s.API.Session.Pagination != (behavior.LimitOffset{DefaultLimit: 50}) {
		t.Errorf("pagination is %#v", s.API.Session.Pagination)
	}
	if len(s.API.Session.Parsers) != 2 || s.API.Session.Parsers[1].MediaType != "text/csv" || s.API.Session.FilterSet[0].Name != "os" {
		t.Error("parsers or filter set are not the application's")
	}
}

// A filter set of another resource is accepted, as the reference's check does;
// what does not fit is left out, so that no request meets it.
func TestAFilterSetOfAnotherResource(t *testing.T) {
	t.Parallel()
	s := parsed(t, behavior.Classes{},
		"USER_BEHAVIOR_API_USER_INTERACTION_FILTERSET_CLASS=user_behavior.api.filters.PageViewFilter",
		"USER_BEHAVIOR_API_USER_SESSION_FILTERSET_CLASS=user_behavior.api.filters.PageViewFilter",
	)
	for _, p := range s.API.Interaction.FilterSet {
		if strings.HasPrefix(p.Name, "url") {
			t.Errorf("interactions are filtered by %s", p.Name)
		}
	}
	if len(s.API.Interaction.FilterSet) == 0 || len(s.API.Session.FilterSet) != 0 {
		t.Errorf("%d and %d filters", len(s.API.Interaction.FilterSet), len(s.API.Session.FilterSet))
	}
}

func TestFaultsOfOurOwnSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setting string
		value   any
		want    string
	}{
		"prefix without slashes":     {"PREFIX", "behavior", "E016"},
		"prefix empty":               {"PREFIX", "", "E016"},
		"prefix not clean":           {"PREFIX", "/a//b/", "E016"},
		"prefix that goes up":        {"PREFIX", "/a/../b/", "E016"},
		"prefix with a wildcard":     {"PREFIX", "/{a}/", "E016"},
		"prefix with a blank":        {"PREFIX", "/a b/", "E016"},
		"prefix number":              {"PREFIX", int64(4), "E016"},
		"time zone unknown":          {"TIME_ZONE", "Mars/Olympus", "E017"},
		"time zone of the machine":   {"TIME_ZONE", "Local", "E017"},
		"time zone path":             {"TIME_ZONE", "../etc/passwd", "E017"},
		"time zone list":             {"TIME_ZONE", []any{"UTC"}, "E017"},
		"proxy name":                 {"TRUSTED_PROXIES", []any{"localhost"}, "E018"},
		"proxy number":               {"TRUSTED_PROXIES", []any{5}, "E018"},
		"proxies number":             {"TRUSTED_PROXIES", 5, "E018"},
		"proxy network too wide":     {"TRUSTED_PROXIES", "10.0.0.0/64", "E018"},
		"event type in capitals":     {"EVENT_TYPES", []any{"Buy"}, "E019"},
		"event type empty":           {"EVENT_TYPES", []any{""}, "E019"},
		"event type long":            {"EVENT_TYPES", []any{strings.Repeat("a", 33)}, "E019"},
		"event type number":          {"EVENT_TYPES", []any{1}, "E019"},
		"event types text":           {"EVENT_TYPES", "buy", "E019"},
		"body zero":                  {"MAX_BODY", int64(0), "E020"},
		"body text":                  {"MAX_BODY", "1MiB", "E020"},
		"body broken":                {"MAX_BODY", 1.5, "E020"},
		"queue negative":             {"MAX_QUEUE", -1, "E020"},
		"queue list":                 {"MAX_QUEUE", []any{1}, "E020"},
		"country header with blank":  {"COUNTRY_HEADER", "CF IPCountry", "E027"},
		"country header with a line": {"COUNTRY_HEADER", "a\r\nb", "E027"},
		"country header number":      {"COUNTRY_HEADER", 5, "E023"},
		"robots text":                {"TRACK_BOTS", "yes", "E001"},
		"update text":                {"API_ALLOW_UPDATE", "yes", "E001"},
		"ordering field unknown":     {"API_PAGE_VIEW_ORDERING_FIELDS", []any{"urll"}, "E015"},
		"ordering by a document":     {"API_USER_INTERACTION_ORDERING_FIELDS", []any{"metadata"}, "E015"},
		"search field unknown":       {"API_USER_SESSION_SEARCH_FIELDS", []any{"session__session_id"}, "E015"},
		"search in a time":           {"API_USER_SESSION_SEARCH_FIELDS", []any{"start_time"}, "E015"},
		"exact search in a number":   {"API_PAGE_VIEW_SEARCH_FIELDS", []any{"^url", "=session"}, "E015"},
		"serializer of another kind": {"API_USER_SESSION_SERIALIZER_CLASS", "user_behavior.api.serializers.PageViewSerializer", "E010"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := faultsOf(t, map[string]any{"USER_BEHAVIOR_" + c.setting: c.value})
			want := "user_behavior." + c.want + "_USER_BEHAVIOR_" + c.setting
			if len(faults) != 1 || faults[0].ID != want || faults[0].Message == "" {
				t.Errorf("faults are %v, want one %s", faults, want)
			}
		})
	}
}

func TestAllFaultsAtOnceInTheOrderOfTheSettings(t *testing.T) {
	t.Parallel()
	_, err := behavior.ParseSettings(map[string]any{
		"USER_BEHAVIOR_ZZZ":       1,
		"MAX_BODY":                1,
		"USER_BEHAVIOR_MAX_QUEUE": 0,
		"USER_BEHAVIOR_PREFIX":    "x",
		"USER_BEHAVIOR_API_USER_SESSION_SEARCH_FIELDS":      []any{"x"},
		"USER_BEHAVIOR_API_PAGE_VIEW_THROTTLE_CLASSES":      []any{"x", 5, "y"},
		"USER_BEHAVIOR_STAFF_USER_THROTTLE_RATE":            "x",
		"USER_BEHAVIOR_ADMIN_SITE_CLASS":                    5,
		"USER_BEHAVIOR_ADMIN_PAGE_SIZE":                     int64(201),
		"USER_BEHAVIOR_ADMIN_MENU":                          []any{"Shop", "=/x", "A=//evil.example", "B=javascript:alert(1)"},
		"USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS":        "x",
		"USER_BEHAVIOR_API_USER_INTERACTION_FILTERSET_CLSS": "x",
	})
	var faults behavior.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error is %v", err)
	}
	var ids []string
	for _, f := range faults {
		ids = append(ids, strings.TrimPrefix(f.ID, "user_behavior."))
		if !strings.Contains(err.Error(), f.ID+": "+f.Message) || !strings.Contains(err.Error(), f.Hint) {
			t.Errorf("the error's text lacks %v", f)
		}
	}
	want := []string{
		"E009_USER_BEHAVIOR_ADMIN_SITE_CLASS",
		"E020_USER_BEHAVIOR_ADMIN_PAGE_SIZE",
		"E035_USER_BEHAVIOR_ADMIN_MENU",
		"E035_USER_BEHAVIOR_ADMIN_MENU",
		"E035_USER_BEHAVIOR_ADMIN_MENU",
		"E035_USER_BEHAVIOR_ADMIN_MENU",
		"E005_USER_BEHAVIOR_STAFF_USER_THROTTLE_RATE",
		"E013_USER_BEHAVIOR_API_PAGE_VIEW_THROTTLE_CLASSES",
		"E012_USER_BEHAVIOR_API_PAGE_VIEW_THROTTLE_CLASSES",
		"E013_USER_BEHAVIOR_API_PAGE_VIEW_THROTTLE_CLASSES",
		"E015_USER_BEHAVIOR_API_USER_SESSION_SEARCH_FIELDS",
		"E010_USER_BEHAVIOR_REPORT_VIEW_PERMISSION_CLASS",
		"E016_USER_BEHAVIOR_PREFIX",
		"E020_USER_BEHAVIOR_MAX_QUEUE",
		"E014_MAX_BODY",
		"E014_USER_BEHAVIOR_API_USER_INTERACTION_FILTERSET_CLSS",
		"E014_USER_BEHAVIOR_ZZZ",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("faults differ (-want +got):\n%s", diff)
	}
}

func TestAnUnknownSettingIsAnsweredWithTheNearestName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"USER_BEHAVIOR_API_ALLOW_LISTS":                     "USER_BEHAVIOR_API_ALLOW_LIST",
		"USER_BEHAVIOR_MAXBODY":                             "USER_BEHAVIOR_MAX_BODY",
		"MAX_QUEUE":                                         "USER_BEHAVIOR_MAX_QUEUE",
		"user_behavior_time_zone":                           "USER_BEHAVIOR_TIME_ZONE",
		"USER_BEHAVIOR_API_PAGEVIEW_FILTERSET_CLASS":        "USER_BEHAVIOR_API_PAGE_VIEW_FILTERSET_CLASS",
		"USER_BEHAVIOR_TRUSTED_PROXY":                       "USER_BEHAVIOR_TRUSTED_PROXIES",
		"USER_BEHAVIOR_DATADIR":                             "USER_BEHAVIOR_DATA_DIR",
		"USER_BEHAVIOR_API_USER_INTERACTION_THROTTLE_CLASS": "USER_BEHAVIOR_API_USER_INTERACTION_THROTTLE_CLASSES",
	} {
		faults := faultsOf(t, map[string]any{name: "x"})
		if len(faults) != 1 || faults[0].ID != "user_behavior.E014_"+name || faults[0].Hint != "Did you mean '"+want+"'?" {
			t.Errorf("%s: faults are %v, want a hint at %s", name, faults, want)
		}
	}
}

func FuzzEnviron(f *testing.F) {
	f.Add("USER_BEHAVIOR_API_ALLOW_LIST", "TrUe")
	f.Add("USER_BEHAVIOR_API_PAGE_VIEW_ORDERING_FIELDS", "a,, b")
	f.Add("USER_BEHAVIOR_TRUSTED_PROXIES", "::1/128,10.0.0.1")
	f.Add("USER_BEHAVIOR_MAX_BODY", "-9223372036854775809")
	f.Add("USER_BEHAVIOR_TIME_ZONE", "Europe/Berlin")
	f.Add("USER_BEHAVIOR_PREFIX", "/a/")
	f.Fuzz(func(t *testing.T, name, text string) {
		values := behavior.Environ([]string{name + "=" + text})
		s, err := behavior.ParseSettings(values)
		var faults behavior.Faults
		switch {
		case err == nil:
			inForce(t, s)
		case !errors.As(err, &faults) || len(faults) == 0:
			t.Errorf("error is %T: %v", err, err)
		case !reflect.DeepEqual(s, behavior.Settings{}):
			t.Error("settings came with an error")
		}
	})
}

func get(target string) *http.Request { return httptest.NewRequest(http.MethodGet, target, nil) }
