package behavior

import "time"

// Progress is what becomes known of a session while it goes on. It is no
// record of its own: as a [Row] it moves records on that are there already.
// To store the same Progress twice does no harm.
type Progress struct {
	SessionID string // the session's own name; the session must exist

	// At is a moment when the session was under way: its EndTime becomes At
	// when that is later, or when it has none. Zero: its EndTime stays.
	At time.Time

	// UserID becomes the session's UserID, and its Visitor, when it has no
	// user yet. Empty: nothing is known of a user.
	UserID string

	// Country, Language and Screen become the session's where it has none yet.
	Country, Language, Screen string

	// ViewKey is the EventKey of a page view of the session, empty for none.
	// That page view's Visible and ScrollDepth become the larger of what it
	// has and of what stands here. A key that no page view of the session has
	// is no error.
	ViewKey     string
	Visible     time.Duration
	ScrollDepth int
}

// Advance moves the session on, see [Progress], and reports whether that
// changed anything.
func (s *Session) Advance(p Progress) bool {
	moved := false
	if !p.At.IsZero() && (s.EndTime == nil || p.At.After(*s.EndTime)) {
		end := p.At.UTC().Truncate(time.Microsecond)
		s.EndTime, moved = &end, true
	}
	if p.UserID != "" && (s.UserID == nil || *s.UserID == "") {
		user := p.UserID
		s.UserID, s.Visitor, moved = &user, user, true
	}
	for _, fact := range []struct {
		known *string
		told  string
	}{{&s.Country, p.Country}, {&s.Language, p.Language}, {&s.Screen, p.Screen}} {
		if *fact.known == "" && fact.told != "" {
			*fact.known, moved = fact.told, true
		}
	}
	return moved
}

// Advance moves the page view on, see [Progress].
func (v *PageView) Advance(p Progress) {
	v.Visible = max(v.Visible, p.Visible)
	v.ScrollDepth = max(v.ScrollDepth, p.ScrollDepth)
}
