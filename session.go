package behavior

import "time"

// Session is one visit of one browser or client.
//
// The first seven fields are what the REST API shows; the others are kept
// beside them and filled in by the [Tracker] as far as they can be known.
// A text that is not known is empty.
type Session struct {
	ID        int64  // given by the store, from 1, rising
	SessionID string // the client's own name for the session: unique, at most 255 characters
	UserAgent string
	IPAddress string // canonical text of an IPv4 or IPv6 address
	StartTime time.Time
	EndTime   *time.Time // nil while the session is open
	UserID    *string    // nil when nobody is signed in; at most 255 characters

	// Visitor groups the sessions of one person: the UserID where there is
	// one, else a key made from address and user agent.
	Visitor string

	Browser        string // for example "Firefox"; empty when unknown
	BrowserVersion string
	BrowserFamily  string // the browser as the reference's report names it, see [BrowserFamily]
	OS             string
	Device         string // "desktop", "mobile", "tablet" or "bot"; empty when unknown
	Bot            bool
	BotReason      string // why it is taken for a bot, see [BotReasons]; empty when it is not

	Country  string // ISO 3166-1 alpha-2
	Language string // BCP 47
	Screen   string // "1920x1080"

	// What brought the session here: facts of its first page view.
	Referrer    string
	Source      string // "google", "newsletter", or the referring host
	Channel     string // see [Channels]
	UTMSource   string
	UTMMedium   string
	UTMCampaign string
	UTMTerm     string
	UTMContent  string

	EntryPath string // path of the first page view
	ExitPath  string // path of the latest page view
}

// SessionInput is what a client says of a session that it starts.
type SessionInput struct {
	SessionID string
	UserAgent string
	IPAddress string
	EndTime   *time.Time
	UserID    *string

	// StartTime is the moment of the call when zero. The REST API never sets it.
	StartTime time.Time

	Language string
	Screen   string
	Country  string
}
