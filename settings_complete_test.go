package behavior_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestTheZeroSettingsAreTheDefaults(t *testing.T) {
	t.Parallel()
	s := inForce(t, behavior.Settings{})
	if s.TimeZone != time.UTC || s.Logger == nil || s.Now == nil || s.MaxBody != 1<<20 || s.MaxQueue != 8192 || s.Prefix != "/user_behavior/" {
		t.Errorf("settings are %+v", s)
	}
	loopback := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	if diff := cmp.Diff(loopback, s.TrustedProxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("trusted proxies differ (-want +got):\n%s", diff)
	}
	if s.BaseThrottleRate.String() != "30/minute" || s.StaffThrottleRate.String() != "100/minute" {
		t.Errorf("rates are %s and %s", s.BaseThrottleRate, s.StaffThrottleRate)
	}
	admin := behavior.AdminSettings{
		Enabled: behavior.On, HasAdd: behavior.On, HasChange: behavior.On, HasDelete: behavior.On, HasModule: behavior.On,
		StaffHasAll: behavior.Off, PageSize: 10, Site: behavior.AdminSite{Title: "User behavior", Header: "User behavior", IndexTitle: "Data"},
	}
	if diff := cmp.Diff(admin, s.Admin); diff != "" {
		t.Errorf("admin settings differ (-want +got):\n%s", diff)
	}
	if s.ReportPermission(get("/"), behavior.User{ID: "1"}) || !s.ReportPermission(get("/"), behavior.User{ID: "1", Staff: true}) {
		t.Error("the report is not for staff alone")
	}
	api := s.API
	switches := []behavior.Switch{api.AllowList, api.AllowRetrieve, api.AllowCreate, api.AllowUpdate, api.AllowDelete, api.InteractionTimestamp}
	if diff := cmp.Diff([]behavior.Switch{behavior.On, behavior.On, behavior.On, behavior.Off, behavior.Off, behavior.Off}, switches); diff != "" {
		t.Errorf("switches differ (-want +got):\n%s", diff)
	}
	checkResourceDefaults(t, api.Session, []string{"start_time", "end_time"}, []string{"session_id", "user_agent", "ip_address"})
	checkResourceDefaults(t, api.PageView, []string{"timestamp"}, []string{"url", "session__session_id"})
	checkResourceDefaults(t, api.Interaction, []string{"timestamp"}, []string{"session__session_id", "element"})
}

func checkResourceDefaults[T, In any](t *testing.T, r behavior.Resource[T, In], ordering, search []string) {
	t.Helper()
	if diff := cmp.Diff([][]string{ordering, search}, [][]string{r.OrderingFields, r.SearchFields}); diff != "" {
		t.Errorf("%T: fields differ (-want +got):\n%s", r, diff)
	}
	if len(r.Throttles) != 1 || len(r.Parsers) != 3 || len(r.FilterSet) != 0 || r.Pagination != (behavior.LimitOffset{}) {
		t.Errorf("%T: settings are %+v", r, r)
	}
	if !r.Permission(get("/"), behavior.User{}) {
		t.Errorf("%T is closed", r)
	}
}

func TestEmptyIsNotNil(t *testing.T) {
	t.Parallel()
	s := behavior.Settings{TrustedProxies: []netip.Prefix{}}
	s.API.Parsers = []behavior.Parser{}
	s.API.Session.Throttles = []behavior.Throttle{}
	s.API.Session.OrderingFields = []string{}
	s.API.Session.SearchFields = []string{}
	s.API.PageView.Parsers = []behavior.Parser{behavior.JSONParser}
	s = inForce(t, s)
	if len(s.TrustedProxies)+len(s.API.Session.Parsers)+len(s.API.Session.Throttles) != 0 || len(s.API.PageView.Parsers) != 1 {
		t.Errorf("settings are %+v", s)
	}
	if len(s.API.Session.OrderingFields)+len(s.API.Session.SearchFields) != 0 {
		t.Error("empty lists of fields were filled")
	}
}

func TestSettingsAreNotSharedWithTheCaller(t *testing.T) {
	t.Parallel()
	mine := behavior.Settings{EventTypes: []behavior.EventType{"buy"}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	mine.API.Session.OrderingFields = []string{"id"}
	mine.API.PageView.FilterSet = behavior.PageViewFilters
	s := inForce(t, mine)
	mine.EventTypes[0], mine.API.Session.OrderingFields[0], mine.TrustedProxies[0] = "x", "x", netip.Prefix{}
	if s.EventTypes[0] != "buy" || s.API.Session.OrderingFields[0] != "id" || !s.TrustedProxies[0].IsValid() {
		t.Error("the tracker's settings changed with the caller's slices")
	}
	s.API.PageView.FilterSet[0].Name = "changed"
	s.API.PageView.SearchFields[0] = "changed"
	if behavior.PageViewFilters[0].Name == "changed" || inForce(t, behavior.Settings{}).API.PageView.SearchFields[0] == "changed" {
		t.Error("the built-in values changed with the tracker's slices")
	}
}

func TestNewRefusesFaultySettings(t *testing.T) {
	t.Parallel()
	s := behavior.Settings{
		Prefix: "behavior", MaxBody: -1, MaxQueue: -1,
		BaseThrottleRate:  behavior.Rate{Count: 5},
		StaffThrottleRate: behavior.Rate{Count: -5, Per: time.Second},
		EventTypes:        []behavior.EventType{"Buy now"},
		TrustedProxies:    []netip.Prefix{{}},
		Observers:         []behavior.Observer{nil},
	}
	s.API.Parsers = []behavior.Parser{{MediaType: "text/csv"}}
	s.API.Session.Throttles = []behavior.Throttle{nil}
	s.API.PageView.OrderingFields = []string{"timestamp", "session__metadata"}
	s.API.PageView.FilterSet = behavior.FilterSet{{Name: "x", Field: "y"}, {Field: "url"}, {Name: "own", Parse: func([]string) ([]behavior.Filter, error) { return nil, nil }}}
	_, err := behavior.New(nil, s)
	var faults behavior.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error is %v", err)
	}
	var ids []string
	for _, f := range faults {
		ids = append(ids, strings.TrimPrefix(strings.Replace(f.ID, "USER_BEHAVIOR_", "", 1), "user_behavior."))
	}
	want := []string{
		"E016_PREFIX", "E018_TRUSTED_PROXIES", "E019_EVENT_TYPES", "E020_MAX_BODY", "E020_MAX_QUEUE",
		"E021_BASE_USER_THROTTLE_RATE", "E021_STAFF_USER_THROTTLE_RATE", "E022_Observers", "E022_API_PARSER_CLASSES",
		"E015_API_PAGE_VIEW_ORDERING_FIELDS", "E022_API_PAGE_VIEW_FILTERSET_CLASS", "E022_API_PAGE_VIEW_FILTERSET_CLASS",
		"E022_API_USER_SESSION_THROTTLE_CLASSES",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("faults differ (-want +got):\n%s", diff)
	}
}
