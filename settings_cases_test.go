package behavior_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// settingsCase is what the reference's start-up check answered to settings.
type settingsCase struct {
	Name     string
	Settings map[string]any
	Errors   []struct{ ID, Message, Hint string }
}

// differences are the cases that we answer otherwise than the reference, on
// purpose: one throttle as a text is what its documentation shows; the settings
// of the whole API have an effect here, so a name in them must exist; and a
// setting that does not exist is a slip of the pen.
var differences = map[string][]behavior.Fault{
	"documented-example":             nil,
	"throttle text PAGE_VIEW":        nil,
	"throttle text USER_SESSION":     nil,
	"throttle text USER_INTERACTION": nil,
	"global permission unknown: not checked": {{
		ID:      "user_behavior.E010_USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS",
		Message: "Cannot import any method or class from the setting 'USER_BEHAVIOR_API_EXTRA_PERMISSION_CLASS'.",
		Hint:    "Ensure the path 'no.such.Class' is valid and importable.",
	}},
	"global pagination unknown: not checked": {{
		ID:      "user_behavior.E010_USER_BEHAVIOR_API_PAGINATION_CLASS",
		Message: "Cannot import any method or class from the setting 'USER_BEHAVIOR_API_PAGINATION_CLASS'.",
		Hint:    "Ensure the path 'no.such.Class' is valid and importable.",
	}},
	"global parsers wrong: not checked": {{
		ID:      "user_behavior.E011_USER_BEHAVIOR_API_PARSER_CLASSES",
		Message: "Invalid type for setting 'USER_BEHAVIOR_API_PARSER_CLASSES'.",
		Hint:    "The setting must be either a list of strings.",
	}},
	"unknown setting: not checked": {{
		ID:      "user_behavior.E014_USER_BEHAVIOR_API_NO_SUCH_SETTING",
		Message: "There is no setting 'USER_BEHAVIOR_API_NO_SUCH_SETTING'.",
	}},
}

func TestSettingsAreJudgedAsTheReferenceJudgesThem(t *testing.T) {
	t.Parallel()
	cases := settingsCases(t)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			want, differs := differences[c.Name]
			if !differs {
				for _, e := range c.Errors {
					want = append(want, behavior.Fault{ID: e.ID, Message: e.Message, Hint: e.Hint})
				}
			}
			if diff := cmp.Diff(want, faultsOf(t, c.Settings)); diff != "" {
				t.Errorf("faults differ (-want +got):\n%s", diff)
			}
		})
	}
	if len(cases) < 80 {
		t.Errorf("%d cases were read", len(cases))
	}
}

// The cases again, written as an environment where their values can be: what
// passes as values passes as text, and what is faulty stays so.
func TestSettingsAreJudgedAlikeInTheEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range settingsCases(t) {
		environ, ok := asEnvironment(c.Settings)
		if !ok {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(faultsOf(t, c.Settings), faultsOf(t, behavior.Environ(environ))); diff != "" {
				t.Errorf("faults differ (-values +text):\n%s", diff)
			}
		})
	}
}

// asEnvironment writes settings as text. ok is false where a value has no text
// that stands for it: the text "true", a list of numbers, an empty list.
func asEnvironment(settings map[string]any) (environ []string, ok bool) {
	for name, value := range settings {
		var text string
		switch v := value.(type) {
		case nil:
		case bool:
			text = map[bool]string{true: "True", false: "False"}[v]
		case string:
			if v == "true" || isList(name) {
				return nil, false
			}
			text = v
		case []any:
			var items []string
			for _, item := range v {
				s, isText := item.(string)
				if !isText {
					return nil, false
				}
				items = append(items, " "+s)
			}
			if text = strings.Join(items, ","); text == "" || !isList(name) {
				return nil, false
			}
		default:
			return nil, false
		}
		environ = append(environ, name+"="+text)
	}
	return environ, true
}

func isList(name string) bool {
	return strings.HasSuffix(name, "_CLASSES") || strings.HasSuffix(name, "_FIELDS")
}

func settingsCases(t *testing.T) []settingsCase {
	t.Helper()
	text, err := os.ReadFile("testdata/conformance/settings_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []settingsCase }
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		for name, value := range c.Settings {
			c.Settings[name] = plain(t, value)
		}
	}
	return file.Cases
}

// plain turns JSON numbers into integers, as a configuration file has them.
func plain(t *testing.T, value any) any {
	t.Helper()
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case []any:
		for i := range v {
			v[i] = plain(t, v[i])
		}
	}
	return value
}

// faultsOf is what ParseSettings finds wrong with settings.
func faultsOf(t *testing.T, values map[string]any) []behavior.Fault {
	t.Helper()
	_, err := behavior.ParseSettings(values)
	var faults behavior.Faults
	if err != nil && !errors.As(err, &faults) {
		t.Fatalf("error is %T: %v", err, err)
	}
	return faults
}
