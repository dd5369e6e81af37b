package behavior

import "strings"

// Kind is one of the three kinds of record.
type Kind string

// The kinds of record. Their names are those of an import file's "kind".
const (
	KindSession     Kind = "session"
	KindPageView    Kind = "pageview"
	KindInteraction Kind = "interaction"
)

// Kinds lists the kinds, sessions first: each of the other records belongs to one.
func Kinds() []Kind { return []Kind{KindSession, KindPageView, KindInteraction} }

// Query asks a store for a list of records. The zero Query asks for all
// records of a kind, in the order of their ids.
type Query struct {
	Filters []Filter // all must hold
	Order   []Order  // then by id, rising, so that the order is total
	Limit   int      // zero: no limit
	Offset  int

	// Uncounted spares the store the count of all matching records: the
	// total that comes back is then -1.
	Uncounted bool

	// Plain spares the store the sessions of page views and interactions: the
	// ID is all that comes back of them, at least.
	Plain bool

	// CountLimit bounds the count of all matching records: a total beyond it
	// comes back as CountLimit + 1. Zero: no bound.
	CountLimit int
}

// ValueCount is how many records have a value in a field.
type ValueCount struct {
	Value any // string, int64 or bool; nil for no value
	Count int
}

// Order sorts by one field. Records without a value come first in rising
// order and last in falling order. Text sorts by its bytes in UTF-8.
type Order struct {
	Field string // see [Kind.Field]
	Desc  bool
}

// Op is how a filter compares a field with its values.
type Op int

// The operators. Contains, StartsWith and EndsWith ignore the case of ASCII
// letters and see a number as its decimal digits; wildcards have no meaning.
const (
	Is         Op = iota // equal; a nil value stands for "no value"
	Contains             // has the text within it
	StartsWith           // begins with the text
	EndsWith             // ends with the text
	AtLeast              // greater or equal
	AtMost               // less or equal
	Less                 // less
	Greater              // greater

	// Matches fits the whole text, where * stands for any characters but a
	// slash and ** for any at all. Upper and lower case differ.
	Matches
)

// Filter is a condition on one field, or a choice between filters.
//
// A record without a value in the field fails every filter but Is with nil,
// and passes with Not.
type Filter struct {
	Field string // see [Kind.Field]
	Op    Op
	// Values are compared one by one; one that matches is enough. They are
	// string, int64, float64, bool, time.Time or nil, and must suit the
	// field's type. No values: nothing matches.
	Values []any
	// Path leads into the field "metadata": each step is a key of an object
	// or an index of an array. A string matches only the same JSON string, a
	// number the JSON number of the same value, a bool true or false, nil null.
	Path []string
	Not  bool

	// Any, when not empty, makes the filter hold if one of these holds. The
	// other fields but Not are then unused.
	Any []Filter
}

// FieldType is what a field holds.
type FieldType int

// The types of fields.
const (
	Text    FieldType = iota // string
	Integer                  // int64
	Time                     // time.Time
	Boolean                  // bool
	JSON                     // a JSON document, reached by [Filter.Path]
)

// Field describes one field that lists can be filtered, searched and ordered by.
type Field struct {
	Name     string
	Type     FieldType
	Nullable bool
}

// SessionPrefix begins the names of a session's fields in the lists of its
// page views and interactions: "session__user_agent".
const SessionPrefix = "session__"

var (
	sessionFields = []Field{
		{Name: "id", Type: Integer}, {Name: "session_id"}, {Name: "user_agent"}, {Name: "ip_address"},
		{Name: "start_time", Type: Time}, {Name: "end_time", Type: Time, Nullable: true}, {Name: "user_id", Nullable: true},
		{Name: "visitor"}, {Name: "browser"}, {Name: "browser_version"}, {Name: "browser_family"}, {Name: "os"},
		{Name: "device"}, {Name: "bot", Type: Boolean}, {Name: "country"}, {Name: "language"}, {Name: "screen"},
		{Name: "referrer"}, {Name: "source"}, {Name: "channel"}, {Name: "utm_source"}, {Name: "utm_medium"},
		{Name: "utm_campaign"}, {Name: "utm_term"}, {Name: "utm_content"}, {Name: "entry_path"}, {Name: "exit_path"},
		{Name: "bot_reason"},
	}
	pageViewFields = []Field{
		{Name: "id", Type: Integer}, {Name: "session", Type: Integer}, {Name: "url"}, {Name: "timestamp", Type: Time},
		{Name: "host"}, {Name: "path"}, {Name: "title"}, {Name: "referrer"}, {Name: "event_key"},
		{Name: "visible_ms", Type: Integer}, {Name: "scroll_depth", Type: Integer},
	}
	interactionFields = []Field{
		{Name: "id", Type: Integer}, {Name: "session", Type: Integer}, {Name: "event_type"}, {Name: "element"},
		{Name: "metadata", Type: JSON}, {Name: "timestamp", Type: Time}, {Name: "host"}, {Name: "path"},
		{Name: "x", Type: Integer}, {Name: "y", Type: Integer}, {Name: "viewport"}, {Name: "event_key"},
	}
)

// Fields lists the fields of a kind of record, without those of its session.
// The field "session" of a page view or interaction is the session's id.
func (k Kind) Fields() []Field {
	switch k {
	case KindSession:
		return sessionFields
	case KindPageView:
		return pageViewFields
	case KindInteraction:
		return interactionFields
	}
	return nil
}

// Field returns the field of that name: one of [Kind.Fields], or for page views
// and interactions [SessionPrefix] and a field of the session.
func (k Kind) Field(name string) (Field, bool) {
	fields := k.Fields()
	rest, ofSession := strings.CutPrefix(name, SessionPrefix)
	if ofSession {
		if k == KindSession {
			return Field{}, false
		}
		fields = sessionFields
	}
	for _, f := range fields {
		if f.Name == rest {
			f.Name = name
			return f, true
		}
	}
	return Field{}, false
}
