package web

import (
	"context"

	"github.com/userbehavior/behavior"
)

// pageViews is the resource of page views.
func (h *handler) pageViews() *resource[behavior.PageView, behavior.ViewInput] {
	return &resource[behavior.PageView, behavior.ViewInput]{
		noun: pageViews{h}, h: h, settings: h.settings.API.PageView, kind: behavior.KindPageView,
		path: "pageviews/", title: "Page View", record: "PageView", fields: pageViewFields,
	}
}

type pageViews struct{ h *handler }

func (pageViews) read(b *body, in *behavior.ViewInput) {
	b.text("url", &in.URL, messageURL)
	b.text("session_id", &in.SessionID, messageText)
}

func (pageViews) check(in *behavior.ViewInput) error { return in.Check() }

func (pageViews) sessionID(in behavior.ViewInput) string { return in.SessionID }

func (n pageViews) list(ctx context.Context, q behavior.Query) ([]behavior.PageView, int, error) {
	return n.h.tracker.PageViews(ctx, q)
}

func (n pageViews) create(ctx context.Context, in behavior.ViewInput) (behavior.PageView, error) {
	return n.h.tracker.View(ctx, in)
}

func (n pageViews) update(ctx context.Context, id int64, change func(*behavior.PageView) error) (behavior.PageView, error) {
	return n.h.tracker.UpdatePageView(ctx, id, change)
}

func (n pageViews) remove(ctx context.Context, id int64) error {
	return n.h.tracker.DeletePageView(ctx, id)
}

func (pageViews) id(v behavior.PageView) int64 { return v.ID }

func (pageViews) input(v behavior.PageView) behavior.ViewInput {
	return behavior.ViewInput{SessionID: v.Session.SessionID, URL: v.URL}
}

func (pageViews) assign(v *behavior.PageView, in behavior.ViewInput) {
	v.Session.SessionID, v.URL = in.SessionID, in.URL
}

func (pageViews) represent(v behavior.PageView) any {
	return pageViewJSON{ID: v.ID, URL: v.URL, Timestamp: momentText(v.Timestamp), Session: newSessionJSON(v.Session)}
}

func (pageViews) value(v behavior.PageView, field string) any {
	if name, ok := ofSession(field); ok {
		return sessionValue(&v.Session, name)
	}
	switch field {
	case "id":
		return v.ID
	case "session":
		return v.Session.ID
	case "url":
		return v.URL
	case "timestamp":
		return v.Timestamp
	case "host":
		return v.Host
	case "path":
		return v.Path
	case "title":
		return v.Title
	case "referrer":
		return v.Referrer
	case "event_key":
		return v.EventKey
	case "visible_ms":
		return v.Visible.Milliseconds()
	case "scroll_depth":
		return int64(v.ScrollDepth)
	}
	return nil
}
