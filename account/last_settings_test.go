package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSettingsAreKeptForTheNextStart(t *testing.T) {
	t.Parallel()
	inEachHome(t, func(t *testing.T, h home) {
		s := h.open(t)
		if got, err := s.LastSettings(t.Context()); err != nil || got != nil {
			t.Errorf("before the first start: %v, %v", got, err)
		}
		for name, kept := range map[string]map[string]string{"some": {"A": "1", "B": "<&>\n\u2028"}, "others": {"C": ""}, "none": {}} {
			if err := s.KeepSettings(t.Context(), kept); err != nil {
				t.Fatal(err)
			}
			got, err := h.again(t, s).LastSettings(t.Context())
			if diff := cmp.Diff(kept, got); diff != "" || err != nil {
				t.Error(name, diff, err)
			}
		}
		if err := s.KeepSettings(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got, err := s.LastSettings(t.Context()); err != nil || got == nil {
			t.Errorf("kept none: %v, %v", got, err)
		}
	})
}
