package behavior_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]behavior.Rate{
		"30/minute":                   {Count: 30, Per: time.Minute},
		"1/second":                    {Count: 1, Per: time.Second},
		"007/hour":                    {Count: 7, Per: time.Hour},
		"0/day":                       {Count: 0, Per: 24 * time.Hour},
		"١٠/minute":                   {Count: 10, Per: time.Minute},
		"²/minute":                    {Count: 2, Per: time.Minute},
		"𝟙𝟚/second":                   {Count: 12, Per: time.Second},
		"99999999999999999999999/day": {Count: 1 << 53, Per: 24 * time.Hour},
	} {
		if got, err := behavior.ParseRate(text); err != nil || got != want {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "E005", "30": "E005", "1/2/day": "E006", "//": "E006",
		"x/y": "E007 E008", "-1/minute": "E007", "1_0/minute": "E007", "+1/minute": "E007", "½/minute": "E007", "10/Minute": "E008",
	} {
		_, err := behavior.ParseRate(text)
		var faults behavior.Faults
		if !errors.As(err, &faults) {
			t.Errorf("%q: error is %v", text, err)
			continue
		}
		var codes []string
		for _, f := range faults {
			codes = append(codes, strings.TrimSuffix(strings.TrimPrefix(f.ID, "user_behavior."), "_rate"))
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("%q: faults are %s, want %s", text, got, want)
		}
	}
}

func TestARateOfAnotherSpanPrintsIt(t *testing.T) {
	t.Parallel()
	if got := (behavior.Rate{Count: 3, Per: 90 * time.Second}).String(); got != "3/1m30s" {
		t.Errorf("rate is %s", got)
	}
}

func FuzzParseRate(f *testing.F) {
	for _, seed := range []string{"30/minute", "²/day", "x/y", "1/2/3", "", "٣/hour", "-1/second", "9999999999999999999/day"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rate, err := behavior.ParseRate(text)
		if err != nil {
			if rate != (behavior.Rate{}) || err.Error() == "" {
				t.Errorf("%q: rate %v with error %q", text, rate, err)
			}
			return
		}
		if again, err := behavior.ParseRate(rate.String()); err != nil || again != rate {
			t.Errorf("%q is %v, which reads back as %v, %v", text, rate, again, err)
		}
	})
}
