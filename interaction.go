package behavior

import (
	"encoding/json"
	"time"
)

// EventType names a kind of interaction.
type EventType string

// The eight event types. Others are accepted when [Settings.EventTypes] lists them.
const (
	Click       EventType = "click"
	Scroll      EventType = "scroll"
	MouseMove   EventType = "mouse_move"
	FormSubmit  EventType = "form_submit"
	InputChange EventType = "input_change"
	PageResize  EventType = "page_resize"
	Keypress    EventType = "keypress"
	Hover       EventType = "hover"
)

// EventTypes returns the eight built-in event types in their usual order.
func EventTypes() []EventType {
	return []EventType{Click, Scroll, MouseMove, FormSubmit, InputChange, PageResize, Keypress, Hover}
}

// Label is the event type in words: "Mouse Move" for mouse_move.
func (e EventType) Label() string {
	if label, ok := eventTypeLabels[e]; ok {
		return label
	}
	return string(e)
}

var eventTypeLabels = map[EventType]string{
	Click: "Click", Scroll: "Scroll", MouseMove: "Mouse Move", FormSubmit: "Form Submit",
	InputChange: "Input Change", PageResize: "Page Resize", Keypress: "Key Press", Hover: "Hover",
}

// Interaction is one thing done on a page.
type Interaction struct {
	ID        int64 // given by the store, from 1, rising
	Session   Session
	EventType EventType
	Element   string          // what was acted on, usually a CSS selector
	Metadata  json.RawMessage // any JSON value; "{}" when nothing was sent, never empty
	Timestamp time.Time

	Host     string // of the page; empty when not sent
	Path     string
	X, Y     int    // pixels from the page's top left corner; zero when not sent
	Viewport string // "1280x720"; empty when not sent

	// EventKey as in [PageView]; a page view and an interaction of one
	// session do not share a key either.
	EventKey string
}

// InteractionInput is what a client says of something done on a page.
type InteractionInput struct {
	SessionID string // the session's own name; the session must exist
	EventType EventType
	Element   string
	Metadata  json.RawMessage // empty, null and every falsy value count as {}

	// Timestamp is the moment of the call when zero. The REST API never sets it.
	Timestamp time.Time

	URL      string // the page, for Host and Path; empty when not known
	EventKey string
}
