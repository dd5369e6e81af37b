package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/userbehavior/behavior"
)

// field describes one field of a resource: to a client that asks by OPTIONS,
// and to the form of the browsable page.
type field struct {
	Name      string   `json:"-"`
	Type      string   `json:"type"`
	Required  bool     `json:"required"`
	ReadOnly  bool     `json:"read_only"`
	Label     string   `json:"label"`
	HelpText  string   `json:"help_text,omitempty"`
	MaxLength int      `json:"max_length,omitempty"`
	Children  fields   `json:"children,omitempty"`
	Choices   []choice `json:"choices,omitempty"`
	Multiline bool     `json:"-"`
}

// fields are the fields of a resource in their order.
type fields []field

// MarshalJSON writes an object of the fields by their names, in order.
func (f fields) MarshalJSON() ([]byte, error) {
	out := bytes.NewBufferString("{")
	for i, field := range f {
		if i > 0 {
			out.WriteByte(',')
		}
		described, err := json.Marshal(field)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "%q:%s", field.Name, described)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// form is the inputs for a new record.
func (f fields) form() []formField {
	var inputs []formField
	for _, field := range f {
		if !field.ReadOnly {
			inputs = append(inputs, formField{
				Name: field.Name, Label: field.Label, Help: field.HelpText,
				Required: field.Required, Multiline: field.Multiline, Choices: field.Choices,
			})
		}
	}
	return inputs
}

// names are the names of the fields that a client writes.
func (f fields) names() []string {
	var names []string
	for _, field := range f {
		if !field.ReadOnly {
			names = append(names, field.Name)
		}
	}
	return names
}

// description is the answer to OPTIONS.
type description struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Renders     []string `json:"renders"`
	Parses      []string `json:"parses"`
	Actions     any      `json:"actions,omitempty"`
}

// describeOne is the answer to OPTIONS of a single record.
func (e *resource[T, In]) describeOne(*http.Request) (any, error) {
	return e.description("Instance"), nil
}

// describeList is the answer to OPTIONS of a list. It tells the fields to
// those who may create a record.
func (e *resource[T, In]) describeList(r *http.Request) (any, error) {
	d := e.description("List")
	caller, err := e.h.caller(r)
	if err != nil {
		return nil, err
	}
	posting := r.WithContext(r.Context())
	posting.Method = http.MethodPost
	if e.settings.Permission == nil || e.settings.Permission(posting, caller.User) {
		d.Actions = map[string]fields{http.MethodPost: e.fields}
	}
	return d, nil
}

func (e *resource[T, In]) description(what string) description {
	d := description{
		Name:    e.title + " " + what,
		Renders: []string{formatJSON.mediaType, formatHTML.mediaType},
	}
	for _, p := range e.settings.Parsers {
		d.Parses = append(d.Parses, p.MediaType)
	}
	return d
}

// idField is the field that every resource begins with.
var idField = field{Name: "id", Type: "integer", ReadOnly: true, Label: "ID"}

// sessionFields are the fields of a session, alone and within other records.
var sessionFields = fields{
	idField,
	{Name: "session_id", Type: "string", Required: true, Label: "Session ID", MaxLength: 255,
		HelpText: "A unique ID generated for each user session."},
	{Name: "user_agent", Type: "string", Required: true, Label: "User Agent", Multiline: true,
		HelpText: "The user agent string helps identify the browser and device used."},
	{Name: "ip_address", Type: "string", Required: true, Label: "IP Address",
		HelpText: "The IP address from which the session originated."},
	{Name: "start_time", Type: "datetime", ReadOnly: true, Label: "Start Time",
		HelpText: "The time when the user session began."},
	{Name: "end_time", Type: "datetime", Label: "End Time",
		HelpText: "The time when the user session ended."},
	{Name: "user_id", Type: "string", Label: "User ID", MaxLength: 255,
		HelpText: "If the user is logged in, this field stores their unique ID."},
}

// nestedSession is the session within another record.
var nestedSession = field{Name: "session", Type: "nested object", ReadOnly: true, Label: "Session", Children: sessionFields}

// pageViewFields are the fields of a page view.
var pageViewFields = fields{
	idField,
	{Name: "url", Type: "url", Required: true, Label: "Page URL", MaxLength: 200,
		HelpText: "The full URL of the page the user visited."},
	{Name: "timestamp", Type: "datetime", ReadOnly: true, Label: "Timestamp",
		HelpText: "The time when the user viewed the page."},
	{Name: "session_id", Type: "string", Required: true, Label: "User Session session_id",
		HelpText: "The session_id of the user session during which this page view occurred."},
	nestedSession,
}

// interactionFields are the fields of an interaction.
func (h *handler) interactionFields() fields {
	var choices []choice
	for _, e := range h.eventTypes() {
		choices = append(choices, choice{Value: string(e), DisplayName: e.Label()})
	}
	all := fields{
		idField,
		{Name: "session_id", Type: "string", Required: true, Label: "User Session session_id",
			HelpText: "The session_id of the user session during which this interaction occurred."},
		nestedSession,
		{Name: "event_type", Type: "choice", Required: true, Label: "Event Type", Choices: choices,
			HelpText: "The type of interaction performed by the user."},
		{Name: "element", Type: "string", Required: true, Label: "Element", Multiline: true,
			HelpText: "The ID, class, or tag name of the element the user interacted with."},
		{Name: "metadata", Type: "field", Label: "Metadata", Multiline: true,
			HelpText: "Extra metadata like mouse coordinates, scroll position, etc."},
	}
	if h.settings.API.InteractionTimestamp == behavior.On {
		all = append(all, field{Name: "timestamp", Type: "datetime", ReadOnly: true, Label: "Timestamp",
			HelpText: "The time when the interaction occurred."})
	}
	return all
}
