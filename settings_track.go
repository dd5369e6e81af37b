package behavior

import (
	"cmp"
	"net/http"
)

// TrackSettings are the settings of web.Track, which records the pages that an
// application serves.
type TrackSettings struct {
	// Consent reports whether the visitor agrees to be recorded. It is called
	// for every page, before it is served. Nil: everybody does. Whose browser
	// asks not to be tracked is never recorded.
	Consent func(r *http.Request) bool

	// User tells who is signed in, by the id that goes into [Session.UserID];
	// empty for nobody. It is called for every page, before it is served.
	// Nil: nobody is.
	User func(r *http.Request) string

	// Bots has the page views of robots recorded as well, as theirs. Default
	// Off. USER_BEHAVIOR_TRACK_BOTS.
	Bots Switch
}

// visitorSettings are what is told of visitors, and by web.Track.
var visitorSettings = []setting{
	wordSetting("COUNTRY_HEADER", func(s *Settings) *string { return &s.CountryHeader }),
	switchSetting("TRACK_BOTS", func(s *Settings) *Switch { return &s.Track.Bots }),
}

// complete fills in the defaults.
func (t *TrackSettings) complete() { t.Bots = cmp.Or(t.Bots, Off) }
