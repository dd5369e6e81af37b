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

// faults returns the messages of a Check, nil for none.
func faults(t *testing.T, err error) behavior.Invalid {
	t.Helper()
	var invalid behavior.Invalid
	if err != nil && !errors.As(err, &invalid) {
		t.Fatalf("Check returned %v", err)
	}
	return invalid
}

func TestSessionIsTrimmedAndNormalised(t *testing.T) {
	t.Parallel()
	user := "\u3000u7\u00a0"
	in := behavior.SessionInput{
		SessionID: "  trim-1\t", UserAgent: "\n ua x \x1f", IPAddress: " 10.0.0.7 ", UserID: &user, Country: " de ",
	}
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	trimmed := "u7"
	want := behavior.SessionInput{SessionID: "trim-1", UserAgent: "ua x", IPAddress: "10.0.0.7", UserID: &trimmed, Country: "DE"}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
	if user != "\u3000u7\u00a0" {
		t.Error("Check changed the caller's string")
	}
}

func TestBlankUserIDStaysBlank(t *testing.T) {
	t.Parallel()
	blank := "   "
	in := sessionInput("a")
	in.UserID = &blank
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	if in.UserID == nil || *in.UserID != "" {
		t.Errorf("user id is %v", in.UserID)
	}
}

func TestSessionFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*behavior.SessionInput)
		want   behavior.Invalid
	}{
		"nothing given": {
			func(in *behavior.SessionInput) { *in = behavior.SessionInput{} },
			behavior.Invalid{
				"session_id": {"This field may not be blank."}, "user_agent": {"This field may not be blank."},
				"ip_address": {"This field may not be blank."},
			},
		},
		"255 characters of several bytes": {func(in *behavior.SessionInput) { in.SessionID = strings.Repeat("ж", 255) }, nil},
		"256 characters": {
			func(in *behavior.SessionInput) { in.SessionID = strings.Repeat("s", 256) },
			behavior.Invalid{"session_id": {"Ensure this field has no more than 255 characters."}},
		},
		"256 characters of user id": {
			func(in *behavior.SessionInput) { id := strings.Repeat("u", 256); in.UserID = &id },
			behavior.Invalid{"user_id": {"Ensure this field has no more than 255 characters."}},
		},
		"too long and with NUL": {
			func(in *behavior.SessionInput) { in.SessionID = strings.Repeat("\x00", 256) },
			behavior.Invalid{"session_id": {"Ensure this field has no more than 255 characters.", "Null characters are not allowed."}},
		},
		"NUL in the agent": {
			func(in *behavior.SessionInput) { in.UserAgent = "u\x00a" },
			behavior.Invalid{"user_agent": {"Null characters are not allowed."}},
		},
		"long agent": {func(in *behavior.SessionInput) { in.UserAgent = strings.Repeat("M", 1<<16) }, nil},
		"endless agent": {
			func(in *behavior.SessionInput) { in.UserAgent = strings.Repeat("M", 1<<16+1) },
			behavior.Invalid{"user_agent": {"Ensure this field has no more than 65536 characters."}},
		},
		"surrogate": {
			func(in *behavior.SessionInput) { in.SessionID = "a\xed\xa0\xbdb" },
			behavior.Invalid{"session_id": {"Surrogate characters are not allowed: U+D83D."}},
		},
		"broken UTF-8": {
			func(in *behavior.SessionInput) { in.SessionID = "a\xffb" },
			behavior.Invalid{"session_id": {"Text must be valid UTF-8."}},
		},
		"end beyond the calendar": {
			func(in *behavior.SessionInput) {
				at := time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -3600))
				in.EndTime = &at
			},
			behavior.Invalid{"end_time": {"Datetime value out of range."}},
		},
		"start before the calendar": {
			func(in *behavior.SessionInput) {
				in.StartTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 14*3600))
			},
			behavior.Invalid{"start_time": {"Datetime value out of range."}},
		},
		"country in three letters": {
			func(in *behavior.SessionInput) { in.Country = "DEU" },
			behavior.Invalid{"country": {"Enter a country code of two letters."}},
		},
		"screen too long": {
			func(in *behavior.SessionInput) { in.Screen = strings.Repeat("9", 33) },
			behavior.Invalid{"screen": {"Ensure this field has no more than 32 characters."}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := sessionInput("a")
			test.change(&in)
			if diff := cmp.Diff(test.want, faults(t, in.Check())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestViewFaults(t *testing.T) {
	t.Parallel()
	in := behavior.ViewInput{
		URL: "nope " + strings.Repeat("x", 200), SessionID: " ", Title: "a\x00b", EventKey: strings.Repeat("k", 65),
	}
	want := behavior.Invalid{
		"url":        {"Ensure this field has no more than 200 characters.", "Enter a valid URL."},
		"session_id": {"This field may not be blank."},
		"title":      {"Null characters are not allowed."},
		"event_key":  {"Ensure this field has no more than 64 characters."},
	}
	if diff := cmp.Diff(want, faults(t, in.Check())); diff != "" {
		t.Error(diff)
	}
}

func TestViewSessionIDHasNoLengthOfItsOwn(t *testing.T) {
	t.Parallel()
	in := behavior.ViewInput{URL: "https://example.com/", SessionID: strings.Repeat("s", 300)}
	if err := in.Check(); err != nil {
		t.Error(err) // no such session can exist, which the store will say
	}
}

func TestEventTypes(t *testing.T) {
	t.Parallel()
	extra := []behavior.EventType{"rage_click"}
	tests := map[behavior.EventType]string{
		"click": "", "rage_click": "",
		"zap":    `"zap" is not a valid choice.`,
		"":       `"" is not a valid choice.`,
		" click": `" click" is not a valid choice.`,
		"CLICK":  `"CLICK" is not a valid choice.`,
		`a"b\`:   `"a"b\" is not a valid choice.`,
	}
	for _, known := range behavior.EventTypes() {
		tests[known] = ""
	}
	for name, want := range tests {
		in := behavior.InteractionInput{SessionID: "a", EventType: name, Element: "b"}
		got := strings.Join(faults(t, in.Check(extra))["event_type"], "|")
		if got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestInteractionFaults(t *testing.T) {
	t.Parallel()
	in := behavior.InteractionInput{SessionID: "", EventType: "x", Element: " ", Metadata: json.RawMessage("{k}")}
	want := behavior.Invalid{
		"session_id": {"This field may not be blank."}, "event_type": {`"x" is not a valid choice.`},
		"element": {"This field may not be blank."}, "metadata": {"Value must be valid JSON."},
	}
	if diff := cmp.Diff(want, faults(t, in.Check(nil))); diff != "" {
		t.Error(diff)
	}
}
