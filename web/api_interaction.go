package web

import (
	"context"

	"github.com/userbehavior/behavior"
)

// interactions is the resource of interactions.
func (h *handler) interactions() *resource[behavior.Interaction, behavior.InteractionInput] {
	return &resource[behavior.Interaction, behavior.InteractionInput]{
		noun: interactions{h}, h: h, settings: h.settings.API.Interaction, kind: behavior.KindInteraction,
		path: "interactions/", title: "User Interaction", record: "UserInteraction", fields: h.interactionFields(),
	}
}

type interactions struct{ h *handler }

func (interactions) read(b *body, in *behavior.InteractionInput) {
	b.text("session_id", &in.SessionID, messageText)
	b.choice("event_type", &in.EventType)
	b.text("element", &in.Element, messageText)
	b.metadata("metadata", &in.Metadata)
}

func (n interactions) check(in *behavior.InteractionInput) error {
	return in.Check(n.h.settings.EventTypes)
}

func (interactions) sessionID(in behavior.InteractionInput) string { return in.SessionID }

func (n interactions) list(ctx context.Context, q behavior.Query) ([]behavior.Interaction, int, error) {
	return n.h.tracker.Interactions(ctx, q)
}

func (n interactions) create(ctx context.Context, in behavior.InteractionInput) (behavior.Interaction, error) {
	return n.h.tracker.Interact(ctx, in)
}

func (n interactions) update(ctx context.Context, id int64, change func(*behavior.Interaction) error) (behavior.Interaction, error) {
	return n.h.tracker.UpdateInteraction(ctx, id, change)
}

func (n interactions) remove(ctx context.Context, id int64) error {
	return n.h.tracker.DeleteInteraction(ctx, id)
}

func (interactions) id(i behavior.Interaction) int64 { return i.ID }

func (interactions) input(i behavior.Interaction) behavior.InteractionInput {
	return behavior.InteractionInput{SessionID: i.Session.SessionID, EventType: i.EventType, Element: i.Element, Metadata: i.Metadata}
}

func (interactions) assign(i *behavior.Interaction, in behavior.InteractionInput) {
	i.Session.SessionID, i.EventType, i.Element, i.Metadata = in.SessionID, in.EventType, in.Element, in.Metadata
}

func (n interactions) represent(i behavior.Interaction) any {
	out := interactionJSON{ID: i.ID, Session: newSessionJSON(i.Session), EventType: i.EventType, Element: i.Element, Metadata: i.Metadata}
	if n.h.settings.API.InteractionTimestamp == behavior.On {
		out.Timestamp = momentText(i.Timestamp)
	}
	return out
}

func (interactions) value(i behavior.Interaction, field string) any {
	if name, ok := ofSession(field); ok {
		return sessionValue(&i.Session, name)
	}
	switch field {
	case "id":
		return i.ID
	case "session":
		return i.Session.ID
	case "event_type":
		return string(i.EventType)
	case "element":
		return i.Element
	case "timestamp":
		return i.Timestamp
	case "host":
		return i.Host
	case "path":
		return i.Path
	case "x":
		return int64(i.X)
	case "y":
		return int64(i.Y)
	case "viewport":
		return i.Viewport
	case "event_key":
		return i.EventKey
	}
	return nil
}
