package behavior

import "time"

// PageView is one page seen during a session.
type PageView struct {
	ID        int64 // given by the store, from 1, rising
	URL       string
	Timestamp time.Time
	Session   Session

	Host        string        // of the URL, lower case, without a port
	Path        string        // of the URL, "/" at least
	Title       string        // the document's title; empty when not sent
	Referrer    string        // the page that led here; empty when not sent
	Visible     time.Duration // how long the page was in view; zero when not measured
	ScrollDepth int           // deepest point reached, in percent of the page; zero when not measured

	// EventKey, when set, makes a repeated event harmless: within one session
	// a key is stored once. At most 64 characters.
	EventKey string
}

// ViewInput is what a client says of a page that was seen.
type ViewInput struct {
	SessionID string // the session's own name; the session must exist
	URL       string // at most 200 characters

	// Timestamp is the moment of the call when zero. The REST API never sets it.
	Timestamp time.Time

	Title    string
	Referrer string
	EventKey string
}
