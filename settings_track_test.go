package behavior_test

import (
	"testing"

	"github.com/userbehavior/behavior"
)

func TestSettingsOfVisitors(t *testing.T) {
	t.Parallel()
	if s := inForce(t, behavior.Settings{}); s.CountryHeader != "" || s.Track.Bots != behavior.Off {
		t.Errorf("without settings they are %q and %v", s.CountryHeader, s.Track.Bots)
	}
	s, err := behavior.ParseSettings(behavior.Environ([]string{"USER_BEHAVIOR_COUNTRY_HEADER=CF-IPCountry", "USER_BEHAVIOR_TRACK_BOTS=true"}))
	if err != nil || s.CountryHeader != "CF-IPCountry" || s.Track.Bots != behavior.On {
		t.Errorf("settings are %q and %v: %v", s.CountryHeader, s.Track.Bots, err)
	}
}
