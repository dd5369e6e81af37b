package web

import (
	"context"
	"fmt"
	"slices"

	"github.com/userbehavior/behavior"
)

// adminModel is how the admin shows one kind of record.
type adminModel struct {
	kind             behavior.Kind
	path             string // in addresses: "sessions"
	singular, plural string // "User Session", "User Sessions"

	columns   []adminColumn // of the list
	search    []string      // fields that a search looks into
	filters   []adminFilter // of the list
	fieldsets []adminFieldset
}

// adminColumn is a column of a list: a field of [behavior.Kind.Fields] and
// what is written above it.
type adminColumn struct{ field, label string }

// adminFilterForm is how a filter is offered.
type adminFilterForm int

const (
	dateFilter   adminFilterForm = iota // spans of days
	choiceFilter                        // the event types
	valueFilter                         // the most frequent values, and a search for others
)

// adminFilter is one filter of a list.
type adminFilter struct {
	field, label string
	form         adminFilterForm
}

// adminFieldset is a part of a form.
type adminFieldset struct {
	title     string // empty for the main one
	collapsed bool
	fields    []adminField
}

// adminInput is how a field is typed in.
type adminInput int

const (
	textInput    adminInput = iota
	longInput               // several lines
	addressInput            // an IP address
	urlInput
	momentInput
	sessionInput // the id of a session, found by a search
	choiceInput  // an event type
	jsonInput
)

// adminField is a field of a form.
type adminField struct {
	name     string // on the wire
	label    string
	help     string
	input    adminInput
	required bool
	readOnly bool
	length   int // the most characters; zero for no bound
}

// adminModels are the three, in the order of the pages. Labels and rules are
// the reference's.
var adminModels = []adminModel{
	{
		kind: behavior.KindSession, path: "sessions", singular: "User Session", plural: "User Sessions",
		columns: []adminColumn{
			{"session_id", "Session ID"}, {"user_agent", "User Agent"}, {"ip_address", "IP Address"},
			{"start_time", "Start Time"}, {"end_time", "End Time"}, {"user_id", "User ID"},
		},
		search: []string{"session_id", "user_agent", "ip_address", "user_id"},
		filters: []adminFilter{
			{"start_time", "Start Time", dateFilter}, {"end_time", "End Time", dateFilter}, {"user_id", "User ID", valueFilter},
		},
		fieldsets: []adminFieldset{
			{fields: []adminField{
				{name: "session_id", label: "Session ID", required: true, length: 255, help: "Unique identifier for the session."},
				{name: "user_agent", label: "User Agent", input: longInput, required: true, help: "The user agent string of the browser/client."},
				{name: "ip_address", label: "IP Address", input: addressInput, required: true, help: "The IP address of the user during the session."},
				{name: "user_id", label: "User ID", length: 255, help: "The user's unique identifier, if available."},
			}},
			{title: "Timestamps", collapsed: true, fields: []adminField{
				{name: "start_time", label: "Start Time", readOnly: true, help: "The timestamp when the session started."},
				{name: "end_time", label: "End Time", input: momentInput, help: "The timestamp when the session ended."},
			}},
		},
	},
	{
		kind: behavior.KindPageView, path: "pageviews", singular: "Page View", plural: "Page Views",
		columns: []adminColumn{{"session", "Session"}, {"url", "URL"}, {"timestamp", "Timestamp"}},
		search:  []string{"url", "session__session_id"},
		filters: []adminFilter{{"timestamp", "Timestamp", dateFilter}},
		fieldsets: []adminFieldset{
			{fields: []adminField{
				{name: "session", label: "Session", input: sessionInput, required: true, help: "The session associated with the page view."},
				{name: "url", label: "URL", input: urlInput, required: true, length: 200, help: "The URL of the page that was viewed."},
			}},
			{title: "Timestamp", collapsed: true, fields: []adminField{
				{name: "timestamp", label: "Timestamp", readOnly: true, help: "The time the page was viewed."},
			}},
		},
	},
	{
		kind: behavior.KindInteraction, path: "interactions", singular: "User Interaction", plural: "User Interactions",
		columns: []adminColumn{{"session", "Session"}, {"event_type", "Event Type"}, {"element", "Element"}, {"timestamp", "Timestamp"}},
		search:  []string{"element", "session__session_id"},
		filters: []adminFilter{{"event_type", "Event Type", choiceFilter}, {"timestamp", "Timestamp", dateFilter}},
		fieldsets: []adminFieldset{
			{fields: []adminField{
				{name: "session", label: "Session", input: sessionInput, required: true, help: "The session associated with the interaction."},
				{name: "event_type", label: "Event Type", input: choiceInput, required: true, help: "The type of interaction event."},
				{name: "element", label: "Element", input: longInput, required: true, help: "The element that was interacted with."},
			}},
			{title: "Metadata", collapsed: true, fields: []adminField{
				{name: "metadata", label: "Metadata", input: jsonInput, help: "Additional data about the interaction, as JSON."},
			}},
			{title: "Timestamp", collapsed: true, fields: []adminField{
				{name: "timestamp", label: "Timestamp", readOnly: true, help: "The time of the interaction."},
			}},
		},
	},
}

// modelOf is the model of a kind of record.
func modelOf(kind behavior.Kind) adminModel {
	i := slices.IndexFunc(adminModels, func(m adminModel) bool { return m.kind == kind })
	return adminModels[i]
}

// records lists records of a model, as [behavior.Tracker] does.
func (h *handler) records(ctx context.Context, m adminModel, q behavior.Query) (list []record, total int, err error) {
	switch m.kind {
	case behavior.KindSession:
		sessions, n, err := h.tracker.Sessions(ctx, q)
		return recordsOf(sessions, func(s *behavior.Session) record { return record{session: s} }), n, err
	case behavior.KindPageView:
		views, n, err := h.tracker.PageViews(ctx, q)
		return recordsOf(views, func(v *behavior.PageView) record { return record{view: v} }), n, err
	default:
		interactions, n, err := h.tracker.Interactions(ctx, q)
		return recordsOf(interactions, func(i *behavior.Interaction) record { return record{interaction: i} }), n, err
	}
}

func recordsOf[T any](list []T, of func(*T) record) []record {
	records := make([]record, len(list))
	for i := range list {
		records[i] = of(&list[i])
	}
	return records
}

// record finds a record by its id; [behavior.ErrNotFound] if there is none.
func (h *handler) record(ctx context.Context, m adminModel, id int64) (record, error) {
	found, _, err := h.records(ctx, m, behavior.ByID(id))
	switch {
	case err != nil:
		return record{}, fmt.Errorf("find %s: %w", m.singular, err)
	case len(found) == 0:
		return record{}, behavior.ErrNotFound
	}
	return found[0], nil
}
