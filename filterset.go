package behavior

// FilterSet is the set of query parameters that filter a list.
type FilterSet []FilterParam

// FilterParam is one query parameter that filters a list.
type FilterParam struct {
	Name  string // of the parameter; a [RangeForm] adds "_after" and "_before"
	Field string // see [Kind.Field]
	Op    Op
	Form  Form

	// Parse, when set, turns the parameter's values into filters in place of
	// Form. An error is answered with 400, its text under the parameter's name.
	Parse func(values []string) ([]Filter, error)
}

// Form says how a parameter's text is read.
type Form int

// The forms of parameters. A blank parameter does not filter.
const (
	TextForm     Form = iota // text, white space around it trimmed
	NumberForm               // a number
	MomentForm               // a date and time
	DateForm                 // a date: the whole day, in the time zone of Settings
	RangeForm                // two moments, NAME_after and NAME_before
	NullForm                 // true or false: whether there is no value
	ChoiceForm               // one of the event types
	ChoicesForm              // event types, the parameter repeated
	SessionForm              // the id of a session that exists
	MetadataForm             // KEY=VALUE; also as NAME__KEY=VALUE
)

// SessionFilters, PageViewFilters and InteractionFilters are the filter sets
// user_behavior.api.filters.UserSessionFilter, PageViewFilter and UserInteractionFilter.
var (
	SessionFilters = FilterSet{
		{Name: "session_id", Field: "session_id"},
		{Name: "session_id_contains", Field: "session_id", Op: Contains},
		{Name: "user_agent", Field: "user_agent"},
		{Name: "user_agent_contains", Field: "user_agent", Op: Contains},
		{Name: "ip_address", Field: "ip_address"},
		{Name: "ip_address_startswith", Field: "ip_address", Op: StartsWith},
		{Name: "user_id", Field: "user_id"},
		{Name: "user_id_contains", Field: "user_id", Op: Contains},
		{Name: "user_id_isnull", Field: "user_id", Form: NullForm},
		{Name: "start_time", Field: "start_time", Form: MomentForm},
		{Name: "start_time_after", Field: "start_time", Op: AtLeast, Form: MomentForm},
		{Name: "start_time_before", Field: "start_time", Op: AtMost, Form: MomentForm},
		{Name: "start_time_date", Field: "start_time", Form: DateForm},
		{Name: "start_time_range", Field: "start_time", Form: RangeForm},
		{Name: "end_time", Field: "end_time", Form: MomentForm},
		{Name: "end_time_after", Field: "end_time", Op: AtLeast, Form: MomentForm},
		{Name: "end_time_before", Field: "end_time", Op: AtMost, Form: MomentForm},
		{Name: "end_time_date", Field: "end_time", Form: DateForm},
		{Name: "end_time_range", Field: "end_time", Form: RangeForm},
		{Name: "end_time_isnull", Field: "end_time", Form: NullForm},
	}
	PageViewFilters = append(FilterSet{
		{Name: "url", Field: "url"},
		{Name: "url_contains", Field: "url", Op: Contains},
		{Name: "url_startswith", Field: "url", Op: StartsWith},
		{Name: "url_endswith", Field: "url", Op: EndsWith},
	}, eventFilters...)
	InteractionFilters = append(FilterSet{
		{Name: "event_type", Field: "event_type", Form: ChoiceForm},
		{Name: "event_type_in", Field: "event_type", Form: ChoicesForm},
		{Name: "element", Field: "element"},
		{Name: "element_contains", Field: "element", Op: Contains},
		{Name: "element_startswith", Field: "element", Op: StartsWith},
		{Name: "metadata", Field: "metadata", Form: MetadataForm},
	}, eventFilters...)
)

// eventFilters are common to page views and interactions. The session_id
// filters compare the session's numeric id, in spite of their names, as the
// clients of the reference expect.
var eventFilters = FilterSet{
	{Name: "session", Field: "session", Form: SessionForm},
	{Name: "session_id", Field: "session", Form: NumberForm},
	{Name: "session_id_contains", Field: "session", Op: Contains},
	{Name: "timestamp", Field: "timestamp", Form: MomentForm},
	{Name: "timestamp_after", Field: "timestamp", Op: AtLeast, Form: MomentForm},
	{Name: "timestamp_before", Field: "timestamp", Op: AtMost, Form: MomentForm},
	{Name: "timestamp_date", Field: "timestamp", Form: DateForm},
	{Name: "timestamp_range", Field: "timestamp", Form: RangeForm},
}
