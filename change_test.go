package behavior_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// collected stores records as the tracker collects them: what a client of the
// API could not send is among them. They are returned as they are stored.
func collected(t *testing.T, tracker *behavior.Tracker) (behavior.Session, behavior.PageView, behavior.Interaction) {
	t.Helper()
	at := time.Date(2025, 3, 1, 12, 0, 0, 123456000, time.UTC)
	s := behavior.Session{
		SessionID: "s", UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", StartTime: at,
		Visitor: "secret-of-the-day", Browser: "Firefox", Bot: true, BotReason: "pace",
	}
	v := behavior.PageView{
		URL: "https://example.com/" + strings.Repeat("x", 300), Timestamp: at, Session: behavior.Session{SessionID: "s"},
		Host: "example.com", Path: "/kept",
	}
	i := behavior.Interaction{
		Session: behavior.Session{SessionID: "s"}, EventType: "rage_click", Metadata: json.RawMessage(`{"a": 1}`), Timestamp: at,
	}
	rows := []behavior.Row{{Session: &s}, {PageView: &v}, {Interaction: &i}}
	if err := tracker.Record(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Err != nil {
			t.Fatal(row.Err)
		}
	}
	return s, v, i
}

func TestOnlyWhatIsAlteredIsChecked(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	s, v, i := collected(t, tracker)

	end := s.StartTime.Add(time.Hour)
	want := s
	want.EndTime = &end
	got, err := tracker.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { s.EndTime = &end; return nil })
	if err != nil {
		t.Fatal(err)
	}
	want.EntryPath, want.ExitPath, want.Source, want.Channel = got.EntryPath, got.ExitPath, got.Source, got.Channel // of the page view
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("session:", diff)
	}

	v.Session, v.Title = got, "Shop"
	view, err := tracker.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.Title = "Shop"; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, view); diff != "" {
		t.Error("page view:", diff)
	}

	i.Session, i.Element = got, "#buy"
	interaction, err := tracker.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error { i.Element = " #buy "; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(i, interaction); diff != "" {
		t.Error("interaction:", diff)
	}
}

func TestWhatIsAlteredIsChecked(t *testing.T) {
	t.Parallel()
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	s, v, i := collected(t, tracker)
	_, sessionErr := tracker.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error {
		*s = behavior.Session{UserAgent: s.UserAgent, IPAddress: "nowhere"}
		return nil
	})
	_, viewErr := tracker.UpdatePageView(t.Context(), v.ID, func(v *behavior.PageView) error { v.URL += "y"; return nil })
	_, interactionErr := tracker.UpdateInteraction(t.Context(), i.ID, func(i *behavior.Interaction) error {
		i.EventType, i.Metadata = "other", json.RawMessage("{")
		return nil
	})
	for _, c := range []struct {
		err  error
		want behavior.Invalid
	}{
		{sessionErr, behavior.Invalid{"session_id": {"This field may not be blank."}, "ip_address": {"Enter a valid IPv4 or IPv6 address."}}},
		{viewErr, behavior.Invalid{"url": {"Ensure this field has no more than 200 characters."}}},
		{interactionErr, behavior.Invalid{"event_type": {`"other" is not a valid choice.`}, "metadata": {"Value must be valid JSON."}}},
	} {
		var got behavior.Invalid
		if !errors.As(c.err, &got) {
			t.Fatalf("got %v", c.err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDerivedColumnsFollowWhatIsAltered(t *testing.T) {
	t.Parallel()
	type derived struct{ Visitor, Browser, BotReason string }
	of := func(s behavior.Session) derived { return derived{s.Visitor, s.Browser, s.BotReason} }
	tracker := newTracker(t, openStore(t), behavior.Settings{})
	s, _, _ := collected(t, tracker)
	user := "ann"
	for _, step := range []struct {
		name   string
		change func(*behavior.Session)
		want   derived
	}{
		{"nothing", func(*behavior.Session) {}, derived{"secret-of-the-day", "Firefox", "pace"}},
		{"the address", func(s *behavior.Session) { s.IPAddress = "192.0.2.1" }, derived{"secret-of-the-day", "Firefox", "pace"}},
		{"the user", func(s *behavior.Session) { s.UserID = &user }, derived{"ann", "Firefox", "pace"}},
		{"the agent", func(s *behavior.Session) { s.UserAgent = "someclient" }, derived{"ann", "", ""}},
		{"no user any more: a hash of address and agent", func(s *behavior.Session) { s.UserID = nil }, derived{"904925b0595429c6", "", ""}},
	} {
		got, err := tracker.UpdateSession(t.Context(), s.ID, func(s *behavior.Session) error { step.change(s); return nil })
		if err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if diff := cmp.Diff(step.want, of(got)); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
	}
}
