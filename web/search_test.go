package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

func TestSearchTerms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"":                      nil,
		"  ":                    nil,
		",":                     nil,
		"alpha":                 {"alpha"},
		" alpha\tchrome\u00a0x": {"alpha", "chrome", "x"},
		"alpha,,chrome,":        {"alpha", "chrome"},
		`"two words" three`:     {"two words", "three"},
		`'it''s'`:               {`it''s`},
		`"a,b" c,d`:             {"a,b", "c", "d"},
		`,"a b",`:               {"a b"},
		`"say \"hi\"" \\`:       {`say "hi"`, `\\`},
		`a"b c"d`:               {`a"b c"d`},
		`"open ended`:           {`"open`, "ended"},
		`"`:                     {""},
		`""`:                    {""},
		`100% a_b`:              {"100%", "a_b"},
	} {
		if diff := cmp.Diff(want, searchTerms(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestSearchWantsEveryTermInAnyField(t *testing.T) {
	t.Parallel()
	got, err := search([]string{"url", "^element", "=session__session_id"}, "a b")
	if err != nil {
		t.Fatal(err)
	}
	var want []behavior.Filter
	for _, term := range []string{"a", "b"} {
		want = append(want, behavior.Filter{Any: []behavior.Filter{
			{Field: "url", Op: behavior.Contains, Values: []any{term}},
			{Field: "element", Op: behavior.StartsWith, Values: []any{term}},
			{Field: "session__session_id", Op: behavior.Is, Values: []any{term}},
		}})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err := search(nil, "a"); got != nil || err != nil {
		t.Errorf("without fields: %v, %v", got, err)
	}
}

func TestOrdering(t *testing.T) {
	t.Parallel()
	allowed := []string{"timestamp", "session__session_id", "no_such_field"}
	for text, want := range map[string][]behavior.Order{
		"":                                nil,
		"timestamp":                       {{Field: "timestamp"}},
		"-timestamp, session__session_id": {{Field: "timestamp", Desc: true}, {Field: "session__session_id"}},
		"url,-timestamp,bogus":            {{Field: "timestamp", Desc: true}},
		"--timestamp,- timestamp,":        nil,
		"no_such_field":                   nil,
	} {
		if diff := cmp.Diff(want, ordering(behavior.KindPageView, allowed, text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
