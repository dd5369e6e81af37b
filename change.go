package behavior

import (
	"context"
	"errors"
	"fmt"
)

// UpdateSession changes a session: change gets it as it is stored and alters
// it. The result is checked as a new session's would be. [ErrNotFound]: there
// is no such session.
func (t *Tracker) UpdateSession(ctx context.Context, id int64, change func(*Session) error) (Session, error) {
	s, err := t.store.UpdateSession(ctx, id, func(s *Session) error {
		was := [...]string{s.UserAgent, s.IPAddress, optionalText(s.UserID)}
		if err := change(s); err != nil {
			return err
		}
		in := SessionInput{SessionID: s.SessionID, UserAgent: s.UserAgent, IPAddress: s.IPAddress, EndTime: s.EndTime, UserID: s.UserID}
		if err := in.Check(); err != nil {
			return err
		}
		s.SessionID, s.UserAgent, s.IPAddress, s.EndTime, s.UserID = in.SessionID, in.UserAgent, in.IPAddress, utc(in.EndTime), in.UserID
		if was != [...]string{s.UserAgent, s.IPAddress, optionalText(s.UserID)} {
			s.derive() // else a visitor's key, which may be secret, is kept
		}
		return nil
	})
	if err != nil {
		return Session{}, updateError("session", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindSession, ID: id, Session: &s})
	return s, nil
}

// UpdatePageView changes a page view, as UpdateSession does a session. Its
// session is named by Session.SessionID.
func (t *Tracker) UpdatePageView(ctx context.Context, id int64, change func(*PageView) error) (PageView, error) {
	v, err := t.store.UpdatePageView(ctx, id, func(v *PageView) error {
		if err := change(v); err != nil {
			return err
		}
		in := ViewInput{SessionID: v.Session.SessionID, URL: v.URL, Title: v.Title, Referrer: v.Referrer, EventKey: v.EventKey}
		if err := in.Check(); err != nil {
			return err
		}
		v.Session.SessionID, v.URL = in.SessionID, in.URL
		v.derive()
		return nil
	})
	if err != nil {
		return PageView{}, updateError("page view", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindPageView, ID: id, PageView: &v})
	return v, nil
}

// UpdateInteraction changes an interaction, as UpdatePageView does a page view.
func (t *Tracker) UpdateInteraction(ctx context.Context, id int64, change func(*Interaction) error) (Interaction, error) {
	i, err := t.store.UpdateInteraction(ctx, id, func(i *Interaction) error {
		if err := change(i); err != nil {
			return err
		}
		in := InteractionInput{SessionID: i.Session.SessionID, EventType: i.EventType, Element: i.Element, Metadata: i.Metadata, EventKey: i.EventKey}
		if err := in.Check(t.settings.EventTypes); err != nil {
			return err
		}
		i.Session.SessionID, i.Element, i.Metadata = in.SessionID, in.Element, in.Metadata
		return nil
	})
	if err != nil {
		return Interaction{}, updateError("interaction", err)
	}
	t.notify(ctx, Event{Change: Updated, Kind: KindInteraction, ID: id, Interaction: &i})
	return i, nil
}

// optionalText is a text, empty when there is none.
func optionalText(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// updateError puts a store's error into the words for the client.
func updateError(what string, err error) error {
	var invalid Invalid
	switch {
	case errors.As(err, &invalid):
		return invalid
	case errors.Is(err, ErrConflict):
		return errSessionTaken()
	case errors.Is(err, ErrNoSession):
		return errSessionUnknown()
	}
	return fmt.Errorf("update %s: %w", what, err)
}

